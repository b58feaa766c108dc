import { describe, expect, it } from "vitest";
import { berth } from "../support/berth.ts";
import { addBuilder, type BuildProject, givenBuildProject } from "../support/fake-builders.ts";

/** A project with a service whose image is built. */
function givenService(): BuildProject {
  const project = givenBuildProject();
  project.write(
    "berth.config.mjs",
    'export default { name: "shop", region: "us-east-1", loadBalancer: false, egress: "public", services: { web: { image: { build: "." } } } };\n',
  );
  project.commit();
  return project;
}

const run = ({ folder, env }: BuildProject, ...args: readonly string[]): ReturnType<typeof berth> =>
  berth(args, { cwd: folder, env: { ...env, NO_COLOR: "1" } });

describe("berth build", () => {
  it("prints the output of the builder to stderr, and the image to stdout", async () => {
    const project = givenService();
    project.program("docker", "exit 1");
    const { digest } = addBuilder(project, "podman");
    const commit = project.commit().slice(0, 12);
    const { code, stdout, stderr } = await run(project, "build");
    expect([code, stdout]).toEqual([0, `web: web-${commit} (${digest}) for linux/arm64\n`]);
    expect(stderr).toBe(
      [
        "reading the config",
        "  docker is not used: Docker Buildx is not installed",
        `building web for linux/arm64 from ${commit} · podman 5.6.0`,
        "  web: no SBOM and no provenance attestation: not supported by podman",
        "  STEP 1/1: FROM scratch",
        "",
      ].join("\n"),
    );
  });

  it("prints a warning about uncommitted changes, also with --quiet", async () => {
    const project = givenService();
    addBuilder(project, "podman");
    for (const name of ["a", "b", "c", "d"]) project.write(name, "");
    const { code, stderr } = await run(project, "build", "--quiet");
    expect([code, stderr]).toEqual([
      0,
      "warning: web: 4 files with uncommitted changes: a, b, c and 1 more\n",
    ]);
  });

  it("prints the last lines of a failed builder once, as an error", async () => {
    const project = givenService();
    project.program(
      "podman",
      'case "$1" in info) echo 5.6.0;; *) echo "no space left"; exit 1;; esac',
    );
    const { code, stdout, stderr } = await run(project, "build", "--quiet");
    expect([code, stdout, stderr]).toEqual([
      1,
      "",
      "error: web: podman build exits with code 1\n  no space left\n  at    .\n  fix   correct the Dockerfile or its files, as the builder describes\n  code  BERTH-E3203\n",
    ]);
  });

  it("prints JSON", async () => {
    const project = givenService();
    const { digest } = addBuilder(project, "podman");
    const { stdout } = await run(project, "build", "web", "--json");
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({
      type: "result",
      data: { images: [{ services: ["web"], digest, archive: ".berth/images/web.tar" }] },
    });
  });
});
