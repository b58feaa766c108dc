import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config, Egress } from "../../src/config/options.ts";
import type { Sandbox } from "../../src/sandbox/server.ts";
import { berth } from "./berth.ts";
import { testFolder } from "./folder.ts";

export const ACCOUNT = "111122223333";
export const REGION = "eu-west-1";

/** How tasks may reach what is outside: each is a life of its own. */
export const MODES: readonly Egress[] = ["endpoints", "nat", "nat-per-zone", "public"];

/** What a life is called by: each name apart, so that a recording shows which it is. */
export const NAMES = {
  name: "qxharbour",
  logGroup: "/qxlogs",
  repository: "qximages",
  parameter: "/qxpublished/outputs",
} as const;

/** Calls that Terraform makes and goes on without, as npm run permissions:minimal has found: nobody needs to be allowed them. */
export const NOT_MISSED: ReadonlySet<string> = new Set([
  "ec2:DescribeNetworkAcls",
  "elasticloadbalancing:DescribeCapacityReservation",
]);

/** A foundation as it begins. */
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

/** The same with everything changed that can change in place, and all that can be added. */
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

/** Back to the beginning, with another port: that makes another target group. */
export const moved = (egress: Egress): Config => ({
  ...small(egress),
  tasks: { containerPort: 3000 },
});

/** A folder of a project with one config. */
export function project(config: object, folder: string = testFolder()): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "berth.config.ts"), `export default ${JSON.stringify(config)};\n`);
  return folder;
}

/** The environment in which AWS is a sandbox, and nothing says so but the endpoint. */
export const awsAt = (
  { url }: Pick<Sandbox, "url">,
  keys: Readonly<Record<string, string>> = {
    AWS_ACCESS_KEY_ID: ACCOUNT,
    AWS_SECRET_ACCESS_KEY: "any",
  },
): Readonly<Record<string, string>> => ({ AWS_ENDPOINT_URL: url, AWS_REGION: REGION, ...keys });

/** A whole life: created, changed, changed back, destroyed. What fails is said with all that was printed. */
export async function live(egress: Egress, env: Readonly<Record<string, string>>): Promise<void> {
  const folder = project(small(egress));
  const must = async (...args: string[]): Promise<void> => {
    const ran = await berth([...args, "--yes"], { cwd: folder, env });
    if (ran.code !== 0) throw new Error(`berth ${args.join(" ")}: ${ran.stdout}\n${ran.stderr}`);
  };
  await must("apply", "--unchecked");
  project(full(egress), folder);
  await must("apply", "--unchecked");
  project(moved(egress), folder);
  await must("apply", "--unchecked");
  await must("destroy");
}
