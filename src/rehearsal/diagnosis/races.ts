import { dependenciesOf, type Edges } from "../terraform-copy/graph.ts";
import { configurationAddress } from "../terraform-copy/state-resources.ts";
import type { Finding } from "../result.ts";
import { createFinding } from "./failure-identification.ts";

const hasType =
  (type: string) =>
  (address: string): boolean =>
    address.split(".").at(-2) === type && !/(^|\.)data\./.test(address);

const isKey = hasType("aws_kms_key");

/**
 * Log groups that Terraform may create before the policy of their KMS key: a separate policy resource that they do not
 * depend on. The first apply can fail, a second succeeds.
 */
export function keyPolicyRaces(edges: Edges): Finding[] {
  const policies = edges.nodes.filter(hasType("aws_kms_key_policy")).map((address) => ({
    address,
    keys: [...dependenciesOf(edges, address)].filter(isKey),
  }));
  return edges.nodes.filter(hasType("aws_cloudwatch_log_group")).flatMap((group) => {
    const dependencies = dependenciesOf(edges, group);
    return policies
      .filter(
        ({ address, keys }) =>
          !dependencies.has(address) && keys.some((key) => dependencies.has(key)),
      )
      .map(({ address }) =>
        createFinding("RACE-01", {
          step: "order",
          message: `the first apply can fail, a second succeeds: ${group} does not depend on ${address}`,
          address: group,
        }),
      );
  });
}

/** Whether an error of Terraform is the outcome of one of the races. */
export const isOutcomeOf = (
  races: readonly Finding[],
  error: Pick<Finding, "id" | "address">,
): boolean =>
  error.id === "KMS-01" &&
  error.address !== undefined &&
  races.some(({ address }) => address === configurationAddress(error.address ?? ""));
