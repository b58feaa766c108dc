export type { Check } from "./check.ts";
export { evaluateChecks } from "./evaluate.ts";
export { evaluateJoinedChecks } from "./joined.ts";
export { withLocations } from "./locations.ts";
export { checks } from "./registry.ts";
export { readSuppressions, suppressionsIn } from "./suppressions.ts";
