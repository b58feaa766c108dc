import { failureCase, withoutEndpoint } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const reachEcrApiCases: Cases = {
  "no endpoint for the registry": failureCase("NET-09", withoutEndpoint("ecr.api")),
};
