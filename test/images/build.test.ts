import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  buildImage,
  type BuiltImageRecord,
  findBuiltImage,
  localNameOf,
  ignoreFileExcludes,
  type ImageEvent,
  type ImageSource,
  type ProjectImage,
  revisionOf,
  selectBuilder,
} from "../../src/images/index.ts";
import { addBuilder, type BuildProject, givenBuildProject } from "../support/fake-builders.ts";
import { testFolder } from "../support/folder.ts";
import { testArchive } from "../support/oci-archive.ts";

const SOURCE: ImageSource = {
  context: ".",
  dockerfile: "Dockerfile",
  args: {},
  platform: "linux/arm64",
  attestations: true,
};

const image = (source: Partial<ImageSource> = {}): ProjectImage => ({
  name: "web",
  source: { ...SOURCE, ...source },
});

interface Build {
  readonly record: BuiltImageRecord;
  readonly events: readonly ImageEvent[];
}

async function build(
  { folder, env }: Pick<BuildProject, "folder" | "env">,
  source: Partial<ImageSource> = {},
  variables: NodeJS.ProcessEnv = {},
  signal?: AbortSignal,
): Promise<Build> {
  const events: ImageEvent[] = [];
  const context = {
    project: folder,
    config: join(folder, "Dockerfile"),
    env: { ...env, ...variables },
    signal,
    listener: (event: ImageEvent) => events.push(event),
  };
  const web = image(source);
  const revision = await revisionOf(web, context);
  const builder = await selectBuilder(context.env);
  const record = await buildImage({ ...web, revision }, context, builder);
  return { record, events };
}

/** The error of a build: its code, text and fix. */
async function errorOf(built: Promise<unknown>): Promise<readonly unknown[]> {
  try {
    await built;
    return [];
  } catch (error) {
    const { code, message, fix } = error as { code: unknown; message: unknown; fix: unknown }; // a UserError
    return [code, message, fix];
  }
}

describe("a builder", () => {
  const shared = (folder: string, commit: string): string[] => [
    "--platform",
    "linux/arm64",
    "--file",
    join(folder, "docker/Dockerfile"),
    "--target",
    "runtime",
    "--build-arg",
    "VERSION=a b",
    "--label",
    `org.opencontainers.image.revision=${commit}`,
  ];

  it.each<
    readonly [
      name: string,
      commands: (shared: string[], folder: string, local: string) => string[][],
    ]
  >([
    [
      "docker",
      (args, folder) => [
        ["buildx", "version"],
        ["buildx", "inspect"],
        [
          "buildx",
          "build",
          ...args,
          "--sbom=true",
          "--provenance=true",
          "--output",
          "type=oci,dest=web.tar",
          folder,
        ],
      ],
    ],
    [
      "podman",
      (args, folder, local) => [
        ["info", "--format", "{{.Version.Version}}"],
        ["build", ...args, "--tag", local, folder],
        ["save", "--format", "oci-archive", "--output", "web.tar", local],
      ],
    ],
    [
      "buildah",
      (args, folder, local) => [
        ["--version"],
        ["build", "--layers", ...args, "--tag", local, folder],
        ["push", local, "oci-archive:web.tar"],
      ],
    ],
    [
      "finch",
      (args, folder, local) => [
        ["info", "--format", "{{.ServerVersion}}"],
        ["build", ...args, "--tag", local, folder],
        ["save", "--platform", "linux/arm64", "--output", "web.tar", local],
      ],
    ],
  ])("%s gets the options of the config as arguments", async (name, commands) => {
    const project = givenBuildProject();
    project.write("docker/Dockerfile", "FROM scratch AS runtime\n");
    const commit = project.commit();
    const hasAttestations = name === "docker";
    const archive = addBuilder(project, name, testArchive({ hasAttestation: hasAttestations }));
    const { record, events } = await build(project, {
      dockerfile: "docker/Dockerfile",
      target: "runtime",
      args: { VERSION: "a b" },
    });
    const local = localNameOf(project.folder, "web");
    expect(local).toMatch(/^localhost\/berth\/web:[0-9a-f]{12}$/);
    expect(project.runs(name)).toEqual(
      commands(shared(project.folder, commit), project.folder, local),
    );
    expect(record).toMatchObject({
      commit,
      builder: name,
      digest: archive.digest,
      tag: `web-${commit.slice(0, 12)}`,
      isModified: false,
      hasAttestations,
    });
    expect(events.filter(({ type }) => type === "attestations-unsupported")).toEqual(
      hasAttestations ? [] : [{ type: "attestations-unsupported", image: "web", builder: name }],
    );
  });

  it("without attestations gets none", async () => {
    const project = givenBuildProject();
    addBuilder(project, "docker");
    const { events } = await build(project, { attestations: false });
    const args = project.runs("docker").at(-1);
    expect(args).toContain("--sbom=false");
    expect(args).toContain("--provenance=false");
    expect(events.map(({ type }) => type)).toEqual(["build-started", "build-output"]);
  });

  it("is the first that can be used, in the order docker, podman, buildah, finch", async () => {
    const project = givenBuildProject();
    for (const name of ["docker", "podman", "buildah", "finch"]) addBuilder(project, name);
    expect((await build(project)).record.builder).toBe("docker");
    const selected = await build(project, {}, { BERTH_BUILDER: "buildah" });
    expect(selected.record.builder).toBe("buildah");
  });

  const UNUSABLE_STORE =
    "the image store of the Docker daemon cannot export OCI archives: turn on the containerd image store, or run docker buildx create --use";
  it.each<readonly [what: string, docker: string, problem: string]>([
    ["Docker without Buildx", "exit 1", "Docker Buildx is not installed"],
    ["Podman with the name docker", 'echo "buildah 1.41.0"', "Docker Buildx is not installed"],
    [
      "a Docker daemon that does not run",
      `case "$1$2" in buildxversion) echo "github.com/docker/buildx v0.29.1";; buildxinspect) echo "Driver: docker";; *) echo "Cannot connect to the Docker daemon" >&2; exit 1;; esac`,
      "docker info exits with code 1: Cannot connect to the Docker daemon",
    ],
    [
      "a Docker daemon without the containerd image store",
      `case "$1$2" in buildxversion) echo "github.com/docker/buildx v0.29.1";; buildxinspect) echo "Driver: docker";; *) echo '[["Backing Filesystem","extfs"]]';; esac`,
      UNUSABLE_STORE,
    ],
  ])("is not %s", async (_what, docker, problem) => {
    const project = givenBuildProject();
    project.program("docker", docker);
    addBuilder(project, "podman");
    const { record, events } = await build(project);
    expect(record.builder).toBe("podman");
    expect(events[0]).toMatchObject({
      type: "build-started",
      unusable: [{ name: "docker", isInstalled: true, problem }],
    });
  });

  it("is the driver docker with the containerd image store", async () => {
    const project = givenBuildProject();
    const { content } = testArchive();
    const file = join(testFolder(), "image.tar");
    writeFileSync(file, content);
    project.program(
      "docker",
      `case "$1$2" in buildxversion) echo "github.com/docker/buildx v0.29.1";; buildxinspect) echo "Driver: docker";; buildxbuild) /bin/cp '${file}' web.tar;; *) echo '[["driver-type","io.containerd.snapshotter.v1"]]';; esac`,
    );
    expect((await build(project)).record.builder).toBe("docker");
  });

  it("is required", async () => {
    const project = givenBuildProject();
    project.program("podman", "echo 'podman machine is not running' >&2; exit 125");
    expect(await errorOf(build(project))).toEqual([
      "BERTH-E3201",
      "no image builder can be used: docker: not installed; podman: podman info --format {{.Version.Version}} exits with code 125: podman machine is not running; buildah: not installed; finch: not installed",
      "install Docker with Buildx, Podman, Buildah or Finch; or pass an image with berth deploy --image",
    ]);
  });

  it("is not a program that may not be run", async () => {
    const project = givenBuildProject();
    addBuilder(project, "buildah");
    project.program("podman", "exit 0");
    chmodSync(join(project.env["PATH"] ?? "", "podman"), 0o644);
    const { record, events } = await build(project);
    expect(record.builder).toBe("buildah");
    expect(events[0]).toMatchObject({
      unusable: [{ name: "podman", isInstalled: true, problem: "cannot be run: EACCES" }],
    });
  });

  it("that is selected must be usable", async () => {
    const project = givenBuildProject();
    addBuilder(project, "podman");
    expect(await errorOf(build(project, {}, { BERTH_BUILDER: "finch" }))).toEqual([
      "BERTH-E3202",
      "the selected image builder cannot be used: finch: not installed",
      "correct this, or select another builder: docker, podman, buildah",
    ]);
    expect(await errorOf(build(project, {}, { BERTH_BUILDER: "kaniko" }))).toEqual([
      "BERTH-E6001",
      "invalid BERTH_BUILDER kaniko",
      "use one of docker, podman, buildah, finch",
    ]);
  });

  it("that fails is reported with its last lines, and leaves no image", async () => {
    const project = givenBuildProject();
    addBuilder(project, "podman");
    await build(project);
    project.program(
      "podman",
      'case "$1" in info) echo 5.6.0;; *) for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do echo "line $i"; done; exit 2;; esac',
    );
    const lines = Array.from({ length: 15 }, (_, index) => `  line ${index + 2}`);
    expect(await errorOf(build(project))).toEqual([
      "BERTH-E3203",
      ["web: podman build exits with code 2", ...lines].join("\n"),
      "correct the Dockerfile or its files, as the builder describes",
    ]);
    expect(findBuiltImage(image(), project.folder)).toBeUndefined();
    expect(existsSync(join(project.folder, ".berth/images/web.tar"))).toBe(false);
  });

  it("is ended by the signal", async () => {
    const project = givenBuildProject();
    project.program("podman", 'case "$1" in info) echo 5.6.0;; *) exec /bin/sleep 60;; esac');
    const reason = new Error("stop");
    const controller = new AbortController();
    const built = build(project, {}, {}, controller.signal);
    while (project.runs("podman").length < 2)
      await new Promise((resolve) => setTimeout(resolve, 10));
    controller.abort(reason);
    await expect(built).rejects.toBe(reason);
  });
});

describe("the image of a build", () => {
  it("is kept with its record until it is built again", async () => {
    const project = givenBuildProject();
    addBuilder(project, "podman");
    const { record } = await build(project);
    expect(findBuiltImage(image(), project.folder)).toEqual(record);
    expect(findBuiltImage(image({ args: { A: "1" } }), project.folder)).toBeUndefined();
    expect(readFileSync(join(project.folder, ".berth/.gitignore"), "utf8")).toBe("*\n");
    expect(statSync(join(project.folder, ".berth")).mode & 0o777).toBe(0o700);
  });

  it("must have the platform of the architecture", async () => {
    const project = givenBuildProject();
    addBuilder(project, "podman", testArchive({ architecture: "amd64" }));
    expect(await errorOf(build(project))).toEqual([
      "BERTH-E3207",
      "web: the built image is for linux/amd64, and not for linux/arm64 only",
      "remove --platform from the FROM instruction of the last stage, or set architecture in the config",
    ]);
  });

  it("must be that of its record", async () => {
    const project = givenBuildProject();
    const { digest } = addBuilder(project, "podman");
    await build(project);
    const other = testArchive({ layer: "other" });
    writeFileSync(join(project.folder, ".berth/images/web.tar"), other.content);
    expect(() => findBuiltImage(image(), project.folder)).toThrow(
      `web: the archive contains the image ${other.digest}, and not the built image ${digest}`,
    );
  });
});

describe("the tag of an image", () => {
  it("has a part of the digest if files of the build differ from the commit", async () => {
    const project = givenBuildProject();
    const { digest } = addBuilder(project, "podman");
    const commit = project.commit();
    project.write("program", "2\n");
    project.write("new file", "");
    const { record, events } = await build(project);
    expect(record).toMatchObject({
      isModified: true,
      tag: `web-${commit.slice(0, 12)}-modified-${digest.slice(7, 15)}`,
    });
    expect(events[0]).toEqual({ type: "modified", image: "web", files: ["program", "new file"] });
  });

  it("does not depend on files outside of the build folder, except for the Dockerfile and the config", async () => {
    const project = givenBuildProject();
    addBuilder(project, "podman");
    project.write("web/program", "");
    project.commit();
    project.write("program", "2\n");
    const source = { context: "web", dockerfile: "../Dockerfile" };
    expect((await build(project, source)).record.isModified).toBe(false);
    project.write("Dockerfile", "FROM scratch\n");
    expect((await build(project, source)).record.isModified).toBe(true);
  });

  const TAG_RULE = "the tag of an image is the Git commit";
  const GIT_FIX =
    "build in a Git repository with at least one commit (git init, git add, git commit), or pass an image with berth deploy --image";
  it("requires a Git repository with a commit, and Git", async () => {
    const project = givenBuildProject();
    const folder = testFolder();
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\n");
    const [code, message, fix] = await errorOf(build({ folder, env: project.env }));
    expect([code, fix]).toEqual(["BERTH-E3204", GIT_FIX]);
    expect(message).toMatch(
      new RegExp(`^${TAG_RULE}, and the folder is in no repository: not a git repository`),
    );
    mkdirSync(join(folder, ".git"));
    for (const name of ["objects", "refs"]) mkdirSync(join(folder, ".git", name));
    writeFileSync(join(folder, ".git/HEAD"), "ref: refs/heads/main\n");
    expect(await errorOf(build({ folder, env: project.env }))).toEqual([
      "BERTH-E3204",
      `${TAG_RULE}, and the repository has no commit: Needed a single revision`,
      GIT_FIX,
    ]);
    expect(await errorOf(build({ folder, env: { PATH: testFolder() } }))).toEqual([
      "BERTH-E3204",
      `${TAG_RULE}, and Git is not installed`,
      "install Git, or pass an image with berth deploy --image",
    ]);
  });
});

describe("a build folder", () => {
  it.each<readonly [source: Partial<ImageSource>, message: string, fix: string]>([
    [
      { context: "app" },
      "web: the build folder app does not exist",
      "correct image.build, which is relative to the folder of the config",
    ],
    [
      { dockerfile: "Containerfile" },
      "web: Containerfile does not exist",
      "create it, or set image.dockerfile, which is relative to image.build",
    ],
  ])("must exist, with its Dockerfile: %j", async (source, message, fix) => {
    expect(await errorOf(build(givenBuildProject(), source))).toEqual([
      "BERTH-E3205",
      message,
      fix,
    ]);
  });

  it.each([
    ["", ".dockerignore"],
    ["node_modules\n#.berth\n", ".dockerignore"],
  ])("must exclude .berth: the ignore file %j", async (content, file) => {
    const project = givenBuildProject();
    addBuilder(project, "podman");
    project.write(".dockerignore", content);
    project.commit();
    expect(await errorOf(build(project))).toEqual([
      "BERTH-E3206",
      "the build folder contains .berth, with Terraform state and earlier images",
      `add the line .berth to ${file}`,
    ]);
  });

  it("must exclude .berth in the ignore file that the builder reads", async () => {
    const project = givenBuildProject();
    addBuilder(project, "podman");
    project.write("Dockerfile.dockerignore", "node_modules\n");
    expect((await errorOf(build(project)))[2]).toBe(
      "add the line .berth to Dockerfile.dockerignore",
    );
    project.write("Dockerfile.dockerignore", "**/.berth/\n");
    project.write(".containerignore", "x\n");
    expect((await errorOf(build(project)))[2]).toBe("add the line .berth to .containerignore");
    project.write(".containerignore", ".*\n");
    expect(await errorOf(build(project))).toEqual([]);
  });

  it.each<readonly [ignoreFile: string, isExcluded: boolean]>([
    ["infra/.berth", true],
    ["/infra/.berth/**", true],
    ["**/.berth", true],
    ["**/.*", true],
    ["infra", true],
    ["*", true],
    ["*\n!src", true],
    // A pattern without **/ is relative to the build folder.
    [".berth", false],
    [".*", false],
    ["*\n!infra", false],
    ["*\n!infra\ninfra/.berth", true],
  ])("above the config, with the ignore file %j, excludes .berth: %s", (ignoreFile, isExcluded) => {
    const file = join(testFolder(), ".dockerignore");
    writeFileSync(file, ignoreFile);
    expect(ignoreFileExcludes(file, "infra/.berth")).toBe(isExcluded);
  });

  it("in a subfolder has its own ignore file", async () => {
    const project = givenBuildProject();
    addBuilder(project, "podman");
    project.write("web/Dockerfile", "FROM scratch\n");
    project.commit();
    expect((await build(project, { context: "web" })).record.isModified).toBe(false);
  });
});
