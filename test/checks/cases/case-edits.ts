import type { FailureId } from "../../../src/failures/catalogue/index.ts";
import type { Case, Edit } from "./case-types.ts";

/** A case in which the checks find failures. */
export const failureCase = (
  failures: FailureId | readonly FailureId[],
  ...edits: readonly Edit[]
): Case => ({ failures: typeof failures === "string" ? [failures] : failures, edits });

/** The same with a NAT gateway instead of VPC endpoints. */
export const natCase = (
  failures: FailureId | readonly FailureId[],
  ...edits: readonly Edit[]
): Case => ({ ...failureCase(failures, ...edits), network: "nat" });

/** A case in which checks have a missing fact. */
export const unknownCase = (unknownChecks: readonly string[], ...edits: readonly Edit[]): Case => ({
  unknownChecks,
  edits,
});

/** A policy document of some statements. */
export const policyText = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** An expression whose value is known after apply. */
export const UNKNOWN_VALUE = "terraform_data.unknown.output";

const ENDPOINTS = '["ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm", "ssmmessages"]';

/** Removes an interface endpoint. */
export const withoutEndpoint = (name: string): Edit => [
  ENDPOINTS,
  ENDPOINTS.replace(`, "${name}"`, "").replace(`"${name}", `, ""),
];

/** Adds blocks to the configuration. */
export const addition = (blocks: string): Edit => [
  "# Every night\n",
  `${blocks}\n\n# Every night\n`,
];

/** Adds lines to the ECS service. */
export const inService = (lines: string): Edit => [
  "  health_check_grace_period_seconds = 60\n",
  `  health_check_grace_period_seconds = 60\n${lines}\n`,
];

/** Adds a line to the container `app`. */
export const inContainer = (line: string): Edit => [
  '      name         = "app"\n',
  `      name         = "app"\n      ${line}\n`,
];

/** Adds lines to the task definition. */
export const inTaskDefinition = (lines: string): Edit => [
  '  network_mode             = "awsvpc"\n',
  `  network_mode             = "awsvpc"\n  ${lines}\n`,
];

/** Adds a policy to a VPC endpoint. */
export const endpointPolicy = (name: string, policy: string): Edit => [
  'resource "aws_vpc_endpoint" "s3" {',
  `resource "aws_vpc_endpoint_policy" "${name.replace(".", "_")}" {\n  vpc_endpoint_id = ${name === "s3" ? "aws_vpc_endpoint.s3.id" : `aws_vpc_endpoint.interface["${name}"].id`}\n  policy          = ${policy}\n}\n\nresource "aws_vpc_endpoint" "s3" {`,
];

/** A policy that denies every request. */
export const DENY_POLICY =
  'jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Deny", Principal = "*", Action = "*", Resource = "*" }] })';

/** Adds a network ACL to the private subnets. */
export const networkAcl = (rules: string): Edit =>
  addition(`resource "aws_network_acl" "private" {
  vpc_id     = aws_vpc.main.id
  subnet_ids = [aws_subnet.private_a.id, aws_subnet.private_b.id]
${rules}
}`);

/** A rule that allows TCP ports from or to every address. */
export const networkAclRule = (direction: "ingress" | "egress", from: number, to: number): string =>
  `  ${direction} {\n    rule_no    = 100\n    action     = "allow"\n    protocol   = "tcp"\n    from_port  = ${from}\n    to_port    = ${to}\n    cidr_block = "0.0.0.0/0"\n  }`;

/** A second VPC, `aws_vpc.other`. */
export const OTHER_VPC = `resource "aws_vpc" "other" {
  cidr_block = "10.9.0.0/16"
}`;
