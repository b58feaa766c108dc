import { join } from "node:path";
import type { Settings } from "../config/options.ts";
import { UserError } from "../shared/errors.ts";
import { type Sources, sourcesOf, writeAsides } from "../plan/source-expressions.ts";
import { type Sandbox, startSandbox } from "../sandbox/server.ts";
import { withWrittenAddresses } from "../rehearsal/terraform-copy/exclusions.ts";
import { appsOf, policyOf, type RehearseOptions } from "../rehearsal/options.ts";
import {
  configFilesOf,
  prepare,
  type SourceOptions,
} from "../rehearsal/terraform-copy/root-modules.ts";
import type { SkippedResource, LocalCode } from "../rehearsal/result.ts";
import { temporaryFolder } from "../shared/temporary-folder.ts";

/** What of a folder was planned, and what was not. */
export interface PlannedFolder {
  readonly plan: unknown;
  readonly sources: Sources;
  /** What the folder's config says, where it has one. */
  readonly settings: Settings | undefined;
  /** What was skipped, with what depends on it. */
  readonly skippedResources: readonly SkippedResource[];
  readonly skippedProviders: readonly string[];
  /** Providers that ran for real, because the user allowed it. */
  readonly allowedProviders: readonly string[];
  readonly localCode: readonly LocalCode[];
}

/**
 * Plans a folder of Terraform, or of Berth's own, from nothing and in a sandbox. Providers other than hashicorp/aws and
 * those without external effects are skipped unless the options allow them; their values are unknown in the plan.
 *
 * @param announce is told what is about to run on this machine, before any of it does
 * @throws UserError where Terraform fails, or something cannot be skipped
 */
export async function planFolder(
  {
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
  }: RehearseOptions & { readonly dir?: string },
  announce: (code: readonly LocalCode[]) => void = () => {},
): Promise<PlannedFolder> {
  const policy = policyOf(rest);
  const folder = temporaryFolder("plan");
  const room = folder.path;
  let sandbox: Sandbox | undefined;
  try {
    sandbox = await startSandbox({ apps: appsOf(rest), unknownRoles: "assumable" });
    const options: SourceOptions = {
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
      policy,
    };
    const configFiles = configFilesOf(options);
    if (configFiles.length > 0) announce(configFiles);
    const [stack] = await prepare(options, join(room, "copy"), join(room, "states"));
    if (!stack) throw new TypeError("one folder is one stack");
    await stack.load();
    if (stack.localCode.length > 0) announce(stack.localCode);
    await stack.init();
    const sources = await sourcesOf(stack.directory);
    const takeAway = await writeAsides(stack.directory, room);
    const file = join(room, "plan.tfplan");
    let { done, plan } = await stack.plan(file, () => {}, "everything");
    // What is written beside must not keep a configuration from being planned.
    if (done.problems.length > 0 && takeAway())
      ({ done, plan } = await stack.plan(file, () => {}, "everything"));
    // Terraform cannot plan how many instances there are where that depends on a value that is skipped.
    if (done.problems.length > 0 && stack.skippedResources.length > 0)
      ({ done, plan } = await stack.plan(file, () => {}));
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
    const { allowedProviders, skippedProviders } = stack.exclusions;
    return {
      plan: withWrittenAddresses(plan ?? {}, stack.exclusions),
      sources: withWrittenAddresses(sources, stack.exclusions),
      settings: stack.settings,
      skippedResources: stack.skippedResources,
      skippedProviders,
      allowedProviders,
      localCode: [...configFiles, ...stack.localCode],
    };
  } finally {
    await (sandbox?.close() ?? Promise.resolve()).finally(() => folder.remove());
  }
}
