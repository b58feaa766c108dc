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
 * Takes a lock: a file that names its owner. The lock of a process that has ended is taken over, and so is a file that
 * names no owner.
 *
 * @throws the system's error where the file cannot be written, for example on a full disk; no lock is left then
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
      if (isPlaced(draft, path)) return lockOf(path, text);
      const found = readIfThere(path);
      // It was released in between.
      if (found === undefined) continue;
      const holder = parseOwner(found);
      const state = holder === undefined ? "ended" : ownerState(holder);
      if (holder !== undefined && state !== "ended") return { kind: "held", owner: holder, state };
      // Only one process at a time replaces the file of an ended one: otherwise the second would replace the first's.
      const takeover = acquireLock(`${path}.takeover`, owner);
      if (takeover.kind === "held") return takeover;
      try {
        if (readIfThere(path) !== found) continue;
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

/** Puts the draft in place with its whole content, unless there is a file already. */
function isPlaced(draft: string, path: string): boolean {
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
    if (readIfThere(path) === text) rmSync(path, { force: true });
  },
});

/** Node's system errors carry their code. */
const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "";

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
