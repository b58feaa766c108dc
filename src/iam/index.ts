export {
  type ApplicablePolicies,
  type AuthorizationResult,
  type PolicyType,
  authorize,
} from "./authorize.ts";
export { type RequestContext, contextValues } from "./conditions.ts";
export { evaluate, type Principal } from "./evaluate.ts";
export { rejectionOf } from "./malformed-policy.ts";
export { matches } from "./match.ts";
export {
  type Policy,
  PolicySyntaxError,
  type PolicyViolation,
  type PrincipalKind,
  type Principals,
  type Statement,
  parsePolicy,
} from "./policy.ts";
export { bucketScopeViolation, isPublic, topicScopeViolation } from "./resource-policy.ts";
export {
  type PolicyKind,
  documentViolation,
  policyQuota,
  policySize,
  policyViolation,
} from "./validate.ts";
export { variablesWithoutValue } from "./variables.ts";
