import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { fromText, toText } from "./state-encoding.ts";
import { takeLock } from "./state-lock.ts";

/** Writes bytes at a position of a file and returns how many it wrote, as `fs.writeSync` does. */
export type WriteBytes = (
  fd: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
  position: number,
) => number;

/** A change could not be written to the state file, as where its disk is full. The file is as it was before. */
export class StateWriteError extends Error {
  constructor(cause: unknown) {
    super(`the state file cannot be written: ${(cause as Error).message}`, { cause });
    this.name = "StateWriteError";
  }
}

const FORMAT = "berth-sandbox-state";

/** Version of the format. Version 1 was one JSON text, written anew at each change. */
export const STATE_VERSION = 2;

/** The first line of a state file. */
export interface StateHeader {
  readonly counter: number;
  readonly salt: string;
}

/** A row that was put, or with two members a row that was deleted: table, id, row. */
export type RowChange = readonly [string, string] | readonly [string, string, unknown];

/** One line after the first: the changes of one transaction. */
export interface StateRecord {
  readonly counter: number;
  readonly rows: readonly RowChange[];
}

/** Bytes that a journal may have before it is merged into the snapshot, however small that is. */
const SMALL_JOURNAL = 1024 * 1024;
const WRITE_CHUNK = 1024 * 1024;

/**
 * The file that keeps a world: a snapshot, and after it a line for each transaction since. Each line begins with its
 * CRC-32.
 *
 * Durability: a line is in the kernel's page cache before its call is answered, so that it survives the end of the
 * process by any signal. `fsync` is called for each snapshot and at the end, not for each line: a power failure may
 * lose the last seconds. A last line without its end, which a crash leaves, is dropped when the file is read; any
 * other damage makes the whole file unreadable.
 */
export class StateFile {
  readonly path: string;
  #lock: string | undefined;
  readonly #write: WriteBytes;
  #fd: number | undefined;
  #snapshotBytes = 0;
  #size = 0;
  #mergeAt = SMALL_JOURNAL;
  /** True where bytes of a failed write may lie beyond the end. */
  #isTorn = false;

  /**
   * Takes the file for this process.
   *
   * @throws UserError where another process has it, or where the lock cannot be written
   */
  constructor(file: string, write: WriteBytes = writeSync) {
    this.#write = write;
    mkdirSync(dirname(file), { recursive: true });
    this.path = targetOf(file);
    this.#lock = takeLock(`${this.path}.lock`);
  }

  /**
   * Reads the file whole.
   *
   * @returns undefined where there is no file yet
   * @throws Error with what is wrong, in lower case
   */
  read(): { readonly header: StateHeader; readonly records: readonly StateRecord[] } | undefined {
    let bytes: Buffer;
    try {
      bytes = readFileSync(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    const lines = linesOf(bytes);
    const [first] = lines;
    const header = headerOf(first?.value);
    const last = lines[header.snapshot];
    if (!last) throw new Error(`it is cut off: ${header.snapshot} rows are expected`);
    const records = lines.slice(1).map(({ value }, index) => recordOf(value, index + 2));
    this.#fd = openSync(this.path, "r+");
    this.#snapshotBytes = last.end;
    this.#size = lines.at(-1)?.end ?? 0;
    this.#mergeAt = Math.max(SMALL_JOURNAL, this.#snapshotBytes);
    this.#isTorn = this.#size < bytes.length;
    return { header, records };
  }

  /** True where there is a snapshot to which changes can be appended. */
  get hasSnapshot(): boolean {
    return this.#fd !== undefined;
  }

  /** True where the journal has outgrown the snapshot. */
  get isMergeDue(): boolean {
    return this.#size - this.#snapshotBytes > this.#mergeAt;
  }

  /** Waits with the next merge until the journal has doubled. */
  postponeMerge(): void {
    this.#mergeAt = 2 * (this.#size - this.#snapshotBytes);
  }

  /**
   * Appends a transaction.
   *
   * @throws StateWriteError; then the file holds what it held
   */
  append(record: StateRecord): void {
    const fd = this.#fd;
    if (fd === undefined) throw new StateWriteError(new Error("it is closed"));
    const line = Buffer.from(lineOf(record));
    try {
      this.#repair(fd);
      this.#isTorn = true;
      this.#writeAll(fd, line, this.#size);
      this.#isTorn = false;
      this.#size += line.length;
    } catch (error) {
      try {
        this.#repair(fd);
      } catch {
        // The next append tries again, and fails where it still cannot be done.
      }
      throw new StateWriteError(error);
    }
  }

  /**
   * Puts a snapshot in the place of the whole file, or leaves the file as it was.
   *
   * @param rows each row of the world, `count` of them
   * @throws StateWriteError
   */
  replace({ counter, salt }: StateHeader, count: number, rows: Iterable<RowChange>): void {
    const part = `${this.path}.part`;
    let fd: number | undefined;
    try {
      // A link that somebody put there would be followed: it is removed, and the file is made anew.
      rmSync(part, { force: true });
      fd = openSync(part, "wx", 0o600);
      let size = 0;
      let text = lineOf({ format: FORMAT, version: STATE_VERSION, counter, salt, snapshot: count });
      const flush = (to: number): void => {
        const bytes = Buffer.from(text);
        this.#writeAll(to, bytes, size);
        size += bytes.length;
        text = "";
      };
      for (const row of rows) {
        text += lineOf({ counter, rows: [row] });
        if (text.length > WRITE_CHUNK) flush(fd);
      }
      flush(fd);
      fsyncSync(fd);
      renameSync(part, this.path);
      if (this.#fd !== undefined) closeSync(this.#fd);
      this.#fd = fd;
      this.#size = size;
      this.#snapshotBytes = size;
      this.#mergeAt = Math.max(SMALL_JOURNAL, size);
      this.#isTorn = false;
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      rmSync(part, { force: true });
      throw new StateWriteError(error);
    }
  }

  /**
   * Brings the file to disk and gives it back.
   *
   * @throws Error where the system cannot bring it to disk; the lock is gone all the same
   */
  close(): void {
    try {
      if (this.#fd !== undefined) fsyncSync(this.#fd);
    } finally {
      this.release();
    }
  }

  /** Gives the file back as it is. */
  release(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    if (this.#lock !== undefined) rmSync(this.#lock, { force: true });
    // A second call must not remove the lock of whoever has the file by then.
    [this.#fd, this.#lock] = [undefined, undefined];
  }

  /** Cuts off what a failed write has left. */
  #repair(fd: number): void {
    if (!this.#isTorn) return;
    ftruncateSync(fd, this.#size);
    this.#isTorn = false;
  }

  #writeAll(fd: number, bytes: Uint8Array, position: number): void {
    let written = 0;
    while (written < bytes.length) {
      const count = this.#write(fd, bytes, written, bytes.length - written, position + written);
      if (count === 0) throw new Error("the system wrote nothing");
      written += count;
    }
  }
}

/** The file itself where the path is a symbolic link: replacing the link would leave its target as it was. */
function targetOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, "0");

function lineOf(value: unknown): string {
  const text = toText(value);
  return `${checksum(text)} ${text}\n`;
}

interface Line {
  readonly value: unknown;
  /** Position after the line. */
  readonly end: number;
}

/** The complete lines of a state file. What follows the last line's end was being written when the process ended. */
function linesOf(bytes: Buffer): Line[] {
  if (bytes.subarray(0, 12).toString("latin1") === '{"version":1')
    throw new Error("it has format version 1, which only earlier versions of Berth read");
  const lines: Line[] = [];
  for (let start = 0, number = 1; ; number++) {
    const newline = bytes.indexOf(0x0a, start);
    if (newline < 0) return lines;
    const line = bytes.toString("utf8", start, newline);
    const text = line.slice(9);
    if (line[8] !== " " || line.slice(0, 8) !== checksum(text))
      throw new Error(
        number === 1 ? "it is not a sandbox's state" : `line ${number} has a wrong checksum`,
      );
    lines.push({ value: fromText(text), end: newline + 1 });
    start = newline + 1;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A number of which the next ids are made: where it is missing, ids would be given twice. */
export const isCounter = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

function headerOf(value: unknown): StateHeader & { readonly snapshot: number } {
  if (!isRecord(value) || value["format"] !== FORMAT)
    throw new Error("it is not a sandbox's state");
  const { version, counter, salt, snapshot } = value;
  if (version !== STATE_VERSION)
    throw new Error(
      `it has format version ${String(version)}, and this version of Berth reads ${STATE_VERSION}`,
    );
  if (!isCounter(counter) || typeof salt !== "string" || !isCounter(snapshot))
    throw new Error("its first line lacks counter, salt or snapshot");
  return { counter, salt, snapshot };
}

function recordOf(value: unknown, line: number): StateRecord {
  const rows = isRecord(value) ? value["rows"] : undefined;
  const counter = isRecord(value) ? value["counter"] : undefined;
  if (!isCounter(counter) || !Array.isArray(rows) || !rows.every(isRowChange))
    throw new Error(`line ${line} is not a change of rows`);
  return { counter, rows };
}

const isRowChange = (value: unknown): value is RowChange =>
  Array.isArray(value) &&
  (value.length === 2 || value.length === 3) &&
  typeof value[0] === "string" &&
  typeof value[1] === "string";
