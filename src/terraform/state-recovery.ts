import { hostname } from "node:os";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../shared/errors.ts";
import { ownerState } from "../shared/process-owner.ts";
import { inUse } from "./folder-lock.ts";
import type { EarlierRun } from "./run-directory.ts";
import type { Creation } from "./run-log.ts";
import { parseState, readStateFile, type StateSnapshot } from "./state-file.ts";
import type { StateLockInfo } from "./state-lock.ts";
import type { Terraform } from "./terraform.ts";

/** Where Terraform saves a state that it could not save where it belongs. Source: Terraform, internal/backend/local. */
const ERRORED = "errored.tfstate";
const LOCAL = "terraform.tfstate";
const BACKUP = "terraform.tfstate.backup";

/** The only copy of a state: it has to be saved before anything else is planned. It holds secrets. */
export interface UnsavedState {
  readonly file: string;
  readonly state: StateSnapshot;
}

/** What is known of the state after a run that did not end well. */
export type Aftermath =
  /** What was created is in the state. */
  | { readonly kind: "saved" }
  /** The file is the only copy of the state. */
  | { readonly kind: "unsaved"; readonly file: string; readonly resources: number }
  /** The local state was cut off while it was written. */
  | { readonly kind: "damaged"; readonly file: string }
  /** Resources exist, or may exist, that the state does not hold. */
  | { readonly kind: "missing"; readonly creations: readonly Creation[] }
  /** The state could not be read. */
  | { readonly kind: "unverified"; readonly reason: string };

/** What the files of a folder tell of its state, without running Terraform; undefined where they tell no problem. */
export function examineFiles(
  directory: string,
  runs: readonly EarlierRun[],
): Extract<Aftermath, { readonly kind: "unsaved" | "damaged" }> | undefined {
  const unsaved = unsavedState(directory, runs);
  if (unsaved)
    return { kind: "unsaved", file: unsaved.file, resources: unsaved.state.instances.length };
  return isLocalStateDamaged(directory)
    ? { kind: "damaged", file: join(directory, LOCAL) }
    : undefined;
}

/** What became of the state in runs that did not end well: reads the state where they created anything. */
export async function examine(
  terraform: Terraform,
  directory: string,
  runs: readonly EarlierRun[],
): Promise<Aftermath> {
  const found = examineFiles(directory, runs);
  if (found) return found;
  if (runs.every(({ apply }) => (apply?.creations ?? []).length === 0)) return { kind: "saved" };
  let text: string;
  try {
    text = await terraform.pullStateText();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { kind: "unverified", reason: error.message };
  }
  const creations = missingCreations(runs, text);
  return creations.length === 0 ? { kind: "saved" } : { kind: "missing", creations };
}

/** @throws UserError BERTH-E3006 where the Terraform of an interrupted run still works in the folder */
export function refuseWhileRunning(runs: readonly EarlierRun[]): void {
  for (const { path, process } of runs) {
    const state = process === undefined ? "ended" : ownerState(process);
    if (process !== undefined && state !== "ended") throw inUse(path, process, state);
  }
}

/**
 * The state that earlier runs could not save: the file that Terraform has written, or the state that it has printed,
 * which is written to a file of the run (mode 0600); undefined where all is saved.
 *
 * @throws UserError BERTH-E3008 where a printed state cannot be written to a file
 */
export function unsavedState(
  directory: string,
  runs: readonly EarlierRun[],
): UnsavedState | undefined {
  const files = [join(directory, ERRORED)];
  for (const { path, apply } of runs) {
    const file = join(path, ERRORED);
    if (apply?.printedState !== undefined && !existsSync(file))
      writeWhole(file, apply.printedState, path);
    files.push(file);
  }
  const found = files.flatMap((file) => {
    const state = readStateFile(file);
    return state === undefined || state === "damaged" ? [] : [{ file, state }];
  });
  const latest = found.sort((a, b) => b.state.serial - a.state.serial)[0];
  if (latest) chmodSync(latest.file, 0o600);
  return latest;
}

function writeWhole(file: string, text: string, run: string): void {
  try {
    writeFileSync(`${file}.part`, text, { mode: 0o600 });
    renameSync(`${file}.part`, file);
  } catch (error) {
    throw new UserError(
      "BERTH-E3008",
      `the only copy of the state is in what Terraform has printed, and cannot be written to a file of its own: ${(error as Error).message}`,
      {
        where: join(run, "apply.jsonl"),
        fix: "free disk space, then run the command again; do not delete this file",
      },
    );
  }
}

/**
 * True where a local state was cut off while it was written: Terraform empties the file first. An empty file is no state
 * to Terraform, and a plan would create everything again.
 */
export function isLocalStateDamaged(directory: string): boolean {
  const file = join(directory, LOCAL);
  return (
    readStateFile(file) === "damaged" &&
    (statSync(file).size > 0 || existsSync(join(directory, BACKUP)))
  );
}

/**
 * Resources that earlier runs have created, or begun to create, and that the state does not hold. A plan would create
 * them again.
 *
 * @param stateText what `terraform state pull` prints
 */
export function missingCreations(runs: readonly EarlierRun[], stateText: string): Creation[] {
  const instances = parseState(stateText)?.instances ?? [];
  const isHeld = ({ address, id }: Creation): boolean =>
    id !== undefined &&
    instances.some(
      (instance) => instance.address === address && instance.attributes[id.attribute] === id.value,
    );
  return runs
    .flatMap(({ apply }) => apply?.creations ?? [])
    .filter((creation) => !isHeld(creation));
}

/**
 * True where a lock on the state was taken by an interrupted run of this folder. Terraform takes the lock between the
 * first and the last line that a run prints: another lock of that time was released before, or never given.
 */
export const isLeftBy = (runs: readonly EarlierRun[], lock: StateLockInfo): boolean =>
  lock.who.endsWith(`@${hostname()}`) &&
  runs
    .flatMap(({ plan, apply }) => [plan?.period, apply?.period])
    .some((period) => period && period.from <= lock.created && lock.created <= period.to);

/** Saves a state where the configuration keeps it, and then removes the file. */
export async function saveState(
  terraform: Terraform,
  directory: string,
  { file }: UnsavedState,
): Promise<void> {
  setDamagedAside(directory);
  await terraform.pushState(file);
  // The output of the run still holds the state that it printed: an empty file beside it says that it is saved.
  writeFileSync(file, "");
  if (dirname(file) === directory) rmSync(file);
}

/** Goes back to the state of before the run that was cut off while it wrote. The damaged file is kept beside it. */
export function restoreBackup(directory: string): void {
  setDamagedAside(directory);
  const backup = join(directory, BACKUP);
  if (existsSync(backup)) copyFileSync(backup, join(directory, LOCAL));
}

function setDamagedAside(directory: string): void {
  const file = join(directory, LOCAL);
  if (readStateFile(file) === "damaged") renameSync(file, `${file}.damaged`);
}
