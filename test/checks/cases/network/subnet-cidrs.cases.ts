import { UNKNOWN_VALUE, failureCase, unknownCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const subnetCidrsCases: Cases = {
  "a subnet outside": failureCase("CIDR-01", [
    'cidr_block        = "10.0.3.0/24"',
    'cidr_block        = "10.1.3.0/24"',
  ]),
  "subnets that overlap": failureCase("CIDR-02", [
    'cidr_block        = "10.0.3.0/24"',
    'cidr_block        = "10.0.2.128/25"',
  ]),
  "subnets that are too small": failureCase(
    ["CIDR-03", "CIDR-04"],
    ['cidr_block        = "10.0.2.0/24"', 'cidr_block        = "10.0.2.0/28"'],
    ['cidr_block        = "10.0.3.0/24"', 'cidr_block        = "10.0.3.0/28"'],
    ["desired_count                     = 2", "desired_count                     = 20"],
  ),
  "somebody's addresses": failureCase(
    "CIDR-05",
    ['cidr_block           = "10.0.0.0/16"', 'cidr_block           = "52.10.0.0/16"'],
    ['"10.0.0.0/24"', '"52.10.0.0/24"'],
    ['"10.0.1.0/24"', '"52.10.1.0/24"'],
    ['"10.0.2.0/24"', '"52.10.2.0/24"'],
    ['"10.0.3.0/24"', '"52.10.3.0/24"'],
  ),
  "half of the internet": failureCase("CIDR-07", [
    '  destination_cidr_block = "0.0.0.0/0"\n  gateway_id ',
    '  destination_cidr_block = "0.0.0.0/8"\n  gateway_id ',
  ]),
  "blocks that are not known": unknownCase(
    ["subnet-cidrs"],
    ['cidr_block        = "10.0.3.0/24"', `cidr_block        = ${UNKNOWN_VALUE}`],
  ),
};
