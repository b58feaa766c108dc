import { failureCase, withoutEndpoint } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const reachParameterStoreCases: Cases = {
  "no endpoint for parameters": failureCase("NET-15", withoutEndpoint("ssm")),
};
