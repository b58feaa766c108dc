import { homedir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { loadConfig } from "../config/load.ts";
import type { Settings } from "../config/options.ts";
import { UserError } from "../errors.ts";
import type { TerraformEvent } from "../terraform/events.ts";
import type { Migration, Outcome, Terraform } from "../terraform/terraform.ts";
import type { Host, Problem } from "./host/host.ts";
import { fromDiagnostics } from "./problems.ts";

/** Options that every command which works on a project takes. */
export interface ProjectFlags {
  readonly config: string;
  readonly env?: string;
  readonly terraformBin?: string;
  /** In a sandbox of our own. */
  readonly sandbox?: boolean;
  /** In a sandbox that runs already. */
  readonly sandboxUrl?: string;
}

/** Where the engine lies that `berth doctor --install` has fetched. */
export function engineCache(env: NodeJS.ProcessEnv): string {
  return join(env["XDG_CACHE_HOME"] ?? join(env["HOME"] ?? homedir(), ".cache"), "berth", "tofu");
}

/** The engine in a folder of its own, and the sandbox where one is asked for. */
export interface Room {
  readonly isSandbox: boolean;
  readonly directory: string;
  readonly planFile: string;
  readonly terraform: Terraform;
  /** True where Terraform has put a state there. */
  hasState(): boolean;
  /** Puts a root module there. */
  write(rootModule: string): void;
  /** Initialises Terraform there, and keeps the lock file beside the config. */
  init(backend?: Migration): Promise<void>;
  /** Runs something that Terraform reports on, telling the host. */
  follow(run: (listener: (event: TerraformEvent) => void) => Promise<Outcome>): Promise<Outcome>;
  problemsOf(outcome: Outcome): Problem[];
  close(): Promise<void>;
}

/** Everything a verb needs that works on one environment of a config. */
export interface Session extends Room {
  readonly settings: Settings;
  readonly configFile: string;
  /** What was written into the room, in Terraform's JSON syntax. */
  readonly rootModule: string;
}

/** What a room is for. */
interface Purpose extends Pick<Settings, "name" | "region" | "account"> {
  readonly terraformBin?: string | undefined;
  /** The folder's name, under .berth. */
  readonly folder: string;
  /** Names what is there already: a sandbox that is empty is given it. */
  readonly settings?: Settings;
}

/** Finds the engine, and starts the sandbox where one is asked for. */
export async function openRoom(flags: ProjectFlags, host: Host, purpose: Purpose): Promise<Room> {
  checkSandboxUrl(flags.sandboxUrl);
  const [{ findEngine }, { Workspace }, { Terraform: Driver }, { stepOf }] = await Promise.all([
    import("../terraform/engine.ts"),
    import("../terraform/workspace.ts"),
    import("../terraform/terraform.ts"),
    import("../constructs/steps.ts"),
  ]);
  const engine = await findEngine({
    flag: flags.terraformBin,
    config: purpose.terraformBin,
    env: process.env,
    cache: engineCache(process.env),
  });
  const isSandbox = flags.sandbox === true || flags.sandboxUrl !== undefined;
  const workspace = new Workspace({
    project: dirname(resolve(flags.config)),
    environment: purpose.folder,
    sandbox: isSandbox,
  });
  const sandbox = isSandbox
    ? await openSandbox(flags.sandboxUrl, workspace.directory, purpose, host)
    : undefined;
  const env = workspace.environment(engine, sandbox ? sandbox.environment : process.env);
  const terraform = new Driver({ engine, directory: workspace.directory, env });
  host.phase(
    `${engine.product} ${engine.version}${sandbox ? ` · sandbox at ${sandbox.url}` : ""} · ${purpose.name} in ${purpose.region}`,
  );
  return {
    isSandbox,
    directory: workspace.directory,
    planFile: workspace.planFile,
    terraform,
    hasState: () => workspace.hasState,
    write: (rootModule) => workspace.write(rootModule, sandbox?.override),
    init: async (backend) => {
      await terraform.init(backend);
      workspace.keepLock();
    },
    follow: (run) => run((event) => tell(host, event)),
    problemsOf: (outcome) => fromDiagnostics(outcome.diagnostics, configName(flags), stepOf),
    close: async () => {
      workspace.forgetPlan();
      await sandbox?.close();
    },
  };
}

const configName = ({ config }: ProjectFlags): string =>
  relative(process.cwd(), resolve(config)) || config;

/** Synthesizes the config into its working folder, and initialises Terraform there. */
export async function openSession(flags: ProjectFlags, host: Host): Promise<Session> {
  checkSandboxUrl(flags.sandboxUrl);
  const settings = await loadConfig(flags.config, flags.env);
  const room = await openRoom(flags, host, {
    ...settings,
    settings,
    folder: settings.environment,
  });
  try {
    const { synthJson } = await import("../constructs/synth.ts");
    // The sandbox has a state of its own: the account's, wherever it is kept, is not touched.
    const { state: _, ...local } = settings;
    const rootModule = synthJson(room.isSandbox ? local : settings);
    room.write(rootModule);
    await room.init();
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
    const [{ furnish }, { DEFAULT_ACCOUNT }] = await Promise.all([
      import("../rehearsal/furnish.ts"),
      import("../sandbox/access/callers.ts"),
    ]);
    for (const one of furnish(sandbox, settings, account ?? DEFAULT_ACCOUNT))
      host.note(`taken for granted: ${one}`);
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
      break;
  }
}
