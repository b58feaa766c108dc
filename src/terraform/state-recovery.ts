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
import { UserError, ownerState } from "../shared/index.ts";
import { folderInUseError } from "./folder-lock.ts";
import type { EarlierRun } from "./run-directory.ts";
import type { Creation } from "./run-log.ts";
import { parseState, readStateFile, type StateSnapshot } from "./state-file.ts";
import type { StateLockInfo } from "./state-lock.ts";
import type { Terraform } from "./terraform.ts";

/** Terraform saves the state to this file if it cannot save it to the backend. Source: Terraform, internal/backend/local. */
const ERRORED_STATE = "errored.tfstate";
const LOCAL_STATE = "terraform.tfstate";
const BACKUP_STATE = "terraform.tfstate.backup";

/** The only copy of a state: it must be saved before the next plan. It contains secrets. */
export interface UnsavedState {
  readonly file: string;
  readonly state: StateSnapshot;
}

/** The status of the state after a failed or interrupted run. */
export type StateStatus =
  /** The state contains all created resources. */
  | { readonly kind: "saved" }
  /** The file is the only copy of the state. */
  | { readonly kind: "unsaved"; readonly file: string; readonly resources: number }
  /** The local state is incomplete: the run was interrupted while it wrote the file. */
  | { readonly kind: "damaged"; readonly file: string }
  /** Resources that exist or may exist are missing in the state. */
  | { readonly kind: "missing"; readonly creations: readonly Creation[] }
  /** The state could not be read. */
  | { readonly kind: "unverified"; readonly reason: string };

/** Checks the state files of a folder without running Terraform; undefined if there is no problem. */
export function checkStateFiles(
  directory: string,
  runs: readonly EarlierRun[],
): Extract<StateStatus, { readonly kind: "unsaved" | "damaged" }> | undefined {
  const unsaved = unsavedState(directory, runs);
  if (unsaved)
    return { kind: "unsaved", file: unsaved.file, resources: unsaved.state.instances.length };
  return isLocalStateDamaged(directory)
    ? { kind: "damaged", file: join(directory, LOCAL_STATE) }
    : undefined;
}

/** The status of the state after failed or interrupted runs. Reads the state only if the runs have created resources. */
export async function checkState(
  terraform: Terraform,
  directory: string,
  runs: readonly EarlierRun[],
): Promise<StateStatus> {
  const problem = checkStateFiles(directory, runs);
  if (problem) return problem;
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

/** @throws UserError BERTH-E3006 if the Terraform process of an interrupted run still runs */
export function assertNotRunning(runs: readonly EarlierRun[]): void {
  for (const { path, process } of runs) {
    const state = process === undefined ? "ended" : ownerState(process);
    if (process !== undefined && state !== "ended") throw folderInUseError(path, process, state);
  }
}

/**
 * The state that earlier runs could not save: the file that Terraform has written, or the state that it has printed, which is
 * written to a file in the run's folder (mode 0600). Undefined if every state is saved.
 *
 * @throws UserError BERTH-E3008 if a printed state cannot be written to a file
 */
export function unsavedState(
  directory: string,
  runs: readonly EarlierRun[],
): UnsavedState | undefined {
  const files = [join(directory, ERRORED_STATE)];
  for (const { path, apply } of runs) {
    const file = join(path, ERRORED_STATE);
    if (apply?.printedState !== undefined && !existsSync(file))
      writeAtomically(file, apply.printedState, path);
    files.push(file);
  }
  const states = files.flatMap((file) => {
    const state = readStateFile(file);
    return state === undefined || state === "damaged" ? [] : [{ file, state }];
  });
  const latest = states.sort((a, b) => b.state.serial - a.state.serial)[0];
  if (latest) chmodSync(latest.file, 0o600);
  return latest;
}

function writeAtomically(file: string, text: string, run: string): void {
  try {
    writeFileSync(`${file}.part`, text, { mode: 0o600 });
    renameSync(`${file}.part`, file);
  } catch (error) {
    throw new UserError(
      "BERTH-E3008",
      `the only copy of the state is in Terraform's output and cannot be written to a separate file: ${(error as Error).message}`,
      {
        where: join(run, "apply.jsonl"),
        fix: "free disk space, then run the command again; do not delete this file",
      },
    );
  }
}

/**
 * True if the local state is incomplete because a run was interrupted while it wrote the file: Terraform first empties the
 * file. For Terraform an empty file means no state: a plan would create all resources again.
 */
export function isLocalStateDamaged(directory: string): boolean {
  const file = join(directory, LOCAL_STATE);
  return (
    readStateFile(file) === "damaged" &&
    (statSync(file).size > 0 || existsSync(join(directory, BACKUP_STATE)))
  );
}

/**
 * Resources that earlier runs have created or started to create, and that are missing in the state. A plan would create them
 * again.
 *
 * @param stateText output of `terraform state pull`
 */
export function missingCreations(runs: readonly EarlierRun[], stateText: string): Creation[] {
  const instances = parseState(stateText)?.instances ?? [];
  const isInState = ({ address, id }: Creation): boolean =>
    id !== undefined &&
    instances.some(
      (instance) => instance.address === address && instance.attributes[id.attribute] === id.value,
    );
  return runs
    .flatMap(({ apply }) => apply?.creations ?? [])
    .filter((creation) => !isInState(creation));
}

/**
 * True if an interrupted run of this folder has taken the state lock. Terraform takes the lock between the first and the last
 * line of its output. A lock that another process requested in this period was released before or never granted.
 */
export const isLockOf = (runs: readonly EarlierRun[], lock: StateLockInfo): boolean =>
  lock.who.endsWith(`@${hostname()}`) &&
  runs
    .flatMap(({ plan, apply }) => [plan?.period, apply?.period])
    .some((period) => period && period.from <= lock.created && lock.created <= period.to);

/** Saves a state to the configured backend, then removes the file. */
export async function saveState(
  terraform: Terraform,
  directory: string,
  { file }: UnsavedState,
): Promise<void> {
  renameDamagedState(directory);
  await terraform.pushState(file);
  // The output of the run still contains the printed state: an empty file marks it as saved.
  writeFileSync(file, "");
  if (dirname(file) === directory) rmSync(file);
}

/** Restores the backup of an incomplete local state. The damaged file is kept as *.damaged. */
export function restoreBackup(directory: string): void {
  renameDamagedState(directory);
  const backup = join(directory, BACKUP_STATE);
  if (existsSync(backup)) copyFileSync(backup, join(directory, LOCAL_STATE));
}

function renameDamagedState(directory: string): void {
  const file = join(directory, LOCAL_STATE);
  if (readStateFile(file) === "damaged") renameSync(file, `${file}.damaged`);
}
