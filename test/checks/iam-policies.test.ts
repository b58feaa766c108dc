import { describe, expect, it } from "vitest";
import { policyDocumentCheck } from "../../src/checks/rules/iam/policy-document.ts";
import { evaluatePermission } from "../../src/checks/shared/permission-check.ts";
import type { CheckResult } from "../../src/checks/engine/result.ts";
import { evaluateChecks, contextOf } from "../../src/checks/engine/evaluate.ts";
import { type Json, parsePlanJson } from "../../src/plan/plan-json.ts";
import { PlanModel } from "../../src/plan/plan-model.ts";
import { accountAndRegionOf } from "../../src/topology/account-and-region.ts";
import { policyAt } from "../../src/topology/iam-policies.ts";
import { policiesOf } from "../../src/topology/role-policies.ts";
import { readFixture } from "../support/plan-fixtures.ts";

// These plans are written by hand: resource changes, and the expressions of their configuration.

interface PlannedResource {
  readonly type: string;
  readonly name: string;
  readonly mode?: "data";
  readonly values: Json;
  readonly unknown?: Json;
  readonly actions?: readonly string[];
  /** References, by the attribute that has them. */
  readonly references?: Readonly<Record<string, readonly string[]>>;
}

const ACCOUNT = "111122223333";

const addressOf = ({ type, name, mode }: PlannedResource): string =>
  `${mode === "data" ? "data." : ""}${type}.${name}`;

const expressionsOf = ({ values, unknown, references = {} }: PlannedResource): Json => ({
  ...Object.fromEntries(Object.keys({ ...values, ...unknown }).map((key) => [key, {}])),
  ...Object.fromEntries(
    Object.entries(references).map(([key, names]) => [key, { references: names }]),
  ),
});

const changeOf = (resource: PlannedResource): Json => ({
  address: addressOf(resource),
  mode: resource.mode ?? "managed",
  type: resource.type,
  name: resource.name,
  change: {
    actions: resource.actions ?? [resource.mode === "data" ? "read" : "create"],
    before: null,
    after: resource.values,
    after_unknown: resource.unknown ?? {},
  },
});

const configurationOf = (resource: PlannedResource): Json => ({
  address: addressOf(resource),
  mode: resource.mode ?? "managed",
  type: resource.type,
  name: resource.name,
  expressions: expressionsOf(resource),
});

const planOf = (...resources: readonly PlannedResource[]): string =>
  JSON.stringify({
    format_version: "1.2",
    terraform_version: "1.11.4",
    resource_changes: resources.map(changeOf),
    configuration: { root_module: { resources: resources.map(configurationOf) } },
  });

const shown = (...resources: readonly PlannedResource[]) =>
  parsePlanJson(planOf(...resources), "a plan");

const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" };
const document = (...Statement: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement });

const outcomesOf = (...resources: readonly PlannedResource[]) => [
  ...policyDocumentCheck.run(contextOf(shown(...resources), { account: ACCOUNT })),
];

describe("policy documents in a plan", () => {
  const policy = (text: string, more: Partial<PlannedResource> = {}): PlannedResource => ({
    type: "aws_iam_policy",
    name: "app",
    values: { policy: text },
    ...more,
  });

  it("pass if AWS accepts them", () => {
    expect(outcomesOf(policy(document(statement)))).toEqual([
      { answer: "pass", address: "aws_iam_policy.app" },
    ]);
  });

  it("fail with the violated rule and the AWS error", () => {
    expect(outcomesOf(policy(document({ ...statement, NotResource: "*" })))).toEqual([
      {
        answer: "fail",
        address: "aws_iam_policy.app",
        id: "IAM-17",
        message: "a statement cannot have both Resource and NotResource",
        awsError: {
          text: "MalformedPolicyDocument: Syntax errors in policy.",
          source: { kind: "issue", repository: "kubernetes/kops", number: 4951 },
        },
      },
    ]);
  });

  it.each([
    [
      "aws_iam_role",
      "assume_role_policy",
      "MalformedPolicyDocument: Missing required field Principal",
    ],
    ["aws_s3_bucket_policy", "policy", "MalformedPolicy: Missing required field Principal"],
    [
      "aws_kms_key",
      "policy",
      "MalformedPolicyDocumentException: Policy contains a statement with no principal.",
    ],
    [
      "aws_kms_key_policy",
      "policy",
      "MalformedPolicyDocumentException: Policy contains a statement with no principal.",
    ],
    [
      "aws_ecr_repository_policy",
      "policy",
      "InvalidParameterException: Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
    ],
    [
      "aws_secretsmanager_secret_policy",
      "policy",
      "MalformedPolicyDocumentException: This policy has invalid syntax.",
    ],
    ["aws_vpc_endpoint", "policy", "InvalidPolicyDocument: The Policy Document is not valid."],
  ])("fail in %s with the error of its service", (type, attribute, text) => {
    expect(outcomesOf({ type, name: "x", values: { [attribute]: document(statement) } })).toEqual([
      expect.objectContaining({
        answer: "fail",
        address: `${type}.x`,
        id: "IAM-17",
        awsError: expect.objectContaining({ text }) as unknown,
      }),
    ]);
  });

  it("fail in inline policies of a role", () => {
    const values = {
      assume_role_policy: document({
        Effect: "Allow",
        Principal: { Service: "ecs-tasks.amazonaws.com" },
        Action: "sts:AssumeRole",
      }),
      inline_policy: [{ name: "a", policy: document({ ...statement, Sid: "a b" }) }],
    };
    expect(outcomesOf({ type: "aws_iam_role", name: "app", values })).toEqual([
      { answer: "pass", address: "aws_iam_role.app" },
      expect.objectContaining({
        answer: "fail",
        message: 'Sid "a b" must contain only letters and digits',
      }),
    ]);
  });

  it("fail if they are longer than their quota", () => {
    const Resource = Array.from({ length: 300 }, (_, index) => `arn:aws:s3:::bucket-${index}/*`);
    expect(outcomesOf(policy(document({ ...statement, Resource })))).toEqual([
      expect.objectContaining({
        id: "IAM-18",
        awsError: expect.objectContaining({
          text: "LimitExceeded: Cannot exceed quota for PolicySize: 6144",
        }) as unknown,
      }),
    ]);
  });

  it("are unknown if they are known after apply, which does not change the verdict", () => {
    const unknown = policy("", { values: {}, unknown: { policy: true } });
    expect(outcomesOf(unknown)).toEqual([
      expect.objectContaining({ answer: "unknown", id: "IAM-17", severity: "warning" }),
    ]);
    const facts = evaluateChecks(shown(unknown), { account: ACCOUNT }).missingFacts;
    expect(facts.map(({ checks, isCritical }) => [checks, isCritical])).toEqual([
      [["policy-document"], false],
    ]);
  });

  it("are not checked if the plan does not change them", () => {
    const wrong = document({ ...statement, NotResource: "*" });
    expect(outcomesOf(policy(wrong, { actions: ["no-op"] }))).toEqual([]);
  });

  it("are checked if a data source creates them", () => {
    const data = (statements: readonly Json[]): PlannedResource => ({
      type: "aws_iam_policy_document",
      name: "app",
      mode: "data",
      values: { statement: statements },
      unknown: { json: true, statement: statements.map(() => ({})) },
    });
    const made = policy("", {
      values: {},
      unknown: { policy: true },
      references: {
        policy: ["data.aws_iam_policy_document.app.json", "data.aws_iam_policy_document.app"],
      },
    });
    const known = { effect: "Allow", actions: ["s3:GetObject"], resources: ["*"] };
    expect(outcomesOf(data([known]), made)).toEqual([
      { answer: "pass", address: "aws_iam_policy.app" },
    ]);
    expect(outcomesOf(data([{ ...known, resources: ["bucket/x"] }]), made)).toEqual([
      expect.objectContaining({
        answer: "fail",
        id: "IAM-17",
        message: 'Resource bucket/x must be an ARN or "*"',
      }),
    ]);
  });
});

describe("policies of the organization", () => {
  const role: PlannedResource = { type: "aws_iam_role", name: "app", values: { name: "app" } };
  const inline: PlannedResource = {
    type: "aws_iam_role_policy",
    name: "app",
    values: { policy: document(statement), role: "app" },
  };
  const scp = (type: string): PlannedResource => ({
    type: "aws_organizations_policy",
    name: "limits",
    values: { content: document(statement), type },
  });
  const attachment = (target: string): PlannedResource => ({
    type: "aws_organizations_policy_attachment",
    name: "limits",
    values: { target_id: target },
    unknown: { policy_id: true },
    references: {
      policy_id: ["aws_organizations_policy.limits.id", "aws_organizations_policy.limits"],
    },
  });

  function permission(...resources: readonly PlannedResource[]) {
    const plan = new PlanModel(shown(role, inline, ...resources), undefined, ACCOUNT);
    const found = plan.resourceAt("aws_iam_role.app");
    if (!found) throw new Error("the plan has no role");
    return evaluatePermission({
      action: "s3:GetObject",
      resource: "arn:aws:s3:::bucket/file",
      account: ACCOUNT,
      policies: { identity: policiesOf(plan, accountAndRegionOf(plan), found) },
    });
  }

  it("do not change a permission if the plan contains none", () => {
    expect(permission()).toEqual({ answer: "pass" });
  });

  it.each(["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"])(
    "make a permission unknown if a %s may apply",
    (type) => {
      for (const more of [[], [attachment("r-1234")], [attachment(ACCOUNT)]])
        expect(permission(scp(type), ...more)).toEqual({
          answer: "unknown",
          reason:
            "aws_organizations_policy.limits: content may limit the account's permissions, and policies of the organization are not evaluated",
        });
    },
  );

  it("do not change a permission of another account, or if they have another type", () => {
    expect(permission(scp("SERVICE_CONTROL_POLICY"), attachment("444455556666")).answer).toBe(
      "pass",
    );
    expect(permission(scp("TAG_POLICY")).answer).toBe("pass");
    expect(permission(scp("DECLARATIVE_POLICY_EC2")).answer).toBe("pass");
  });

  it("are a missing fact if they are declarative", () => {
    expect(outcomesOf(scp("DECLARATIVE_POLICY_EC2"))).toEqual([
      {
        answer: "unknown",
        address: "aws_organizations_policy.limits",
        missingFact:
          "aws_organizations_policy.limits: declarative policies of the organization are not evaluated",
      },
    ]);
  });
});

describe("policies with unknown values", () => {
  const account = ACCOUNT;
  const none = { unknown: [], boundary: undefined, organization: undefined };

  function permissionOf(version: string, ...Statement: readonly object[]) {
    const text = JSON.stringify({ Version: version, Statement });
    const plan = new PlanModel(
      shown({ type: "aws_iam_role_policy", name: "app", values: { policy: text } }),
      undefined,
      account,
    );
    const from = plan.resourceAt("aws_iam_role_policy.app");
    const bounds = from && policyAt(plan, accountAndRegionOf(plan), from, "policy");
    if (!bounds) throw new Error("the plan has no policy");
    return evaluatePermission({
      action: "s3:GetObject",
      resource: "arn:aws:s3:::bucket/blue/file",
      account,
      policies: { identity: { ...none, certain: [bounds.certain], possible: [bounds.possible] } },
    }).answer;
  }

  const TEAM = "arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*";

  it("make a permission unknown if it depends on a variable without a value", () => {
    expect(permissionOf("2012-10-17", { ...statement, Resource: TEAM })).toBe("unknown");
    expect(
      permissionOf("2012-10-17", statement, { ...statement, Effect: "Deny", Resource: TEAM }),
    ).toBe("unknown");
  });

  it("deny a resource with a variable in a policy version without variables", () => {
    expect(permissionOf("2008-10-17", { ...statement, Resource: TEAM })).toBe("fail");
  });

  const fromDocument = (values: Json, version?: string) => {
    const plan = new PlanModel(
      shown(
        {
          type: "aws_iam_policy_document",
          name: "x",
          mode: "data",
          values: { statement: [values], ...(version === undefined ? {} : { version }) },
          unknown: { json: true },
        },
        {
          type: "aws_s3_bucket_policy",
          name: "x",
          values: {},
          unknown: { policy: true },
          references: {
            policy: ["data.aws_iam_policy_document.x.json", "data.aws_iam_policy_document.x"],
          },
        },
      ),
      undefined,
      account,
    );
    const from = plan.resourceAt("aws_s3_bucket_policy.x");
    return from && policyAt(plan, accountAndRegionOf(plan), from, "policy");
  };

  it("keep not_principals, version and variables of a data source", () => {
    const bounds = fromDocument(
      {
        effect: "Deny",
        actions: ["s3:*"],
        resources: ["arn:aws:s3:::bucket/&{aws:username}"],
        not_principals: [{ type: "AWS", identifiers: [account] }],
      },
      "2008-10-17",
    );
    expect(bounds?.certain).toEqual({
      version: "2008-10-17",
      statements: [
        {
          effect: "Deny",
          actions: ["s3:*"],
          resources: ["arn:aws:s3:::bucket/${aws:username}"],
          notPrincipals: { AWS: [account] },
          conditions: {},
        },
      ],
    });
  });
});

describe("a plan with a policy that AWS rejects", () => {
  it("fails, although it passes without the policy", () => {
    const plan = readFixture("cases")["as it is"]?.plan as Json; // npm run fixtures writes it
    const wrong: PlannedResource = {
      type: "aws_iam_policy",
      name: "wrong",
      values: { policy: document({ ...statement, NotResource: "*" }) },
    };
    const configuration = plan["configuration"] as { readonly root_module: Json };
    const { root_module: root } = configuration;
    const changed = {
      ...plan,
      resource_changes: [...(plan["resource_changes"] as Json[]), changeOf(wrong)], // lists in every plan
      configuration: {
        ...configuration,
        root_module: {
          ...root,
          resources: [...(root["resources"] as Json[]), configurationOf(wrong)],
        },
      },
    };
    const resultOf = (entry: unknown): CheckResult =>
      evaluateChecks(parsePlanJson(JSON.stringify(entry), "a plan"), { account: ACCOUNT });
    expect(resultOf(changed).verdict).toBe("fail");
    expect(resultOf(changed).findings.map(({ id }) => id)).toContain("IAM-17");
    expect(resultOf(plan).findings.map(({ id }) => id)).not.toContain("IAM-17");
  });
});
