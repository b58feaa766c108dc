import { ECRClient } from "@aws-sdk/client-ecr";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { Config } from "../../src/config/options.ts";
import type { Sandbox } from "../../src/sandbox/server.ts";
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

/** The config with which the services are created. Their foundation needs no VPC endpoints. */
export const firstServices: Config = {
  ...small("public"),
  publish: NAMES.parameter,
  services: {
    [web]: {
      image: { build: "." },
      port: 8080,
      route: { path: "/*" },
      before: { command: ["migrate"], timeout: 60 },
      secrets: { URL: { secret } },
      permissions: [{ actions: ["s3:GetObject"], resources: ["arn:aws:s3:::uploads/*"] }],
      deployment: { alarms: { target5xxPercent: 50 } },
    },
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

/** Runs a command of Berth with the credentials of a role. */
export type RunAs = (
  args: readonly string[],
) => Promise<{ readonly code: number | null; readonly stderr: string; readonly stdout: string }>;

/**
 * Runs the life of services: create, change, change back, a deployment that fails, rollback, scale, destroy. Root applies the
 * foundation and pushes the images.
 *
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
    ["bad", "amd64"],
  ] as const)
    await pushImage(new ECRClient(root), NAMES.repository, tag, { architecture, note: tag });
  const deploy = (...args: readonly string[]): readonly string[] => ["deploy", ...args, "--yes"];
  const steps: readonly (Config | readonly [readonly string[], number])[] = [
    [["plan", web, "--image", ":v1"], 0],
    [deploy(web, "--image", ":v1"), 0],
    [deploy(worker, "--no-build"), 0],
    [deploy(job, "--image", ":v1"), 0],
    changedServices,
    [deploy("--no-build"), 0],
    firstServices,
    [deploy("--no-build"), 0],
    [deploy(web, "--image", ":bad"), 1],
    [deploy(web, "--image", ":v2"), 0],
    [["rollback", web, "--yes"], 0],
    [["scale", web, "2"], 0],
    [["destroy", web, worker, job, "--yes"], 0],
  ];
  for (const step of steps) {
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

const isCommand = (
  step: Config | readonly [readonly string[], number],
): step is readonly [readonly string[], number] => Array.isArray(step);
