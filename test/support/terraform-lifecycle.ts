import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { sandboxEnvironment, sandboxOverride } from "../../src/sandbox/environment.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { findEngine } from "../../src/terraform/engine.ts";
import { WorkingFolder } from "../../src/terraform/working-folder.ts";
import { testFolder } from "./folder.ts";

const run = promisify(execFile);

/** What a lifecycle leaves, and what it lacked. */
export interface LifecycleResult {
  /** The plan after an apply has no changes. */
  readonly isStable: boolean;
  /** Resources after the destruction, such as "ec2/vpc vpc-0a1b2c3d". */
  readonly left: readonly string[];
  /** Calls that the sandbox does not implement. */
  readonly notImplemented: readonly string[];
}

/**
 * Applies a root module in a sandbox, plans again, and destroys it. Fails if a Terraform command fails.
 *
 * @param options.prepare writes the files of the root module
 * @param options.folder where the root module is below the prepared folder. @default "."
 * @param options.change an argument with which the root module is applied and planned a second time, such as a variable
 */
export async function runLifecycle({
  region,
  prepare,
  folder = ".",
  change,
}: {
  readonly region: string;
  readonly prepare: (directory: string) => void;
  readonly folder?: string;
  readonly change?: string;
}): Promise<LifecycleResult> {
  const sandbox = await startSandbox();
  const engine = await findEngine({ env: process.env });
  const workspace = new WorkingFolder({
    project: testFolder(),
    environment: "default",
    sandbox: true,
  });
  const root = {
    terraform: { required_providers: { aws: { source: "hashicorp/aws" } } },
    provider: { aws: { region } },
  };
  workspace.write(JSON.stringify(root), sandboxOverride(sandbox.url, undefined));
  prepare(workspace.directory);
  const env = workspace.environment(
    engine,
    sandboxEnvironment(process.env, sandbox.url, undefined),
  );
  const terraform = (...args: string[]) =>
    run(engine.path, [...args, "-input=false", "-no-color"], {
      cwd: join(workspace.directory, folder),
      env,
      maxBuffer: 2 ** 26,
    });
  try {
    await terraform("init");
    await terraform("apply", "-auto-approve");
    const plans = [await terraform("plan")];
    if (change !== undefined) {
      await terraform("apply", "-auto-approve", change);
      plans.push(await terraform("plan", change));
    }
    await terraform("destroy", "-auto-approve");
    return {
      isStable: plans.every(({ stdout }) => stdout.includes("No changes.")),
      left: sandbox.store.contents().map(({ kind, ids }) => `${kind} ${ids.join(" ")}`),
      notImplemented: sandbox.calls
        .filter((call) => call.error === "NotImplemented")
        .map((call) => `${call.service}:${call.operation}`),
    };
  } finally {
    await sandbox.close();
  }
}
