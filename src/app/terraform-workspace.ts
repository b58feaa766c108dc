import { relative, resolve } from "node:path";
import { loadConfig } from "../config/load.ts";
import type { Settings } from "../config/index.ts";
import { stepOf } from "../constructs/foundation/index.ts";
import { synthJson } from "../constructs/synth/index.ts";
import type { UserError } from "../shared/index.ts";
import {
  checkState,
  checkStateFiles,
  isLockOf,
  type Outcome,
  type OutputValue,
  type PlanFile,
  type RunOptions,
  type StateMigration,
  type StateStatus,
  Terraform,
  type TerraformEvent,
} from "../terraform/index.ts";
import { terraformErrors } from "./errors.ts";
import { type OperationHost, resourceEventOf } from "./host.ts";
import type { InfrastructureOptions, ResolvedOptions } from "./options.ts";
import { lockProjectFolder } from "./project-folder.ts";
import { stateError, recoverCommand, recoverState, unlockCommand } from "./recovery.ts";
import { type OpenSandbox, openSandbox } from "./sandbox.ts";
import { type SuggestedCommand, suggest } from "./suggested-command.ts";

/** Options of a plan file. */
export interface PlanFileOptions extends Pick<RunOptions, "variables" | "targets"> {
  readonly destroy?: boolean;
  readonly lock?: boolean;
}

/** Terraform in a working folder that is locked for this process, with a sandbox if the options request one. */
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
  /** Writes the plan file. Reports warnings to the host, except for a plan with targets: Terraform warns of each. */
  createPlan(options: PlanFileOptions, listener: (event: TerraformEvent) => void): Promise<Outcome>;
  /**
   * Applies the plan file. Reports progress to the host.
   *
   * @throws UserError BERTH-E3007 if the file has changed since `createPlan`
   */
  apply(): Promise<Outcome>;
  /** The outputs, by name: those of the last apply, whose sensitive values are undefined, or else those in the state. */
  outputs(): Promise<Readonly<Record<string, OutputValue>>>;
  /** The status of the state after a failed apply. */
  checkState(): Promise<StateStatus>;
  /** Saves a state that this run could not save. */
  recover(): Promise<void>;
  /** The errors that Terraform has reported. */
  errorsOf(outcome: Outcome): UserError[];
  /** Errors of the state after a failed apply; empty if the state is saved. */
  stateErrors(status: StateStatus): UserError[];
  /** The command that continues this run after a failure or an interruption. */
  retryCommand(): string;
  /** The next command to run, with the options of this run. */
  suggest(command: SuggestedCommand, ...moreArguments: readonly string[]): string;
  close(): Promise<void>;
}

/** A workspace with a root module of a config. */
export interface PlannableWorkspace extends TerraformWorkspace {
  /** The root module in Terraform's JSON syntax. */
  readonly rootModule: string;
}

/** A workspace with the root module of one environment of a config. */
export interface Session extends PlannableWorkspace {
  readonly settings: Settings;
  readonly configFile: string;
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
  /** The service or job whose root module the workspace has. @default none */
  readonly service?: string;
  /** Settings that name existing resources: they are created in an empty sandbox. */
  readonly settings?: Settings;
  /** A sandbox that several workspaces share. The caller closes it. @default the workspace's own */
  readonly sandbox?: OpenSandbox;
}

/**
 * Finds the engine, locks the folder, and starts the sandbox if the options request one.
 *
 * @throws UserError BERTH-E3006 if another process uses the folder, BERTH-E3008 if the state of an earlier run was not
 *   saved
 */
export async function openWorkspace(
  options: ResolvedOptions<InfrastructureOptions>,
  host: OperationHost,
  purpose: WorkspacePurpose,
): Promise<TerraformWorkspace> {
  const folder = await lockProjectFolder(options, purpose);
  const { engine, workingFolder, earlierRuns, run, isSandbox } = folder;
  const { directory } = workingFolder;
  const scope = {
    ...options,
    bootstrap: purpose.command === "bootstrap",
    service: purpose.service,
    program: engine.product,
  };
  let sandbox: OpenSandbox | undefined;
  try {
    const stateProblem = checkStateFiles(directory, earlierRuns);
    if (stateProblem) throw stateError(stateProblem, directory, scope);
    sandbox =
      isSandbox && purpose.sandbox === undefined
        ? await openSandbox(options, directory, purpose, host)
        : purpose.sandbox && { ...purpose.sandbox, close: () => Promise.resolve() };
  } catch (error) {
    folder.close();
    throw error;
  }
  const env = workingFolder.environment(engine, sandbox ? sandbox.environment : options.env);
  const terraform = new Terraform({ engine, directory, env, run });
  host.event?.({
    type: "workspace-opened",
    engine: engine.product,
    version: engine.version,
    ...(sandbox === undefined ? {} : { sandboxUrl: sandbox.url }),
    name: purpose.name,
    region: purpose.region,
  });
  let hasCheckedEarlierRuns = false;
  let hasLocked = false;
  let isSaved = true;
  let hasTargets = false;
  /** `terraform output` takes more than a second. */
  let appliedOutputs: Outcome["outputs"];
  const report = (event: TerraformEvent): void => {
    if (!hasTargets || event.type !== "diagnostic") reportEvent(host, event);
  };
  return {
    isSandbox,
    directory,
    plan: run.plan,
    terraform,
    hasState: () => workingFolder.hasState,
    writeRootModule: (rootModule) => workingFolder.write(rootModule, sandbox?.override),
    init: async (backend) => {
      host.event?.({ type: "step-started", step: "init" });
      await terraform.init(backend);
      workingFolder.keepLock();
    },
    checkEarlierRuns: async () => {
      const status = await checkState(terraform, directory, earlierRuns);
      if (status.kind !== "saved") throw stateError(status, directory, scope);
      hasCheckedEarlierRuns = true;
      if (earlierRuns.some(({ apply }) => apply !== undefined))
        host.event?.({ type: "earlier-run-checked" });
    },
    createPlan: async (planOptions, listener) => {
      run.plan.prepare();
      hasTargets = (planOptions.targets ?? []).length > 0;
      host.event?.({ type: "step-started", step: "plan" });
      const outcome = await terraform.plan(run.plan.path, planOptions, (event) => {
        listener(event);
        if (event.type === "diagnostic") report(event);
      });
      if (outcome.exitCode !== 1) run.plan.seal();
      hasLocked ||= outcome.exitCode !== 1 && planOptions.lock !== false;
      return outcome;
    },
    apply: async () => {
      run.plan.verify();
      isSaved = false;
      const outcome = await terraform.apply(run.plan.path, report);
      isSaved = outcome.exitCode === 0;
      appliedOutputs = isSaved ? outcome.outputs : undefined;
      return outcome;
    },
    outputs: async () => appliedOutputs ?? terraform.outputs(),
    checkState: async () => {
      const status = await checkState(terraform, directory, [run.read()]);
      isSaved = status.kind === "saved";
      return status;
    },
    recover: async () => {
      await recoverState({ terraform, directory, runs: [run.read()] }, scope, host);
      isSaved = (await checkState(terraform, directory, [run.read()])).kind === "saved";
    },
    errorsOf: (outcome) =>
      terraformErrors(outcome, {
        configFile: configName(options),
        stepOf,
        scope: options,
        unlock: (lock) =>
          isLockOf(earlierRuns, lock)
            ? `run ${recoverCommand(scope)} to release it: the run that took the lock was interrupted`
            : `wait until that run ends; if it has ended: ${unlockCommand(scope, directory, lock)}`,
      }),
    stateErrors: (status) =>
      status.kind === "saved" ? [] : [stateError(status, directory, scope)],
    retryCommand: () => suggest(purpose.command, options, ...(purpose.arguments ?? [])),
    suggest: (command, ...moreArguments) => suggest(command, options, ...moreArguments),
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

const configName = ({ config }: { readonly config: string }): string =>
  relative(process.cwd(), resolve(config)) || config;

/** Opens the workspace of an environment: writes its root module and runs `terraform init`. */
export async function openSession(
  options: ResolvedOptions<InfrastructureOptions>,
  host: OperationHost,
  command: SuggestedCommand,
): Promise<Session> {
  host.event?.({ type: "step-started", step: "config" });
  const settings = await loadConfig(options.config, options.environment);
  return openFoundation(options, host, { settings, command });
}

/** Like `openSession`, with the settings of the config, and a sandbox that several workspaces share. */
export async function openFoundation(
  options: ResolvedOptions<InfrastructureOptions>,
  host: OperationHost,
  {
    settings,
    command,
    sandbox,
  }: {
    readonly settings: Settings;
    readonly command: SuggestedCommand;
    readonly sandbox?: OpenSandbox;
  },
): Promise<Session> {
  const workspace = await openWorkspace(options, host, {
    ...settings,
    command,
    settings,
    folder: settings.environment,
    ...(sandbox === undefined ? {} : { sandbox }),
  });
  try {
    // In a sandbox the state is a local file: the state of the account must not change.
    const { state: _, ...settingsWithoutState } = settings;
    const rootModule = synthJson(workspace.isSandbox ? settingsWithoutState : settings);
    workspace.writeRootModule(rootModule);
    await workspace.init();
    await workspace.checkEarlierRuns();
    return { ...workspace, settings, configFile: configName(options), rootModule };
  } catch (error) {
    await workspace.close();
    throw error;
  }
}

/** Reports an event of Terraform to the host. */
function reportEvent(host: OperationHost, event: TerraformEvent): void {
  const resourceEvent = resourceEventOf(event);
  if (resourceEvent) host.event?.(resourceEvent);
  if (event.type === "diagnostic" && event.diagnostic.severity === "warning")
    host.event?.({ type: "warning", message: event.diagnostic.summary });
}
