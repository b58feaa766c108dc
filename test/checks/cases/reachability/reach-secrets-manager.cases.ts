import { failureCase, withoutEndpoint } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const reachSecretsManagerCases: Cases = {
  "no endpoint for secrets": failureCase("NET-14", withoutEndpoint("secretsmanager")),
};
