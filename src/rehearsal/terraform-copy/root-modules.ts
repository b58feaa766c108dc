import { existsSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import type { Settings } from "../../config/options.ts";
import { UserError } from "../../shared/errors.ts";
import { type Engine, findEngine } from "../../terraform/engine.ts";
import { Terraform } from "../../terraform/terraform.ts";
import { terraformEnvironment } from "../../terraform/working-folder.ts";
import { fetchEnvironment, sandboxEnvironment } from "../../sandbox/environment.ts";
import { holdsTerraform, type Module, readTree } from "./hcl-modules.ts";
import { checkOut, copyOf } from "./copy.ts";
import type { CodePolicy } from "./exclusions.ts";
import { type BackendState, type Pins, writeOverride } from "./provider-overrides.ts";
import { Stack } from "./terraform-stack.ts";
import type { LocalCode } from "../result.ts";

/** What is rehearsed, and with which settings. */
export interface SourceOptions {
  /** Folders of root modules, in the order of their stacks; a folder may hold a berth.config.ts instead. */
  readonly directories: readonly string[];
  /** Name of the config file in a folder of Berth's own. */
  readonly configName: string;
  readonly environment: string | undefined;
  readonly variables: readonly string[];
  readonly variableFiles: readonly string[];
  readonly workspace: string | undefined;
  readonly terraformBin: string | undefined;
  readonly engineCache: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly pins: Pins;
  readonly policy: CodePolicy;
  /** A folder whose folders are each a repository as it was at a commit. */
  readonly checkouts?: string;
}

/**
 * The environment that Terraform rehearses in: no credentials, a region where the user's had one, and of the input
 * variables those that the root module declares.
 */
function environmentFor(
  { env, pins }: SourceOptions,
  variables: readonly string[],
): NodeJS.ProcessEnv {
  const kept = Object.entries(sandboxEnvironment(env, pins.url, pins.account)).filter(
    ([name]) =>
      !name.startsWith("TF_LOG") &&
      (!name.startsWith("TF_VAR_") || variables.includes(name.slice("TF_VAR_".length))),
  );
  return {
    ...Object.fromEntries(kept),
    AWS_REGION: env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"] ?? "us-east-1",
  };
}

interface Root {
  readonly name: string;
  /** As the user wrote it. */
  readonly origin: string;
  readonly tree: readonly Module[];
  /** What the folder's config says, where it has one. */
  readonly settings?: Settings;
}

/** A folder with a config of Berth's own becomes a folder of Terraform. */
async function synthesized(
  directory: string,
  { configName, environment }: SourceOptions,
  into: string,
): Promise<{ readonly settings: Settings; readonly directory: string }> {
  const [{ loadConfig }, { synthJson }] = await Promise.all([
    import("../../config/load.ts"),
    import("../../constructs/synth/synth.ts"),
  ]);
  const settings = await loadConfig(join(directory, configName), environment);
  const { state: _, ...local } = settings;
  const target = mkdtempSync(join(into, "synth-"));
  writeFileSync(join(target, "main.tf.json"), synthJson(local));
  return { settings, directory: target };
}

/** Where a folder is shown to the user: from the working directory. */
const shownAs = (directory: string): string => relative(process.cwd(), resolve(directory)) || ".";

/** Whether a folder is one of Berth's own. */
const hasConfig = (directory: string, { configName }: SourceOptions): boolean =>
  existsSync(join(directory, configName));

/** @throws UserError where a folder is not there, or holds nothing to rehearse */
function checkFolder(directory: string, options: SourceOptions): void {
  const shown = shownAs(directory);
  if (!existsSync(directory)) {
    throw new UserError("BERTH-E5001", `there is no folder ${shown}`, { exitCode: 64 });
  }
  if (!hasConfig(directory, options) && !holdsTerraform(directory, "tofu")) {
    throw new UserError(
      "BERTH-E5001",
      `${shown} holds neither ${options.configName} nor Terraform (*.tf, *.tf.json)`,
      { fix: "name the folder of a root module, or run berth init", exitCode: 64 },
    );
  }
}

async function rootOf(
  directory: string,
  options: SourceOptions,
  into: string,
  product: Engine["product"],
): Promise<Root> {
  const origin = shownAs(directory);
  if (hasConfig(directory, options)) {
    const { settings, directory: made } = await synthesized(directory, options, into);
    return { name: settings.name, origin, tree: await readTree(made, product), settings };
  }
  return { name: basename(resolve(directory)), origin, tree: await readTree(directory, product) };
}

/** The config files that are loaded, and so run, before anything else. */
export const configFilesOf = (options: SourceOptions): LocalCode[] =>
  options.directories
    .filter((directory) => hasConfig(directory, options))
    .map((directory) => ({
      stack: shownAs(directory),
      kind: "config-file",
      address: join(shownAs(directory), options.configName),
      what: "config file",
      effect: "runs-code",
      skipped: false,
    }));

const nameOf = (variable: string): string => variable.split("=")[0] ?? "";

/** Every variable on the command line is for some stack. */
function checkVariables(roots: readonly Root[], variables: readonly string[]): void {
  for (const variable of variables) {
    const name = nameOf(variable);
    if (!variable.includes("=")) {
      throw new UserError("BERTH-E6001", `-var ${variable} is not name=value`, { exitCode: 64 });
    }
    if (!roots.some(({ tree }) => tree[0]?.variables.includes(name) === true)) {
      throw new UserError("BERTH-E5003", `no stack declares the variable ${name}`, {
        fix: `leave -var ${name}=… out, or correct its name`,
        exitCode: 64,
      });
    }
  }
}

/**
 * Copies root modules into a folder of the rehearsal's own, turns the copies to the sandbox, and makes them ready to
 * run.
 *
 * @param states a folder for the states; stacks of a changed configuration take over those of the old one by place
 */
export async function prepare(
  options: SourceOptions,
  into: string,
  states: string,
): Promise<Stack[]> {
  mkdirSync(into, { recursive: true });
  mkdirSync(states, { recursive: true });
  for (const directory of options.directories) checkFolder(directory, options);
  const engine = await findEngine({
    flag: options.terraformBin,
    env: options.env,
    ...(options.engineCache === undefined ? {} : { cache: options.engineCache }),
  });
  const { product } = engine;
  const roots: Root[] = [];
  for (const directory of options.directories)
    roots.push(await rootOf(resolve(directory), options, into, product));
  checkVariables(roots, options.variables);
  const place = copyOf(
    roots.map(({ tree }) => tree),
    into,
    options.checkouts,
  );
  const before: BackendState[] = [];
  const stacks: Stack[] = [];
  for (const [index, { name, origin, tree, settings }] of roots.entries()) {
    const [root] = tree;
    if (!root) continue;
    const kept = join(states, `${index}.tfstate`);
    const stateFile =
      options.workspace === undefined
        ? kept
        : join(states, `${index}`, options.workspace, "terraform.tfstate");
    for (const module of tree) {
      writeOverride({ ...module, directory: place(tree, module.directory) }, module, {
        pins: options.pins,
        before,
        below: into,
        ...(module === root
          ? { backend: { path: kept, workspace_dir: join(states, `${index}`) } }
          : {}),
      });
    }
    const earlier = [...before];
    before.push({ directory: root.directory, backend: root.backend, stateFile });
    const directory = place(tree, root.directory);
    const env = terraformEnvironment(engine, environmentFor(options, root.variables), directory);
    const own = new Set(tree.map((module) => realpathSync(place(tree, module.directory))));
    stacks.push(
      new Stack({
        name,
        origin,
        directory,
        ...(settings === undefined ? {} : { settings }),
        backend: root.backend,
        stateFile,
        workspace: options.workspace,
        product,
        copies: into,
        policy: options.policy,
        pin: (modules) => {
          const pins = { pins: options.pins, before: earlier, below: into };
          for (const { module } of modules)
            if (!own.has(module.directory)) writeOverride(module, module, pins);
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

/** The folders that a change starts from: one folder, or each folder as it was at a commit. */
export function oldDirectories(
  directories: readonly string[],
  from: string,
  into: string,
): string[] {
  if (existsSync(from)) {
    if (directories.length === 1) return [from];
    throw new UserError(
      "BERTH-E5002",
      `--from ${from} is one folder, and there are several stacks`,
      {
        fix: "name a commit, or rehearse one stack",
        exitCode: 64,
      },
    );
  }
  return directories.map((directory, index) =>
    checkOut(resolve(directory), from, join(into, String(index))),
  );
}
