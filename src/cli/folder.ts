import { rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Engine } from "../terraform/engine.ts";
import type { EarlierRun, RunDirectory } from "../terraform/run-directory.ts";
import type { Workspace } from "../terraform/workspace.ts";

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

/** An environment's working folder, locked for this process. */
export interface LockedFolder {
  readonly engine: Engine;
  readonly workspace: Workspace;
  readonly isSandbox: boolean;
  /** What this process keeps of its Terraform commands. */
  readonly run: RunDirectory;
  /** What interrupted processes have left. */
  readonly earlier: readonly EarlierRun[];
  /** Deletes what interrupted processes have left. */
  forgetEarlier(): void;
  /** Releases the lock. Deletes what this process keeps, unless a later process needs it. */
  close(options?: { readonly keepsRun?: boolean }): void;
}

/**
 * Finds the engine, and locks the folder in which it works.
 *
 * @throws UserError BERTH-E3006 where another process works there, Berth or the Terraform of an interrupted Berth
 */
export async function openFolder(
  flags: ProjectFlags,
  {
    command,
    folder,
    terraformBin,
  }: {
    readonly command: string;
    /** The folder's name, under .berth. */
    readonly folder: string;
    readonly terraformBin?: string | undefined;
  },
): Promise<LockedFolder> {
  const [{ findEngine }, { Workspace }, { lockFolder }, runs, { refuseWhileRunning }] =
    await Promise.all([
      import("../terraform/engine.ts"),
      import("../terraform/workspace.ts"),
      import("../terraform/folder-lock.ts"),
      import("../terraform/run-directory.ts"),
      import("../terraform/state-recovery.ts"),
    ]);
  const engine = await findEngine({
    flag: flags.terraformBin,
    config: terraformBin,
    env: process.env,
    cache: engineCache(process.env),
  });
  const isSandbox = flags.sandbox === true || flags.sandboxUrl !== undefined;
  const workspace = new Workspace({
    project: dirname(resolve(flags.config)),
    environment: folder,
    sandbox: isSandbox,
  });
  const lock = lockFolder(workspace.directory, command);
  try {
    const earlier = runs.earlierRuns(workspace.directory);
    refuseWhileRunning(earlier);
    // A saved plan holds secrets, and no later run applies it.
    for (const { path } of earlier) rmSync(join(path, "plan.tfplan"), { force: true });
    const run = new runs.RunDirectory(workspace.directory);
    return {
      engine,
      workspace,
      isSandbox,
      run,
      earlier,
      forgetEarlier: () => {
        for (const { path } of earlier) rmSync(path, { recursive: true, force: true });
      },
      close: ({ keepsRun = false } = {}) => {
        if (!keepsRun) run.remove();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
