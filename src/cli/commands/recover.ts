import { loadConfig, loadProject } from "../../config/load.ts";
import { UserError } from "../../shared/errors.ts";
import { type LockedFolder, openFolder, type ProjectFlags } from "../folder.ts";
import { bootstrapTargetOf } from "../bootstrap-target.ts";
import type { Host } from "../host/host.ts";
import { errorFor, recoverState } from "../recovery.ts";

export interface RecoverFlags extends ProjectFlags {
  readonly yes?: boolean;
  /** The run of `berth bootstrap` instead of an environment's. */
  readonly bootstrap?: boolean;
  /** Go on although resources of an interrupted run are not in the state. */
  readonly acceptMissing?: boolean;
}

/** The working folder of the run that is meant, by its name under .berth. */
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

/** Saves the state of an interrupted run, and releases the lock that it has left. Changes nothing in the account. */
export async function run(flags: RecoverFlags, host: Host): Promise<number> {
  const folder = await openFolder(flags, { command: "recover", ...(await folderOf(flags)) });
  let isRecovered = false;
  try {
    isRecovered = await recover(folder, flags, host);
    return isRecovered ? 0 : 1;
  } finally {
    if (isRecovered) folder.forgetEarlier();
    folder.close();
  }
}

async function recover(
  { engine, workspace, run, earlier }: LockedFolder,
  flags: RecoverFlags,
  host: Host,
): Promise<boolean> {
  const [{ examine, examineFiles }, { Terraform }] = await Promise.all([
    import("../../terraform/state-recovery.ts"),
    import("../../terraform/terraform.ts"),
  ]);
  const { directory } = workspace;
  const scope = { ...flags, bootstrap: flags.bootstrap === true, program: engine.product };
  const found = examineFiles(directory, earlier);
  if (found === undefined && earlier.length === 0) {
    host.result("nothing to recover", { recovered: false });
    return true;
  }
  if (found !== undefined && flags.yes !== true) {
    const error = errorFor(found, directory, scope);
    host.show(`${error.message}\n  ${error.where}`);
    if (!host.canAsk)
      throw new UserError("BERTH-E6002", "confirmation required, but stdin is not a terminal", {
        fix: "run in a terminal, or pass --yes",
        exitCode: 64,
      });
    if (!(await host.ask(found.kind === "unsaved" ? "save this state?" : "restore the backup?"))) {
      host.note("nothing was changed");
      return false;
    }
  }
  const env = workspace.environment(engine, process.env);
  const terraform = new Terraform({ engine, directory, env, run });
  await recoverState({ terraform, directory, runs: earlier }, scope, host);
  const aftermath = await examine(terraform, directory, earlier);
  if (aftermath.kind !== "saved") {
    const error = errorFor(aftermath, directory, scope);
    if (aftermath.kind !== "missing" || flags.acceptMissing !== true) {
      if (aftermath.kind !== "missing" || !host.canAsk) throw error;
      host.show(`${error.message}\n  ${error.fix}`);
      if (!(await host.ask("has each of them been deleted or imported?"))) return false;
    }
  }
  host.result("the state is recovered", { recovered: true });
  return true;
}
