import { ECRClient } from "@aws-sdk/client-ecr";
import { DescribeServicesCommand, ECSClient, RunTaskCommand } from "@aws-sdk/client-ecs";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { Config } from "../../src/config/options.ts";
import type { ServiceOptions } from "../../src/config/service-options.ts";
import type { Sandbox } from "../../src/sandbox/server.ts";
import type { Apps } from "../../src/sandbox/workload-behavior.ts";
import { berth } from "./berth.ts";
import { clientOptions } from "./clients.ts";
import { awsAt, NAMES, project, REGION, small } from "./foundation-modes.ts";
import { pushImage } from "./push-image.ts";

/** The names of the recorded services. They all differ, so that a recording shows which name an ARN contains. */
export const SERVICE_NAMES = {
  web: "qxweb",
  worker: "qxworker",
  job: "qxnightly",
  secret: "qxsecret",
} as const;

const { web, worker, job, secret } = SERVICE_NAMES;

const firstWeb: ServiceOptions = {
  image: { build: "." },
  port: 8080,
  route: { path: "/*" },
  before: { command: ["migrate"], timeout: 60 },
  secrets: { URL: { secret } },
  permissions: [{ actions: ["s3:GetObject"], resources: ["arn:aws:s3:::uploads/*"] }],
  deployment: { alarms: { target5xxPercent: 50 } },
};

/** The config with which the services are created. Their foundation needs no VPC endpoints. */
export const firstServices: Config = {
  ...small("public"),
  publish: NAMES.parameter,
  services: {
    [web]: firstWeb,
    [worker]: { image: { tag: "v1" }, serviceConnect: true },
  },
  jobs: { [job]: { image: { build: "." }, schedule: "rate(1 day)" } },
};

/** The same services with changes in place and with all optional resources. */
export const changedServices: Config = {
  ...firstServices,
  tags: { team: "harbour" },
  services: {
    ...firstServices.services,
    [web]: {
      image: { build: "." },
      port: 8080,
      route: { path: "/shop/*" },
      healthCheck: { path: "/health" },
      exec: true,
      scale: { min: 1, max: 2, cpu: 60, requestsPerTarget: 100 },
      logs: { retentionDays: 90 },
      permissions: [{ actions: ["s3:PutObject"], resources: ["arn:aws:s3:::uploads/*"] }],
      deployment: {
        deregistrationDelay: 10,
        alarms: { target5xxPercent: 60, responseTimeP99: 10 },
      },
    },
  },
  jobs: {
    [job]: {
      image: { build: "." },
      schedule: "rate(2 days)",
      environment: { LOG_LEVEL: "debug" },
    },
  },
};

/** The first services with a task before the deployment that fails. */
const failingBefore: Config = {
  ...firstServices,
  services: {
    ...firstServices.services,
    [web]: { ...firstWeb, before: { command: ["migrate", "broken"] } },
  },
};

/** How the programs of these services behave in the sandbox. */
export const serviceApps: Apps = { containers: { [web]: { commands: { "migrate broken": 1 } } } };

/** Runs a command of Berth with the credentials of a role. */
export type RunAs = (
  args: readonly string[],
) => Promise<{ readonly code: number | null; readonly stderr: string; readonly stdout: string }>;

/**
 * Runs the life of services: create, change, change back, a deployment whose image fails, one whose task before it fails, rollback,
 * scale, destroy. Root applies the foundation, pushes the images, and starts a task that runs until destroy stops it.
 *
 * @param sandbox with `serviceApps`
 * @param runAs runs the commands that deploy
 * @param folder the project
 * @returns the output of the first command with an unexpected exit code; undefined if every command has the expected exit code
 */
export async function runServiceLifecycle(
  sandbox: Sandbox,
  folder: string,
  runAs: RunAs,
): Promise<string | undefined> {
  const root = clientOptions(sandbox.url, REGION);
  const configure = async (config: Config): Promise<void> => {
    project(config, folder);
    const applied = await berth(["apply", "--yes", "--unchecked"], {
      cwd: folder,
      env: awsAt(sandbox),
    });
    if (applied.code !== 0) throw new Error(`berth apply: ${applied.stderr}`);
  };
  await new SecretsManagerClient(root).send(
    new CreateSecretCommand({ Name: secret, SecretString: "x" }),
  );
  await configure(firstServices);
  for (const [tag, architecture] of [
    ["v1", "arm64"],
    ["v2", "arm64"],
    ["v3", "arm64"],
    ["bad", "amd64"],
  ] as const)
    await pushImage(new ECRClient(root), NAMES.repository, tag, { architecture, note: tag });
  const ecs = new ECSClient(root);
  const startTask = async (): Promise<void> => {
    const cluster = NAMES.name;
    const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: [web] }));
    const { taskDefinition, networkConfiguration } = services?.[0] ?? {};
    await ecs.send(
      new RunTaskCommand({ cluster, taskDefinition, networkConfiguration, launchType: "FARGATE" }),
    );
  };
  const deploy = (...args: readonly string[]): readonly string[] => ["deploy", ...args, "--yes"];
  const steps: readonly Step[] = [
    [["plan", web, "--image", ":v1"], 0],
    [deploy(web, "--image", ":v1"), 0],
    [deploy(worker, "--no-build"), 0],
    [deploy(job, "--image", ":v1"), 0],
    changedServices,
    [deploy("--no-build"), 0],
    firstServices,
    [deploy("--no-build"), 0],
    [deploy(web, "--image", ":bad"), 1],
    () => void project(failingBefore, folder),
    [deploy(web, "--image", ":v3"), 1],
    () => void project(firstServices, folder),
    [deploy(web, "--image", ":v2"), 0],
    [["rollback", web, "--yes"], 0],
    [["scale", web, "2"], 0],
    startTask,
    [["destroy", web, worker, job, "--yes"], 0],
  ];
  for (const step of steps) {
    if (typeof step === "function") {
      await step();
      continue;
    }
    if (!isCommand(step)) {
      await configure(step);
      continue;
    }
    const [args, code] = step;
    const ran = await runAs(args);
    if (ran.code !== code)
      return `berth ${args.join(" ")}: ${ran.code}\n${ran.stdout}${ran.stderr}`;
  }
  return undefined;
}

/** A command with its exit code, a config to apply, or what happens between commands. */
type Step = Config | Command | (() => Promise<void> | void);
type Command = readonly [args: readonly string[], code: number];

const isCommand = (step: Config | Command): step is Command => Array.isArray(step);
