import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { sandboxEnvironment, sandboxOverride } from "../../src/sandbox/environment.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { findEngine } from "../../src/terraform/engine.ts";
import { WorkingFolder } from "../../src/terraform/working-folder.ts";
import { testFolder } from "./folder.ts";

const run = promisify(execFile);

/**
 * Applies a root module in a sandbox, expects that a second plan has no changes, and destroys it. Nothing may be left, and
 * no call may need what the sandbox does not implement.
 *
 * @param options.prepare writes the files of the root module
 * @param options.folder where the root module is below the prepared folder. @default "."
 */
export async function expectLifecycle({
  region,
  prepare,
  folder = ".",
}: {
  readonly region: string;
  readonly prepare: (directory: string) => void;
  readonly folder?: string;
}): Promise<void> {
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
  await terraform("init");
  await terraform("apply", "-auto-approve");
  // With changes, the exit code is 2 and the promise is rejected.
  const again = await terraform("plan", "-detailed-exitcode");
  expect(again.stdout).toContain("No changes.");
  await terraform("destroy", "-auto-approve");
  expect(sandbox.store.contents().map(({ kind, ids }) => `${kind} ${ids.join(" ")}`)).toEqual([]);
  expect(sandbox.calls.filter((call) => call.error === "NotImplemented")).toEqual([]);
  await sandbox.close();
}
