import { join } from "node:path";
import type { Settings } from "../config/options.ts";
import { UserError } from "../errors.ts";
import { type Sources, sourcesOf, writeAsides } from "../plan/sources.ts";
import { type Sandbox, startSandbox } from "../sandbox/server.ts";
import { appsOf, type RehearseOptions } from "../rehearsal/options.ts";
import { prepare } from "../rehearsal/sources.ts";
import { temporaryFolder } from "../temporary.ts";

/**
 * Plans a folder of Terraform, or of Berth's own, from nothing and in a sandbox: no account is asked.
 *
 * @throws UserError where Terraform refuses
 */
export async function planFolder({
  dir = ".",
  config = "berth.config.ts",
  environment,
  variables = [],
  variableFiles = [],
  workspace,
  terraformBin,
  engineCache,
  account,
  env = process.env,
  ...rest
}: RehearseOptions & { readonly dir?: string }): Promise<{
  readonly plan: unknown;
  readonly sources: Sources;
  /** What the folder's config says, where it has one. */
  readonly settings: Settings | undefined;
}> {
  const folder = temporaryFolder("plan");
  const room = folder.path;
  let sandbox: Sandbox | undefined;
  try {
    sandbox = await startSandbox({ apps: appsOf(rest), unknownRoles: "given" });
    const [stack] = await prepare(
      {
        directories: [dir],
        configName: config,
        environment,
        variables,
        variableFiles,
        workspace,
        terraformBin,
        engineCache,
        env,
        pins: { url: sandbox.url, account, retries: 2 },
      },
      join(room, "copy"),
      join(room, "states"),
    );
    if (!stack) throw new TypeError("one folder is one stack");
    await stack.init();
    const sources = await sourcesOf(stack.directory);
    const takeAway = await writeAsides(stack.directory, room);
    const file = join(room, "plan.tfplan");
    let { done, plan } = await stack.plan(file, () => {});
    // What is written beside must not keep a configuration from being planned.
    if (done.problems.length > 0 && takeAway()) ({ done, plan } = await stack.plan(file, () => {}));
    const [problem] = done.problems;
    if (problem)
      throw new UserError(
        "BERTH-E3003",
        `${problem.summary}${problem.detail === "" ? "" : `: ${problem.detail}`}`,
        {
          where: problem.address ?? stack.origin,
          fix: "terraform validate says more; what this configuration reads from an account is not in a sandbox: give the plan that terraform plan -out has saved",
        },
      );
    return { plan: plan ?? {}, sources, settings: stack.settings };
  } finally {
    await (sandbox?.close() ?? Promise.resolve()).finally(() => folder.remove());
  }
}
