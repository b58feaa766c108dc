import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { describeProcess, parseOwner, type ProcessOwner } from "../shared/process-owner.ts";
import { cannotWrite } from "./folder-lock.ts";
import { createOutput, readOutput } from "./output-file.ts";
import { PlanFile } from "./plan-file.ts";
import { readRunLog, type RunLog } from "./run-log.ts";

const PREFIX = "run-";
const PROCESS = "process.json";
/** Longer than any description of a process, in bytes: the record is overwritten in place, also on a full disk. */
const RECORD = 4096;
/** What an apply's output occupies from its beginning, in bytes: room for the state that Terraform prints in need. */
const RESERVE = 4 * 1024 * 1024;

const LOGS = { plan: "plan.jsonl", apply: "apply.jsonl" } as const;

/**
 * What one Berth process keeps of its Terraform commands: the plan, their output, and which process ran last. Only the
 * owner may read it (mode 0700). It goes with the Berth process; what an interrupted process has left tells the next
 * one what happened.
 */
export class RunDirectory {
  readonly path: string;
  readonly plan: PlanFile;

  /** @throws UserError BERTH-E3010 where the folder cannot be written to */
  constructor(folder: string) {
    try {
      this.path = mkdtempSync(join(folder, PREFIX));
    } catch (error) {
      throw cannotWrite(folder, error);
    }
    this.plan = new PlanFile(this.path);
  }

  /**
   * Opens files for the output of a command, and a record of the process that is about to be started.
   *
   * @throws UserError BERTH-E3010 where the disk has no room for them; nothing is started then
   */
  open(command: string): RunOutput {
    const stdout = join(this.path, command in LOGS ? `${command}.jsonl` : `${command}.out`);
    const stderr = join(this.path, `${command}.err`);
    const record = join(this.path, PROCESS);
    const files: number[] = [];
    try {
      files.push(
        createOutput(stdout, command === "apply" ? RESERVE : 0),
        createOutput(stderr),
        openSync(record, "w", 0o600),
      );
      const [out = -1, err = -1, recordFile = -1] = files;
      const note = (pid: number | undefined): void => {
        const owner = describeProcess(`terraform ${command}`, pid);
        writeSync(recordFile, JSON.stringify(owner).padEnd(RECORD), 0);
      };
      note(undefined);
      return {
        stdout,
        stderr,
        descriptors: [out, err],
        started: (pid) => {
          if (pid !== undefined) note(pid);
          for (const file of files) closeSync(file);
        },
      };
    } catch (error) {
      for (const file of files) closeSync(file);
      throw cannotWrite(this.path, error);
    }
  }

  /** What this process has kept so far. */
  read(): EarlierRun {
    return readRun(this.path);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Where the output of a command goes. */
export interface RunOutput {
  readonly stdout: string;
  readonly stderr: string;
  readonly descriptors: readonly [stdout: number, stderr: number];
  /** Records the started process, and closes this process's copies of the files. */
  started(pid: number | undefined): void;
}

/** What an interrupted Berth process has left. */
export interface EarlierRun {
  readonly path: string;
  /** The Terraform process that it started last. */
  readonly process: ProcessOwner | undefined;
  readonly plan: RunLog | undefined;
  /** Absent where nothing was applied. */
  readonly apply: RunLog | undefined;
}

function logIn(directory: string, name: string): RunLog | undefined {
  const path = join(directory, name);
  return existsSync(path) ? readRunLog(readOutput(path)) : undefined;
}

/** Reads what a run has left in its directory. */
function readRun(path: string): EarlierRun {
  const record = join(path, PROCESS);
  return {
    path,
    process: existsSync(record) ? parseOwner(readFileSync(record, "utf8")) : undefined,
    plan: logIn(path, LOGS.plan),
    apply: logIn(path, LOGS.apply),
  };
}

/** What earlier runs have left in a folder. To be called by the owner of the folder's lock. */
export const earlierRuns = (folder: string): EarlierRun[] =>
  readdirSync(folder)
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => readRun(join(folder, name)));
