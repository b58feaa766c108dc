import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Config } from "../../../src/config/options.ts";
import { resolveConfig } from "../../../src/config/load.ts";
import { synthHcl, synthJson } from "../../../src/constructs/synth/synth.ts";
import { sandboxEnvironment, sandboxOverride } from "../../../src/sandbox/environment.ts";
import { startSandbox } from "../../../src/sandbox/server.ts";
import { findEngine } from "../../../src/terraform/engine.ts";
import { WorkingFolder } from "../../../src/terraform/working-folder.ts";
import { testFolder } from "../../support/folder.ts";
import { settingsOf } from "../../support/settings.ts";

const run = promisify(execFile);

/** A folder with an initialized Terraform, and a function that runs Terraform there. */
async function terraformFolder(): Promise<{
  folder: string;
  terraform: (...args: string[]) => Promise<string>;
}> {
  const engine = await findEngine({ env: process.env });
  const workspace = new WorkingFolder({
    project: testFolder(),
    environment: "default",
    sandbox: false,
  });
  workspace.write(synthJson(settingsOf()));
  const env = workspace.environment(engine, process.env);
  const terraform = async (...args: string[]): Promise<string> =>
    (await run(engine.path, args, { cwd: workspace.directory, env, maxBuffer: 2 ** 26 })).stdout;
  await terraform("init", "-input=false", "-no-color");
  return { folder: workspace.directory, terraform };
}

/** Configs that the schema accepts, with edge cases of all options. */
const configs: fc.Arbitrary<Config> = fc
  .record(
    {
      zones: fc.constantFrom(2, 3, ["us-east-1b", "us-east-1f"]),
      egress: fc.constantFrom("endpoints", "nat", "nat-per-zone", "public"),
      production: fc.boolean(),
      account: fc.constant("111122223333"),
      key: fc.constantFrom(
        { deletionWindowDays: 7 },
        { arn: "arn:aws:kms:us-east-1:111122223333:key/1234" },
      ),
      logs: fc.constantFrom({ retentionDays: 0 }, { name: "/a/b", retentionDays: 3653 }),
      network: fc.constantFrom({ cidr: "192.168.0.0/22" }, { cidr: "100.64.0.0/16" }),
      tasks: fc.constantFrom(
        { containerPort: 65_535 },
        {
          uses: ["ssm", "sts", "dynamodb"] as const,
          egressRules: [{ to: "sg-0123456789abcdef0", port: 1 }],
        },
      ),
      repository: fc.constantFrom(
        { name: "a/b-c", keepImages: 1, forceDelete: true },
        { url: "111122223333.dkr.ecr.us-east-1.amazonaws.com/app" },
      ),
      cluster: fc.constantFrom(
        { exec: true, namespace: "x.internal" },
        { containerInsights: "enhanced" as const, capacityProviders: ["FARGATE_SPOT"] as const },
      ),
      publish: fc.constantFrom(true, "/x/y"),
      tags: fc.constant({ a: "b", "c:d": "" }),
      defaultTags: fc.constant({ e: "f" }),
      state: fc.constantFrom(
        { bucket: "states" },
        { bucket: "states", kmsKeyArn: "arn:aws:kms:us-east-1:111122223333:key/1" },
      ),
      override: fc.constant({ aws_ecr_repository: { image_tag_mutability: "MUTABLE" } }),
    },
    { requiredKeys: [] },
  )
  .chain((options) =>
    fc
      .record(
        {
          allowFrom: fc.subarray([
            "0.0.0.0/0",
            "10.0.0.0/8",
            "pl-0123456789abcdef0",
            "sg-0123456789abcdef0",
          ]),
          scheme: fc.constantFrom("internet-facing" as const, "internal" as const),
          certificateArn: fc.constant("arn:aws:acm:us-east-1:111122223333:certificate/1"),
          port: fc.constantFrom(443, 8443),
          healthCheck: fc.constant({ path: "/well", matcher: "200-299,301", port: 9000 }),
          accessLogs: fc.constantFrom({ bucket: "logs" }, { bucket: "logs", prefix: "x" }),
        },
        { requiredKeys: ["allowFrom"] },
      )
      .map((loadBalancer) => ({ name: "hello", region: "us-east-1", ...options, loadBalancer })),
  );

describe("synthesized Terraform", () => {
  it("is valid for all configs that the schema accepts", async () => {
    const { folder, terraform } = await terraformFolder();
    for (const config of fc.sample(configs, { numRuns: 8, seed: 2026 })) {
      const settings = resolveConfig(
        config.repository && "url" in config.repository ? { ...config, override: {} } : config,
      );
      writeFileSync(join(folder, "main.tf.json"), synthJson(settings));
      const answer = JSON.parse(
        await terraform("validate", "-json").catch((error: { stdout: string }) => error.stdout),
      ) as { diagnostics: { severity: string }[] };
      const errors = answer.diagnostics.filter((diagnostic) => diagnostic.severity === "error");
      expect({ config, errors }).toEqual({ config, errors: [] });
    }
  });

  it("is formatted as HCL, and JSON and HCL have the same plan", async () => {
    const { folder, terraform } = await terraformFolder();
    const sandbox = await startSandbox();
    const settings = settingsOf({
      egress: "nat",
      publish: true,
      tags: { "a:b": "c" },
      defaultTags: { d: "e" },
      cluster: { namespace: "x.internal" },
      loadBalancer: {
        allowFrom: ["0.0.0.0/0"],
        accessLogs: { bucket: "logs" },
        certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/1",
      },
    });
    const engine = await findEngine({ env: process.env });
    const env = { ...sandboxEnvironment(process.env, sandbox.url, undefined) };
    writeFileSync(join(folder, "berth_override.tf.json"), sandboxOverride(sandbox.url, undefined));
    /** The values of a plan, by address without the name: the names in JSON and HCL differ. */
    const planned = async (
      files: ReadonlyMap<string, string>,
    ): Promise<{ outputs: unknown; resources: unknown[]; addresses: string[] }> => {
      for (const [name, text] of files) writeFileSync(join(folder, name), text);
      const cli = { ...env, TF_CLI_CONFIG_FILE: join(folder, "terraform.rc") };
      await run(engine.path, ["plan", "-input=false", "-out=plan"], {
        cwd: folder,
        env: cli,
        maxBuffer: 2 ** 26,
      });
      const { stdout } = await run(engine.path, ["show", "-json", "plan"], {
        cwd: folder,
        env: cli,
        maxBuffer: 2 ** 26,
      });
      const { outputs, root_module: root } = (
        JSON.parse(stdout) as {
          planned_values: {
            readonly outputs: unknown;
            readonly root_module: { readonly resources: { address: string; name: string }[] };
          };
        }
      ).planned_values;
      return {
        outputs,
        resources: root.resources.map((resource) => ({ ...resource, name: "", address: "" })),
        addresses: root.resources.map(({ address }) => address).sort(),
      };
    };
    const sorted = (resources: unknown[]): string[] =>
      resources.map((resource) => JSON.stringify(resource)).sort();
    const fromJson = await planned(new Map([["main.tf.json", synthJson(settings)]]));
    const files = synthHcl(settings);
    const fromHcl = await planned(new Map([...files, ["main.tf.json", "{}"]]));
    const moves = new Map(
      [...(files.get("moved.tf") ?? "").matchAll(/from = (\S+)\n {2}to {3}= (\S+)/g)].map(
        ([, from = "", to = ""]) => [from, to],
      ),
    );
    expect(fromHcl.outputs).toEqual(fromJson.outputs);
    expect(sorted(fromHcl.resources)).toEqual(sorted(fromJson.resources));
    expect(fromHcl.addresses).toEqual(
      fromJson.addresses.map((address) => moves.get(address) ?? address).sort(),
    );
    for (const name of files.keys()) await terraform("fmt", "-check", name);
    await sandbox.close();
  });
});
