import type { Service } from "../../core/operation.ts";
import { policyOperations } from "./policies.ts";
import { providerOperations } from "./providers.ts";
import { roleOperations } from "./roles.ts";
import { userOperations } from "./users.ts";

export const service: Service = {
  name: "iam",
  operations: { ...policyOperations, ...providerOperations, ...roleOperations, ...userOperations },
};
