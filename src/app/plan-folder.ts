import { join } from "node:path";
import type { Settings } from "../config/index.ts";
import { apiErrorIn, errorKindOf, requiredVariableIn, shortSummary } from "../failures/index.ts";
import { locationText, UserError, temporaryFolder } from "../shared/index.ts";
import type { Diagnostic } from "../terraform/index.ts";
import { INVALID_OVERRIDE_FIX } from "./errors.ts";
import {
  DEFERRED_READS_COMPANION,
  isObject,
  jsonsOf,
  readSourceExpressions,
  type SourceExpressions,
  writeCompanionResources,
} from "../plan/index.ts";
import { DEFAULT_ACCOUNT } from "../sandbox/default-account.ts";
import { seedWorkloadResources } from "../sandbox-seed/index.ts";
import { type Sandbox, startSandbox } from "../sandbox/index.ts";
import {
  withWrittenAddresses,
  appsOf,
  configurationAddress,
  rootModuleOptions,
  configFilesOf,
  firstVariables,
  locationOf,
  requiredVariableFix,
  prepareStacks,
  type Stack,
} from "../rehearsal/runner.ts";
import type { RehearseOptions, SkippedResource, LocalCode } from "../rehearsal/index.ts";

/** A data source that was not read. Its values are unknown, unless an earlier folder publishes them. */
export interface DeferredRead {
  /** The name of the folder or config. */
  readonly stack: string;
  /** The address, without the keys of count and for_each. */
  readonly address: string;
  /** Why it was not read, such as Terraform's message. */
  readonly message: string;
}

/** The parts of planned folders that do not run in the sandbox. */
export interface FolderParts {
  /** Skipped resources, and resources that depend on them. */
  readonly skippedResources: readonly SkippedResource[];
  readonly skippedProviders: readonly string[];
  /** Providers that the user has allowed to run. */
  readonly allowedProviders: readonly string[];
  /** Code of the folder that runs on this machine, or was skipped. */
  readonly localCode: readonly LocalCode[];
  /** Data sources that were not read, because the sandbox does not contain what they read. */
  readonly deferredReads: readonly DeferredRead[];
}

/** The error for a folder that Terraform cannot plan. */
function planError(
  problem: Diagnostic,
  { origin, source }: Pick<Stack, "origin" | "source">,
  configFile: string | undefined,
): UserError {
  const { summary, detail, address } = problem;
  const what = `${shortSummary(summary)}${detail === "" ? "" : `: ${detail}`}`;
  const variable = requiredVariableIn(detail);
  if (variable !== undefined)
    return new UserError("BERTH-E7004", `the variable ${variable} has no value`, {
      where: origin,
      fix: requiredVariableFix(variable),
    });
  if (configFile !== undefined && errorKindOf(what) === "invalid-override")
    return new UserError("BERTH-E2004", what, {
      where: `${configFile}: override`,
      fix: INVALID_OVERRIDE_FIX,
    });
  const location = locationOf(problem, source);
  if (location !== undefined && apiErrorIn(`${summary} ${detail}`) === undefined)
    return new UserError("BERTH-E7004", what, {
      where: address === undefined ? locationText(location) : `${address}, ${locationText(location)}`,
      fix: `correct line ${location.line} of ${location.file}`,
    });
  return new UserError("BERTH-E7004", what, {
    where: address ?? origin,
    fix: "run terraform validate for details; if the configuration reads existing resources of an account, check a plan saved by terraform plan -out instead",
  });
}

/** The plan of a root module, and its parts that were skipped. */
export interface PlannedFolder {
  /** The folder, as it was passed. */
  readonly folder: string;
  /** The service or job of a config; undefined for a foundation, and for a folder of Terraform. */
  readonly workload: Stack["workload"];
  readonly plan: unknown;
  readonly sources: SourceExpressions;
  /** The settings in the folder's config, if it has one. */
  readonly settings: Settings | undefined;
  /** The program that planned the folder. */
  readonly product: Stack["product"];
  readonly parts: FolderParts;
  /** The file in which the plans of later folders expect the state. It does not exist. */
  readonly stateFile: string;
}

/**
 * Plans a folder with Terraform files, or the foundation of a folder with a Berth config, in an empty sandbox. Other providers than
 * hashicorp/aws run only if they have no external effects or the options allow them. The values of skipped providers are unknown in
 * the plan, and so are the values of data sources that cannot be read in an empty account.
 *
 * @param announce receives the code that will run on this machine, before it runs
 * @throws UserError if Terraform fails, or if a part of the folder cannot be skipped
 */
export async function planFolder(
  { dir = ".", ...options }: RehearseOptions & { readonly dir?: string },
  announce: (code: readonly LocalCode[]) => void = () => {},
): Promise<PlannedFolder> {
  const [planned] = await planFolders([dir], options, announce);
  if (!planned) throw new TypeError("the folder produced no plan");
  return planned;
}

/**
 * Plans folders as {@link planFolder} does, in the order in which they are applied. A folder with a Berth config has the plan of its
 * foundation, then one for each service and job. Nothing is applied: what a root module reads from an earlier one is unknown in its
 * plan.
 *
 * @throws UserError if Terraform fails, or if a part of a folder cannot be skipped
 */
export async function planFolders(
  directories: readonly string[],
  rehearseOptions: Omit<RehearseOptions, "dir">,
  announce: (code: readonly LocalCode[]) => void = () => {},
): Promise<PlannedFolder[]> {
  const temporary = temporaryFolder("plan");
  let sandbox: Sandbox | undefined;
  try {
    sandbox = await startSandbox({ apps: appsOf(rehearseOptions), unknownRoles: "assumable" });
    const options = rootModuleOptions(rehearseOptions, {
      directories,
      url: sandbox.url,
      retries: 2,
      appliesStacks: false,
    });
    const configFiles = configFilesOf(options);
    if (configFiles.length > 0) announce(configFiles);
    const stacks = await prepareStacks(
      options,
      join(temporary.path, "copy"),
      join(temporary.path, "states"),
    );
    // An earlier folder may create what the services of a later one expect.
    if (directories.length === 1) await seedWorkloads(sandbox, stacks, rehearseOptions.account);
    const planned: PlannedFolder[] = [];
    for (const [index, stack] of stacks.entries()) {
      const account = rehearseOptions.account ?? stack.settings?.account ?? DEFAULT_ACCOUNT;
      stack.setVariables(firstVariables(stack, account));
      planned.push(
        await planStack(stack, {
          boundary: temporary.path,
          announce,
          earlierPlans: planned.map(({ plan }) => plan),
          configFiles: index === 0 ? configFiles : [],
        }),
      );
    }
    return planned;
  } finally {
    await (sandbox?.close() ?? Promise.resolve()).finally(() => temporary.remove());
  }
}

/** Creates what the services and jobs of a config expect to exist, such as secrets, so that their data sources can be read. */
async function seedWorkloads(
  sandbox: Sandbox,
  stacks: readonly Stack[],
  account: string | undefined,
): Promise<void> {
  for (const { settings, workload } of stacks)
    if (settings !== undefined && workload === undefined)
      await seedWorkloadResources(
        sandbox,
        settings,
        account ?? settings.account ?? DEFAULT_ACCOUNT,
      );
}

/** The plan of a folder that creates nothing: Terraform reports no changes of an empty state. */
const EMPTY_PLAN = {
  format_version: "1.2",
  planned_values: { root_module: {} },
  resource_changes: [],
  configuration: { root_module: {} },
};

async function planStack(
  stack: Stack,
  {
    boundary,
    announce,
    earlierPlans,
    configFiles,
  }: {
    /** The folder that contains the copies. */
    readonly boundary: string;
    readonly announce: (code: readonly LocalCode[]) => void;
    readonly earlierPlans: readonly unknown[];
    /** Config files that run in addition to the code of the stack. */
    readonly configFiles: readonly LocalCode[];
  },
): Promise<PlannedFolder> {
  await stack.load();
  if (stack.localCode.length > 0) announce(stack.localCode);
  await stack.init();
  const sources = await readSourceExpressions(stack.directory);
  const planner = new StackPlanner(stack, join(boundary, "plan.tfplan"));
  await planner.deferLists(createdTypes(earlierPlans));
  if (stack.workload !== undefined) await planner.deferFoundation();
  const removeCompanions = await writeCompanionResources(stack.directory, boundary);
  let { result, plan } = await planner.plan("everything");
  // Terraform may reject the companion resources: plan again without them.
  if (result.problems.length > 0 && removeCompanions())
    ({ result, plan } = await planner.plan("everything"));
  // Terraform cannot plan a count or for_each that depends on a skipped value: plan without these resources.
  if (result.problems.length > 0 && stack.skippedResources.length > 0)
    ({ result, plan } = await planner.plan("without-dependents"));
  const [problem] = result.problems;
  if (problem) throw planError(problem, stack, configFiles[0]?.address);
  const { allowedProviders, skippedProviders } = stack.exclusions;
  return {
    folder: stack.source,
    workload: stack.workload,
    plan: withWrittenAddresses(plan ?? EMPTY_PLAN, stack.exclusions),
    sources: withWrittenAddresses(sources, stack.exclusions),
    settings: stack.settings,
    product: stack.product,
    parts: {
      skippedResources: stack.skippedResources,
      skippedProviders,
      allowedProviders,
      localCode: [...configFiles, ...stack.localCode],
      deferredReads: planner.deferredReads,
    },
    stateFile: stack.stateFile,
  };
}

/** Types of the managed resources in plans. */
const createdTypes = (plans: readonly unknown[]): ReadonlySet<string> =>
  new Set(
    plans
      .flatMap((plan) => jsonsOf(isObject(plan) ? plan["resource_changes"] : undefined))
      .flatMap(({ mode, type }) => (mode === "managed" && typeof type === "string" ? [type] : [])),
  );

/** The rest of the name of a data source that lists resources of a type, such as aws_subnets for aws_subnet. */
const LIST_SUFFIX = /^(s|_ids|s_by_path)$/;

/** Plans a stack, and defers data sources that cannot be read in an empty account. */
class StackPlanner {
  readonly deferredReads: DeferredRead[];
  readonly #stack: Stack;
  readonly #file: string;
  /** The addresses of all deferred data sources. */
  readonly #deferred = new Set<string>();

  /** @param file a path for the plan file, which is deleted afterwards */
  constructor(stack: Stack, file: string) {
    this.#stack = stack;
    this.#file = file;
    this.deferredReads = stack.unmatchedStates.map((name) => ({
      stack: stack.name,
      address: `data.terraform_remote_state.${name}`,
      message: "it does not read the state of an earlier folder",
    }));
  }

  /** Defers data sources that list resources of these types. In an empty account their result is empty instead of an error. */
  async deferLists(types: ReadonlySet<string>): Promise<void> {
    if (types.size === 0) return;
    const lists = (await this.#stack.dataSources()).filter((dataSource) =>
      [...types].some(
        (type) =>
          dataSource.type.startsWith(type) && LIST_SUFFIX.test(dataSource.type.slice(type.length)),
      ),
    );
    const message = "an earlier folder creates resources that it can list";
    await this.#defer(lists.map(({ address }) => ({ address, message })));
  }

  /** Defers the parameter with the outputs of the foundation. It is not listed: the plan of the foundation has its value. */
  async deferFoundation(): Promise<void> {
    const parameters = (await this.#stack.dataSources()).filter(
      ({ type }) => type === "aws_ssm_parameter",
    );
    for (const { address } of parameters) this.#deferred.add(address);
    await this.#stack.deferReads(new Set(this.#deferred), DEFERRED_READS_COMPANION);
  }

  /** Plans the stack. If a data source cannot be read, defers it and plans again. */
  async plan(scope: "everything" | "without-dependents"): ReturnType<Stack["plan"]> {
    const dataSources = await this.#stack.dataSources();
    const readable = new Set(
      dataSources.filter(({ type }) => type.startsWith("aws_")).map(({ address }) => address),
    );
    for (;;) {
      const outcome = await this.#stack.plan(this.#file, () => {}, scope);
      const failed = outcome.result.problems.flatMap(({ address: instance, summary, detail }) => {
        const address = configurationAddress(instance ?? "");
        return readable.delete(address) && !this.#isDeferred(address)
          ? [{ address, message: detail === "" ? summary : detail }]
          : [];
      });
      if (failed.length === 0) return outcome;
      await this.#defer(failed);
    }
  }

  #isDeferred(address: string): boolean {
    return this.#deferred.has(address);
  }

  async #defer(reads: readonly Omit<DeferredRead, "stack">[]): Promise<void> {
    if (reads.length === 0) return;
    const addresses = new Set(reads.map(({ address }) => address));
    for (const address of addresses) this.#deferred.add(address);
    await this.#stack.deferReads(addresses, DEFERRED_READS_COMPANION);
    this.deferredReads.push(...reads.map((read) => ({ stack: this.#stack.name, ...read })));
  }
}
