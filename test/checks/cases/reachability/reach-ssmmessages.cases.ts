import { failureCase, withoutEndpoint } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const reachSsmmessagesCases: Cases = {
  "no endpoint for exec": failureCase("NET-17", withoutEndpoint("ssmmessages")),
};
