import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { createFile, isObject, makeFolder, replaceFile, UserError } from "../shared/index.ts";
import { BUILDER_NAMES, type Builder, type BuilderName, findBuilder } from "./builders.ts";
import type { ImageListener } from "./events.ts";
import { readRevision, type SourceRevision } from "./git-revision.ts";
import { type ImageContent, OciArchive } from "./oci-archive.ts";
import { runProgram } from "./run-program.ts";

/** What determines the content of an image. */
export interface ImageSource {
  /** The build context, relative to the project folder. */
  readonly context: string;
  /** Path of the Dockerfile, relative to the context. */
  readonly dockerfile: string;
  /** @default the last stage */
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  /** Such as linux/arm64. */
  readonly platform: string;
  /** Whether the image is to have an SBOM and a provenance attestation, if the builder supports them. */
  readonly attestations: boolean;
}

/** An image of a project: its name in tags and in file names, and its source. */
export interface ProjectImage {
  readonly name: string;
  readonly source: ImageSource;
}

/** An image that was built. Its OCI archive and this record are in the folder .berth/images. */
export interface BuiltImageRecord extends ProjectImage {
  /** The Git commit. */
  readonly commit: string;
  /** Whether the files of the build differ from the commit. */
  readonly isModified: boolean;
  readonly builder: BuilderName;
  /** Whether the image has an SBOM and a provenance attestation. */
  readonly hasAttestations: boolean;
  /** The digest that the image has in every registry. */
  readonly digest: string;
  readonly tag: string;
}

/** An image whose OCI archive is in the folder .berth/images. */
export type TaggedImage = Pick<BuiltImageRecord, "name" | "tag" | "digest">;

/** A project folder, with the environment of the programs that build. */
export interface BuildContext {
  /** The folder of the config. */
  readonly project: string;
  /** The path of the config, which has the options of the build. */
  readonly config: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly listener: ImageListener;
}

/** The variable that selects a builder. */
const BUILDER_VARIABLE = "BERTH_BUILDER";

/** Characters of the commit in a tag. */
const COMMIT_CHARACTERS = 12;
/** Hexadecimal digits of the digest in the tag of an image with uncommitted changes. */
const DIGEST_CHARACTERS = 8;

/** The tag of an image that was built from a commit without changes. */
export const commitTag = (name: string, commit: string): string =>
  `${name}-${commit.slice(0, COMMIT_CHARACTERS)}`;

/** The tag of an image with uncommitted changes. It has a part of the digest, because a tag is immutable. */
const modifiedTag = (name: string, commit: string, digest: string): string =>
  `${commitTag(name, commit)}-modified-${digest.slice("sha256:".length, "sha256:".length + DIGEST_CHARACTERS)}`;

const imagesFolder = (project: string): string => join(project, ".berth", "images");
const recordPath = (project: string, name: string): string =>
  join(imagesFolder(project), `${name}.json`);

/**
 * The name of an image in the storage of Podman, Buildah or Finch. It differs in each project folder, so that builds of two projects
 * cannot exchange their images. A new build replaces it.
 */
export const localNameOf = (project: string, name: string): string =>
  `localhost/berth/${name}:${createHash("sha256").update(project).digest("hex").slice(0, 12)}`;

/** The path of the OCI archive of an image. */
export const archivePath = (project: string, name: string): string =>
  join(imagesFolder(project), `${name}.tar`);

/**
 * Reads the commit from which an image is built, and reports files that differ from it.
 *
 * @throws UserError BERTH-E3204 if the commit cannot be read, BERTH-E3205 if the context or the Dockerfile does not exist
 */
export async function revisionOf(
  { name, source }: ProjectImage,
  { project, config, env, listener }: BuildContext,
): Promise<SourceRevision> {
  const { context, dockerfile } = pathsOf(project, name, source);
  const revision = await readRevision(context, [dockerfile, resolve(config)], env);
  if (revision.modifiedFiles.length > 0)
    listener({ type: "modified", image: name, files: revision.modifiedFiles });
  return revision;
}

/** The builder that {@link selectBuilder} has found, and installed ones that cannot be used. */
export type SelectedBuilder = Awaited<ReturnType<typeof findBuilder>>;

/**
 * Finds the builder: that of the variable BERTH_BUILDER, else the first that can be used.
 *
 * @throws UserError BERTH-E3201 or BERTH-E3202 if no builder can be used
 */
export const selectBuilder = (env: NodeJS.ProcessEnv): Promise<SelectedBuilder> =>
  findBuilder(env, selectedBuilder(env));

/** @throws UserError BERTH-E6001 if the variable has another value */
function selectedBuilder(env: NodeJS.ProcessEnv): BuilderName | undefined {
  const text = env[BUILDER_VARIABLE];
  if (text === undefined || text === "") return undefined;
  const name = BUILDER_NAMES.find((candidate) => candidate === text);
  if (name !== undefined) return name;
  throw new UserError("BERTH-E6001", `invalid ${BUILDER_VARIABLE} ${text}`, {
    fix: `use one of ${BUILDER_NAMES.join(", ")}`,
    exitCode: 64,
  });
}

/**
 * Builds an image, and writes its archive and its record.
 *
 * @param image with the result of {@link revisionOf}
 * @throws UserError BERTH-E3203 if the build fails, BERTH-E3206 if the context contains .berth, BERTH-E3207 if the built image is
 *   not as configured
 */
export async function buildImage(
  image: ProjectImage & { readonly revision: SourceRevision },
  context: BuildContext,
  { builder, unusable }: SelectedBuilder,
): Promise<BuiltImageRecord> {
  const { name, source, revision } = image;
  const { project, listener } = context;
  const { commit, modifiedFiles } = revision;
  assertExcludesWorkingFiles(project, pathsOf(project, name, source));
  const { name: builderName, version } = builder;
  listener({
    type: "build-started",
    image: name,
    platform: source.platform,
    commit,
    builder: builderName,
    version,
    unusable,
  });
  const hasAttestations = source.attestations && builder.supportsAttestations;
  if (source.attestations && !hasAttestations)
    listener({ type: "attestations-unsupported", image: name, builder: builderName });
  createImagesFolder(project);
  // A failed build must not leave the archive and the record of an earlier build.
  rmSync(recordPath(project, name), { force: true });
  rmSync(archivePath(project, name), { force: true });
  await runBuilder(image, context, builder, { commit, hasAttestations });
  const { root, platforms } = readArchive(project, name);
  assertPlatform(image, platforms);
  const isModified = modifiedFiles.length > 0;
  const record: BuiltImageRecord = {
    name,
    source,
    commit,
    isModified,
    builder: builderName,
    hasAttestations,
    digest: root.digest,
    tag: isModified ? modifiedTag(name, commit, root.digest) : commitTag(name, commit),
  };
  replaceFile(recordPath(project, name), `${JSON.stringify(record, undefined, 2)}\n`, {
    below: project,
  });
  return record;
}

/** Creates the folder of the images, which Git ignores. */
export function createImagesFolder(project: string): void {
  makeFolder(imagesFolder(project), { mode: 0o700, below: project });
  createFile(join(project, ".berth", ".gitignore"), "*\n", { below: project });
}

/** The last lines of a failed build in its error. With --quiet, they are the only ones. */
const ERROR_LINES = 15;

async function runBuilder(
  { name, source }: ProjectImage,
  { project, env, signal, listener }: BuildContext,
  builder: Builder,
  { commit, hasAttestations }: { readonly commit: string; readonly hasAttestations: boolean },
): Promise<void> {
  const { target, args, platform } = source;
  const commands = builder.commands({
    ...pathsOf(project, name, source),
    ...(target === undefined ? {} : { target }),
    args,
    // Source: OCI Image Format Specification, "Annotations".
    labels: { "org.opencontainers.image.revision": commit },
    platform,
    attestations: hasAttestations,
    localName: localNameOf(project, name),
    archive: `${name}.tar`,
  });
  for (const command of commands) {
    const lines: string[] = [];
    const end = await runProgram(builder.name, command, {
      // A relative path of the archive, because Docker splits the path at commas.
      cwd: imagesFolder(project),
      env,
      signal,
      onLine: (line) => {
        lines.push(line);
        if (lines.length > ERROR_LINES) lines.shift();
        listener({ type: "build-output", image: name, line });
      },
    });
    if (end.kind === "ended" && end.exitCode === 0) continue;
    const problem =
      end.kind === "ended"
        ? `exits with code ${end.exitCode}`
        : `cannot be started: ${end.problem}`;
    throw new UserError(
      "BERTH-E3203",
      [
        `${name}: ${builder.name} ${command[0] ?? ""} ${problem}`,
        ...lines.map((line) => `  ${line}`),
      ].join("\n"),
      {
        where: source.context,
        fix: "correct the Dockerfile or its files, as the builder describes",
      },
    );
  }
}

/** @throws UserError BERTH-E3207 if the image is for another platform */
function assertPlatform(
  { name, source }: ProjectImage,
  platforms: ImageContent["platforms"],
): void {
  const names = platforms.map(({ platform }) => platform);
  if (names.length === 1 && names[0] === source.platform) return;
  throw new UserError(
    "BERTH-E3207",
    `${name}: the built image is for ${names.join(", ") || "no platform"}, and not for ${source.platform} only`,
    {
      where: source.context,
      fix: "remove --platform from the FROM instruction of the last stage, or set architecture in the config",
    },
  );
}

/** @throws UserError BERTH-E3207 if the archive is invalid */
const readArchive = (project: string, name: string): ImageContent =>
  new OciArchive(archivePath(project, name)).readContent();

/**
 * The image that was built last; undefined if it was not built, or from another source.
 *
 * @throws UserError BERTH-E3207 if its archive was changed
 */
export function findBuiltImage(
  { name, source }: ProjectImage,
  project: string,
): BuiltImageRecord | undefined {
  const path = recordPath(project, name);
  if (!existsSync(path) || !existsSync(archivePath(project, name))) return undefined;
  const parsed: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (!isObject(parsed) || JSON.stringify(parsed["source"]) !== JSON.stringify(source))
    return undefined;
  const record = parsed as unknown as BuiltImageRecord; // only buildImage() writes the file, and another source has another record
  const { root } = readArchive(project, name);
  if (root.digest === record.digest) return record;
  throw new UserError(
    "BERTH-E3207",
    `${name}: the archive contains the image ${root.digest}, and not the built image ${record.digest}`,
    { where: archivePath(project, name), fix: "build the image again" },
  );
}

interface BuildPaths {
  readonly context: string;
  readonly dockerfile: string;
}

/** @throws UserError BERTH-E3205 if the context or the Dockerfile does not exist */
function pathsOf(project: string, name: string, source: ImageSource): BuildPaths {
  const context = resolve(project, source.context);
  const dockerfile = resolve(context, source.dockerfile);
  if (statSync(context, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new UserError(
      "BERTH-E3205",
      `${name}: the build folder ${source.context} does not exist`,
      {
        where: project,
        fix: "correct image.build, which is relative to the folder of the config",
      },
    );
  if (statSync(dockerfile, { throwIfNoEntry: false })?.isFile() !== true)
    throw new UserError("BERTH-E3205", `${name}: ${source.dockerfile} does not exist`, {
      where: context,
      fix: "create it, or set image.dockerfile, which is relative to image.build",
    });
  return { context, dockerfile };
}

/**
 * Requires that a build does not read .berth, which contains Terraform state and the archives of images. Ignore files with the usual
 * pattern are recognized.
 *
 * @throws UserError BERTH-E3206 if the context contains .berth
 */
function assertExcludesWorkingFiles(project: string, { context, dockerfile }: BuildPaths): void {
  const inContext = relative(context, join(project, ".berth"));
  if (inContext.startsWith("..")) return;
  // Builders use the ignore file of the Dockerfile in place of the one of the context. Podman and Buildah prefer .containerignore.
  const ignoreFiles = [
    [`${dockerfile}.dockerignore`, join(context, ".dockerignore")].find(existsSync) ??
      join(context, ".dockerignore"),
    ...[join(context, ".containerignore")].filter(existsSync),
  ];
  const file = ignoreFiles.find((path) => !ignoreFileExcludes(path, inContext));
  if (file === undefined) return;
  throw new UserError(
    "BERTH-E3206",
    `the build folder contains ${inContext}, with Terraform state and earlier images`,
    {
      where: context,
      fix: `add the line ${inContext} to ${relative(context, file)}`,
    },
  );
}

/**
 * Whether an ignore file excludes a folder: the last pattern that applies to it decides. False if the file does not exist. Of the
 * patterns with wildcards, only the usual ones are recognized.
 *
 * Source: Docker documentation, "Build context", ".dockerignore files". A pattern is relative to the build context.
 *
 * @param folder relative to the build context, such as infra/.berth
 */
export function ignoreFileExcludes(file: string, folder: string): boolean {
  if (!existsSync(file)) return false;
  const parts = folder.split("/");
  const patterns = new Set([
    "*",
    "**",
    "**/.*",
    "**/.berth",
    ...(parts.length === 1 ? [".*"] : []),
    ...parts.map((_, index) => parts.slice(0, index + 1).join("/")),
  ]);
  return readFileSync(file, "utf8")
    .split("\n")
    .map((line) => /^(!?)\/?(.*?)(?:\/\*{0,2})?$/.exec(line.trim()) ?? [])
    .filter(([, , pattern = ""]) => patterns.has(pattern))
    .reduce((_, [, negation]) => negation === "", false);
}
