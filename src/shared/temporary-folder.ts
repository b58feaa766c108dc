import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeProcess, ownerState, parseOwner } from "./process-owner.ts";

/** The purpose of a temporary folder; it is part of the folder's name. */
export type Purpose = "rehearsal" | "plan" | "images";

/** A folder that only this user can read, and that is deleted when the process ends. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

const NAME = /^berth-(rehearsal|plan|images|start)-/;

/** The file in each folder that describes the owner process. */
const OWNER = "owner.json";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const open = new Set<string>();

// Terraform may still be writing when its folder is removed.
const remove = (path: string): void =>
  rmSync(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });

function removeAll(): void {
  for (const path of open) remove(path);
  open.clear();
}

function onSignal(signal: NodeJS.Signals): void {
  // Another listener, such as a run of Terraform, handles the signal and removes the folder when its work has ended. Without
  // another listener the process must end, as it does by default.
  if (process.listenerCount(signal) > 1) return;
  removeAll();
  removeListeners();
  process.kill(process.pid, signal);
}

function addListeners(): void {
  process.on("exit", removeAll);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function removeListeners(): void {
  process.off("exit", removeAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

/** True for a folder of this program whose process was killed or ended by a restart of the system. */
function isAbandoned(path: string): boolean {
  const stat = lstatSync(path);
  // Other users can create entries in the shared folder for temporary files.
  if (!stat.isDirectory() || stat.uid !== process.getuid?.()) return false;
  const owner = parseOwner(readFileSync(join(path, OWNER), "utf8"));
  return owner !== undefined && ownerState(owner) === "ended";
}

/** Removes the folders of killed processes of this user: states and variable files contain secrets. */
function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => NAME.test(entry))) {
    const path = join(tmpdir(), name);
    try {
      if (isAbandoned(path)) remove(path);
    } catch {
      // Another process removes the folder, or has not yet written its owner file. The next run checks it again.
    }
  }
}

/**
 * Creates a temporary folder (mode 0700). It is removed when the process ends: normally, or by SIGINT, SIGTERM or SIGHUP. Also
 * removes the folders of other processes that were ended by SIGKILL.
 *
 * @example
 * const folder = temporaryFolder("plan");
 * try {
 *   writeFileSync(join(folder.path, "main.tf.json"), text);
 * } finally {
 *   folder.remove();
 * }
 */
export function temporaryFolder(purpose: Purpose): TemporaryFolder {
  removeAbandoned();
  const path = mkdtempSync(join(tmpdir(), `berth-${purpose}-`));
  if (open.size === 0) addListeners();
  open.add(path);
  const owner = describeProcess(`berth ${purpose}`);
  writeFileSync(join(path, OWNER), JSON.stringify(owner), { mode: 0o600 });
  return {
    path,
    remove: () => {
      remove(path);
      open.delete(path);
      if (open.size === 0) removeListeners();
    },
  };
}
