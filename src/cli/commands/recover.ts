import { loadConfig, loadProject } from "../../config/load.ts";
import { UserError } from "../../shared/index.ts";
import { type LockedFolder, lockProjectFolder, type ProjectFlags } from "../project-folder.ts";
import { bootstrapTargetOf } from "../bootstrap-target.ts";
import type { Host } from "../host/host.ts";
import { stateError, recoverState } from "../recovery.ts";

export interface RecoverFlags extends ProjectFlags {
  readonly yes?: boolean;
  /** Recover a run of `berth bootstrap` instead of an environment. */
  readonly bootstrap?: boolean;
  /** Continue although resources of an interrupted run are missing in the state. */
  readonly acceptMissing?: boolean;
}

/** Name of the run's working folder in .berth. */
async function folderOf(
  flags: RecoverFlags,
): Promise<{ readonly folder: string; readonly terraformBin: string | undefined }> {
  if (flags.bootstrap !== true) {
    const { environment, terraformBin } = await loadConfig(flags.config, flags.env);
    return { folder: environment, terraformBin };
  }
  const { name, environments } = await loadProject(flags.config);
  const { account } = bootstrapTargetOf(name, environments, flags);
  return { folder: `bootstrap-${account}`, terraformBin: environments[0]?.terraformBin };
}

/** Saves the state of an interrupted run and releases its lock. Changes no resources in the account. */
export async function run(flags: RecoverFlags, host: Host): Promise<number> {
  const folder = await lockProjectFolder(flags, { command: "recover", ...(await folderOf(flags)) });
  let isRecovered = false;
  try {
    isRecovered = await recover(folder, flags, host);
    return isRecovered ? 0 : 1;
  } finally {
    if (isRecovered) folder.removeEarlierRuns();
    folder.close();
  }
}

async function recover(
  { engine, workingFolder, run, earlierRuns }: LockedFolder,
  flags: RecoverFlags,
  host: Host,
): Promise<boolean> {
  const [{ checkState, checkStateFiles }, { Terraform }] = await Promise.all([
    import("../../terraform/index.ts"),
    import("../../terraform/index.ts"),
  ]);
  const { directory } = workingFolder;
  const scope = { ...flags, bootstrap: flags.bootstrap === true, program: engine.product };
  const stateProblem = checkStateFiles(directory, earlierRuns);
  if (stateProblem === undefined && earlierRuns.length === 0) {
    host.result("nothing to recover", { recovered: false });
    return true;
  }
  if (stateProblem !== undefined && flags.yes !== true) {
    const error = stateError(stateProblem, directory, scope);
    host.show(`${error.message}\n  ${error.where}`);
    if (!host.canAsk)
      throw new UserError("BERTH-E6002", "confirmation required, but stdin is not a terminal", {
        fix: "run in a terminal, or pass --yes",
        exitCode: 64,
      });
    if (
      !(await host.ask(
        stateProblem.kind === "unsaved" ? "save this state?" : "restore the backup of the state?",
      ))
    ) {
      host.note("nothing was changed");
      return false;
    }
  }
  const env = workingFolder.environment(engine, process.env);
  const terraform = new Terraform({ engine, directory, env, run });
  await recoverState({ terraform, directory, runs: earlierRuns }, scope, host);
  const status = await checkState(terraform, directory, earlierRuns);
  if (status.kind !== "saved") {
    const error = stateError(status, directory, scope);
    if (status.kind !== "missing" || flags.acceptMissing !== true) {
      if (status.kind !== "missing" || !host.canAsk) throw error;
      host.show(`${error.message}\n  ${error.fix}`);
      if (!(await host.ask("have you deleted or imported each of these resources?"))) return false;
    }
  }
  host.result("state recovered", { recovered: true });
  return true;
}
