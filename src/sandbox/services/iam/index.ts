import type { Service } from "../../core/service.ts";
import { policyOperations } from "./policies.ts";
import { providerOperations } from "./providers.ts";
import { roleOperations } from "./roles.ts";
import { userOperations } from "./users.ts";
import { callerGrants } from "./identity-policies.ts";
import { iamPermissions } from "./permissions.ts";
import { principalExists } from "./principals.ts";
import { iamTagRules } from "./tag-rules.ts";

export const service: Service = {
  name: "iam",
  tagRules: iamTagRules,
  permissions: iamPermissions,
  identityPolicies: callerGrants,
  principalExists,
  operations: { ...policyOperations, ...providerOperations, ...roleOperations, ...userOperations },
};
