import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config, Egress } from "../../src/config/options.ts";
import type { Sandbox } from "../../src/sandbox/server.ts";
import { berth } from "./berth.ts";
import { testFolder } from "./folder.ts";

export const ACCOUNT = "111122223333";
export const REGION = "eu-west-1";

/** The egress options. The lifecycle is recorded with each of them. */
export const MODES: readonly Egress[] = ["endpoints", "nat", "nat-per-zone", "public"];

/** The names of the recorded foundation. They all differ, so that a recording shows which name an ARN contains. */
export const NAMES = {
  name: "qxharbour",
  logGroup: "/qxlogs",
  repository: "qximages",
  parameter: "/qxpublished/outputs",
} as const;

/** Actions that Terraform calls, but does not need: npm run permissions:minimal showed that it continues without them. */
export const UNNECESSARY_ACTIONS: ReadonlySet<string> = new Set([
  "ec2:DescribeNetworkAcls",
  "elasticloadbalancing:DescribeCapacityReservation",
]);

/** The config with which the foundation is created. */
export const small = (egress: Egress): Config => ({
  name: NAMES.name,
  region: REGION,
  account: ACCOUNT,
  egress,
  pipeline: { repository: "harbour/shop" },
  logs: { name: NAMES.logGroup },
  repository: { name: NAMES.repository, forceDelete: true },
  loadBalancer: { allowFrom: ["0.0.0.0/0"], deletionProtection: false },
});

/** The same config with changes to all options that can change in place, and with all optional resources. */
export const full = (egress: Egress): Config => ({
  ...small(egress),
  zones: 3,
  key: { deletionWindowDays: 14 },
  logs: { name: NAMES.logGroup, retentionDays: 90 },
  tasks: {
    uses: ["secretsmanager", "ssm", "dynamodb"],
    egressRules: [{ to: "10.1.0.0/16", port: 5432 }],
  },
  repository: { name: NAMES.repository, keepImages: 3, forceDelete: true },
  cluster: {
    exec: true,
    containerInsights: "enhanced",
    capacityProviders: ["FARGATE"],
    namespace: "qxharbour.internal",
  },
  loadBalancer: {
    allowFrom: ["10.0.0.0/8", "192.168.0.0/16"],
    deletionProtection: false,
    healthCheck: { path: "/well", matcher: "200-299" },
  },
  publish: NAMES.parameter,
  tags: { team: "harbour" },
});

/** The first config with another port, which replaces the target group. */
export const moved = (egress: Egress): Config => ({
  ...small(egress),
  tasks: { containerPort: 3000 },
});

/** A project folder with a config. */
export function project(config: object, folder: string = testFolder()): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "berth.config.ts"), `export default ${JSON.stringify(config)};\n`);
  return folder;
}

/** Environment variables that direct AWS clients to a sandbox. Only the endpoint differs from real AWS. */
export const awsAt = (
  { url }: Pick<Sandbox, "url">,
  keys: Readonly<Record<string, string>> = {
    AWS_ACCESS_KEY_ID: ACCOUNT,
    AWS_SECRET_ACCESS_KEY: "any",
  },
): Readonly<Record<string, string>> => ({ AWS_ENDPOINT_URL: url, AWS_REGION: REGION, ...keys });

/** Runs the lifecycle: create, change, change back, destroy. An error contains the output of the failed command. */
export async function runLifecycle(
  egress: Egress,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const folder = project(small(egress));
  const run = async (...args: string[]): Promise<void> => {
    const ran = await berth([...args, "--yes"], { cwd: folder, env });
    if (ran.code !== 0) throw new Error(`berth ${args.join(" ")}: ${ran.stdout}\n${ran.stderr}`);
  };
  await run("apply", "--unchecked");
  project(full(egress), folder);
  await run("apply", "--unchecked");
  project(moved(egress), folder);
  await run("apply", "--unchecked");
  await run("destroy");
}
