import { describe, expect, it } from "vitest";
import { policyDocumentCheck } from "../../src/checks/rules/iam/policy-document.ts";
import { allowed } from "../../src/checks/shared/permission-check.ts";
import type { CheckResult } from "../../src/checks/engine/result.ts";
import { evaluateChecks, contextOf } from "../../src/checks/engine/evaluate.ts";
import { accountAndRegionOf } from "../../src/topology/account-and-region.ts";
import { policiesOf } from "../../src/topology/role-policies.ts";
import { policyAt } from "../../src/topology/iam-policies.ts";
import { PlanModel } from "../../src/plan/plan-model.ts";
import { type Json, parsePlanJson } from "../../src/plan/plan-json.ts";
import { recorded } from "../support/plan-fixtures.ts";

// Plans by hand: a change of a resource, with what its configuration writes.

interface Planned {
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

const addressOf = ({ type, name, mode }: Planned): string =>
  `${mode === "data" ? "data." : ""}${type}.${name}`;

const expressionsOf = ({ values, unknown, references = {} }: Planned): Json => ({
  ...Object.fromEntries(Object.keys({ ...values, ...unknown }).map((key) => [key, {}])),
  ...Object.fromEntries(
    Object.entries(references).map(([key, names]) => [key, { references: names }]),
  ),
});

const changeOf = (otherPlanned: Planned): Json => ({
  address: addressOf(otherPlanned),
  mode: otherPlanned.mode ?? "managed",
  type: otherPlanned.type,
  name: otherPlanned.name,
  change: {
    actions: otherPlanned.actions ?? [otherPlanned.mode === "data" ? "read" : "create"],
    before: null,
    after: otherPlanned.values,
    after_unknown: otherPlanned.unknown ?? {},
  },
});

const configurationOf = (otherPlanned: Planned): Json => ({
  address: addressOf(otherPlanned),
  mode: otherPlanned.mode ?? "managed",
  type: otherPlanned.type,
  name: otherPlanned.name,
  expressions: expressionsOf(otherPlanned),
});

const planOf = (...resources: readonly Planned[]): string =>
  JSON.stringify({
    format_version: "1.2",
    terraform_version: "1.11.4",
    resource_changes: resources.map(changeOf),
    configuration: { root_module: { resources: resources.map(configurationOf) } },
  });

const shown = (...resources: readonly Planned[]) => parsePlanJson(planOf(...resources), "a plan");

const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" };
const document = (...Statement: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement });

const answers = (...resources: readonly Planned[]) => [
  ...policyDocumentCheck.run(contextOf(shown(...resources), { account: ACCOUNT })),
];

describe("documents of a plan", () => {
  const policy = (text: string, more: Partial<Planned> = {}): Planned => ({
    type: "aws_iam_policy",
    name: "app",
    values: { policy: text },
    ...more,
  });

  it("pass where AWS accepts them", () => {
    expect(answers(policy(document(statement)))).toEqual([
      { answer: "pass", address: "aws_iam_policy.app" },
    ]);
  });

  it("fail with the rule that they violate, and AWS's error", () => {
    expect(answers(policy(document({ ...statement, NotResource: "*" })))).toEqual([
      {
        answer: "fail",
        address: "aws_iam_policy.app",
        id: "IAM-17",
        says: "a statement cannot have both Resource and NotResource",
        error: "MalformedPolicyDocument: Syntax errors in policy.",
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
  ])("fail as a policy of %s, with its service's error", (type, attribute, error) => {
    expect(answers({ type, name: "x", values: { [attribute]: document(statement) } })).toEqual([
      expect.objectContaining({ answer: "fail", address: `${type}.x`, id: "IAM-17", error }),
    ]);
  });

  it("fail in a role's inline policies", () => {
    const values = {
      assume_role_policy: document({
        Effect: "Allow",
        Principal: { Service: "ecs-tasks.amazonaws.com" },
        Action: "sts:AssumeRole",
      }),
      inline_policy: [{ name: "a", policy: document({ ...statement, Sid: "a b" }) }],
    };
    expect(answers({ type: "aws_iam_role", name: "app", values })).toEqual([
      { answer: "pass", address: "aws_iam_role.app" },
      expect.objectContaining({
        answer: "fail",
        says: 'Sid "a b" must contain only letters and digits',
      }),
    ]);
  });

  it("fail where they are longer than their quota", () => {
    const Resource = Array.from({ length: 300 }, (_, index) => `arn:aws:s3:::bucket-${index}/*`);
    expect(answers(policy(document({ ...statement, Resource })))).toEqual([
      expect.objectContaining({
        id: "IAM-18",
        error: "LimitExceeded: Cannot exceed quota for PolicySize: 6144",
      }),
    ]);
  });

  it("are open where they are known after apply, which does not change the verdict", () => {
    const unknown = policy("", { values: {}, unknown: { policy: true } });
    expect(answers(unknown)).toEqual([
      expect.objectContaining({ answer: "unknown", id: "IAM-17", severity: "warning" }),
    ]);
    const facts = evaluateChecks(shown(unknown), { account: ACCOUNT }).missingFacts;
    expect(facts.map(({ checks, isCritical }) => [checks, isCritical])).toEqual([
      [["policy-document"], false],
    ]);
  });

  it("are not judged where they stay as they are: AWS has accepted them", () => {
    const wrong = document({ ...statement, NotResource: "*" });
    expect(answers(policy(wrong, { actions: ["no-op"] }))).toEqual([]);
  });

  it("are judged where a data source makes them", () => {
    const data = (statements: readonly Json[]): Planned => ({
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
    expect(answers(data([known]), made)).toEqual([
      { answer: "pass", address: "aws_iam_policy.app" },
    ]);
    expect(answers(data([{ ...known, resources: ["bucket/x"] }]), made)).toEqual([
      expect.objectContaining({
        answer: "fail",
        id: "IAM-17",
        says: 'Resource bucket/x must be an ARN or "*"',
      }),
    ]);
  });
});

describe("policies of an organization", () => {
  const role: Planned = { type: "aws_iam_role", name: "app", values: { name: "app" } };
  const inline: Planned = {
    type: "aws_iam_role_policy",
    name: "app",
    values: { policy: document(statement), role: "app" },
  };
  const scp = (type: string): Planned => ({
    type: "aws_organizations_policy",
    name: "limits",
    values: { content: document(statement), type },
  });
  const attachment = (target: string): Planned => ({
    type: "aws_organizations_policy_attachment",
    name: "limits",
    values: { target_id: target },
    unknown: { policy_id: true },
    references: {
      policy_id: ["aws_organizations_policy.limits.id", "aws_organizations_policy.limits"],
    },
  });

  function ruling(...resources: readonly Planned[]) {
    const plan = new PlanModel(shown(role, inline, ...resources), undefined, ACCOUNT);
    const found = plan.resourceAt("aws_iam_role.app");
    if (!found) throw new Error("the plan has no role");
    return allowed({
      action: "s3:GetObject",
      resource: "arn:aws:s3:::bucket/file",
      account: ACCOUNT,
      policies: { identity: policiesOf(plan, accountAndRegionOf(plan), found) },
    });
  }

  it("change nothing where the plan has none", () => {
    expect(ruling()).toEqual({ answer: "pass" });
  });

  it.each(["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"])(
    "leave a permission open where a %s may apply",
    (type) => {
      for (const more of [[], [attachment("r-1234")], [attachment(ACCOUNT)]])
        expect(ruling(scp(type), ...more)).toEqual({
          answer: "unknown",
          says: "aws_organizations_policy.limits: content may limit the account's permissions, and policies of the organization are not evaluated",
        });
    },
  );

  it("change nothing where they are another account's alone, or of another type", () => {
    expect(ruling(scp("SERVICE_CONTROL_POLICY"), attachment("444455556666")).answer).toBe("pass");
    expect(ruling(scp("TAG_POLICY")).answer).toBe("pass");
    expect(ruling(scp("DECLARATIVE_POLICY_EC2")).answer).toBe("pass");
  });

  it("are a missing fact where they are declarative", () => {
    expect(answers(scp("DECLARATIVE_POLICY_EC2"))).toEqual([
      {
        answer: "unknown",
        address: "aws_organizations_policy.limits",
        fact: "aws_organizations_policy.limits: declarative policies of the organization are not evaluated",
      },
    ]);
  });
});

describe("policies with what a plan does not know", () => {
  const account = ACCOUNT;
  const none = { unknown: [], boundary: undefined, organization: undefined };

  function rulingOf(version: string, ...Statement: readonly object[]) {
    const text = JSON.stringify({ Version: version, Statement });
    const plan = new PlanModel(
      shown({ type: "aws_iam_role_policy", name: "app", values: { policy: text } }),
      undefined,
      account,
    );
    const from = plan.resourceAt("aws_iam_role_policy.app");
    const bounds = from && policyAt(plan, accountAndRegionOf(plan), from, "policy");
    if (!bounds) throw new Error("the plan has no policy");
    return allowed({
      action: "s3:GetObject",
      resource: "arn:aws:s3:::bucket/blue/file",
      account,
      policies: { identity: { ...none, certain: [bounds.certain], possible: [bounds.possible] } },
    }).answer;
  }

  const TEAM = "arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*";

  it("leave open what a variable decides, whose value is not known", () => {
    expect(rulingOf("2012-10-17", { ...statement, Resource: TEAM })).toBe("unknown");
    expect(
      rulingOf("2012-10-17", statement, { ...statement, Effect: "Deny", Resource: TEAM }),
    ).toBe("unknown");
  });

  it("refute what a variable decides in a policy without variables", () => {
    expect(rulingOf("2008-10-17", { ...statement, Resource: TEAM })).toBe("fail");
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

  it("keep a data source's not_principals, version and variables", () => {
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
  it("is refuted, though it was proved before", () => {
    const plan = recorded("cases")["as it is"]?.plan as Json; // npm run fixtures wrote it
    const wrong: Planned = {
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
    const of = (entry: unknown): CheckResult =>
      evaluateChecks(parsePlanJson(JSON.stringify(entry), "a plan"), { account: ACCOUNT });
    expect(of(changed).verdict).toBe("fail");
    expect(of(changed).findings.map(({ id }) => id)).toContain("IAM-17");
    expect(of(plan).findings.map(({ id }) => id)).not.toContain("IAM-17");
  });
});
