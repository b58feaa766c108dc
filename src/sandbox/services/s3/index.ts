import type { Service } from "../../core/operation.ts";
import { bucketOperations } from "./buckets.ts";
import { objectOperations } from "./objects.ts";
import { versionOperations } from "./versions.ts";

export const service: Service = {
  name: "s3",
  operations: { ...bucketOperations, ...objectOperations, ...versionOperations },
};
