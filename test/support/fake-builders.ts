import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { testFolder } from "./folder.ts";
import { type TestArchive, testArchive } from "./oci-archive.ts";

/** A folder with a Git repository, and a PATH that contains Git and fake builders only. */
export interface BuildProject {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Adds a program to PATH: a shell script. It records its arguments before it runs. */
  program(name: string, script: string): void;
  /** The arguments of the runs of a program. */
  runs(name: string): string[][];
  /** Writes a file of the project. */
  write(name: string, content: string): void;
  /** Commits every file. Returns the commit. */
  commit(): string;
}

const gitPath = execFileSync("/bin/sh", ["-c", "command -v git"]).toString().trim();

const IDENTITY = ["-c", "user.name=test", "-c", "user.email=test@example.com"];

/** A project with a Dockerfile, which is committed. */
export function givenBuildProject(folder: string = testFolder()): BuildProject {
  const bin = testFolder();
  symlinkSync(gitPath, join(bin, "git"));
  const git = (...args: readonly string[]): string =>
    execFileSync(gitPath, ["-C", folder, ...IDENTITY, ...args], { stdio: "pipe" })
      .toString()
      .trim();
  const recordOf = (name: string): string => join(bin, `${name}.runs`);
  const project: BuildProject = {
    folder,
    env: { PATH: bin, HOME: folder },
    program: (name, script) => {
      const path = join(bin, name);
      // A run is a line of arguments, each followed by a tab.
      const record = `{ for argument in "$@"; do printf '%s\\t' "$argument"; done; printf '\\n'; } >> '${recordOf(name)}'`;
      writeFileSync(path, `#!/bin/sh\n${record}\n${script}\n`);
      chmodSync(path, 0o755);
    },
    runs: (name) =>
      existsSync(recordOf(name))
        ? readFileSync(recordOf(name), "utf8")
            .trimEnd()
            .split("\n")
            .map((line) => line.replace(/\t$/, "").split("\t"))
        : [],
    write: (name, content) => {
      mkdirSync(join(folder, name, ".."), { recursive: true });
      writeFileSync(join(folder, name), content);
    },
    commit: () => {
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "--message", "change");
      return git("rev-parse", "HEAD");
    },
  };
  git("init", "--quiet");
  project.write("Dockerfile", "FROM scratch\nCOPY program /program\n");
  project.write("program", "1\n");
  project.write(".dockerignore", ".berth\n");
  project.commit();
  return project;
}

/** The script of each fake builder, which writes an image. */
const SCRIPTS: Readonly<Record<string, (archive: string) => string>> = {
  docker: (archive) => `case "$*" in
    "buildx version") echo "github.com/docker/buildx v0.29.1 abc";;
    "buildx inspect") echo "Name: default"; echo "Driver: docker-container";;
    "buildx build"*) echo "building"; while [ "$1" != --output ]; do shift; done; /bin/cp '${archive}' "\${2#type=oci,dest=}";;
  esac`,
  podman: (archive) => `case "$1" in
    info) echo 5.6.0;;
    save) while [ "$1" != --output ]; do shift; done; /bin/cp '${archive}' "$2";;
    *) echo "STEP 1/1: FROM scratch" >&2;;
  esac`,
  buildah: (archive) => `case "$1" in
    --version) echo "buildah version 1.41.0 (image-spec 1.1.1)";;
    push) /bin/cp '${archive}' "\${3#oci-archive:}";;
  esac`,
  finch: (archive) => `case "$1" in
    info) echo 2.1.0;;
    save) while [ "$1" != --output ]; do shift; done; /bin/cp '${archive}' "$2";;
  esac`,
};

/** Adds a builder to a project that builds an image. */
export function addBuilder(
  project: BuildProject,
  name: string,
  archive: TestArchive = testArchive(),
): TestArchive {
  const file = join(testFolder(), "image.tar");
  writeFileSync(file, archive.content);
  project.program(name, SCRIPTS[name]?.(file) ?? "");
  return archive;
}
