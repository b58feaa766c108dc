import { describe, expect, it } from "vitest";
import { accountAndRegionOf } from "../../src/topology/account-and-region.ts";
import { policyAt } from "../../src/topology/iam-policies.ts";
import { block } from "./topology.fixtures.ts";
import { planOf, resourceIn } from "../support/plan-builder.ts";

const ACCOUNT = "111122223333";

/** The policy of aws_iam_policy.app, whose attribute `policy` is an expression of the .tf files. */
function policyOf(expression: unknown, body: object = {}) {
  const plan = planOf({
    account: ACCOUNT,
    blocks: [
      block("aws_ecr_repository.app", { values: { name: "app" } }),
      block("aws_cloudwatch_log_group.app", { values: { name: "/app" } }),
      block("aws_s3_bucket.files", { values: { bucket: "files" } }),
      block("aws_secretsmanager_secret.password", { values: { name: "password" } }),
      block("aws_secretsmanager_secret_version.password", {
        unknown: { secret_id: true },
        expressions: { secret_id: ["aws_secretsmanager_secret.password.id"] },
      }),
      block("data.aws_kms_key.other", { actions: ["read"], unknown: { arn: true } }),
      block("aws_subnet.zone", { values: { availability_zone: "eu-west-1a" } }),
      { address: "aws_sns_topic.none", instances: [] },
      block("aws_iam_policy.app", {
        unknown: { policy: true },
        expressions: { policy: ["local.in_the_files"] },
      }),
    ],
    sources: {
      bodies: {
        locals: { "|prefix": "arn:aws:s3:::" },
        outputs: {},
        calls: {},
        resources: { "|aws_iam_policy.app": { policy: expression, ...body } },
      },
    },
  });
  return policyAt(plan, accountAndRegionOf(plan), resourceIn(plan, "aws_iam_policy.app"), "policy");
}

const encoded = (...statements: readonly string[]): string =>
  `\${jsonencode({ Version = "2012-10-17", Statement = [${statements.join(", ")}] })}`;

const REPOSITORY = "arn:aws:ecr:eu-west-1:111122223333:repository/app";

describe("a policy that is known after apply", () => {
  it.each([
    ["aws_ecr_repository.app.arn", REPOSITORY],
    ["[aws_ecr_repository.app.arn]", REPOSITORY],
    [
      '"${aws_cloudwatch_log_group.app.arn}:*"',
      "arn:aws:logs:eu-west-1:111122223333:log-group:/app:*",
    ],
    ['"${aws_s3_bucket.files.arn}/*"', "arn:aws:s3:::files/*"],
    ['format("%s/*", aws_s3_bucket.files.arn)', "arn:aws:s3:::files/*"],
    ['formatlist("%s/*", [aws_s3_bucket.files.arn])', "arn:aws:s3:::files/*"],
    ['join("/", [one(aws_s3_bucket.files[*].arn), "*"])', "arn:aws:s3:::files/*"],
    ['compact([aws_ecr_repository.app.arn, ""])', REPOSITORY],
    ["distinct(concat([aws_ecr_repository.app.arn], [aws_ecr_repository.app.arn]))", REPOSITORY],
    ["coalesce(null, aws_ecr_repository.app.arn)", REPOSITORY],
    ["try(aws_sns_topic.none[0].arn, aws_ecr_repository.app.arn)", REPOSITORY],
    ['"${local.prefix}${aws_s3_bucket.files.id}"', "arn:aws:s3:::files"],
    [
      "aws_secretsmanager_secret_version.password.arn",
      "arn:aws:secretsmanager:eu-west-1:111122223333:secret:password-??????",
    ],
  ])("is known if its resource is %s", (resource, expected) => {
    const bounds = policyOf(
      encoded(`{ Effect = "Allow", Action = "a:B", Resource = ${resource} }`),
    );
    expect(bounds?.unknown).toEqual([]);
    expect(bounds?.certain.statements).toEqual([
      expect.objectContaining({ effect: "Allow", actions: ["a:B"], resources: [expected] }),
    ]);
    expect(bounds?.possible).toEqual(bounds?.certain);
  });

  it("is known if it is the branch of a condition, and its statements are concatenated", () => {
    const bounds = policyOf(
      '${local.prefix != null ? jsonencode({ Version = "2012-10-17", Statement = flatten([[for arn in [aws_ecr_repository.app.arn] : { Effect = "Allow", Action = "a:B", Resource = arn }], []]) }) : null}',
    );
    expect(bounds?.unknown).toEqual([]);
    expect(bounds?.certain.statements).toMatchObject([{ resources: [REPOSITORY] }]);
  });

  it("is unknown as a whole if one branch of a condition that is known after apply is null", () => {
    const bounds = policyOf(
      '${data.aws_kms_key.other.enabled ? jsonencode({ Version = "2012-10-17", Statement = [] }) : null}',
    );
    expect(bounds?.certain.statements).toEqual([]);
    expect(bounds?.unknown).toHaveLength(1);
  });

  it("is known if it is a template", () => {
    const bounds = policyOf(
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a:B","Resource":"${aws_ecr_repository.app.arn}"}]}',
    );
    expect(bounds?.certain.statements[0]).toMatchObject({ resources: [REPOSITORY] });
  });

  it("keeps its known statements, and the known elements of an Allow statement", () => {
    const bounds = policyOf(
      encoded(
        '{ Effect = "Allow", Action = "a:B", Resource = "*" }',
        '{ Effect = "Allow", Action = "a:C", Resource = [aws_ecr_repository.app.arn, data.aws_kms_key.other.arn] }',
      ),
    );
    expect(bounds?.certain.statements).toMatchObject([
      { actions: ["a:B"], resources: ["*"] },
      { actions: ["a:C"], resources: [REPOSITORY] },
    ]);
    expect(bounds?.possible.statements).toMatchObject([
      { actions: ["a:B"], resources: ["*"] },
      { actions: ["*"], resources: ["*"] },
    ]);
    expect(bounds?.unknown).toHaveLength(1);
  });

  it("may deny everything by a Deny statement with an unknown value", () => {
    const bounds = policyOf(
      encoded('{ Effect = "Deny", Action = "a:B", Resource = data.aws_kms_key.other.arn }'),
    );
    expect(bounds?.certain.statements).toMatchObject([
      { effect: "Deny", actions: ["*"], resources: ["*"] },
    ]);
    expect(bounds?.possible.statements).toEqual([]);
  });

  it.each([
    encoded('{ Effect = aws_ecr_repository.app.id, Action = "a:B", Resource = "*" }'),
    '${jsonencode(merge({ Version = "2012-10-17" }, data.aws_kms_key.other.policy))}',
    "${file(aws_ecr_repository.app.id)}",
  ])("is unknown as a whole if it is %s", (expression) => {
    const bounds = policyOf(expression);
    expect(bounds?.certain.statements).toEqual([]);
    expect(bounds?.possible.statements).toMatchObject([{ actions: ["*"], resources: ["*"] }]);
  });
});
