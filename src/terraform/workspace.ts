import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { assertNoLinksIn, createFile, makeFolder, replaceFile } from "../shared/files.ts";
import type { Engine } from "./engine.ts";
import { cliConfiguration, findMirrors, registryHost } from "./mirrors.ts";

const LOCK = ".terraform.lock.hcl";

/** For its owner alone. */
const OWN = { mode: 0o600 } as const;

export interface WorkspaceOptions {
  /** The project's folder: the one with the config. */
  readonly project: string;
  /** The environment's name; each has a folder and a state of its own. */
  readonly environment: string;
  /** Apart from the account: the sandbox's state never meets the account's. */
  readonly sandbox: boolean;
}

/**
 * The folder in which Terraform works: .berth/<environment>, or .berth/sandbox/<environment>. Git ignores it; only
 * the dependency lock file is kept beside the config, for people to commit.
 */
export class Workspace {
  readonly directory: string;
  readonly #lockFile: string;

  constructor({ project, environment, sandbox }: WorkspaceOptions) {
    const root = join(project, ".berth");
    this.directory = join(root, ...(sandbox ? ["sandbox"] : []), environment);
    this.#lockFile = join(project, LOCK);
    makeFolder(this.directory, { mode: 0o700, below: project });
    createFile(join(root, ".gitignore"), "*\n", { below: project });
    // Terraform writes its state and the saved plan here, and follows links.
    assertNoLinksIn(this.directory);
  }

  /** Writes the root module, and what overrides it; brings the lock file along. */
  write(rootModule: string, override?: string): void {
    replaceFile(join(this.directory, "main.tf.json"), rootModule, OWN);
    const overrideFile = join(this.directory, "berth_override.tf.json");
    if (override === undefined) rmSync(overrideFile, { force: true });
    else replaceFile(overrideFile, override, OWN);
    const own = join(this.directory, LOCK);
    if (existsSync(this.#lockFile)) replaceFile(own, readFileSync(this.#lockFile), OWN);
    else rmSync(own, { force: true });
  }

  /** Keeps the lock file that init has written, where it says something new. */
  keepLock(): void {
    const own = join(this.directory, LOCK);
    if (!existsSync(own)) return;
    const text = readFileSync(own, "utf8");
    if (!existsSync(this.#lockFile) || readFileSync(this.#lockFile, "utf8") !== text) {
      replaceFile(this.#lockFile, text);
    }
  }

  /** True where Terraform has put a state here. */
  get hasState(): boolean {
    return existsSync(join(this.directory, "terraform.tfstate"));
  }

  environment(engine: Engine, given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return workEnvironment(engine, given, this.directory);
  }
}

/**
 * An environment without TF_CLI_ARGS and TF_CLI_ARGS_<command>: Berth's command lines are whole, and more arguments
 * would make another plan (-destroy, -target), or another output than the one that is read.
 */
export const withoutArguments = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^TF_CLI_ARGS(_|$)/.test(name)));

/**
 * The environment for Terraform: what is given, without what would turn it to another root module, and with a CLI
 * configuration of ours where the user has none and there are mirrors.
 *
 * @param directory where Terraform works, and where the CLI configuration is written; undefined writes none
 */
export function workEnvironment(
  engine: Engine,
  given: NodeJS.ProcessEnv,
  directory: string | undefined,
): NodeJS.ProcessEnv {
  const {
    TF_DATA_DIR: _data,
    TF_WORKSPACE: _workspace,
    TF_IN_AUTOMATION: _auto,
    ...others
  } = given;
  const env = withoutArguments(others);
  const settled = {
    // A third of the processor time of Terraform and its provider is garbage collection: less often costs little memory.
    GOGC: "400",
    ...env,
    TF_IN_AUTOMATION: "1",
    CHECKPOINT_DISABLE: "1",
  };
  const home = given["HOME"] ?? "/";
  const own =
    given["TF_CLI_CONFIG_FILE"] ??
    join(home, engine.product === "tofu" ? ".tofurc" : ".terraformrc");
  if (existsSync(own) || directory === undefined) return settled;
  const host = registryHost(engine.product);
  const text = cliConfiguration(findMirrors(host, home, directory), host);
  const { TF_CLI_CONFIG_FILE: _missing, ...bare } = settled as NodeJS.ProcessEnv;
  if (text === undefined) return bare;
  const file = join(directory, "terraform.rc");
  replaceFile(file, text, OWN);
  return { ...bare, TF_CLI_CONFIG_FILE: file };
}
