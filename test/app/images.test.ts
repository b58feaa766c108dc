import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { build, type BuildOptions, type BuildResult, push } from "../../src/app/index.ts";
import { addBuilder, type BuildProject, givenBuildProject } from "../support/fake-builders.ts";

/** Writes the config of a project. It is committed. */
function configure(project: BuildProject, services: string, more = ""): string {
  const config = join(project.folder, "berth.config.mjs");
  writeFileSync(
    config,
    `export default { name: "shop", region: "us-east-1", loadBalancer: false, egress: "public", services: { ${services} }, ${more} };\n`,
  );
  return project.commit();
}

const built = (project: BuildProject, options: BuildOptions = {}): Promise<BuildResult> =>
  build({ config: join(project.folder, "berth.config.mjs"), env: project.env, ...options });

describe("build()", () => {
  it("builds an image once for all services and jobs with the same options", async () => {
    const project = givenBuildProject();
    const { digest } = addBuilder(project, "podman");
    const commit = configure(
      project,
      'web: { image: { build: "." } }, proxy: { image: "nginx:1.27" }, api: { image: { build: ".", dockerfile: "Dockerfile" } }, admin: { image: { build: ".", args: { ADMIN: "1" } } }',
      'jobs: { nightly: { image: { build: "." } } }',
    );
    const image = {
      digest,
      platform: "linux/arm64",
      commit,
      isModified: false,
      builder: "podman",
      hasAttestations: false,
    };
    expect((await built(project)).images).toEqual([
      {
        ...image,
        services: ["web", "api", "nightly"],
        tag: `web-${commit.slice(0, 12)}`,
        archive: ".berth/images/web.tar",
      },
      {
        ...image,
        services: ["admin"],
        tag: `admin-${commit.slice(0, 12)}`,
        archive: ".berth/images/admin.tar",
      },
    ]);
    // The name of the image does not depend on the selection.
    const { images } = await built(project, { services: ["nightly"] });
    expect(images.map(({ services, tag }) => [services, tag])).toEqual([
      [["nightly"], `web-${commit.slice(0, 12)}`],
    ]);
  });

  it("marks the image if the config has uncommitted changes, because it has the options of the build", async () => {
    const project = givenBuildProject();
    addBuilder(project, "podman");
    project.write("web/Dockerfile", "FROM scratch\n");
    const services = 'web: { image: { build: "web" } }';
    configure(project, services);
    expect((await built(project)).images[0]?.isModified).toBe(false);
    writeFileSync(
      join(project.folder, "berth.config.mjs"),
      `export default { name: "shop", region: "us-east-1", loadBalancer: false, services: { ${services} } };\n`,
    );
    expect((await built(project)).images[0]?.isModified).toBe(true);
  });

  it.each<readonly [services: string, names: string[] | undefined, message: string]>([
    [
      'web: { image: "nginx:1.27" }',
      undefined,
      "no service or job of the config has an image to build",
    ],
    [
      'web: { image: "nginx:1.27" }, api: { image: { build: "." } }',
      ["api", "web"],
      "the config sets the image of web: it is not built",
    ],
  ])("requires an image to build: %s", async (services, names, message) => {
    const project = givenBuildProject();
    configure(project, services);
    await expect(built(project, names && { services: names })).rejects.toMatchObject({
      code: "BERTH-E6001",
      message,
      fix: 'set image: { build: "." }, with the folder of its Dockerfile',
      exitCode: 64,
    });
  });

  it("is interrupted by the signal", async () => {
    const project = givenBuildProject();
    addBuilder(project, "podman");
    configure(project, 'web: { image: { build: "." } }');
    await expect(built(project, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "BERTH-E3004",
      exitCode: 130,
    });
  });
});

describe("push()", () => {
  it("requires a built image", async () => {
    const project = givenBuildProject();
    addBuilder(project, "podman");
    const built = 'web: { image: { build: "." } }';
    configure(project, built);
    const config = join(project.folder, "berth.config.mjs");
    const env = { ...project.env, AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
    const error = {
      code: "BERTH-E3208",
      message: "the image of web was not built with the options of the config",
      fix: expect.stringMatching(/build --config .*berth\.config\.mjs web$/) as string,
    };
    await expect(push({ config, env })).rejects.toMatchObject(error);
    await build({ config, env });
    const other = join(project.folder, "other.config.mjs");
    const options = 'name: "shop", region: "us-east-1", loadBalancer: false';
    writeFileSync(
      other,
      `export default { ${options}, services: { web: { image: { build: ".", args: { A: "1" } } } } };\n`,
    );
    await expect(push({ config: other, env })).rejects.toMatchObject({ code: error.code });
  });
});
