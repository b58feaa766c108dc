import { closeSync, openSync, readFileSync, readSync, truncateSync, writeSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { setTimeout } from "node:timers/promises";

/** Interval for reading a file while its program runs, in milliseconds. */
const READ_INTERVAL = 50;
/** Bytes per read or write. */
const CHUNK_SIZE = 64 * 1024;

/**
 * Creates a file (mode 0600) for the output of a program, and opens it for the program. With a pipe, the program would end at
 * its next write after the reader has ended.
 *
 * @param reserved size of the file before the program writes, in bytes: this amount of output fits even if the disk becomes
 *   full
 * @returns a file descriptor at the start of the file
 * @throws the system error if the disk has too little free space
 */
export function createOutput(path: string, reserved: number = 0): number {
  const file = openSync(path, "w", 0o600);
  try {
    for (let written = 0; written < reserved;) {
      // Write zeros: a sparse file would not reserve space.
      written += writeSync(file, Buffer.alloc(Math.min(CHUNK_SIZE * 16, reserved - written)));
    }
  } finally {
    closeSync(file);
  }
  return openSync(path, "r+");
}

/** The output of the program, without the rest of the reserved zeros. */
function contentOf(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end === -1 ? bytes : bytes.subarray(0, end);
}

/** The current output. */
export const readOutput = (path: string): string => contentOf(readFileSync(path)).toString("utf8");

/** Releases the unused part of the reserved space. */
export function releaseReserve(path: string): void {
  truncateSync(path, contentOf(readFileSync(path)).length);
}

/**
 * Yields the lines of the output as the program writes them, until it has ended and all output is read.
 *
 * @param ended a promise that settles when the program has ended
 */
export async function* followOutput(
  path: string,
  ended: Promise<unknown>,
): AsyncGenerator<string, void, undefined> {
  const file = openSync(path, "r");
  const decoder = new StringDecoder("utf8");
  const chunk = Buffer.alloc(CHUNK_SIZE);
  let hasEnded = false;
  const end = ended.then(
    () => (hasEnded = true),
    () => (hasEnded = true),
  );
  let position = 0;
  let rest = "";
  try {
    for (;;) {
      // Read again after the program has ended: it may have written since the last read.
      const isLast = hasEnded;
      const content = contentOf(chunk.subarray(0, readSync(file, chunk, 0, CHUNK_SIZE, position)));
      position += content.length;
      const lines = (rest + decoder.write(content)).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
      if (content.length > 0) continue;
      if (isLast) break;
      await Promise.race([end, setTimeout(READ_INTERVAL)]);
    }
    if (rest !== "") yield rest;
  } finally {
    closeSync(file);
  }
}
