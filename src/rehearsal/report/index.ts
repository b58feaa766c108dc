export { markdownOf } from "./markdown.ts";
export { localCodeLines, phaseLine, skipReason } from "./shared.ts";
export { type Paint, textOf } from "./text.ts";
