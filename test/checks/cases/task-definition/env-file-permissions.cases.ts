import { failureCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const envFilePermissionsCases: Cases = {
  "environment files out of reach": failureCase("IAM-15", ['"s3:GetObject", ', ""]),
};
