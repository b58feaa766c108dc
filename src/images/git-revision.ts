import { realpathSync } from "node:fs";
import { relative } from "node:path";
import { UserError } from "../shared/index.ts";
import { runProgram } from "./run-program.ts";

/** The Git commit of a folder, and what differs from it. */
export interface SourceRevision {
  /** The full hash of the commit. */
  readonly commit: string;
  /** Files that differ from the commit or that Git does not track, relative to the root of the repository. Ignored files are not included. */
  readonly modifiedFiles: readonly string[];
}

/**
 * Reads the commit of a folder.
 *
 * @param files further files to compare with the commit, such as a Dockerfile in another folder. Those outside of the Git
 *   repository are not compared
 * @throws UserError BERTH-E3204 if the commit cannot be read
 */
export async function readRevision(
  folder: string,
  files: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<SourceRevision> {
  const git = async (problem: string, ...args: readonly string[]): Promise<string> => {
    const end = await runProgram("git", ["-C", folder, ...args], { env });
    if (end.kind === "not-started")
      throw new UserError(
        "BERTH-E3204",
        `${TAG_RULE}, and Git ${end.isInstalled ? end.problem : "is not installed"}`,
        {
          where: folder,
          fix: `${end.isInstalled ? "repair the installation of Git" : "install Git"}, or pass an image with berth deploy --image`,
        },
      );
    if (end.exitCode === 0) return end.stdout;
    throw new UserError("BERTH-E3204", `${TAG_RULE}, and ${problem}: ${firstLine(end.stderr)}`, {
      where: folder,
      fix: "build in a Git repository with at least one commit (git init, git add, git commit), or pass an image with berth deploy --image",
    });
  };
  const root = (await git("the folder is in no repository", "rev-parse", "--show-toplevel")).trim();
  const commit = (
    await git("the repository has no commit", "rev-parse", "--verify", "HEAD")
  ).trim();
  const tracked = files.map((file) => realpathSync(file)).filter((file) => isIn(root, file));
  const status = await git(
    "Git cannot compare the files with it",
    "status",
    "--porcelain=v1",
    "-z",
    "--no-renames",
    "--untracked-files=all",
    "--",
    ".",
    ...tracked,
  );
  const modifiedFiles = status
    .split("\0")
    .filter((entry) => entry !== "")
    .map((entry) => entry.slice("XY ".length));
  return { commit, modifiedFiles };
}

const TAG_RULE = "the tag of an image is the Git commit";

const isIn = (folder: string, file: string): boolean => !relative(folder, file).startsWith("..");

/** The first line of a program's error, without its prefix. */
const firstLine = (text: string): string =>
  (text.trim().split("\n")[0] ?? "").replace(/^fatal: /, "");
