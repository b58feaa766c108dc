import { expect, it } from "vitest";
import { isOutcomeOf, keyPolicyRaces } from "../../src/rehearsal/diagnosis/races.ts";
import { edgesOf } from "../../src/rehearsal/terraform-copy/graph.ts";

const graph = (...edges: readonly string[]): string =>
  [
    "digraph G {",
    ...["aws_kms_key.k", "aws_kms_key_policy.k", "aws_cloudwatch_log_group.l"].map(
      (node) => `  "${node}" [label="${node}"];`,
    ),
    '  "aws_kms_key_policy.k" -> "aws_kms_key.k";',
    ...edges.map((edge) => `  ${edge};`),
    "}",
  ].join("\n");

it("finds a log group that may be created before the policy of its key", () => {
  const races = keyPolicyRaces(edgesOf(graph('"aws_cloudwatch_log_group.l" -> "aws_kms_key.k"')));
  expect(races).toMatchObject([
    {
      id: "RACE-01",
      address: "aws_cloudwatch_log_group.l",
      message:
        "the first apply can fail, a second succeeds: aws_cloudwatch_log_group.l does not depend on aws_kms_key_policy.k",
    },
  ]);
  const error = { id: "KMS-01", address: "aws_cloudwatch_log_group.l[0]" } as const;
  expect(isOutcomeOf(races, error)).toBe(true);
  expect(isOutcomeOf(races, { ...error, address: "aws_cloudwatch_log_group.other" })).toBe(false);
  expect(isOutcomeOf(races, { ...error, id: "KMS-05" })).toBe(false);
});

it("finds none where the log group depends on the policy, or uses another key", () => {
  const ordered = graph(
    '"aws_cloudwatch_log_group.l" -> "aws_kms_key.k"',
    '"aws_cloudwatch_log_group.l" -> "aws_kms_key_policy.k"',
  );
  expect(keyPolicyRaces(edgesOf(ordered))).toEqual([]);
  expect(keyPolicyRaces(edgesOf(graph()))).toEqual([]);
});
