import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { UserError } from "./errors.ts";

/** Options for writing a file. */
export interface WriteOptions {
  /** Permissions of a new file; the umask applies. @default 0o666 */
  readonly mode?: number;
  /**
   * A parent folder: no folder between it and the file may be a symbolic link. Without it, only the file itself must not be
   * one, for paths that the user has set.
   */
  readonly below?: string;
}

const REPLACE_LINK_FIX = "replace the link with a file or folder, or choose another path";

/** Error codes of the operating system with their causes. Source: errno(3). */
const CAUSES: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EDQUOT: "the disk quota is used up",
  EEXIST: "it exists and is not a folder",
  EISDIR: "it is a folder",
  ELOOP: "its path is a cycle of symbolic links",
  ENOENT: "its folder does not exist",
  ENOSPC: "no space is left on the disk",
  ENOTDIR: "part of its path is not a folder",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
};

/** Fixes of the codes whose cause is the machine of the user: a program cannot prevent them. */
const MACHINE_FIXES: Readonly<Record<string, string>> = {
  EACCES: "change the permissions of the path",
  EDQUOT: "free space on the disk, or increase its quota",
  ENOSPC: "free space on the disk",
  EPERM: "change the permissions of the path",
  EROFS: "choose a path on another file system, or make this one writable",
};

/** An error that a file system reports for a path, such as missing permissions. */
export interface FileSystemProblem {
  readonly path: string;
  readonly cause: string;
  readonly fix: string;
}

/** The problem of an error that only the user can solve on this machine; undefined for another error. */
export function fileSystemProblem(error: unknown): FileSystemProblem | undefined {
  if (!(error instanceof Error) || !("path" in error) || typeof error.path !== "string")
    return undefined;
  const code = codeOf(error);
  const [cause, fix] = [CAUSES[code], MACHINE_FIXES[code]];
  return cause === undefined || fix === undefined ? undefined : { path: error.path, cause, fix };
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "";

const writeError = (path: string, error: unknown): UserError =>
  new UserError(
    "BERTH-E6010",
    `cannot write ${path}: ${CAUSES[codeOf(error)] ?? (error as Error).message}`,
    {
      fix:
        codeOf(error) === "ENOENT"
          ? "create the folder, or choose another path"
          : "make the path writable, or choose another one",
    },
  );

/** Berth neither follows nor replaces symbolic links: the target may be an unrelated file. */
function assertNoLink(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink() !== true) return;
  throw new UserError(
    "BERTH-E6009",
    `${path} is a symbolic link to ${readlinkSync(path)}; Berth does not write through symbolic links`,
    { fix: REPLACE_LINK_FIX },
  );
}

/**
 * Rejects a folder that contains symbolic links: another program, such as Terraform, would write through them.
 *
 * @throws UserError BERTH-E6009 if an entry of the folder is a symbolic link
 */
export function assertNoLinksIn(folder: string): void {
  for (const name of readdirSync(folder)) assertNoLink(join(folder, name));
}

/** The folders from a parent to a descendant, without the parent. */
function foldersBetween(from: string, to: string): string[] {
  const steps = relative(from, to);
  if (steps === "") return [];
  if (steps.split(sep)[0] === "..")
    throw new UserError("BERTH-E6010", `${to} is outside of ${from}`, {
      fix: REPLACE_LINK_FIX,
    });
  return steps.split(sep).map((_, index, segments) => join(from, ...segments.slice(0, index + 1)));
}

/**
 * Rejects a path with a symbolic link, and an existing path that is not a regular file.
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
      throw new UserError("BERTH-E6010", `${path} exists and is not a regular file`, {
        fix: "choose another path",
      });
    if (!lstatSync(dirname(file), { throwIfNoEntry: false }))
      throw new UserError("BERTH-E6010", `cannot write ${path}: ${CAUSES["ENOENT"]}`, {
        fix: "create the folder, or choose another path",
      });
  } catch (error) {
    throw error instanceof UserError ? error : writeError(path, error);
  }
}

/**
 * Creates a folder and its missing parents.
 *
 * @throws UserError BERTH-E6009 if a folder between `below` and it is a symbolic link, or if it cannot be created
 */
export function makeFolder(path: string, { mode, below }: WriteOptions = {}): void {
  const folder = resolve(path);
  try {
    if (below !== undefined) foldersBetween(resolve(below), folder).forEach(assertNoLink);
    createFolders(folder, mode);
  } catch (error) {
    if (error instanceof UserError) throw error;
    // Its parent exists.
    if (codeOf(error) === "ENOENT")
      throw new UserError(
        "BERTH-E6010",
        `cannot write ${path}: the file system does not allow new folders there`,
        { fix: "choose another path" },
      );
    throw writeError(path, error);
  }
}

/**
 * Creates a folder and its missing parents. The option `recursive` of Node.js does not return if a file system reports that an
 * existing parent is missing, as /proc does.
 */
function createFolders(folder: string, mode: number | undefined): void {
  if (isFolder(folder)) return;
  const parent = dirname(folder);
  if (!existsSync(parent)) createFolders(parent, mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Another process may have created it.
    if (!isFolder(folder)) throw error;
  }
}

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/** Writes a new file. O_EXCL rejects an existing path and does not follow links. Source: open(2). */
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
 * @returns false if the path already exists, even as a broken symbolic link
 * @throws UserError BERTH-E6009 if the file cannot be written
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
 * Creates or replaces a file atomically: a reader sees the old or the new content. After a failure the old file is unchanged.
 *
 * @throws UserError BERTH-E6009 if the file, or a folder between `below` and it, is a symbolic link, if the path is not a
 * regular file, or if the file cannot be written
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
