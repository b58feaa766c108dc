import { closeSync, openSync, readFileSync, readSync, truncateSync, writeSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { setTimeout } from "node:timers/promises";

/** How often a file is read while its program runs, in milliseconds. */
const INTERVAL = 50;
const CHUNK = 64 * 1024;

/**
 * Creates a file for the output of a program, readable by its owner alone, and opens it for the program. A pipe would
 * end the program at its next write once its reader has died.
 *
 * @param reserved bytes that the file occupies before anything is written: so much output still fits where the disk
 *   becomes full in the meantime
 * @returns a file descriptor at the start of the file
 * @throws the system's error where there is no room for it
 */
export function createOutput(path: string, reserved: number = 0): number {
  const file = openSync(path, "w", 0o600);
  try {
    for (let written = 0; written < reserved;) {
      // Zeros are written, and not skipped: a file with holes would occupy nothing.
      written += writeSync(file, Buffer.alloc(Math.min(CHUNK * 16, reserved - written)));
    }
  } finally {
    closeSync(file);
  }
  return openSync(path, "r+");
}

/** What a program has written, without the rest of the reserve. */
function contentOf(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end === -1 ? bytes : bytes.subarray(0, end);
}

/** The output so far. */
export const readOutput = (path: string): string => contentOf(readFileSync(path)).toString("utf8");

/** Gives back the part of the reserve that was not needed. */
export function releaseReserve(path: string): void {
  truncateSync(path, contentOf(readFileSync(path)).length);
}

/**
 * The lines of the output as they come, until the program has ended and all is read.
 *
 * @param ended settles when the program has ended
 */
export async function* followOutput(
  path: string,
  ended: Promise<unknown>,
): AsyncGenerator<string, void, undefined> {
  const file = openSync(path, "r");
  const decoder = new StringDecoder("utf8");
  const chunk = Buffer.alloc(CHUNK);
  let hasEnded = false;
  const end = ended.then(
    () => (hasEnded = true),
    () => (hasEnded = true),
  );
  let [position, rest] = [0, ""];
  try {
    for (;;) {
      // What was written before the end is read after it is known.
      const isLast = hasEnded;
      const content = contentOf(chunk.subarray(0, readSync(file, chunk, 0, CHUNK, position)));
      position += content.length;
      const lines = (rest + decoder.write(content)).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
      if (content.length > 0) continue;
      if (isLast) break;
      await Promise.race([end, setTimeout(INTERVAL)]);
    }
    if (rest !== "") yield rest;
  } finally {
    closeSync(file);
  }
}
