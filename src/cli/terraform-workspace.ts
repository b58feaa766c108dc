import { join, relative, resolve } from "node:path";
import { loadConfig } from "../config/load.ts";
import type { Settings } from "../config/index.ts";
import { UserError } from "../shared/index.ts";
import type {
  TerraformEvent,
  PlanFile,
  StateStatus,
  StateMigration,
  Outcome,
  Terraform,
} from "../terraform/index.ts";
import { lockProjectFolder, type ProjectFlags } from "./project-folder.ts";
import type { Host, Problem } from "./host/host.ts";
import { problemsFromDiagnostics, problemFromUserError } from "./errors.ts";
import { stateError, recoverCommand, recoverState, unlockCommand } from "./recovery.ts";
import { type SuggestedCommand, suggest } from "./suggested-command.ts";

/** Terraform in a working folder that is locked for this process, with a sandbox if the flags request one. */
export interface TerraformWorkspace {
  readonly isSandbox: boolean;
  readonly directory: string;
  /** The plan file of this process. */
  readonly plan: PlanFile;
  readonly terraform: Terraform;
  /** True if the folder contains a local state. */
  hasState(): boolean;
  /** Writes the root module into the folder. */
  writeRootModule(rootModule: string): void;
  /** Runs `terraform init`, and copies the dependency lock file to the folder of the config. */
  init(backend?: StateMigration): Promise<void>;
  /**
   * Checks that the state contains the resources that interrupted runs have created. Call it after `init` and before
   * `createPlan`.
   *
   * @throws UserError BERTH-E3009 if resources are missing in the state: a plan would create them again
   */
  checkEarlierRuns(): Promise<void>;
  /** Writes the plan file. Reports warnings to the host. */
  createPlan(
    options: { readonly destroy?: boolean; readonly lock?: boolean },
    listener: (event: TerraformEvent) => void,
  ): Promise<Outcome>;
  /**
   * Applies the plan file. Reports progress to the host.
   *
   * @throws UserError BERTH-E3007 if the file has changed since `createPlan`
   */
  apply(): Promise<Outcome>;
  /** The status of the state after a failed apply. */
  checkState(): Promise<StateStatus>;
  /** Saves a state that this run could not save. */
  recover(): Promise<void>;
  problemsOf(outcome: Outcome): Problem[];
  /** Problems of the state after a failed apply; empty if the state is saved. */
  stateProblems(status: StateStatus): Problem[];
  /** The command that continues this run after a failure or an interruption. */
  retryCommand(): string;
  /** The next command to run, with the flags of this run. */
  suggest(command: SuggestedCommand, ...moreArguments: readonly string[]): string;
  close(): Promise<void>;
}

/** A workspace with the root module of one environment of a config. */
export interface Session extends TerraformWorkspace {
  readonly settings: Settings;
  readonly configFile: string;
  /** The root module in Terraform's JSON syntax. */
  readonly rootModule: string;
}

/** The purpose of a workspace. */
interface WorkspacePurpose extends Pick<Settings, "name" | "region" | "account"> {
  /** The Berth command that uses the workspace. */
  readonly command: SuggestedCommand;
  /** Arguments of the command, except the flags that select config, environment and target. @default none */
  readonly arguments?: readonly string[];
  readonly terraformBin?: string | undefined;
  /** Name of the folder in .berth. */
  readonly folder: string;
  /** Settings that name existing resources: they are created in an empty sandbox. */
  readonly settings?: Settings;
}

/**
 * Finds the engine, locks the folder, and starts the sandbox if the flags request one.
 *
 * @throws UserError BERTH-E3006 if another process uses the folder, BERTH-E3008 if the state of an earlier run was not
 *   saved
 */
export async function openWorkspace(
  flags: ProjectFlags,
  host: Host,
  purpose: WorkspacePurpose,
): Promise<TerraformWorkspace> {
  checkSandboxUrl(flags.sandboxUrl);
  const [{ Terraform: TerraformCommands }, { stepOf }, recovery] = await Promise.all([
    import("../terraform/index.ts"),
    import("../constructs/foundation/index.ts"),
    import("../terraform/index.ts"),
  ]);
  const folder = await lockProjectFolder(flags, purpose);
  const { engine, workingFolder, earlierRuns, run, isSandbox } = folder;
  const { directory } = workingFolder;
  const scope = {
    ...flags,
    bootstrap: purpose.command === "bootstrap",
    program: engine.product,
  };
  let sandbox: OpenSandbox | undefined;
  try {
    const stateProblem = recovery.checkStateFiles(directory, earlierRuns);
    if (stateProblem) throw stateError(stateProblem, directory, scope);
    sandbox = isSandbox ? await openSandbox(flags.sandboxUrl, directory, purpose, host) : undefined;
  } catch (error) {
    folder.close();
    throw error;
  }
  const env = workingFolder.environment(engine, sandbox ? sandbox.environment : process.env);
  const terraform = new TerraformCommands({ engine, directory, env, run });
  host.phase(
    `${engine.product} ${engine.version}${sandbox ? ` · sandbox at ${sandbox.url}` : ""} · ${purpose.name} in ${purpose.region}`,
  );
  let hasCheckedEarlierRuns = false;
  let hasLocked = false;
  let isSaved = true;
  return {
    isSandbox,
    directory,
    plan: run.plan,
    terraform,
    hasState: () => workingFolder.hasState,
    writeRootModule: (rootModule) => workingFolder.write(rootModule, sandbox?.override),
    init: async (backend) => {
      await terraform.init(backend);
      workingFolder.keepLock();
    },
    checkEarlierRuns: async () => {
      const status = await recovery.checkState(terraform, directory, earlierRuns);
      if (status.kind !== "saved") throw stateError(status, directory, scope);
      hasCheckedEarlierRuns = true;
      if (earlierRuns.some(({ apply }) => apply !== undefined))
        host.note("an earlier run was interrupted; the resources that it created are in the state");
    },
    createPlan: async (options, listener) => {
      run.plan.prepare();
      const outcome = await terraform.plan(run.plan.path, options, (event) => {
        listener(event);
        if (event.type === "diagnostic") reportEvent(host, event);
      });
      if (outcome.exitCode !== 1) run.plan.seal();
      hasLocked ||= outcome.exitCode !== 1 && options.lock !== false;
      return outcome;
    },
    apply: async () => {
      run.plan.verify();
      isSaved = false;
      const outcome = await terraform.apply(run.plan.path, (event) => reportEvent(host, event));
      isSaved = outcome.exitCode === 0;
      return outcome;
    },
    checkState: async () => {
      const status = await recovery.checkState(terraform, directory, [run.read()]);
      isSaved = status.kind === "saved";
      return status;
    },
    recover: async () => {
      await recoverState({ terraform, directory, runs: [run.read()] }, scope, host);
      isSaved = (await recovery.checkState(terraform, directory, [run.read()])).kind === "saved";
    },
    problemsOf: (outcome) =>
      problemsFromDiagnostics(outcome, {
        configFile: configName(flags),
        stepOf,
        flags,
        unlock: (lock) =>
          recovery.isLockOf(earlierRuns, lock)
            ? `run ${recoverCommand(scope)} to release it: the run that took the lock was interrupted`
            : `wait until that run ends; if it has ended: ${unlockCommand(scope, directory, lock)}`,
      }),
    stateProblems: (status) =>
      status.kind === "saved" ? [] : [problemFromUserError(stateError(status, directory, scope))],
    retryCommand: () => suggest(purpose.command, flags, ...(purpose.arguments ?? [])),
    suggest: (command, ...moreArguments) => suggest(command, flags, ...moreArguments),
    close: async () => {
      try {
        await sandbox?.close();
      } finally {
        if (hasCheckedEarlierRuns && hasLocked) folder.removeEarlierRuns();
        folder.close({ keepsRun: !isSaved });
      }
    },
  };
}

const configName = ({ config }: ProjectFlags): string =>
  relative(process.cwd(), resolve(config)) || config;

/** Opens the workspace of an environment: writes its root module and runs `terraform init`. */
export async function openSession(
  flags: ProjectFlags,
  host: Host,
  command: SuggestedCommand,
): Promise<Session> {
  checkSandboxUrl(flags.sandboxUrl);
  const settings = await loadConfig(flags.config, flags.env);
  const workspace = await openWorkspace(flags, host, {
    ...settings,
    command,
    settings,
    folder: settings.environment,
  });
  try {
    const { synthJson } = await import("../constructs/synth/index.ts");
    // In a sandbox the state is a local file: the state of the account must not change.
    const { state: _, ...settingsWithoutState } = settings;
    const rootModule = synthJson(workspace.isSandbox ? settingsWithoutState : settings);
    workspace.writeRootModule(rootModule);
    await workspace.init();
    await workspace.checkEarlierRuns();
    return { ...workspace, settings, configFile: configName(flags), rootModule };
  } catch (error) {
    await workspace.close();
    throw error;
  }
}

/** A sandbox listens on this machine only. */
function checkSandboxUrl(url: string | undefined): void {
  if (url === undefined || /^http:\/\/(127\.0\.0\.1|localhost):\d+\/?$/.test(url)) return;
  throw new UserError(
    "BERTH-E4001",
    `invalid --sandbox-url ${url}: a sandbox listens on this machine only`,
    {
      fix: "pass http://127.0.0.1:<port>, as printed by berth sandbox, or use --sandbox",
      exitCode: 64,
    },
  );
}

interface OpenSandbox {
  readonly url: string;
  readonly override: string;
  readonly environment: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

async function openSandbox(
  url: string | undefined,
  directory: string,
  { account, settings }: WorkspacePurpose,
  host: Host,
): Promise<OpenSandbox> {
  const { sandboxEnvironment, sandboxOverride } = await import("../sandbox/client.ts");
  const sandboxAt = (url: string, close: () => Promise<void>): OpenSandbox => ({
    url,
    override: sandboxOverride(url, account),
    environment: sandboxEnvironment(process.env, url, account),
    close,
  });
  if (url !== undefined) return sandboxAt(url.replace(/\/$/, ""), () => Promise.resolve());
  const { startSandbox } = await import("../sandbox/index.ts");
  const sandbox = await startSandbox({ stateFile: join(directory, "world.json") });
  if (settings) {
    const [{ seedExistingResources }, { DEFAULT_ACCOUNT }] = await Promise.all([
      import("../sandbox-seed/index.ts"),
      import("../sandbox/default-account.ts"),
    ]);
    for (const value of seedExistingResources(sandbox, settings, account ?? DEFAULT_ACCOUNT))
      host.note(`assumed: ${value}`);
  }
  return sandboxAt(sandbox.url, () => sandbox.close());
}

/** Reports an event of Terraform to the host. */
function reportEvent(host: Host, event: TerraformEvent): void {
  switch (event.type) {
    case "started":
      host.started(event);
      break;
    case "finished":
      host.finished(event);
      break;
    case "failed":
      host.failed(event);
      break;
    case "diagnostic":
      if (event.diagnostic.severity === "warning") host.warn(event.diagnostic.summary);
      break;
    case "planned":
    case "summary":
    case "message":
    case "unstructured":
      break;
  }
}
