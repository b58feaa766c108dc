import { UNKNOWN_VALUE, failureCase, unknownCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const destroyBlockersCases: Cases = {
  "a repository that keeps its images": failureCase("DEST-01", [
    "  force_delete         = true\n",
    "",
  ]),
  "a load balancer that is protected": failureCase("DEST-02", [
    '  name            = "main"\n',
    '  name            = "main"\n  enable_deletion_protection = true\n',
  ]),
  "a secret that is kept": failureCase("DEST-04", ["  recovery_window_in_days = 0\n", ""]),
  "a bucket that keeps its objects": failureCase("DEST-10", ["  force_destroy = true\n", ""]),
  "a deletion that is not known": unknownCase(
    ["destroy-blockers"],
    ["force_delete         = true", `force_delete         = ${UNKNOWN_VALUE} == ""`],
  ),
};
