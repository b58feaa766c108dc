import { randomUUID } from "node:crypto";
import {
  constants,
  copyFileSync,
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { type OwnerState, parseOwner, type ProcessOwner, ownerState } from "./process-owner.ts";

/** A lock that this process holds. */
export interface FileLock {
  readonly kind: "acquired";
  release(): void;
}

/** A lock that another process holds. */
export interface HeldLock {
  readonly kind: "held";
  readonly owner: ProcessOwner;
  /** `unknown`: the owner belongs to another machine or container. */
  readonly state: Exclude<OwnerState, "ended">;
}

/**
 * Acquires a lock: a file that describes its owner. A lock is taken over if its owner has ended, or if the file describes no
 * owner.
 *
 * @throws the system error if the file cannot be written, for example on a full disk; no lock file exists then
 * @example
 * const lock = acquireLock(join(folder, "berth.lock"), describeProcess("berth apply"));
 * if (lock.kind === "held") throw new UserError(…);
 */
export function acquireLock(path: string, owner: ProcessOwner): FileLock | HeldLock {
  const text = JSON.stringify(owner);
  const draft = `${path}.${randomUUID()}`;
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: "wx" });
    for (;;) {
      if (tryCreate(draft, path)) return lockOf(path, text);
      const existing = readIfExists(path);
      // Another process has released the lock: try again.
      if (existing === undefined) continue;
      const holder = parseOwner(existing);
      const state = holder === undefined ? "ended" : ownerState(holder);
      if (holder !== undefined && state !== "ended") return { kind: "held", owner: holder, state };
      // Only one process may take over a lock at a time: otherwise a second one would replace the lock of the first.
      const takeover = acquireLock(`${path}.takeover`, owner);
      if (takeover.kind === "held") return takeover;
      try {
        if (readIfExists(path) !== existing) continue;
        renameSync(draft, path);
        return lockOf(path, text);
      } finally {
        takeover.release();
      }
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Creates the lock file with its complete content. False if it already exists. */
function tryCreate(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(codeOf(error))) throw error;
  }
  // The file system has no hard links.
  try {
    copyFileSync(draft, path, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

const lockOf = (path: string, text: string): FileLock => ({
  kind: "acquired",
  release: () => {
    if (readIfExists(path) === text) rmSync(path, { force: true });
  },
});

/** The code of a system error of Node. */
const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "";

function readIfExists(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
