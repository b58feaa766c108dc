import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { UserError } from "../../shared/errors.ts";
import { describeProcess, ownerState, parseOwner } from "../../shared/process-owner.ts";

/** Creates a lock file. A lock whose process has ended, or that names no process, is replaced. */
export function takeLock(path: string): string {
  const ownLock = `${path}.${process.pid}`;
  try {
    rmSync(ownLock, { force: true });
    // The lock file must appear with its content: an empty file would look like the remainder of a crash.
    writeFileSync(ownLock, JSON.stringify(describeProcess("berth sandbox")), { flag: "wx" });
    while (!isLinked(ownLock, path)) removeStale(path);
    return path;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      "BERTH-E4006",
      `cannot write the lock of the sandbox's state: ${(error as Error).message}`,
      {
        where: path,
        fix: "free disk space, allow writing to the folder, or set another file with --state",
      },
    );
  } finally {
    rmSync(ownLock, { force: true });
  }
}

function isLinked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    // The file system has no hard links, such as exFAT.
    if (!["EPERM", "ENOTSUP", "ENOSYS"].includes(code)) throw error;
    return isWritten(readFileSync(from), to);
  }
}

function isWritten(content: Uint8Array, to: string): boolean {
  try {
    writeFileSync(to, content, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * Removes a lock whose process has ended.
 *
 * @throws UserError if the process runs, or may run on another machine
 */
function removeStale(path: string): void {
  const text = readIfThere(path);
  if (text === undefined) return;
  const holder = parseOwner(text);
  const state = holder === undefined ? "ended" : ownerState(holder);
  // A restarted container keeps its host name and gets a new PID namespace: its former processes have ended.
  const isHeld = state === "running" || (state === "unknown" && holder?.host !== hostname());
  if (holder !== undefined && isHeld) {
    const place = state === "unknown" ? ` on ${holder.host}` : "";
    throw new UserError(
      "BERTH-E4005",
      `the sandbox's state is in use by process ${holder.pid}${place}`,
      {
        where: path,
        fix:
          state === "unknown"
            ? "stop that process; if it has already ended, remove the lock file"
            : "wait until it ends, or set another state file with --state",
      },
    );
  }
  // Another process may have replaced the lock in the meantime: only the lock that was read may be removed.
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (readFileSync(aside, "utf8") !== text) isLinked(aside, path);
  rmSync(aside, { force: true });
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
