export { DEFERRED_READS_COMPANION, writeCompanionResources } from "./companion-resources.ts";
export { joinPlans, type RootPlan } from "./joined-plan.ts";
export { parseExactly } from "./exact-numbers.ts";
export {
  type Json,
  type PlanJson,
  isObject,
  jsonsOf,
  listOf,
  parsePlanJson,
  textOf,
} from "./plan-json.ts";
export { PlanModel } from "./plan-model.ts";
export { expressionAt, parseReference, referencesOf } from "./reference-syntax.ts";
export {
  type AttributePath,
  type Reference,
  type ResolvedReferences,
  Resource,
} from "./resource.ts";
export { append } from "./resource-index.ts";
export { planLocator, readSourceLocations } from "./source-locations.ts";
export { type SourceExpressions, readSourceExpressions } from "./source-expressions.ts";
export { knownValue, stepInto, type SymbolicValue, withUnknowns } from "./symbolic-value.ts";
export { decodedJson } from "./terraform-functions.ts";
export { Unknown, formatValue, isUnknown } from "./unknown.ts";
