import { UNKNOWN_VALUE, failureCase, unknownCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const internalListenerIngressCases: Cases = {
  "an internal load balancer that admits nobody": failureCase("ALB-09", [
    "    from_port   = 80\n    to_port     = 80",
    "    from_port   = 81\n    to_port     = 81",
  ]),
  "who is let inside is not known": unknownCase(
    ["internal-listener-ingress"],
    ['cidr_blocks = ["10.0.0.0/16"]', `cidr_blocks = [${UNKNOWN_VALUE}]`],
  ),
};
