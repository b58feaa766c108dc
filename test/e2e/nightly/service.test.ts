import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { BatchDeleteImageCommand } from "@aws-sdk/client-ecr";
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { App, TerraformStack } from "cdktn";
import { describe, expect, it, vi } from "vitest";
import {
  AwsProvider,
  type FoundationReference,
  ScheduledTask,
  Service,
} from "../../../src/constructs/index.ts";
import type { Settings } from "../../../src/config/options.ts";
import {
  synthJobHcl,
  synthJobJson,
  synthServiceHcl,
  synthServiceJson,
} from "../../../src/constructs/synth/synth.ts";
import { sandboxEnvironment, sandboxOverride } from "../../../src/sandbox/environment.ts";
import { inspect } from "../../../src/sandbox/inspection/index.ts";
import { findEngine } from "../../../src/terraform/engine.ts";
import { WorkingFolder } from "../../../src/terraform/working-folder.ts";
import { account, givenStage, IMAGE } from "../../sandbox/failures/stage.ts";
import { clientOptions } from "../../support/clients.ts";
import { testFolder } from "../../support/folder.ts";
import { FoundationLifecycle } from "../../support/foundation-lifecycle.ts";
import { pushImage } from "../../support/push-image.ts";
import { settingsOf } from "../../support/settings.ts";

const run = promisify(execFile);
const REGION = "us-east-1";
const image = { build: "." };

/** The output of a Terraform command. */
type Run = (
  args: readonly string[],
  variables?: Readonly<Record<string, string>>,
) => Promise<string>;

/** A folder for the root module of a service, with an initialized Terraform that uses a sandbox. */
async function serviceFolder(
  rootModule: string,
  sandboxUrl: string,
): Promise<{ readonly folder: string; readonly terraform: Run }> {
  const engine = await findEngine({ env: process.env });
  const workspace = new WorkingFolder({
    project: testFolder(),
    environment: "service",
    sandbox: true,
  });
  workspace.write(rootModule, sandboxOverride(sandboxUrl, undefined));
  const env = workspace.environment(engine, sandboxEnvironment(process.env, sandboxUrl, undefined));
  const terraform: Run = async (args, variables = {}) => {
    const inputs = Object.entries(variables).map(([name, value]) => [`TF_VAR_${name}`, value]);
    const { stdout } = await run(engine.path, [...args, "-no-color"], {
      cwd: workspace.directory,
      env: { ...env, ...(Object.fromEntries(inputs) as Record<string, string>) },
      maxBuffer: 2 ** 26,
    });
    return stdout;
  };
  await terraform(["init", "-input=false"]);
  return { folder: workspace.directory, terraform };
}

const everything: Settings = settingsOf({
  egress: "nat",
  publish: "/shop/outputs",
  tags: { team: "shop" },
  services: {
    web: {
      image,
      port: 8080,
      route: { path: ["/*", "/x?"], host: "*.example.com" },
      size: { cpu: 512, memory: 1024 },
      ephemeralStorage: 30,
      scale: { min: 1, max: 3, cpu: 60, memory: 60, requestsPerTarget: 100 },
      environment: { GREETING: "${name} %{if}" },
      secrets: {
        URL: { secret: "shop/db", key: "url" },
        TOKEN: { parameter: "/shop/token" },
      },
      permissions: [
        {
          actions: ["s3:GetObject"],
          resources: ["arn:aws:s3:::uploads/${aws:username}"],
          conditions: { Bool: { "aws:SecureTransport": "true" } },
        },
      ],
      containerHealthCheck: { command: ["CMD-SHELL", "true"] },
      writablePaths: ["/tmp"],
      exec: true,
      serviceConnect: true,
      sidecars: { proxy: { image: "nginx:1.27", port: 81, dependsOn: { web: "HEALTHY" } } },
      deployment: {
        alarms: { target5xxPercent: 1, unhealthyTargets: 0, responseTimeP99: 1, names: ["other"] },
      },
    },
    tagged: { image: { tag: "v1" }, capacityProvider: "FARGATE_SPOT" },
    pinned: { image: { digest: `sha256:${"a".repeat(64)}` } },
    other: { image: "nginx:1.27" },
  },
  jobs: {
    nightly: {
      image,
      command: ["node", "x.js"],
      schedule: "cron(0 3 * * ? *)",
      deadLetterQueueArn: `arn:aws:sqs:${REGION}:111122223333:failed`,
    },
    manual: { image },
  },
});

describe("the synthesized Terraform of services and jobs", () => {
  it("is valid in JSON and in HCL, and is formatted", async () => {
    const modules = [
      ...Object.keys(everything.services ?? {}).map((name) => ({
        json: synthServiceJson(everything, name),
        hcl: synthServiceHcl(everything, name),
      })),
      ...Object.keys(everything.jobs ?? {}).map((name) => ({
        json: synthJobJson(everything, name),
        hcl: synthJobHcl(everything, name),
      })),
    ];
    const { folder, terraform } = await serviceFolder(modules[0]?.json ?? "", "http://localhost:1");
    const validate = async (): Promise<unknown> =>
      (
        JSON.parse(
          await terraform(["validate", "-json"]).catch((error: { stdout: string }) => error.stdout),
        ) as { readonly diagnostics: unknown }
      ).diagnostics;
    for (const { json, hcl } of modules) {
      writeFileSync(join(folder, "main.tf.json"), json);
      for (const name of hcl.keys()) writeFileSync(join(folder, name), "");
      expect(await validate()).toEqual([]);
      writeFileSync(join(folder, "main.tf.json"), "{}");
      for (const [name, text] of hcl) writeFileSync(join(folder, name), text);
      expect(await validate()).toEqual([]);
      await terraform(["fmt", "-check"]);
    }
  });
});

describe("services and a job, by real Terraform", () => {
  it("are created, are unchanged in the next plan, and are destroyed without their revisions", async ({
    onTestFinished,
  }) => {
    let settings = settingsOf();
    const lifecycle = await FoundationLifecycle.start(testFolder(), async ({ kms }, { url }) => {
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      const kmsKeyArn = KeyMetadata?.Arn ?? "";
      await new SecretsManagerClient(clientOptions(url, REGION)).send(
        new CreateSecretCommand({
          Name: "shop/db",
          SecretString: '{"url":"x"}',
          KmsKeyId: kmsKeyArn,
        }),
      );
      await new SSMClient(clientOptions(url, REGION)).send(
        new PutParameterCommand({
          Name: "/shop/token",
          Type: "SecureString",
          Value: "x",
          KeyId: kmsKeyArn,
        }),
      );
      settings = settingsOf({
        services: {
          web: {
            image,
            port: 3000,
            route: { path: "/*" },
            serviceConnect: true,
            scale: { min: 1, max: 3, cpu: 60, requestsPerTarget: 100 },
            secrets: {
              URL: { secret: "shop/db", key: "url", kmsKeyArn },
              TOKEN: { parameter: "/shop/token", kmsKeyArn },
            },
            deployment: { alarms: { target5xxPercent: 1, unhealthyTargets: 0 } },
          },
          worker: { image: { tag: "v1" }, serviceConnect: true },
        },
        jobs: {
          nightly: {
            image: { tag: "v1" },
            command: ["node", "report.js"],
            schedule: "cron(0 3 * * ? *)",
            timezone: "Europe/Zurich",
          },
        },
      });
      return settings;
    });
    onTestFinished(() => lifecycle.close());
    await lifecycle.plan();
    await lifecycle.apply();
    const { url } = lifecycle.sandbox;
    const pushed = await pushImage(lifecycle.clients.ecr, "hello", "v1", { architecture: "arm64" });
    const digest = pushed.image?.imageId?.imageDigest ?? "";
    const uri = `111122223333.dkr.ecr.${REGION}.amazonaws.com/hello@${digest}`;
    const web = await serviceFolder(synthServiceJson(settings, "web"), url);
    const worker = await serviceFolder(synthServiceJson(settings, "worker"), url);
    const nightly = await serviceFolder(synthJobJson(settings, "nightly"), url);

    await expect(web.terraform(["plan", "-input=false"])).rejects.toMatchObject({
      stderr: expect.stringContaining("web has no image yet") as unknown,
    });

    await web.terraform(["apply", "-input=false", "-auto-approve"], { image: uri });
    await Promise.all(
      [worker, nightly].map(({ terraform }) =>
        terraform(["apply", "-input=false", "-auto-approve"]),
      ),
    );
    const ecs = new ECSClient(clientOptions(url, REGION));
    await vi.waitFor(
      async () => {
        const { services } = await ecs.send(
          new DescribeServicesCommand({ cluster: "hello", services: ["web", "worker"] }),
        );
        expect(services?.map(({ runningCount }) => runningCount)).toEqual([1, 1]);
      },
      { timeout: 60_000, interval: 500 },
    );
    const outputsOf = async ({
      terraform,
    }: typeof web): Promise<Readonly<Record<string, unknown>>> => {
      const outputs = JSON.parse(await terraform(["output", "-json"])) as Readonly<
        Record<string, { readonly value: unknown }>
      >;
      return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
    };
    expect(await outputsOf(web)).toMatchObject({
      image: uri,
      image_parameter: "/berth/hello/web/image",
      container_name: "web",
      service_name: "web",
    });
    expect(await outputsOf(worker)).toMatchObject({ image: uri, service_name: "worker" });

    lifecycle.sandbox.simulate("scheduler", "InvokeSchedule", { Name: "hello-nightly" });
    const scheduled = inspect(lifecycle.sandbox)
      .tasks()
      .filter(({ taskDefinition }) => taskDefinition.endsWith("task-definition/hello-nightly:1"));
    // The simulated program of a task with a command ends at once.
    expect(scheduled).toMatchObject([{ status: "STOPPED" }]);

    // As berth deploy does after a successful deployment.
    await new SSMClient(clientOptions(url, REGION)).send(
      new PutParameterCommand({ Name: "/berth/hello/web/image", Value: uri, Overwrite: true }),
    );
    const workloads = [web, worker, nightly];
    const plans = await Promise.all(
      workloads.map(({ terraform }) => terraform(["plan", "-input=false"])),
    );
    for (const plan of plans) expect(plan).toContain("No changes.");
    expect(await lifecycle.plan()).toEqual([]);

    await Promise.all(
      workloads.map(({ terraform }) => terraform(["destroy", "-input=false", "-auto-approve"])),
    );
    const { ecr } = lifecycle.clients;
    await ecr.send(
      new BatchDeleteImageCommand({ repositoryName: "hello", imageIds: [{ imageDigest: digest }] }),
    );
    await lifecycle.plan({ destroy: true });
    await lifecycle.apply();
    expect(
      lifecycle
        .remainingResources()
        .filter((resource) => !/^(kms|secretsmanager|ssm)\//.test(resource))
        .sort(),
    ).toEqual([
      "ecs/task-definition hello-nightly:1",
      "ecs/task-definition hello-web:1",
      "ecs/task-definition hello-worker:1",
    ]);
  });
});

describe("a service and a job on existing resources, by real Terraform", () => {
  it("are created, are unchanged in the next plan, and are destroyed", async ({
    onTestFinished,
  }) => {
    const stage = await givenStage("nat");
    onTestFinished(() => stage.close());
    const { ids, sandbox, aws } = stage;
    const before = sandbox.contents();
    const stack = new TerraformStack(new App(), "existing");
    new AwsProvider(stack, "aws", { region: REGION });
    const foundation: FoundationReference = {
      name: "shop",
      region: REGION,
      account,
      clusterArn: `arn:aws:ecs:${REGION}:${account}:cluster/app`,
      clusterName: "app",
      vpcId: ids.vpc,
      subnetIds: ids.privates,
      securityGroupIds: [ids.taskGroup],
      loadBalancer: {
        arn: ids.balancer,
        listenerArn: ids.listener,
        dnsName: "app.us-east-1.elb.amazonaws.com",
      },
    };
    new Service(stack, "web", {
      name: "web",
      foundation,
      image: IMAGE,
      port: 8080,
      route: { path: "/web/*" },
      count: 2,
    });
    new ScheduledTask(stack, "nightly", {
      name: "nightly",
      foundation,
      image: IMAGE,
      schedule: "rate(1 day)",
    });
    const { terraform } = await serviceFolder(JSON.stringify(stack.toTerraform()), sandbox.url);

    await terraform(["apply", "-input=false", "-auto-approve"]);
    await vi.waitFor(
      async () => {
        const { services } = await aws.ecs.send(
          new DescribeServicesCommand({ cluster: "app", services: ["web"] }),
        );
        expect(services?.map(({ runningCount }) => runningCount)).toEqual([2]);
      },
      { timeout: 60_000, interval: 500 },
    );
    expect(stage.request("/web/orders")).toMatchObject({ kind: "answered", status: 200 });
    expect(await terraform(["plan", "-input=false"])).toContain("No changes.");

    await terraform(["destroy", "-input=false", "-auto-approve"]);
    expect(sandbox.contents().filter(({ kind }) => kind !== "ecs/task-definition")).toEqual(before);
  });
});
