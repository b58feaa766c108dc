import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { assertNoLinksIn, createFile, makeFolder, replaceFile } from "../shared/index.ts";
import type { Engine } from "./engine.ts";
import { cliConfiguration, findMirrors, registryHost } from "./mirrors.ts";

const LOCK_FILE = ".terraform.lock.hcl";

/** Only the owner can read the file. */
const OWNER_ONLY = { mode: 0o600 } as const;

export interface WorkingFolderOptions {
  /** The project folder, which contains the config. */
  readonly project: string;
  /** Name of the environment; each has a separate folder and state. */
  readonly environment: string;
  /** Use a separate folder for the sandbox, so that its state and the account's state are never mixed. */
  readonly sandbox: boolean;
}

/**
 * Terraform's working folder: .berth/<environment> or .berth/sandbox/<environment>. Git ignores it. Only the dependency lock
 * file is stored in the project folder, so that it can be committed.
 */
export class WorkingFolder {
  readonly directory: string;
  readonly #lockFile: string;

  constructor({ project, environment, sandbox }: WorkingFolderOptions) {
    const root = join(project, ".berth");
    this.directory = join(root, ...(sandbox ? ["sandbox"] : []), environment);
    this.#lockFile = join(project, LOCK_FILE);
    makeFolder(this.directory, { mode: 0o700, below: project });
    createFile(join(root, ".gitignore"), "*\n", { below: project });
    // Terraform writes its state and the saved plan here and follows symbolic links.
    assertNoLinksIn(this.directory);
  }

  /** Writes the root module and its override file; copies the dependency lock file from the project folder. */
  write(rootModule: string, override?: string): void {
    replaceFile(join(this.directory, "main.tf.json"), rootModule, OWNER_ONLY);
    const overrideFile = join(this.directory, "berth_override.tf.json");
    if (override === undefined) rmSync(overrideFile, { force: true });
    else replaceFile(overrideFile, override, OWNER_ONLY);
    const workingLockFile = join(this.directory, LOCK_FILE);
    if (existsSync(this.#lockFile))
      replaceFile(workingLockFile, readFileSync(this.#lockFile), OWNER_ONLY);
    else rmSync(workingLockFile, { force: true });
  }

  /** Copies the dependency lock file of init to the project folder if it has changed. */
  keepLock(): void {
    const workingLockFile = join(this.directory, LOCK_FILE);
    if (!existsSync(workingLockFile)) return;
    const text = readFileSync(workingLockFile, "utf8");
    if (!existsSync(this.#lockFile) || readFileSync(this.#lockFile, "utf8") !== text) {
      replaceFile(this.#lockFile, text);
    }
  }

  /** True if the folder contains a local state. */
  get hasState(): boolean {
    return existsSync(join(this.directory, "terraform.tfstate"));
  }

  environment(engine: Engine, inheritedEnv: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return terraformEnvironment(engine, inheritedEnv, this.directory);
  }
}

/**
 * An environment without TF_CLI_ARGS and TF_CLI_ARGS_<command>: additional arguments could change the plan (-destroy, -target)
 * or the output that Berth parses.
 */
export const withoutCliArguments = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^TF_CLI_ARGS(_|$)/.test(name)));

/**
 * The environment for Terraform: the given one without variables that select another root module or workspace. If the user
 * has no CLI configuration and there are provider mirrors, it contains a CLI configuration for the mirrors.
 *
 * @param directory Terraform's working folder, in which the CLI configuration is written; undefined writes none
 */
export function terraformEnvironment(
  engine: Engine,
  inheritedEnv: NodeJS.ProcessEnv,
  directory: string | undefined,
): NodeJS.ProcessEnv {
  const {
    TF_DATA_DIR: _data,
    TF_WORKSPACE: _workspace,
    TF_IN_AUTOMATION: _auto,
    ...otherVariables
  } = inheritedEnv;
  const env = withoutCliArguments(otherVariables);
  const baseEnv = {
    // A third of the CPU time of Terraform and its provider is garbage collection. Less frequent collection costs little memory.
    GOGC: "400",
    ...env,
    TF_IN_AUTOMATION: "1",
    CHECKPOINT_DISABLE: "1",
  };
  const homeFolder = inheritedEnv["HOME"] ?? "/";
  const userConfig =
    inheritedEnv["TF_CLI_CONFIG_FILE"] ??
    join(homeFolder, engine.product === "tofu" ? ".tofurc" : ".terraformrc");
  if (existsSync(userConfig) || directory === undefined) return baseEnv;
  const host = registryHost(engine.product);
  const text = cliConfiguration(findMirrors(host, homeFolder, directory), host);
  const { TF_CLI_CONFIG_FILE: _missing, ...envWithoutConfig } = baseEnv as NodeJS.ProcessEnv;
  if (text === undefined) return envWithoutConfig;
  const file = join(directory, "terraform.rc");
  replaceFile(file, text, OWNER_ONLY);
  return { ...envWithoutConfig, TF_CLI_CONFIG_FILE: file };
}
