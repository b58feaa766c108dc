import type { Service } from "../../core/service.ts";
import { bucketOperations } from "./buckets.ts";
import { objectOperations } from "./objects.ts";
import { versionOperations } from "./versions.ts";
import { s3Permissions, s3Resources } from "./permissions.ts";
import { requestErrors } from "./request-errors.ts";

export const service: Service = {
  name: "s3",
  permissions: s3Permissions,
  resources: s3Resources,
  requestErrors,
  operations: { ...bucketOperations, ...objectOperations, ...versionOperations },
};
