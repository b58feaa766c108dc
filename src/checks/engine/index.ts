export type { Check } from "./check.ts";
export { evaluateChecks } from "./evaluate.ts";
export { checks } from "./registry.ts";
export { readSuppressions, suppressionsIn } from "./suppressions.ts";
