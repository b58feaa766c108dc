import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import type { Settings } from "../config/options.ts";
import { UserError } from "../errors.ts";
import { findEngine } from "../terraform/engine.ts";
import { Terraform } from "../terraform/terraform.ts";
import { workEnvironment } from "../terraform/workspace.ts";
import { sandboxEnvironment } from "../sandbox/environment.ts";
import {
  fetchedModules,
  holdsTerraform,
  type Module,
  readModule,
  readTree,
} from "./configuration.ts";
import { checkOut, copyOf } from "./copy.ts";
import { type Kept, type Pins, writeOverride } from "./overrides.ts";
import { Stack } from "./stack.ts";

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
  /** A folder whose folders are each a repository as it was at a commit. */
  readonly checkouts?: string;
}

/** Variables of the environment by which Terraform would be led to other folders, flags or states. */
const TERRAFORMS_OWN =
  /^TF_(DATA_DIR|WORKSPACE|CLI_ARGS(_.*)?|LOG(_.*)?|IN_AUTOMATION|INPUT|REATTACH_PROVIDERS)$/;

/** The environment that Terraform rehearses in: nobody's credentials, and a region where the user's had one. */
function environmentFor({ env, pins }: SourceOptions): NodeJS.ProcessEnv {
  const kept = Object.entries(sandboxEnvironment(env, pins.url, pins.account)).filter(
    ([name]) => !TERRAFORMS_OWN.test(name),
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
    import("../config/load.ts"),
    import("../constructs/synth.ts"),
  ]);
  const settings = await loadConfig(join(directory, configName), environment);
  const { state: _, ...local } = settings;
  const target = mkdtempSync(join(into, "synth-"));
  writeFileSync(join(target, "main.tf.json"), synthJson(local));
  return { settings, directory: target };
}

async function rootOf(
  directory: string,
  options: SourceOptions,
  into: string,
  shown: string,
): Promise<Root> {
  if (!existsSync(directory)) {
    throw new UserError("BERTH-E5001", `there is no folder ${shown}`, { exitCode: 64 });
  }
  if (existsSync(join(directory, options.configName))) {
    const made = await synthesized(directory, options, into);
    const { settings } = made;
    const tree = await readTree(made.directory);
    return { name: settings.name, origin: shown, tree, settings };
  }
  if (!holdsTerraform(directory)) {
    throw new UserError(
      "BERTH-E5001",
      `${shown} holds neither ${options.configName} nor Terraform (*.tf, *.tf.json)`,
      { fix: "name the folder of a root module, or run berth init", exitCode: 64 },
    );
  }
  return { name: basename(resolve(directory)), origin: shown, tree: await readTree(directory) };
}

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

/** Turns the modules that init has fetched, or found there, to the sandbox too. */
async function pinFetched(
  directory: string,
  known: readonly string[],
  options: { readonly pins: Pins; readonly before: readonly Kept[]; readonly below: string },
): Promise<void> {
  for (const one of fetchedModules(directory, known)) {
    const module = await readModule(one);
    writeOverride(module, module, options);
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
  const roots: Root[] = [];
  for (const directory of options.directories) {
    const shown = relative(process.cwd(), resolve(directory)) || ".";
    roots.push(await rootOf(resolve(directory), options, into, shown));
  }
  checkVariables(roots, options.variables);
  const engine = await findEngine({
    flag: options.terraformBin,
    env: options.env,
    ...(options.engineCache === undefined ? {} : { cache: options.engineCache }),
  });
  const place = copyOf(
    roots.map(({ tree }) => tree),
    into,
    options.checkouts,
  );
  const before: Kept[] = [];
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
    const known = tree.map((module) => place(tree, module.directory));
    stacks.push(
      new Stack({
        name,
        origin,
        directory,
        ...(settings === undefined ? {} : { settings }),
        backend: root.backend,
        stateFile,
        workspace: options.workspace,
        pin: () =>
          pinFetched(directory, known, { pins: options.pins, before: earlier, below: into }),
        run: {
          variables: options.variables.filter((one) => root.variables.includes(nameOf(one))),
          variableFiles: options.variableFiles.map((file) => resolve(file)),
        },
        terraform: new Terraform({
          engine,
          directory,
          env: workEnvironment(engine, environmentFor(options), directory),
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
