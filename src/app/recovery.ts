import { relative } from "node:path";
import { UserError } from "../shared/index.ts";
import {
  type Creation,
  type EarlierRun,
  type Engine,
  isLocalStateDamaged,
  isLockOf,
  restoreBackup,
  saveState,
  type StateLockInfo,
  type StateStatus,
  type Terraform,
  unsavedState,
} from "../terraform/index.ts";
import type { OperationHost } from "./host.ts";
import { type CommandScope, shellQuote, suggest } from "./suggested-command.ts";

/** The run to recover: of a foundation, of a service or job, or of `berth bootstrap`. */
export interface RecoveryScope extends CommandScope {
  readonly bootstrap: boolean;
  /** The service or job. @default the foundation */
  readonly service?: string | undefined;
  /** Name of the engine's program. */
  readonly program: Engine["product"];
}

/** The `berth recover` command for a run. */
export const recoverCommand = (
  { bootstrap, service, ...scope }: RecoveryScope,
  ...moreArguments: readonly string[]
): string =>
  suggest(
    "recover",
    scope,
    ...(service === undefined ? [] : [service]),
    ...(bootstrap ? ["--bootstrap"] : []),
    ...moreArguments,
  );

const displayPath = (path: string): string => relative(process.cwd(), path) || ".";

/** A Terraform command for a working folder, to type in a shell. */
const terraformCommand = (
  { program }: RecoveryScope,
  directory: string,
  ...args: readonly string[]
): string => [program, `-chdir=${displayPath(directory)}`, ...args].map(shellQuote).join(" ");

/** The command that releases a lock on the state. */
export const unlockCommand = (
  scope: RecoveryScope,
  directory: string,
  { id }: StateLockInfo,
): string => terraformCommand(scope, directory, "force-unlock", id);

const creationText = ({ address, id }: Creation): string =>
  id === undefined
    ? `${address} (its creation was interrupted)`
    : `${address} (${id.attribute} ${id.value})`;

/** The error for a state that does not contain all changes of the last run. */
export function stateError(
  status: Exclude<StateStatus, { readonly kind: "saved" }>,
  directory: string,
  scope: RecoveryScope,
): UserError {
  switch (status.kind) {
    case "unsaved":
      return new UserError(
        "BERTH-E3008",
        `the state of the last run was not saved: this file is the only copy, with ${status.resources} resources; another apply would create them again`,
        {
          where: displayPath(status.file),
          fix: `run ${recoverCommand(scope)} to save it (terraform state push)`,
        },
      );
    case "damaged":
      return new UserError(
        "BERTH-E3015",
        "the state file is incomplete, because the run was interrupted while it wrote the file; Terraform cannot read it",
        {
          where: displayPath(status.file),
          fix: `run ${recoverCommand(scope)} to restore Terraform's backup and list resources that were created since`,
        },
      );
    case "missing":
      return new UserError(
        "BERTH-E3009",
        `an interrupted run may have created resources that are not in the state; another apply would create them again: ${status.creations.map(creationText).join(", ")}`,
        {
          where: displayPath(directory),
          fix: `search for each resource in the account; delete it, or import it (${terraformCommand(scope, directory, "import")} <address> <id>); then run ${recoverCommand(scope, "--accept-missing")}`,
        },
      );
    case "unverified":
      return new UserError(
        "BERTH-E3016",
        `the state could not be read; created resources may be missing in it: ${status.reason}`,
        {
          where: displayPath(directory),
          fix: `fix the cause, then run ${recoverCommand(scope)} to compare the state with the created resources`,
        },
      );
  }
}

/**
 * Releases the state lock of an interrupted run, and saves the run's state to the configured backend.
 *
 * @throws UserError BERTH-E3014 if another run holds the lock, BERTH-E3003 with Terraform's message if Terraform fails
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
  host: OperationHost,
): Promise<void> {
  const lock = await terraform.stateLock();
  if (lock !== undefined) {
    if (!isLockOf(runs, lock))
      throw new UserError("BERTH-E3014", `the state is locked by ${lock.who} (${lock.operation})`, {
        where: `lock ${lock.id}`,
        fix: `wait until that run ends; if it has ended: ${unlockCommand(scope, directory, lock)}`,
      });
    await terraform.releaseStateLock(lock.id);
    host.event?.({ type: "state-lock-released", lock: lock.id });
  }
  const unsaved = unsavedState(directory, runs);
  if (unsaved !== undefined) {
    await saveState(terraform, directory, unsaved);
    host.event?.({ type: "state-saved", resources: unsaved.state.instances.length });
  } else if (isLocalStateDamaged(directory)) {
    restoreBackup(directory);
    host.event?.({ type: "state-backup-restored" });
  }
}
