import { relative } from "node:path";
import { UserError } from "../shared/errors.ts";
import type { Engine } from "../terraform/engine.ts";
import type { EarlierRun } from "../terraform/run-directory.ts";
import type { Creation } from "../terraform/run-log.ts";
import type { StateLockInfo } from "../terraform/state-lock.ts";
import type { Aftermath } from "../terraform/state-recovery.ts";
import type { Terraform } from "../terraform/terraform.ts";
import type { ProjectFlags } from "./folder.ts";
import type { Host } from "./host/host.ts";
import { quoted, suggest } from "./suggested-command.ts";

/** Which run is meant: that of an environment, or of `berth bootstrap`. */
export interface RecoveryScope extends ProjectFlags {
  readonly bootstrap: boolean;
  /** The engine's program. */
  readonly program: Engine["product"];
}

/** The command that saves what a run could not save. */
export const recoverCommand = (
  { bootstrap, ...flags }: RecoveryScope,
  ...own: readonly string[]
): string => suggest("recover", flags, ...(bootstrap ? ["--bootstrap"] : []), ...own);

const shown = (path: string): string => relative(process.cwd(), path) || ".";

/** Terraform itself in a working folder, as a person would call it. */
const terraformIn = (
  { program }: RecoveryScope,
  directory: string,
  ...words: readonly string[]
): string => [program, `-chdir=${shown(directory)}`, ...words].map(quoted).join(" ");

/** The command that releases a lock on the state. */
export const unlockCommand = (
  scope: RecoveryScope,
  directory: string,
  { id }: StateLockInfo,
): string => terraformIn(scope, directory, "force-unlock", id);

const creationText = ({ address, id }: Creation): string =>
  id === undefined
    ? `${address} (its creation was cut off)`
    : `${address} (${id.attribute} ${id.value})`;

/** A state that is not as the last run has left the account, as an error that says what to do. */
export function errorFor(
  aftermath: Exclude<Aftermath, { readonly kind: "saved" }>,
  directory: string,
  scope: RecoveryScope,
): UserError {
  switch (aftermath.kind) {
    case "unsaved":
      return new UserError(
        "BERTH-E3008",
        `the state of the last run was not saved: this file is its only copy, with ${aftermath.resources} resources, and another apply would create them again`,
        {
          where: shown(aftermath.file),
          fix: `${recoverCommand(scope)} saves it (terraform state push)`,
        },
      );
    case "damaged":
      return new UserError(
        "BERTH-E3008",
        "the state file was cut off while it was written, and Terraform cannot read it",
        {
          where: shown(aftermath.file),
          fix: `${recoverCommand(scope)} restores Terraform's backup of it, and lists what was created since`,
        },
      );
    case "missing":
      return new UserError(
        "BERTH-E3009",
        `an interrupted run may have created what the state does not hold, and another apply would create it again: ${aftermath.creations.map(creationText).join(", ")}`,
        {
          where: shown(directory),
          fix: `look for each in the account; delete it, or import it (${terraformIn(scope, directory, "import")} <address> <id>); then ${recoverCommand(scope, "--accept-missing")}`,
        },
      );
    case "unverified":
      return new UserError(
        "BERTH-E3008",
        `the state could not be read, so it is not known whether everything that was created is in it: ${aftermath.reason}`,
        {
          where: shown(directory),
          fix: `when the cause is fixed, ${recoverCommand(scope)} compares the state with what was created`,
        },
      );
  }
}

/**
 * Releases the lock that an interrupted run has left on the state, and saves its state where the configuration keeps it.
 *
 * @throws UserError BERTH-E3006 where another run holds the lock, BERTH-E3003 in Terraform's words where it fails
 */
export async function recoverState(
  {
    terraform,
    directory,
    runs,
  }: {
    readonly terraform: Terraform;
    readonly directory: string;
    readonly runs: readonly EarlierRun[];
  },
  scope: RecoveryScope,
  host: Host,
): Promise<void> {
  const recovery = await import("../terraform/state-recovery.ts");
  const lock = await terraform.stateLock();
  if (lock !== undefined) {
    if (!recovery.isLeftBy(runs, lock))
      throw new UserError("BERTH-E3006", `the state is locked by ${lock.who} (${lock.operation})`, {
        where: `lock ${lock.id}`,
        fix: `wait until that run ends; if it has ended: ${unlockCommand(scope, directory, lock)}`,
      });
    await terraform.releaseStateLock(lock.id);
    host.note(`released the lock ${lock.id}, which the interrupted run had left on the state`);
  }
  const unsaved = recovery.unsavedState(directory, runs);
  if (unsaved !== undefined) {
    await recovery.saveState(terraform, directory, unsaved);
    host.note(`saved the state: ${unsaved.state.instances.length} resources`);
  } else if (recovery.isLocalStateDamaged(directory)) {
    recovery.restoreBackup(directory);
    host.note("restored Terraform's backup of the state; the damaged file is kept beside it");
  }
}
