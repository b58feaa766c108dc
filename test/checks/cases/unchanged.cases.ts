import type { Cases } from "./case-types.ts";

export const unchangedCases: Cases = {
  "as it is": { edits: [] },
  "as it is, by a NAT gateway": { network: "nat", edits: [] },
};
