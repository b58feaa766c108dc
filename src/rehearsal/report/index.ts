export { markdownOf } from "./markdown.ts";
export { localCodeLines, phaseLine, skipReason } from "./shared.ts";
export { textOf } from "./text.ts";
