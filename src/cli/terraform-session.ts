import { join, relative, resolve } from "node:path";
import { loadConfig } from "../config/load.ts";
import type { Settings } from "../config/options.ts";
import { UserError } from "../shared/errors.ts";
import type { TerraformEvent } from "../terraform/events.ts";
import type { PlanFile } from "../terraform/plan-file.ts";
import type { Aftermath } from "../terraform/state-recovery.ts";
import type { Migration, Outcome, Terraform } from "../terraform/terraform.ts";
import { openFolder, type ProjectFlags } from "./folder.ts";
import type { Host, Problem } from "./host/host.ts";
import { fromDiagnostics, fromUserError } from "./errors.ts";
import { errorFor, recoverCommand, recoverState, unlockCommand } from "./recovery.ts";
import { type SuggestedCommand, suggest } from "./suggested-command.ts";

export { engineCache, type ProjectFlags } from "./folder.ts";

/** Terraform in a folder of its own, which is locked for this process, and the sandbox where one is asked for. */
export interface TerraformWorkspace {
  readonly isSandbox: boolean;
  readonly directory: string;
  /** The plan of this process, which `apply` carries out. */
  readonly plan: PlanFile;
  readonly terraform: Terraform;
  /** True where Terraform has put a state there. */
  hasState(): boolean;
  /** Puts a root module there. */
  write(rootModule: string): void;
  /** Initialises Terraform there, and keeps the lock file beside the config. */
  init(backend?: Migration): Promise<void>;
  /**
   * Checks that what earlier, interrupted runs have created is in the state. To be called after `init` and before a plan.
   *
   * @throws UserError BERTH-E3009 where it is not: a plan would create it again
   */
  settleEarlierRuns(): Promise<void>;
  /** Plans into the plan file, telling the host of warnings. */
  makePlan(
    options: { readonly destroy?: boolean; readonly lock?: boolean },
    listener: (event: TerraformEvent) => void,
  ): Promise<Outcome>;
  /**
   * Applies the plan file, telling the host.
   *
   * @throws UserError BERTH-E3007 where the file is not the plan that was made
   */
  apply(): Promise<Outcome>;
  /** What became of the state in an apply that failed. */
  examine(): Promise<Aftermath>;
  /** Saves a state that this run could not save. */
  recover(): Promise<void>;
  problemsOf(outcome: Outcome): Problem[];
  /** Tells of a state that is not as the run has left the account; nothing where all is saved. */
  problemsWith(aftermath: Aftermath): Problem[];
  /** The command that goes on with this run, where it did not come to its end. */
  again(): string;
  /** A command to type next, with this run's flags. */
  suggest(command: SuggestedCommand, ...own: readonly string[]): string;
  close(): Promise<void>;
}

/** Everything a verb needs that works on one environment of a config. */
export interface Session extends TerraformWorkspace {
  readonly settings: Settings;
  readonly configFile: string;
  /** What was written into the room, in Terraform's JSON syntax. */
  readonly rootModule: string;
}

/** What a room is for. */
interface Purpose extends Pick<Settings, "name" | "region" | "account"> {
  /** The Berth command that works there. */
  readonly command: SuggestedCommand;
  /** What it was called with, beside the flags that choose config, environment and sandbox. @default none */
  readonly arguments?: readonly string[];
  readonly terraformBin?: string | undefined;
  /** The folder's name, under .berth. */
  readonly folder: string;
  /** Names what is there already: a sandbox that is empty is given it. */
  readonly settings?: Settings;
}

/**
 * Finds the engine, locks the folder, and starts the sandbox where one is asked for.
 *
 * @throws UserError BERTH-E3006 where another process works in the folder, BERTH-E3008 where the state of an earlier run
 *   was not saved
 */
export async function openWorkspace(
  flags: ProjectFlags,
  host: Host,
  purpose: Purpose,
): Promise<TerraformWorkspace> {
  checkSandboxUrl(flags.sandboxUrl);
  const [{ Terraform: Driver }, { stepOf }, recovery] = await Promise.all([
    import("../terraform/terraform.ts"),
    import("../constructs/foundation/creation-steps.ts"),
    import("../terraform/state-recovery.ts"),
  ]);
  const folder = await openFolder(flags, purpose);
  const { engine, workspace, earlier, run, isSandbox } = folder;
  const { directory } = workspace;
  const scope = {
    ...flags,
    bootstrap: purpose.command === "bootstrap",
    program: engine.product,
  };
  let sandbox: OpenSandbox | undefined;
  try {
    const found = recovery.examineFiles(directory, earlier);
    if (found) throw errorFor(found, directory, scope);
    sandbox = isSandbox ? await openSandbox(flags.sandboxUrl, directory, purpose, host) : undefined;
  } catch (error) {
    folder.close();
    throw error;
  }
  const env = workspace.environment(engine, sandbox ? sandbox.environment : process.env);
  const terraform = new Driver({ engine, directory, env, run });
  host.phase(
    `${engine.product} ${engine.version}${sandbox ? ` · sandbox at ${sandbox.url}` : ""} · ${purpose.name} in ${purpose.region}`,
  );
  let [isSettled, hasLocked, isSaved] = [false, false, true];
  return {
    isSandbox,
    directory,
    plan: run.plan,
    terraform,
    hasState: () => workspace.hasState,
    write: (rootModule) => workspace.write(rootModule, sandbox?.override),
    init: async (backend) => {
      await terraform.init(backend);
      workspace.keepLock();
    },
    settleEarlierRuns: async () => {
      const aftermath = await recovery.examine(terraform, directory, earlier);
      if (aftermath.kind !== "saved") throw errorFor(aftermath, directory, scope);
      isSettled = true;
      if (earlier.some(({ apply }) => apply !== undefined))
        host.note("an earlier run was interrupted; what it created is in the state");
    },
    makePlan: async (options, listener) => {
      run.plan.prepare();
      const outcome = await terraform.plan(run.plan.path, options, (event) => {
        listener(event);
        if (event.type === "diagnostic") tell(host, event);
      });
      if (outcome.exitCode !== 1) run.plan.seal();
      hasLocked ||= outcome.exitCode !== 1 && options.lock !== false;
      return outcome;
    },
    apply: async () => {
      run.plan.verify();
      isSaved = false;
      const outcome = await terraform.apply(run.plan.path, (event) => tell(host, event));
      isSaved = outcome.exitCode === 0;
      return outcome;
    },
    examine: async () => {
      const aftermath = await recovery.examine(terraform, directory, [run.read()]);
      isSaved = aftermath.kind === "saved";
      return aftermath;
    },
    recover: async () => {
      await recoverState({ terraform, directory, runs: [run.read()] }, scope, host);
      isSaved = (await recovery.examine(terraform, directory, [run.read()])).kind === "saved";
    },
    problemsOf: (outcome) =>
      fromDiagnostics(outcome, {
        configFile: configName(flags),
        stepOf,
        flags,
        unlock: (lock) =>
          recovery.isLeftBy(earlier, lock)
            ? `${recoverCommand(scope)} releases it: the run that took it was interrupted`
            : `wait until that run ends; if it has ended: ${unlockCommand(scope, directory, lock)}`,
      }),
    problemsWith: (aftermath) =>
      aftermath.kind === "saved" ? [] : [fromUserError(errorFor(aftermath, directory, scope))],
    again: () => suggest(purpose.command, flags, ...(purpose.arguments ?? [])),
    suggest: (command, ...own) => suggest(command, flags, ...own),
    close: async () => {
      try {
        await sandbox?.close();
      } finally {
        if (isSettled && hasLocked) folder.forgetEarlier();
        folder.close({ keepsRun: !isSaved });
      }
    },
  };
}

const configName = ({ config }: ProjectFlags): string =>
  relative(process.cwd(), resolve(config)) || config;

/** Synthesizes the config into its working folder, and initialises Terraform there. */
export async function openSession(
  flags: ProjectFlags,
  host: Host,
  command: SuggestedCommand,
): Promise<Session> {
  checkSandboxUrl(flags.sandboxUrl);
  const settings = await loadConfig(flags.config, flags.env);
  const room = await openWorkspace(flags, host, {
    ...settings,
    command,
    settings,
    folder: settings.environment,
  });
  try {
    const { synthJson } = await import("../constructs/synth/synth.ts");
    // The sandbox has a state of its own: the account's, wherever it is kept, is not touched.
    const { state: _, ...local } = settings;
    const rootModule = synthJson(room.isSandbox ? local : settings);
    room.write(rootModule);
    await room.init();
    await room.settleEarlierRuns();
    return { ...room, settings, configFile: configName(flags), rootModule };
  } catch (error) {
    await room.close();
    throw error;
  }
}

/** A sandbox is on this machine, or it is none. */
function checkSandboxUrl(url: string | undefined): void {
  if (url === undefined || /^http:\/\/(127\.0\.0\.1|localhost):\d+\/?$/.test(url)) return;
  throw new UserError(
    "BERTH-E4001",
    `--sandbox-url takes the address of a sandbox on this machine, not ${url}`,
    {
      fix: "use http://127.0.0.1:<port> as berth sandbox prints it, or --sandbox",
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
  { account, settings }: Purpose,
  host: Host,
): Promise<OpenSandbox> {
  const { sandboxEnvironment, sandboxOverride } = await import("../sandbox/environment.ts");
  const settle = (url: string, close: () => Promise<void>): OpenSandbox => ({
    url,
    override: sandboxOverride(url, account),
    environment: sandboxEnvironment(process.env, url, account),
    close,
  });
  if (url !== undefined) return settle(url.replace(/\/$/, ""), () => Promise.resolve());
  const { startSandbox } = await import("../sandbox/server.ts");
  const sandbox = await startSandbox({ stateFile: join(directory, "world.json") });
  if (settings) {
    const [{ seedExistingResources }, { DEFAULT_ACCOUNT }] = await Promise.all([
      import("../sandbox-seed/existing-resources.ts"),
      import("../sandbox/authorization/callers.ts"),
    ]);
    for (const value of seedExistingResources(sandbox, settings, account ?? DEFAULT_ACCOUNT))
      host.note(`taken for granted: ${value}`);
  }
  return settle(sandbox.url, () => sandbox.close());
}

/** Hands Terraform's events to the host. */
function tell(host: Host, event: TerraformEvent): void {
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
