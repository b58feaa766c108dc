import { failureCase, withoutEndpoint } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const reachCloudwatchLogsCases: Cases = {
  "no endpoint for logs": failureCase("NET-13", withoutEndpoint("logs")),
};
