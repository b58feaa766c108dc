import { randomBytes } from "node:crypto";
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { UserError } from "./errors.ts";

/** Where and how a file is written. */
export interface WriteOptions {
  /** Permissions of a new file; the umask applies. @default 0o666 */
  readonly mode?: number;
  /**
   * A folder that holds the file: no folder between the two may be a symbolic link. Without it only the file itself may
   * not be one, for a path that a person has named.
   */
  readonly below?: string;
}

const CODE = "BERTH-E6009";

const REPLACE_LINK = "replace the link with a file or folder, or choose another path";

/** Causes by the error codes of the operating system. Source: errno(3). */
const CAUSES: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EDQUOT: "the disk quota is used up",
  EISDIR: "it is a folder",
  ELOOP: "its path is a cycle of symbolic links",
  ENOENT: "its folder does not exist",
  ENOSPC: "no space is left on the disk",
  ENOTDIR: "part of its path is not a folder",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
};

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "";

const writeError = (path: string, error: unknown): UserError =>
  new UserError(
    CODE,
    `cannot write ${path}: ${CAUSES[codeOf(error)] ?? (error as Error).message}`,
    { fix: "make the path writable, or choose another one" },
  );

/** A symbolic link is replaced or followed by no write: what it points to may be anyone's file. */
function assertNoLink(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink() !== true) return;
  throw new UserError(
    CODE,
    `${path} is a symbolic link to ${readlinkSync(path)}, and Berth does not write through links`,
    { fix: REPLACE_LINK },
  );
}

/**
 * Rejects a folder in which another program, such as Terraform, would write through a symbolic link.
 *
 * @throws UserError BERTH-E6009 where an entry of the folder is a symbolic link
 */
export function assertNoLinksIn(folder: string): void {
  for (const name of readdirSync(folder)) assertNoLink(join(folder, name));
}

/** The folders from one down to another, without the first. */
function foldersBetween(from: string, to: string): string[] {
  const steps = relative(from, to);
  if (steps === "") return [];
  if (steps.split(sep)[0] === "..")
    throw new UserError(CODE, `${to} is outside of ${from}, where Berth may write`, {
      fix: REPLACE_LINK,
    });
  return steps.split(sep).map((_, index, segments) => join(from, ...segments.slice(0, index + 1)));
}

/**
 * Rejects a path that Berth would have to follow a symbolic link for, or that is there and is no regular file.
 *
 * @throws UserError BERTH-E6009
 */
export function assertWritable(path: string, { below }: WriteOptions = {}): void {
  const file = resolve(path);
  try {
    if (below !== undefined) foldersBetween(resolve(below), dirname(file)).forEach(assertNoLink);
    assertNoLink(file);
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (stat && !stat.isFile())
      throw new UserError(CODE, `${path} is not a regular file, so Berth does not replace it`, {
        fix: "choose another path",
      });
    if (!lstatSync(dirname(file), { throwIfNoEntry: false }))
      throw new UserError(CODE, `cannot write ${path}: ${CAUSES["ENOENT"]}`, {
        fix: "create the folder, or choose another path",
      });
  } catch (error) {
    throw error instanceof UserError ? error : writeError(path, error);
  }
}

/**
 * Makes a folder and those above it.
 *
 * @throws UserError BERTH-E6009 where a folder between `below` and it is a symbolic link, or it cannot be made
 */
export function makeFolder(path: string, { mode, below }: WriteOptions = {}): void {
  const folder = resolve(path);
  if (below !== undefined) foldersBetween(resolve(below), folder).forEach(assertNoLink);
  try {
    mkdirSync(folder, { recursive: true, ...(mode === undefined ? {} : { mode }) });
  } catch (error) {
    throw writeError(path, error);
  }
}

/** Writes a file that must not exist: O_EXCL follows no link. Source: open(2). */
function writeNew(path: string, data: string | Uint8Array, mode: number): void {
  const file = openSync(path, "wx", mode);
  try {
    writeFileSync(file, data);
  } finally {
    closeSync(file);
  }
}

/**
 * Creates a file.
 *
 * @returns false where something of that name is there already, be it a link that points nowhere
 * @throws UserError BERTH-E6009 where it cannot be written
 */
export function createFile(
  path: string,
  data: string | Uint8Array,
  options: WriteOptions = {},
): boolean {
  const { mode = 0o666, below } = options;
  if (below !== undefined) {
    foldersBetween(resolve(below), dirname(resolve(path))).forEach(assertNoLink);
  }
  try {
    writeNew(path, data, mode);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw writeError(path, error);
  }
}

/**
 * Writes a file whole or not at all, in the place of the one that is there: a reader sees the old or the new content, and
 * a failure leaves the old one.
 *
 * @throws UserError BERTH-E6009 where the file, or a folder between `below` and it, is a symbolic link, where something
 * else than a regular file is there, or where it cannot be written
 */
export function replaceFile(
  path: string,
  data: string | Uint8Array,
  options: WriteOptions = {},
): void {
  assertWritable(path, options);
  const part = `${path}.${randomBytes(6).toString("hex")}.part`;
  try {
    writeNew(part, data, options.mode ?? 0o666);
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw writeError(path, error);
  }
}
