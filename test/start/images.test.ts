import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { localNameOf } from "../../src/images/index.ts";
import { ExampleImages } from "../../start/images.ts";
import { addBuilder, type BuildProject, givenBuildProject } from "../support/fake-builders.ts";
import { testFolder } from "../support/folder.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
  sandbox.invoke("ecr", "CreateRepository", {
    repositoryName: "hello",
    imageTagMutability: "IMMUTABLE",
  });
}, 60_000);
afterAll(() => sandbox.close());

/** The example with a Git repository, and its images. */
function givenExample(env?: NodeJS.ProcessEnv): { project: BuildProject; images: ExampleImages } {
  const project = givenBuildProject();
  for (const name of ["berth.config.ts", "Dockerfile", ".dockerignore"])
    cpSync(join("examples/hello", name), join(project.folder, name));
  const images = new ExampleImages(
    join(project.folder, "berth.config.ts"),
    sandbox,
    env ?? project.env,
  );
  return { project, images };
}

/** The digest of a tag in the registry of the sandbox. */
const digestOf = (imageTag: string): unknown =>
  (
    sandbox.invoke("ecr", "DescribeImages", {
      repositoryName: "hello",
      imageIds: [{ imageTag }],
    }) as { imageDetails: readonly { imageDigest: string }[] }
  ).imageDetails[0]?.imageDigest; // by its model

it("pushes the image that an installed builder builds", async () => {
  const { project, images } = givenExample();
  const { digest } = addBuilder(project, "podman");
  const { tag, lines } = await images.push("v1");
  expect([lines, digestOf(tag)]).toEqual([[`image ${tag}, built with podman`], digest]);
});

it("removes the built image from the storage of its builder", async () => {
  const { project, images } = givenExample();
  addBuilder(project, "podman");
  await images.push("v1");
  const local = localNameOf(project.folder, "web");
  expect(project.runs("podman").at(-1)).toEqual(["rmi", local]);
});

it("warns if the built image cannot be removed", async () => {
  const { project, images } = givenExample();
  addBuilder(project, "buildah");
  const builder = join(project.env["PATH"] ?? "", "buildah");
  writeFileSync(
    builder,
    readFileSync(builder, "utf8").replace(
      "case",
      'if [ "$1" = rmi ]; then echo "image is in use" >&2; exit 1; fi\ncase',
    ),
  );
  const { lines } = await images.push("v1");
  expect(lines.slice(1)).toEqual([
    `warning: ${localNameOf(project.folder, "web")} remains in the storage of buildah: image is in use`,
  ]);
});

it("pushes prepared images if there is no builder", async () => {
  const { images } = givenExample();
  for (const version of ["v1", "v2"])
    expect(await images.push(version)).toEqual({
      tag: version,
      lines: [
        `image ${version}, prepared: no image builder can be used: docker: not installed; podman: not installed; buildah: not installed; finch: not installed`,
      ],
    });
  expect(digestOf("v1")).not.toBe(digestOf("v2"));
});

it("warns if a build fails, and does not build again", async () => {
  const { project, images } = givenExample();
  project.program(
    "buildah",
    'if [ "$1" = --version ]; then echo "buildah version 1.41.0"; else echo no space >&2; exit 1; fi',
  );
  for (const version of ["v3", "v4"])
    expect((await images.push(version)).lines).toEqual([
      "warning: the build failed: web: buildah build exits with code 1\n  no space",
      `image ${version}, prepared in place of a built one`,
    ]);
  expect(project.runs("buildah").filter(([command]) => command === "build")).toHaveLength(1);
});

it("prepares images without Git", async () => {
  const { images } = givenExample({ PATH: testFolder() });
  expect(await images.push("v5")).toEqual({
    tag: "v5",
    lines: ["image v5, prepared: git is not installed"],
  });
});
