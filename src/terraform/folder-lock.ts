import { join } from "node:path";
import {
  UserError,
  acquireLock,
  type FileLock,
  type HeldLock,
  describeProcess,
  type OwnerState,
  type ProcessOwner,
} from "../shared/index.ts";

/**
 * Locks Terraform's working folder for one Berth process: only one run at a time may use its root module, plan and state.
 *
 * @param command the Berth command that takes the lock
 * @throws UserError BERTH-E3006 if another process holds the lock, BERTH-E3010 if the folder is not writable
 */
export function lockFolder(directory: string, command: string): FileLock {
  const path = join(directory, "berth.lock");
  let lock: FileLock | HeldLock;
  try {
    lock = acquireLock(path, describeProcess(`berth ${command}`));
  } catch (error) {
    throw cannotWriteError(directory, error);
  }
  if (lock.kind === "acquired") return lock;
  throw folderInUseError(path, lock.owner, lock.state);
}

/** The error for a folder that another process uses or may use. */
export function folderInUseError(
  path: string,
  { command, pid, host, since }: ProcessOwner,
  state: OwnerState,
): UserError {
  const process = `${command} (process ${pid} on ${host}, since ${since})`;
  return state === "unknown"
    ? new UserError("BERTH-E3006", `${process} may still use this environment's working folder`, {
        where: path,
        fix: "wait until this process of another machine or container ends; if it has ended, delete this file",
      })
    : new UserError("BERTH-E3006", `${process} uses this environment's working folder`, {
        where: path,
        fix: "wait until it ends, then run the command again",
      });
}

/** The error for a working file that cannot be written. */
export const cannotWriteError = (path: string, error: unknown): UserError =>
  new UserError(
    "BERTH-E3010",
    `a working file cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    {
      where: path,
      fix: "free disk space, or make the folder writable, then run the command again; nothing was changed",
    },
  );
