import { join } from "node:path";
import type { Settings } from "../config/index.ts";
import { errorKindOf, requiredVariableIn, shortSummary } from "../failures/index.ts";
import { UserError, temporaryFolder } from "../shared/index.ts";
import type { Diagnostic } from "../terraform/index.ts";
import { INVALID_OVERRIDE_FIX } from "./errors.ts";
import {
  readSourceExpressions,
  type SourceExpressions,
  writeCompanionResources,
} from "../plan/index.ts";
import { type Sandbox, startSandbox } from "../sandbox/index.ts";
import {
  withWrittenAddresses,
  appsOf,
  rootModuleOptions,
  configFilesOf,
  prepareStacks,
} from "../rehearsal/runner.ts";
import type { RehearseOptions, SkippedResource, LocalCode } from "../rehearsal/index.ts";

/** The parts of a planned folder that do not run in the sandbox. */
export interface FolderParts {
  /** Skipped resources, and resources that depend on them. */
  readonly skippedResources: readonly SkippedResource[];
  readonly skippedProviders: readonly string[];
  /** Providers that the user has allowed to run. */
  readonly allowedProviders: readonly string[];
  /** Code of the folder that runs on this machine, or was skipped. */
  readonly localCode: readonly LocalCode[];
}

/** The error for a folder that Terraform cannot plan. */
function planError(
  { summary, detail, address }: Diagnostic,
  origin: string,
  configFile: string | undefined,
): UserError {
  const what = `${shortSummary(summary)}${detail === "" ? "" : `: ${detail}`}`;
  const variable = requiredVariableIn(detail);
  if (variable !== undefined)
    return new UserError("BERTH-E7004", `the variable ${variable} has no value`, {
      where: origin,
      fix: `pass --var ${variable}=<value>, or --var-file <file>`,
    });
  if (configFile !== undefined && errorKindOf(what) === "invalid-override")
    return new UserError("BERTH-E2004", what, {
      where: `${configFile}: override`,
      fix: INVALID_OVERRIDE_FIX,
    });
  return new UserError("BERTH-E7004", what, {
    where: address ?? origin,
    fix: "run terraform validate for details; if the configuration reads existing resources of an account, check a plan saved by terraform plan -out instead",
  });
}

/** The plan of a folder, and the parts of the folder that were skipped. */
export interface PlannedFolder {
  readonly plan: unknown;
  readonly sources: SourceExpressions;
  /** The settings in the folder's config, if it has one. */
  readonly settings: Settings | undefined;
  readonly parts: FolderParts;
}

/**
 * Plans a folder with Terraform files or a Berth config in an empty sandbox. Providers other than hashicorp/aws and those
 * without external effects are skipped unless the options allow them; their values are unknown in the plan.
 *
 * @param announce receives the code that will run on this machine, before it runs
 * @throws UserError if Terraform fails, or if a part of the folder cannot be skipped
 */
export async function planFolder(
  { dir = ".", ...rehearseOptions }: RehearseOptions & { readonly dir?: string },
  announce: (code: readonly LocalCode[]) => void = () => {},
): Promise<PlannedFolder> {
  const temporary = temporaryFolder("plan");
  let sandbox: Sandbox | undefined;
  try {
    sandbox = await startSandbox({ apps: appsOf(rehearseOptions), unknownRoles: "assumable" });
    const options = rootModuleOptions(rehearseOptions, {
      directories: [dir],
      url: sandbox.url,
      retries: 2,
    });
    const configFiles = configFilesOf(options);
    if (configFiles.length > 0) announce(configFiles);
    const [stack] = await prepareStacks(
      options,
      join(temporary.path, "copy"),
      join(temporary.path, "states"),
    );
    if (!stack) throw new TypeError("the folder produced no stack");
    await stack.load();
    if (stack.localCode.length > 0) announce(stack.localCode);
    await stack.init();
    const sources = await readSourceExpressions(stack.directory);
    const removeCompanions = await writeCompanionResources(stack.directory, temporary.path);
    const file = join(temporary.path, "plan.tfplan");
    let { result, plan } = await stack.plan(file, () => {}, "everything");
    // Terraform may reject the companion resources: plan again without them.
    if (result.problems.length > 0 && removeCompanions())
      ({ result, plan } = await stack.plan(file, () => {}, "everything"));
    // Terraform cannot plan a count or for_each that depends on a skipped value: plan without these resources.
    if (result.problems.length > 0 && stack.skippedResources.length > 0)
      ({ result, plan } = await stack.plan(file, () => {}));
    const [problem] = result.problems;
    if (problem) throw planError(problem, stack.origin, configFiles[0]?.address);
    const { allowedProviders, skippedProviders } = stack.exclusions;
    return {
      plan: withWrittenAddresses(plan ?? {}, stack.exclusions),
      sources: withWrittenAddresses(sources, stack.exclusions),
      settings: stack.settings,
      parts: {
        skippedResources: stack.skippedResources,
        skippedProviders,
        allowedProviders,
        localCode: [...configFiles, ...stack.localCode],
      },
    };
  } finally {
    await (sandbox?.close() ?? Promise.resolve()).finally(() => temporary.remove());
  }
}
