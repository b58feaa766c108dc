import { join } from "node:path";
import { UserError } from "../shared/errors.ts";
import { acquireLock, type FileLock, type HeldLock } from "../shared/lock-file.ts";
import { describeProcess, type OwnerState, type ProcessOwner } from "../shared/process-owner.ts";

/**
 * Locks the folder in which Terraform works for one Berth process: the root module, the plan and the state in it belong
 * to one run at a time.
 *
 * @param command the Berth command that takes the lock
 * @throws UserError BERTH-E3006 where another process holds it, BERTH-E3010 where the folder cannot be written to
 */
export function lockFolder(directory: string, command: string): FileLock {
  const path = join(directory, "berth.lock");
  let lock: FileLock | HeldLock;
  try {
    lock = acquireLock(path, describeProcess(`berth ${command}`));
  } catch (error) {
    throw cannotWrite(directory, error);
  }
  if (lock.kind === "acquired") return lock;
  throw inUse(path, lock.owner, lock.state);
}

/** A process that works in the folder, or may do so. */
export function inUse(
  path: string,
  { command, pid, host, since }: ProcessOwner,
  state: OwnerState,
): UserError {
  const process = `${command} (process ${pid} on ${host}, since ${since})`;
  return state === "unknown"
    ? new UserError("BERTH-E3006", `${process} may still work in this environment's folder`, {
        where: path,
        fix: "it belongs to another machine or container: wait until it ends; if it has ended, delete this file",
      })
    : new UserError("BERTH-E3006", `${process} works in this environment's folder`, {
        where: path,
        fix: "wait until it ends, then run the command again",
      });
}

/** A working file could not be written. */
export const cannotWrite = (path: string, error: unknown): UserError =>
  new UserError(
    "BERTH-E3010",
    `a working file cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    { where: path, fix: "free disk space, or make the folder writable; nothing was changed" },
  );
