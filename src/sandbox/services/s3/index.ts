import type { Service } from "../../core/service.ts";
import { bucketOperations } from "./buckets.ts";
import { objectOperations } from "./objects.ts";
import { versionOperations } from "./versions.ts";
import { s3Permissions, s3Resources } from "./permissions.ts";
import { requestErrors } from "./request-errors.ts";
import { s3TagRules } from "./tag-rules.ts";

export const service: Service = {
  name: "s3",
  tagRules: s3TagRules,
  permissions: s3Permissions,
  resources: s3Resources,
  requestErrors,
  unsupportedMembers: {
    // Directory buckets.
    CreateBucketConfiguration: ["Bucket", "Location"],
    // Conditions of a deletion.
    ObjectIdentifier: ["ETag", "LastModifiedTime", "Size"],
  },
  operations: { ...bucketOperations, ...objectOperations, ...versionOperations },
};
