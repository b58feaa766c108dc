import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, it } from "vitest";
import { applyPolicies } from "../../../src/constructs/bootstrap/apply-role-permissions.ts";
import { startSandbox } from "../../../src/sandbox/server.ts";
import { findEngine } from "../../../src/terraform/engine.ts";
import { terraformEnvironment } from "../../../src/terraform/working-folder.ts";
import { bootstrapped, sessionOf, shop } from "../../support/bootstrapped-account.ts";
import { ACCOUNT, awsAt, REGION } from "../../support/foundation-modes.ts";
import { withoutAction } from "../../support/without-action.ts";
import { testFolder } from "../../support/folder.ts";
import { attachedProvider } from "../../support/provider/attach.ts";

const roleConfiguration = (text: string): string => `
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "${REGION}"
}

resource "aws_iam_role" "task" {
  name                 = "task"
  path                 = "/shop/"
  permissions_boundary = "arn:aws:iam::${ACCOUNT}:policy/shop-boundary"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "${text}"
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
    }]
  })
  tags = { ${text} = "x" }
}

resource "aws_iam_role_policy" "task" {
  name   = "task"
  role   = aws_iam_role.task.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:Get*", Resource = "*" }] })
}

resource "aws_iam_role_policy_attachment" "task" {
  role       = aws_iam_role.task.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}
`;

it("the apply role can create, change and destroy a task's role, and has no unnecessary IAM actions", async ({
  expect,
}) => {
  const called = new Set<string>();
  const sandbox = await startSandbox({
    onCall: ({ service, operation }) => void (service === "iam" && called.add(`iam:${operation}`)),
  });
  const options = shop();
  await bootstrapped(sandbox, options);
  called.clear();
  const keys = await sessionOf(sandbox, "shop", "apply");
  const folder = testFolder();
  const engine = await findEngine({ env: process.env });
  const aws = awsAt(sandbox, { ...keys });
  const env = {
    ...terraformEnvironment(engine, process.env, folder),
    ...aws,
    ...(await attachedProvider(aws)),
  };
  const terraform = (...args: string[]) =>
    promisify(execFile)(engine.path, [...args, "-input=false", "-no-color"], { cwd: folder, env });
  writeFileSync(join(folder, "main.tf"), roleConfiguration("first"));
  await terraform("init");
  await terraform("apply", "-auto-approve");
  writeFileSync(join(folder, "main.tf"), roleConfiguration("second"));
  await terraform("apply", "-auto-approve");
  await terraform("destroy", "-auto-approve");
  // A cluster or a load balancer needs this action. This test creates neither.
  const notNeededHere = "iam:CreateServiceLinkedRole";
  const [foundation] = options.foundations;
  const allowed = new Set(
    Object.values(foundation ? applyPolicies(foundation) : {})
      .flatMap(({ Statement }) =>
        Statement.flatMap((entry) => entry["Action"] as readonly string[]),
      ) // statements have lists of actions
      .filter((value) => value.startsWith("iam:")),
  );
  expect([...called].filter((value) => !allowed.has(value))).toEqual([]);
  expect([...allowed].filter((value) => !called.has(value) && value !== notNeededHere)).toEqual([]);
  await sandbox.close();
});

const STATE = shop().foundations.flatMap((foundation) =>
  (applyPolicies(foundation)["state"]?.Statement ?? []).flatMap(({ Sid, Action }) =>
    String(Sid).startsWith("State")
      ? (Action as readonly string[]).map((action): [string, string] => [String(Sid), action]) // a statement has a list of actions
      : [],
  ),
);

/** A configuration with an S3 backend and a value. */
const configurationWith = (value: string): string =>
  JSON.stringify({
    terraform: {
      backend: {
        s3: {
          bucket: "shop-states",
          key: "shop/terraform.tfstate",
          region: REGION,
          encrypt: true,
          kms_key_id: `arn:aws:kms:${REGION}:${ACCOUNT}:alias/shop-states`,
          use_lockfile: true,
          use_path_style: true,
        },
      },
    },
    resource: { terraform_data: { one: { input: value } } },
  });

async function applyTwice(change: (policy: string, name: string) => string): Promise<string> {
  const sandbox = await startSandbox();
  const call = (service: string, operation: string, input: Readonly<Record<string, unknown>>) =>
    sandbox.invoke(service, operation, input, { region: REGION });
  const { KeyMetadata } = call("kms", "CreateKey", {});
  call("kms", "CreateAlias", {
    AliasName: "alias/shop-states",
    TargetKeyId: (KeyMetadata as { readonly KeyId: string }).KeyId, // by its model
  });
  call("s3", "CreateBucket", {
    Bucket: "shop-states",
    CreateBucketConfiguration: { LocationConstraint: REGION },
  });
  await bootstrapped(sandbox, shop(), change);
  const keys = await sessionOf(sandbox, "shop", "apply");
  const folder = testFolder();
  const engine = await findEngine({ env: process.env });
  const aws = awsAt(sandbox, { ...keys });
  const env = {
    ...terraformEnvironment(engine, process.env, folder),
    ...aws,
    ...(await attachedProvider(aws)),
  };
  const file = join(folder, "main.tf.json");
  try {
    for (const value of ["first", "second"]) {
      writeFileSync(file, configurationWith(value));
      for (const args of [["init"], ["apply", "-auto-approve"]])
        await promisify(execFile)(engine.path, [...args, "-input=false", "-no-color"], {
          cwd: folder,
          env,
        });
    }
    return "applied";
  } catch (error) {
    return String((error as { readonly stderr?: string }).stderr);
  } finally {
    await sandbox.close();
  }
}

describe.concurrent("the state permissions of the apply role", () => {
  it("allow Terraform to write, lock and read the state", async ({ expect }) => {
    expect(await applyTwice((policy) => policy)).toBe("applied");
  });

  it.for(STATE)("include no unnecessary action: %s needs %s", async ([sid, action], { expect }) => {
    const error = await applyTwice((policy, name) =>
      name === "shop-apply-state" ? withoutAction(policy, action, sid) : policy,
    );
    expect(error).toMatch(/AccessDenied|api error Forbidden|not authorized/);
  });
});
