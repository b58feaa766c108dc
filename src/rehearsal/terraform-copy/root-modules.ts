import { existsSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { configFileIn, type Settings } from "../../config/index.ts";
import { berthCommand, UserError } from "../../shared/index.ts";
import { type Engine, findEngine, Terraform, terraformEnvironment } from "../../terraform/index.ts";
import { fetchEnvironment, sandboxEnvironment } from "../../sandbox/client.ts";
import { assumedRegionOf } from "./assumed-region.ts";
import { holdsTerraform, type Module, readTree } from "./hcl-modules.ts";
import { checkoutCommit, copyModules } from "./copy.ts";
import type { CodePolicy } from "./code-policy.ts";
import { type BackendState, type ProviderTarget, writeOverride } from "./provider-overrides.ts";
import { Stack, type StackWorkload } from "./terraform-stack.ts";
import type { LocalCode } from "../result.ts";

/** The root modules that are copied, and the settings for Terraform. */
export interface RootModuleOptions {
  /** Folders of root modules, in the order of their stacks. A folder may contain a berth.config.ts instead. */
  readonly directories: readonly string[];
  /** Name of the Berth config file. */
  readonly configName: string;
  readonly environment: string | undefined;
  readonly variables: readonly string[];
  readonly variableFiles: readonly string[];
  readonly workspace: string | undefined;
  readonly terraformBin: string | undefined;
  readonly engineCache: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly providerTarget: ProviderTarget;
  readonly policy: CodePolicy;
  /**
   * Whether each stack is applied before the next one is planned. Otherwise the values of remote states are unknown in plans.
   */
  readonly appliesStacks: boolean;
  /** A folder with checked out repositories. */
  readonly checkouts?: string | undefined;
}

/** The region of the user's environment. */
const regionIn = (env: NodeJS.ProcessEnv): string | undefined =>
  env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"];

/**
 * The environment for Terraform: without credentials, with a region, and with those TF_VAR_ variables that the root module
 * declares.
 */
function environmentFor(
  { env, providerTarget }: RootModuleOptions,
  variables: readonly string[],
  assumedRegion: string | undefined,
): NodeJS.ProcessEnv {
  const kept = Object.entries(
    sandboxEnvironment(env, providerTarget.url, providerTarget.account),
  ).filter(
    ([name]) =>
      !name.startsWith("TF_LOG") &&
      (!name.startsWith("TF_VAR_") || variables.includes(name.slice("TF_VAR_".length))),
  );
  return {
    ...Object.fromEntries(kept),
    // A provider that sets a region ignores it.
    AWS_REGION: regionIn(env) ?? assumedRegion ?? "us-east-1",
  };
}

interface Root {
  readonly name: string;
  /** The folder, as shown to the user. */
  readonly origin: string;
  /** The folder, as it was passed. */
  readonly source: string;
  readonly tree: readonly Module[];
  /** The settings in the folder's Berth config; absent if it has none. */
  readonly settings?: Settings;
  /** The service or job; absent for a foundation, and for a folder of Terraform. */
  readonly workload?: StackWorkload;
}

/** The Terraform configurations of a folder with a Berth config: that of the foundation, and those of its services and jobs. */
async function synthesized(
  directory: string,
  { configName, environment }: RootModuleOptions,
): Promise<{
  readonly settings: Settings;
  readonly modules: readonly { readonly json: string; readonly workload?: StackWorkload }[];
}> {
  const [{ loadConfig }, { synthJson, synthServiceJson, synthJobJson }] = await Promise.all([
    import("../../config/load.ts"),
    import("../../constructs/synth/index.ts"),
  ]);
  const settings = await loadConfig(configFileIn(directory, configName), environment);
  const { state: _, ...local } = settings;
  const { services = {}, jobs = {} } = settings;
  return {
    settings,
    modules: [
      { json: synthJson(local) },
      ...Object.keys(services).map((name) => ({
        json: synthServiceJson(local, name),
        workload: { kind: "service" as const, name },
      })),
      ...Object.keys(jobs).map((name) => ({
        json: synthJobJson(local, name),
        workload: { kind: "job" as const, name },
      })),
    ],
  };
}

/** A folder as shown to the user: relative to the working directory. */
const displayPath = (directory: string): string =>
  relative(process.cwd(), resolve(directory)) || ".";

/** Whether a folder contains a Berth config. */
const hasConfig = (directory: string, { configName }: RootModuleOptions): boolean =>
  configFileIn(directory, configName) !== undefined;

/** @throws UserError if a folder does not exist, or contains no configuration */
function checkFolder(directory: string, options: RootModuleOptions): void {
  const shown = displayPath(directory);
  if (!existsSync(directory)) {
    throw new UserError("BERTH-E5006", `the folder ${shown} does not exist`, { exitCode: 64 });
  }
  if (!hasConfig(directory, options) && !holdsTerraform(directory, "tofu")) {
    throw new UserError(
      "BERTH-E5001",
      `${shown} contains neither ${options.configName} nor Terraform files (*.tf, *.tf.json)`,
      { fix: `pass the folder of a root module, or run ${berthCommand()} init`, exitCode: 64 },
    );
  }
}

/** The root modules of a folder, in the order in which they are applied. A folder with a Berth config may have several. */
async function rootsOf(
  source: string,
  options: RootModuleOptions,
  into: string,
  product: Engine["product"],
): Promise<Root[]> {
  const directory = resolve(source);
  const origin = displayPath(directory);
  if (!hasConfig(directory, options))
    return [
      { name: basename(directory), origin, source, tree: await readTree(directory, product) },
    ];
  const { settings, modules } = await synthesized(directory, options);
  const roots: Root[] = [];
  for (const { json, workload } of modules) {
    const target = mkdtempSync(join(into, "synth-"));
    writeFileSync(join(target, "main.tf.json"), json);
    const shared = { origin, source, tree: await readTree(target, product), settings };
    roots.push(
      workload === undefined
        ? { ...shared, name: settings.name }
        : { ...shared, name: `${settings.name}/${workload.kind}s/${workload.name}`, workload },
    );
  }
  return roots;
}

/** The config files. They are TypeScript programs that run on this machine. */
export const configFilesOf = (options: RootModuleOptions): LocalCode[] =>
  options.directories
    .filter((directory) => hasConfig(directory, options))
    .map((directory) => ({
      stack: displayPath(directory),
      kind: "config-file",
      address: configFileIn(displayPath(directory), options.configName) ?? options.configName,
      what: "config file",
      effect: "runs-code",
      skipped: false,
    }));

const nameOf = (variable: string): string => variable.split("=")[0] ?? "";

/** @throws UserError if no stack declares a variable of the command line */
function checkVariables(roots: readonly Root[], variables: readonly string[]): void {
  for (const variable of variables) {
    const name = nameOf(variable);
    if (!variable.includes("=")) {
      throw new UserError("BERTH-E6001", `invalid --var ${variable}`, {
        fix: `write --var ${variable}=<value>`,
        exitCode: 64,
      });
    }
    if (!roots.some(({ tree }) => tree[0]?.variables.includes(name) === true)) {
      throw new UserError("BERTH-E5008", `no stack declares the variable ${name}`, {
        fix: `remove --var ${name}=…, or correct the name`,
        exitCode: 64,
      });
    }
  }
}

/**
 * Copies root modules, and redirects the copies to the sandbox.
 *
 * @param into a folder for the copies
 * @param states a folder for the states. A changed configuration uses the states of the old one, in the order of the stacks
 * @throws UserError if a folder, a variable or a symbolic link is invalid, or Terraform is not installed
 */
export async function prepareStacks(
  options: RootModuleOptions,
  into: string,
  states: string,
): Promise<Stack[]> {
  mkdirSync(into, { recursive: true });
  mkdirSync(states, { recursive: true });
  for (const directory of options.directories) checkFolder(directory, options);
  const engine = await findEngine({
    flag: options.terraformBin,
    env: options.env,
    cache: options.engineCache,
  });
  const { product } = engine;
  const roots: Root[] = [];
  for (const directory of options.directories)
    roots.push(...(await rootsOf(directory, options, into, product)));
  checkVariables(roots, options.variables);
  const folderInCopy = copyModules(
    roots.map(({ tree }) => tree),
    into,
    options.checkouts,
  );
  const earlierStates: BackendState[] = [];
  const stacks: Stack[] = [];
  for (const { name, origin, source, tree, settings, workload } of roots) {
    const [root] = tree;
    if (!root) continue;
    // A changed configuration may have other services.
    const key = [
      options.directories.indexOf(source),
      ...(workload === undefined ? [] : [workload.kind, workload.name]),
    ].join("-");
    const defaultStateFile = join(states, `${key}.tfstate`);
    const stateFile =
      options.workspace === undefined
        ? defaultStateFile
        : join(states, key, options.workspace, "terraform.tfstate");
    const unmatchedStates: string[] = [];
    for (const module of tree) {
      const unmatched = writeOverride(
        { ...module, directory: folderInCopy(tree, module.directory) },
        module,
        {
          providerTarget: options.providerTarget,
          earlierStates,
          statesExist: options.appliesStacks,
          below: into,
          ...(module === root
            ? { backend: { path: defaultStateFile, workspace_dir: join(states, key) } }
            : {}),
        },
      );
      unmatchedStates.push(...unmatched);
    }
    const statesBefore = [...earlierStates];
    earlierStates.push({ directory: root.directory, backend: root.backend, stateFile });
    const directory = folderInCopy(tree, root.directory);
    const assumedRegion = regionIn(options.env) === undefined ? assumedRegionOf(tree) : undefined;
    const env = terraformEnvironment(
      engine,
      environmentFor(options, root.variables, assumedRegion?.region),
      directory,
    );
    const copiedFolders = new Set(
      tree.map((module) => realpathSync(folderInCopy(tree, module.directory))),
    );
    stacks.push(
      new Stack({
        name,
        origin,
        source,
        directory,
        settings,
        workload,
        backend: root.backend,
        stateFile,
        workspace: options.workspace,
        product,
        copies: into,
        policy: options.policy,
        unmatchedStates,
        assumedRegion: assumedRegion?.text,
        redirect: (modules) => {
          const { providerTarget, appliesStacks: statesExist } = options;
          const target = { providerTarget, earlierStates: statesBefore, statesExist, below: into };
          for (const { module } of modules)
            if (!copiedFolders.has(module.directory)) writeOverride(module, module, target);
        },
        run: {
          variables: options.variables.filter((variable) =>
            root.variables.includes(nameOf(variable)),
          ),
          variableFiles: options.variableFiles.map((file) => resolve(file)),
        },
        terraform: new Terraform({ engine, directory, env }),
        fetcher: new Terraform({
          engine,
          directory,
          env: { ...env, ...fetchEnvironment(options.env) },
        }),
      }),
    );
  }
  return stacks;
}

/**
 * The folders of the old configuration for a change: one folder, or each folder at a commit.
 *
 * @throws UserError if `from` is neither
 */
export function oldDirectories(
  directories: readonly string[],
  from: string,
  into: string,
): string[] {
  if (existsSync(from)) {
    if (directories.length === 1) return [from];
    throw new UserError(
      "BERTH-E5016",
      `--from ${from} is one folder, but there are several stacks`,
      {
        fix: "pass a commit, or rehearse one stack",
        exitCode: 64,
      },
    );
  }
  return directories.map((directory, index) =>
    checkoutCommit(resolve(directory), from, join(into, String(index))),
  );
}
