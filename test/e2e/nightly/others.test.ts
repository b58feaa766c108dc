import { execFile } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { sandboxEnvironment, sandboxOverride } from "../../../src/sandbox/environment.ts";
import { startSandbox } from "../../../src/sandbox/server.ts";
import { findEngine } from "../../../src/terraform/engine.ts";
import { WorkingFolder } from "../../../src/terraform/working-folder.ts";
import { testFolder } from "../../support/folder.ts";

const run = promisify(execFile);

it("the sandbox supports a large configuration that Berth did not generate", async () => {
  const sandbox = await startSandbox();
  const engine = await findEngine({ env: process.env });
  const workspace = new WorkingFolder({
    project: testFolder(),
    environment: "default",
    sandbox: true,
  });
  const root = {
    terraform: { required_providers: { aws: { source: "hashicorp/aws" } } },
    provider: { aws: { region: "us-east-1" } },
  };
  workspace.write(JSON.stringify(root), sandboxOverride(sandbox.url, undefined));
  copyFileSync(new URL("wide.tf", import.meta.url), join(workspace.directory, "wide.tf"));
  const env = workspace.environment(
    engine,
    sandboxEnvironment(process.env, sandbox.url, undefined),
  );
  const terraform = (...args: string[]) =>
    run(engine.path, [...args, "-input=false", "-no-color"], {
      cwd: workspace.directory,
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
});
