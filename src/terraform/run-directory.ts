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
import { describeProcess, parseOwner, type ProcessOwner } from "../shared/index.ts";
import { cannotWriteError } from "./folder-lock.ts";
import { createOutput, readOutput } from "./output-file.ts";
import { PlanFile } from "./plan-file.ts";
import { readRunLog, type RunLog } from "./run-log.ts";

const FOLDER_PREFIX = "run-";
const PROCESS_FILE = "process.json";
/** Size of the process file, in bytes: longer than any description, so that it can be overwritten even on a full disk. */
const PROCESS_FILE_SIZE = 4096;
/** Space reserved for the output of an apply, in bytes: Terraform prints the state there if it cannot save it. */
const RESERVED_OUTPUT = 4 * 1024 * 1024;

const LOGS = { plan: "plan.jsonl", apply: "apply.jsonl" } as const;

/**
 * The folder of one Berth process for its Terraform commands: the plan, the output of the commands, and the last Terraform
 * process (mode 0700). It is deleted when the Berth process ends; after an interruption, the next process reads it.
 */
export class RunDirectory {
  readonly path: string;
  readonly plan: PlanFile;

  /** @throws UserError BERTH-E3010 if the folder is not writable */
  constructor(folder: string) {
    try {
      this.path = mkdtempSync(join(folder, FOLDER_PREFIX));
    } catch (error) {
      throw cannotWriteError(folder, error);
    }
    this.plan = new PlanFile(this.path);
  }

  /**
   * Opens files for the output of a command and for the description of its process. Call it before the process starts.
   *
   * @throws UserError BERTH-E3010 if the disk has too little free space; the command must not be started then
   */
  open(command: string): RunOutput {
    const stdout = join(this.path, command in LOGS ? `${command}.jsonl` : `${command}.out`);
    const stderr = join(this.path, `${command}.err`);
    const record = join(this.path, PROCESS_FILE);
    const files: number[] = [];
    try {
      files.push(
        createOutput(stdout, command === "apply" ? RESERVED_OUTPUT : 0),
        createOutput(stderr),
        openSync(record, "w", 0o600),
      );
      const [out = -1, err = -1, recordFile = -1] = files;
      const recordProcess = (pid: number | undefined): void => {
        const owner = describeProcess(`terraform ${command}`, pid);
        writeSync(recordFile, JSON.stringify(owner).padEnd(PROCESS_FILE_SIZE), 0);
      };
      recordProcess(undefined);
      return {
        stdout,
        stderr,
        descriptors: [out, err],
        started: (pid) => {
          if (pid !== undefined) recordProcess(pid);
          for (const file of files) closeSync(file);
        },
      };
    } catch (error) {
      for (const file of files) closeSync(file);
      throw cannotWriteError(this.path, error);
    }
  }

  /** Reads the current content of this folder. */
  read(): EarlierRun {
    return readRun(this.path);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** The output files of a command. */
export interface RunOutput {
  readonly stdout: string;
  readonly stderr: string;
  readonly descriptors: readonly [stdout: number, stderr: number];
  /** Records the started process, and closes the files in this process. */
  started(pid: number | undefined): void;
}

/** A run of an interrupted Berth process. */
export interface EarlierRun {
  readonly path: string;
  /** The last Terraform process that it started. */
  readonly process: ProcessOwner | undefined;
  readonly plan: RunLog | undefined;
  /** Undefined if no apply was started. */
  readonly apply: RunLog | undefined;
}

function logIn(directory: string, name: string): RunLog | undefined {
  const path = join(directory, name);
  return existsSync(path) ? readRunLog(readOutput(path)) : undefined;
}

/** Reads the folder of a run. */
function readRun(path: string): EarlierRun {
  const record = join(path, PROCESS_FILE);
  return {
    path,
    process: existsSync(record) ? parseOwner(readFileSync(record, "utf8")) : undefined,
    plan: logIn(path, LOGS.plan),
    apply: logIn(path, LOGS.apply),
  };
}

/** The earlier runs in a working folder. The caller must hold the folder's lock. */
export const earlierRuns = (folder: string): EarlierRun[] =>
  readdirSync(folder)
    .filter((name) => name.startsWith(FOLDER_PREFIX))
    .map((name) => readRun(join(folder, name)));
