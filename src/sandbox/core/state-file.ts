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
import { isObject } from "../../shared/json.ts";
import { fromText, toText } from "./state-encoding.ts";
import { takeLock } from "./state-lock.ts";

/** Writes bytes at a position of a file and returns the number of written bytes, like `fs.writeSync`. */
export type WriteBytes = (
  fd: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
  position: number,
) => number;

/** A change cannot be written to the state file, for example because the disk is full. The file is unchanged. */
export class StateWriteError extends Error {
  constructor(cause: unknown) {
    super(`the state file cannot be written: ${(cause as Error).message}`, { cause });
    this.name = "StateWriteError";
  }
}

const FORMAT = "berth-sandbox-state";

/** Version of the format. Version 1 was one JSON text that was rewritten at each change. */
export const STATE_VERSION = 2;

/** The first line of a state file. */
export interface StateHeader {
  readonly counter: number;
  readonly salt: string;
}

/** A changed row: table, ID, row. Without the third member the row is deleted. */
export type RowChange = readonly [string, string] | readonly [string, string, unknown];

/** A line after the first one: the changes of a transaction. */
export interface StateRecord {
  readonly counter: number;
  readonly rows: readonly RowChange[];
}

/** Minimum size of a journal, in bytes, before it is merged into the snapshot. */
const SMALL_JOURNAL = 1024 * 1024;
const WRITE_CHUNK = 1024 * 1024;

/**
 * The state file: a snapshot, and after it the journal with a line for each transaction. Each line starts with its
 * CRC-32.
 *
 * Durability: a line is in the page cache of the kernel before the response is sent, so that it survives the end of the
 * process by any signal. `fsync` is called for each snapshot and at the end, not for each line: a power failure can
 * lose the last seconds. An incomplete last line, which a crash leaves, is ignored when the file is read. Any other
 * damage makes the whole file unreadable.
 */
export class StateFile {
  readonly path: string;
  #lock: string | undefined;
  readonly #write: WriteBytes;
  #fd: number | undefined;
  #snapshotBytes = 0;
  #size = 0;
  #mergeAt = SMALL_JOURNAL;
  /** True if a failed write may have left bytes after the last line. */
  #isTorn = false;

  /**
   * Opens the file and locks it for this process.
   *
   * @throws UserError if another process uses the file, or if the lock cannot be written
   */
  constructor(file: string, write: WriteBytes = writeSync) {
    this.#write = write;
    mkdirSync(dirname(file), { recursive: true });
    this.path = targetOf(file);
    this.#lock = takeLock(`${this.path}.lock`);
  }

  /**
   * Reads the whole file.
   *
   * @returns undefined if the file does not exist
   * @throws Error with the problem as message, in lower case
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
    if (!last) throw new Error(`the file is truncated: ${header.snapshot} rows are expected`);
    const records = lines.slice(1).map(({ value }, index) => recordOf(value, index + 2));
    this.#fd = openSync(this.path, "r+");
    this.#snapshotBytes = last.end;
    this.#size = lines.at(-1)?.end ?? 0;
    this.#mergeAt = Math.max(SMALL_JOURNAL, this.#snapshotBytes);
    this.#isTorn = this.#size < bytes.length;
    return { header, records };
  }

  /** True if the file has a snapshot, so that changes can be appended. */
  get hasSnapshot(): boolean {
    return this.#fd !== undefined;
  }

  /** True if the journal is larger than the snapshot. */
  get isMergeDue(): boolean {
    return this.#size - this.#snapshotBytes > this.#mergeAt;
  }

  /** Postpones the next merge until the journal has doubled. */
  postponeMerge(): void {
    this.#mergeAt = 2 * (this.#size - this.#snapshotBytes);
  }

  /**
   * Appends a transaction.
   *
   * @throws StateWriteError; the file is then unchanged
   */
  append(record: StateRecord): void {
    const fd = this.#fd;
    if (fd === undefined) throw new StateWriteError(new Error("the file is closed"));
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
        // The next append repairs the file, or fails.
      }
      throw new StateWriteError(error);
    }
  }

  /**
   * Replaces the whole file by a snapshot. If this fails, the file is unchanged.
   *
   * @param rows all rows of the state, `count` in number
   * @throws StateWriteError
   */
  replace({ counter, salt }: StateHeader, count: number, rows: Iterable<RowChange>): void {
    const part = `${this.path}.part`;
    let fd: number | undefined;
    try {
      // An existing file is deleted first, because a symbolic link would be followed.
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
   * Flushes the file to disk, closes it and removes the lock.
   *
   * @throws Error if the file cannot be flushed; the lock is removed nevertheless
   */
  close(): void {
    try {
      if (this.#fd !== undefined) fsyncSync(this.#fd);
    } finally {
      this.release();
    }
  }

  /** Closes the file without flushing it and removes the lock. */
  release(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    if (this.#lock !== undefined) rmSync(this.#lock, { force: true });
    // A second call must not remove the lock of another process that uses the file by then.
    [this.#fd, this.#lock] = [undefined, undefined];
  }

  /** Removes the bytes that a failed write has left. */
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

/** The target of a symbolic link. If the link itself were replaced, its target would remain unchanged. */
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

/** The complete lines of a state file. Bytes after the last line end were being written when the process ended. */
function linesOf(bytes: Buffer): Line[] {
  if (bytes.subarray(0, 12).toString("latin1") === '{"version":1')
    throw new Error("format version 1 is only supported by earlier versions of Berth");
  const lines: Line[] = [];
  for (let start = 0, number = 1; ; number++) {
    const newline = bytes.indexOf(0x0a, start);
    if (newline < 0) return lines;
    const line = bytes.toString("utf8", start, newline);
    const text = line.slice(9);
    if (line[8] !== " " || line.slice(0, 8) !== checksum(text))
      throw new Error(
        number === 1 ? "not a state file of the sandbox" : `line ${number} has a wrong checksum`,
      );
    lines.push({ value: fromText(text), end: newline + 1 });
    start = newline + 1;
  }
}

/** Checks the counter from which the next IDs are generated. Without it, IDs would be generated twice. */
export const isCounter = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

function headerOf(value: unknown): StateHeader & { readonly snapshot: number } {
  if (!isObject(value) || value["format"] !== FORMAT)
    throw new Error("not a state file of the sandbox");
  const { version, counter, salt, snapshot } = value;
  if (version !== STATE_VERSION)
    throw new Error(
      `format version ${String(version)} is not supported: this version of Berth supports version ${STATE_VERSION}`,
    );
  if (!isCounter(counter) || typeof salt !== "string" || !isCounter(snapshot))
    throw new Error("the first line has no counter, salt or snapshot");
  return { counter, salt, snapshot };
}

function recordOf(value: unknown, line: number): StateRecord {
  const rows = isObject(value) ? value["rows"] : undefined;
  const counter = isObject(value) ? value["counter"] : undefined;
  if (!isCounter(counter) || !Array.isArray(rows) || !rows.every(isRowChange))
    throw new Error(`line ${line} is not a change of rows`);
  return { counter, rows };
}

const isRowChange = (value: unknown): value is RowChange =>
  Array.isArray(value) &&
  (value.length === 2 || value.length === 3) &&
  typeof value[0] === "string" &&
  typeof value[1] === "string";
