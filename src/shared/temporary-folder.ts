import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeProcess, ownerState, parseOwner } from "./process-owner.ts";

/** What a temporary folder is for; the name of the folder says it. */
export type Purpose = "rehearsal" | "plan" | "start";

/** A folder that only this user can read, and that goes when the process does. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

const NAME = /^berth-(rehearsal|plan|start)-/;

/** The file in each folder that describes the process it belongs to. */
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
  // Whoever else listens ends the work in order: a run of Terraform, for one, is given the signal, and its end removes the
  // folder. With nobody else the process would have died at once, and still does.
  if (process.listenerCount(signal) > 1) return;
  removeAll();
  unwatch();
  process.kill(process.pid, signal);
}

function watch(): void {
  process.on("exit", removeAll);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function unwatch(): void {
  process.off("exit", removeAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

/** Whether a folder is one of ours whose process has ended: killed, or lost with a restart of the system. */
function isAbandoned(path: string): boolean {
  const stat = lstatSync(path);
  // The place is shared with other users, who may put anything there.
  if (!stat.isDirectory() || stat.uid !== process.getuid?.()) return false;
  const owner = parseOwner(readFileSync(join(path, OWNER), "utf8"));
  return owner !== undefined && ownerState(owner) === "ended";
}

/** Removes what killed processes of this user have left: states and variable files hold secrets. */
function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => NAME.test(entry))) {
    const path = join(tmpdir(), name);
    try {
      if (isAbandoned(path)) remove(path);
    } catch {
      // Another process removes it, or has not yet said whose it is. What is left, the next run looks at.
    }
  }
}

/**
 * Makes a temporary folder, mode 0700, which is removed at the latest when the process ends: by itself, or by SIGINT, SIGTERM
 * or SIGHUP. What SIGKILL has left of other processes is removed here.
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
  if (open.size === 0) watch();
  open.add(path);
  const owner = describeProcess(`berth ${purpose}`);
  writeFileSync(join(path, OWNER), JSON.stringify(owner), { mode: 0o600 });
  return {
    path,
    remove: () => {
      remove(path);
      open.delete(path);
      if (open.size === 0) unwatch();
    },
  };
}
