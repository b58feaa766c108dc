import { UNKNOWN_VALUE, inTaskDefinition, unknownCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const imagePlatformCases: Cases = {
  "an image that is missing": { failures: ["ECR-01"], edits: [], images: { "*/app": "missing" } },
  "an image for another processor": {
    failures: ["ECR-05"],
    edits: [],
    images: { "*/app": "arm64" },
  },
  "an image for every processor": { edits: [], images: { "*/app": "exists" } },
  "a processor that is not known": {
    ...unknownCase(
      ["image-platform"],
      inTaskDefinition(`runtime_platform {\n    cpu_architecture = ${UNKNOWN_VALUE}\n  }`),
    ),
    images: { "*/app": "arm64" },
  },
};
