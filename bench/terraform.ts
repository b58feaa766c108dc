// Berth's commands compared with the same Terraform commands without Berth.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sandboxEnvironment, sandboxOverride } from "../src/sandbox/environment.ts";
import { startSandbox } from "../src/sandbox/server.ts";
import { findEngine } from "../src/terraform/engine.ts";
import { terraformEnvironment } from "../src/terraform/working-folder.ts";
import { MOTO_PORT, withMoto } from "./moto.ts";
import { cli, duration, median, node, root, scratch } from "./processes.ts";
import { addRow } from "./table.ts";

/** The environment of Terraform in a working folder that Berth has written. */
export function workingFolderEnvironment(folder: string, sandboxUrl: string): NodeJS.ProcessEnv {
  const cliConfigFile = join(folder, "terraform.rc");
  return {
    ...sandboxEnvironment(process.env, sandboxUrl, undefined),
    CHECKPOINT_DISABLE: "1",
    ...(existsSync(cliConfigFile) ? { TF_CLI_CONFIG_FILE: cliConfigFile } : {}),
  };
}

/** `berth rehearse` compared with the same phases of the same stack by Terraform alone. */
export async function benchmarkRehearsal(): Promise<void> {
  const folder = join(scratch, "forgotten");
  cpSync(join(root, "examples/forgotten"), folder, { recursive: true });
  // The example's service does not start: the rehearsal ends with exit code 3.
  const rehearsal = await duration(node, [cli, "rehearse", folder, "--quiet"], folder, {
    exitCode: 3,
  });
  const sandbox = await startSandbox({ apps: { images: { "*": { exists: true } } } });
  try {
    writeFileSync(join(folder, "zz_override.tf.json"), sandboxOverride(sandbox.url, undefined));
    const engine = await findEngine({ env: process.env });
    const env = {
      ...terraformEnvironment(
        engine,
        sandboxEnvironment(process.env, sandbox.url, undefined),
        folder,
      ),
      AWS_REGION: "eu-west-1",
    };
    let terraform = 0;
    for (const args of [
      ["init"],
      ["apply", "-auto-approve"],
      ["plan"],
      ["destroy", "-auto-approve"],
    ])
      terraform += await duration(engine.path, [...args, "-input=false"], folder, { env });
    addRow("berth rehearse; peer: terraform init, apply, plan and destroy", rehearsal, {
      peer: terraform,
      budget: "≤ 5 s more",
      isMet: () => rehearsal - terraform <= 5000,
    });
  } finally {
    await sandbox.close();
  }
}

/** Whether `terraform` is on PATH. */
export const hasTerraform = (): boolean =>
  (process.env["PATH"] ?? "")
    .split(":")
    .some((folder) => existsSync(folder) && readdirSync(folder).includes("terraform"));

/**
 * `berth plan` compared with `terraform plan` of the same files.
 *
 * @param withApply whether the foundation is also applied and destroyed, which takes two minutes
 */
export async function benchmarkPlanAndApply(withApply: boolean): Promise<void> {
  const project = join(scratch, "project");
  mkdirSync(project);
  writeFileSync(
    join(project, "berth.config.ts"),
    'import { defineConfig } from "berth-ecs";\nexport default defineConfig({ name: "hello", region: "us-east-1", loadBalancer: { allowFrom: ["0.0.0.0/0"] } });\n',
  );
  const sandbox = await startSandbox();
  try {
    const berth = (command: string, ...args: string[]): Promise<number> =>
      duration(node, [cli, command, "--quiet", "--sandbox-url", sandbox.url, ...args], project);
    await berth("plan");
    const folder = join(project, ".berth/sandbox/default");
    const env = workingFolderEnvironment(folder, sandbox.url);
    const terraform = (...args: string[]): Promise<number> =>
      duration("terraform", args, folder, { env });
    const berthPlans: number[] = [];
    const terraformPlans: number[] = [];
    for (let i = 0; i < 3; i++) {
      berthPlans.push(await berth("plan"));
      terraformPlans.push(
        (await terraform("init", "-input=false")) +
          (await terraform("plan", "-input=false", "-out=plain.tfplan")) +
          (await terraform("show", "plain.tfplan")),
      );
    }
    const [berthPlan, terraformPlan] = [median(berthPlans), median(terraformPlans)];
    addRow("berth plan; peer: terraform init, plan and show of the same files", berthPlan, {
      peer: terraformPlan,
      budget: "≤ 1 s more",
      isMet: () => berthPlan - terraformPlan <= 1000,
    });
    if (!withApply) return;
    const moto = await applyOnMoto(folder, sandbox.url, env);
    addRow(
      "berth apply of the foundation, including 70 s of fixed provider waits; peer: on moto",
      await berth("apply", "--yes"),
      { peer: moto?.apply, budget: "≤ 80 s", isMet: (value) => value <= 80_000 },
    );
    addRow(
      "berth destroy of the foundation, including 14 s of fixed provider waits; peer: on moto",
      await berth("destroy", "--yes"),
      { peer: moto?.destroy, budget: "≤ 24 s", isMet: (value) => value <= 24_000 },
    );
  } finally {
    await sandbox.close();
  }
}

/** Applies the same files on moto's server by Terraform alone; undefined if moto is not installed or cannot. */
function applyOnMoto(
  folder: string,
  sandboxUrl: string,
  sandboxEnv: NodeJS.ProcessEnv,
): Promise<{ readonly apply: number; readonly destroy: number } | undefined> {
  return withMoto(async () => {
    const motoUrl = `http://127.0.0.1:${MOTO_PORT}`;
    const copy = join(scratch, "moto");
    mkdirSync(copy);
    for (const file of readdirSync(folder).filter((name) => /\.tf(\.json)?$|\.hcl$/.test(name))) {
      const text = readFileSync(join(folder, file), "utf8");
      writeFileSync(join(copy, file), text.replaceAll(sandboxUrl, motoUrl));
    }
    const env = { ...sandboxEnv, AWS_ENDPOINT_URL: motoUrl };
    const terraform = (...args: string[]): Promise<number> =>
      duration("terraform", [...args, "-input=false"], copy, { env });
    try {
      await terraform("init");
      return {
        apply: (await terraform("plan")) + (await terraform("apply", "-auto-approve")),
        destroy: await terraform("destroy", "-auto-approve"),
      };
    } catch (error) {
      console.log(`Terraform cannot apply the foundation on moto: ${String(error)}`);
      return undefined;
    }
  });
}
