import { App, TerraformStack } from "cdktn";
import { describe, expect, it } from "vitest";
import { checkPlan } from "../../src/checks/index.ts";
import { resolveConfig } from "../../src/config/load.ts";
import type { Config, FoundationOptions } from "../../src/config/options.ts";
import { Foundation } from "../../src/constructs/foundation/foundation.ts";
import { Network } from "../../src/constructs/foundation/network.ts";
import { SecurityGroup } from "../../src/constructs/foundation/security-group.ts";
import { UserErrors } from "../../src/shared/errors.ts";

const foundation: FoundationOptions = {
  name: "hello",
  region: "eu-west-1",
  account: "111122223333",
  production: true,
  zones: ["eu-west-1a", "eu-west-1b"],
  egress: "endpoints",
  key: { arn: "arn:aws:kms:eu-west-1:111122223333:key/1234abcd" },
  logs: { name: "/ecs/hello", retentionDays: 365 },
  network: { cidr: "10.0.0.0/16", allowPublicAddressSpace: false },
  tasks: { containerPort: 8080, uses: ["sqs"], egressRules: [{ to: "10.9.0.0/16", port: 5432 }] },
  repository: { name: "hello", keepImages: 50, keepUntaggedDays: 7, forceDelete: false },
  cluster: {
    containerInsights: "enabled",
    exec: false,
    capacityProviders: ["FARGATE"],
    namespace: "hello",
  },
  loadBalancer: {
    allowFrom: ["10.8.0.0/16"],
    scheme: "internal",
    certificateArn: "arn:aws:acm:eu-west-1:111122223333:certificate/1234abcd",
    port: 443,
    deletionProtection: true,
    healthCheck: { path: "/", matcher: "200", port: 8080 },
    accessLogs: { bucket: "hello-logs", prefix: "hello" },
  },
  publish: true,
  tags: { team: "core" },
  override: { aws_lb: { idle_timeout: 120 } },
};

const config: Config = {
  ...foundation,
  defaultTags: { owner: "core" },
  state: {
    bucket: "hello-states",
    key: "hello",
    region: "eu-west-1",
    kmsKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1234abcd",
  },
  terraformBin: "terraform",
  checks: {
    suppressions: [
      { id: "ALB-13", address: "module.web.*", reason: "a test", until: "2099-01-01" },
    ],
    failOn: "unknown",
    isolated: true,
  },
  pipeline: {
    repository: "acme/shop",
    ownerId: 1,
    repositoryId: 2,
    branch: "main",
    workflow: "berth.yml",
    paths: ["infra/**"],
    runsOn: ["linux"],
    engine: "terraform",
    engineVersion: "1.13.5",
    roles: {
      plan: "arn:aws:iam::111122223333:role/plan",
      apply: "arn:aws:iam::111122223333:role/apply",
    },
    driftSchedule: "17 5 * * 1-5",
  },
  environments: { prod: { production: true, loadBalancer: { allowFrom: ["10.8.0.0/16"] } } },
};

type Path = readonly (string | number)[];

function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, entry]) => pathsIn(entry, [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

/** Copies a value and sets the value at a path to undefined. */
function without(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return undefined;
  if (Array.isArray(value))
    return value.map((entry: unknown, index) =>
      index === Number(key) ? without(entry, rest) : entry,
    );
  const object = value as Readonly<Record<string, unknown>>; // a path leads through objects
  return { ...object, [key]: without(object[key], rest) };
}

function errorsOf(run: () => unknown): readonly { readonly code: string; readonly what: string }[] {
  try {
    run();
  } catch (error) {
    if (error instanceof UserErrors)
      return error.errors.map(({ code, message }) => ({
        code,
        what: message.split(": ")[0] ?? "",
      }));
    throw error;
  }
  return [];
}

const withNames = (paths: readonly Path[]): [string, Path][] =>
  paths.map((path) => [path.join(".").replaceAll(/\.(\d+)/g, "[$1]"), path]);

describe("an option that is present but undefined", () => {
  it("does not occur in a config with all options", () => {
    expect(resolveConfig(config, "prod").environment).toBe("prod");
  });

  it.each(withNames(pathsIn(config)))("is an error: %s in a config", (name, path) => {
    expect(errorsOf(() => resolveConfig(without(config, path), "prod"))).toEqual([
      { code: "BERTH-E1005", what: name },
    ]);
  });

  it("is reported with its path, the likely cause and the fix", () => {
    const CERT: string | undefined = undefined;
    const values = { allowFrom: ["10.0.0.0/8", CERT], certificateArn: CERT };
    let thrown: unknown;
    try {
      resolveConfig({ ...config, loadBalancer: values }, "prod", { file: "infra/berth.config.ts" });
    } catch (error) {
      thrown = error;
    }
    expect((thrown as UserErrors).errors).toMatchObject([
      {
        message: expect.stringContaining("loadBalancer.allowFrom[1]: ") as string,
        where: "infra/berth.config.ts",
      },
      {
        message: expect.stringContaining("environment variable that is not set") as string,
        fix: "set it, or omit the key: ...(value === undefined ? {} : { certificateArn: value })",
      },
    ]);
  });

  it.each(withNames(pathsIn(foundation)))("is an error: %s of the construct", (name, path) => {
    const stack = new TerraformStack(new App(), "stack");
    const options = without(foundation, path) as FoundationOptions;
    expect(errorsOf(() => new Foundation(stack, "f", options))).toEqual([
      { code: "BERTH-E1005", what: name },
    ]);
  });

  it("is an error in the props of every construct", () => {
    const stack = new TerraformStack(new App(), "stack");
    const zones = ["eu-west-1a", "eu-west-1b"];
    expect(errorsOf(() => new Network(stack, "n", { name: "n", zones, cidr: undefined }))).toEqual([
      { code: "BERTH-E1005", what: "cidr" },
    ]);
    const group = { vpcId: "vpc-1", name: "n", description: undefined };
    expect(errorsOf(() => new SecurityGroup(stack, "s", group as never))).toEqual([
      { code: "BERTH-E1005", what: "description" },
    ]);
  });

  it("is an error in the options of checkPlan()", async () => {
    const plan = { format_version: "1.2", terraform_version: "1.11.4", resource_changes: [] };
    const suppression = { id: "ALB-13", reason: "a test", until: "2099-01-01" };
    await expect(
      checkPlan(plan, { suppressions: [{ ...suppression, address: undefined }] }),
    ).rejects.toBeInstanceOf(UserErrors);
    await expect(checkPlan(plan, { isolated: undefined })).rejects.toBeInstanceOf(UserErrors);
    await expect(
      checkPlan(plan, { suppressions: [{ ...suppression, until: "soon" }] }),
    ).rejects.toMatchObject({ code: "BERTH-E7002" });
  });
});
