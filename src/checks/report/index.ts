export { githubAnnotationsOf } from "./github-annotations.ts";
export { junitOf } from "./junit.ts";
export { markdownOf } from "./markdown.ts";
export { sarifOf } from "./sarif.ts";
export { textOf } from "./text.ts";
