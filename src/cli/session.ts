import { homedir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { loadConfig } from "../config/load.ts";
import type { Settings } from "../config/options.ts";
import { UserError } from "../errors.ts";
import type { TerraformEvent } from "../terraform/events.ts";
import type { Outcome, Terraform } from "../terraform/terraform.ts";
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

/** Everything a verb needs: the settings, the engine in its folder, and the sandbox where one is asked for. */
export interface Session {
  readonly settings: Settings;
  readonly configFile: string;
  readonly isSandbox: boolean;
  readonly planFile: string;
  readonly terraform: Terraform;
  readonly hasState: boolean;
  /** Runs something that Terraform reports on, telling the host. */
  follow(run: (listener: (event: TerraformEvent) => void) => Promise<Outcome>): Promise<Outcome>;
  problemsOf(outcome: Outcome): Problem[];
  close(): Promise<void>;
}

/**
 * Synthesizes the config into its working folder, finds the engine, starts the sandbox where asked, and initialises
 * Terraform there.
 */
export async function openSession(flags: ProjectFlags, host: Host): Promise<Session> {
  checkSandboxUrl(flags.sandboxUrl);
  const settings = await loadConfig(flags.config, flags.env);
  const [{ findEngine }, { Workspace }, { Terraform: Driver }, { synthJson }, { stepOf }] =
    await Promise.all([
      import("../terraform/engine.ts"),
      import("../terraform/workspace.ts"),
      import("../terraform/terraform.ts"),
      import("../constructs/synth.ts"),
      import("../constructs/steps.ts"),
    ]);
  const engine = await findEngine({
    flag: flags.terraformBin,
    config: settings.terraformBin,
    env: process.env,
    cache: engineCache(process.env),
  });
  const isSandbox = flags.sandbox === true || flags.sandboxUrl !== undefined;
  const configFile = relative(process.cwd(), resolve(flags.config)) || flags.config;
  const workspace = new Workspace({
    project: dirname(resolve(flags.config)),
    environment: settings.environment,
    sandbox: isSandbox,
  });
  // The sandbox has a state of its own: the account's, wherever it is kept, is not touched.
  const { state: _, ...local } = settings;
  const text = synthJson(isSandbox ? local : settings);
  const sandbox = isSandbox
    ? await openSandbox(flags.sandboxUrl, workspace.directory, settings)
    : undefined;
  try {
    workspace.write(text, sandbox?.override);
    const env = workspace.environment(engine, sandbox ? sandbox.environment : process.env);
    const terraform = new Driver({ engine, directory: workspace.directory, env });
    host.phase(
      `${engine.product} ${engine.version}${sandbox ? ` · sandbox at ${sandbox.url}` : ""} · ${settings.name} in ${settings.region}`,
    );
    await terraform.init();
    workspace.keepLock();
    return {
      settings,
      configFile,
      isSandbox,
      planFile: workspace.planFile,
      terraform,
      hasState: workspace.hasState,
      follow: (run) => run((event) => tell(host, event)),
      problemsOf: (outcome) => fromDiagnostics(outcome.diagnostics, configFile, stepOf),
      close: async () => {
        workspace.forgetPlan();
        await sandbox?.close();
      },
    };
  } catch (error) {
    await sandbox?.close();
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
  { account }: Settings,
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
