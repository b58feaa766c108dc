import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  type ImageTagMutability,
} from "@aws-sdk/client-ecr";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/index.ts";
import type { RunResult } from "../support/berth.ts";
import { berthInProcess } from "../support/berth-in-process.ts";
import { clientsFor } from "../support/clients.ts";
import { addBuilder, type BuildProject, givenBuildProject } from "../support/fake-builders.ts";
import { testArchive } from "../support/oci-archive.ts";

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

const run = ({ folder, env }: BuildProject, ...args: readonly string[]): Promise<RunResult> =>
  berthInProcess(args, { cwd: folder, env: { ...env, NO_COLOR: "1" } });

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

const URI = "111122223333.dkr.ecr.us-east-1.amazonaws.com/shop";

/** A built image, and a sandbox with the repository of the foundation. */
async function givenBuiltImage(
  apps: SandboxOptions["apps"] = {},
  mutability: ImageTagMutability = "IMMUTABLE",
): Promise<{
  readonly project: BuildProject;
  readonly image: string;
  readonly tag: string;
  readonly push: (...args: readonly string[]) => Promise<RunResult>;
  readonly sandbox: Sandbox;
}> {
  const project = givenService();
  const { digest } = addBuilder(project, "podman");
  const tag = `web-${project.commit().slice(0, 12)}`;
  await run(project, "build", "--quiet");
  const sandbox = await startSandbox({ apps });
  onTestFinished(() => sandbox.close());
  await clientsFor(sandbox.url, "us-east-1").ecr.send(
    new CreateRepositoryCommand({
      repositoryName: "shop",
      imageTagMutability: mutability,
      imageScanningConfiguration: { scanOnPush: true },
    }),
  );
  return {
    project,
    image: `${URI}@${digest}`,
    tag,
    push: (...args) => run(project, "push", "--sandbox-url", sandbox.url, ...args),
    sandbox,
  };
}

const FINDINGS = [
  { name: "CVE-2026-0002", severity: "LOW" },
  { name: "CVE-2026-0001", severity: "CRITICAL", package: "openssl" },
] as const;

describe("berth push", () => {
  it("pushes to the sandbox on 127.0.0.1, and nothing the second time", async () => {
    const { push, image, tag, sandbox } = await givenBuiltImage({
      images: { "*/shop*": { findings: [] } },
    });
    const first = await push();
    expect([first.code, first.stdout]).toEqual([
      0,
      `web: pushed ${image} (${tag}); scan: no findings\n`,
    ]);
    const lines = first.stderr.split("\n");
    expect(lines).toContain(`pushing ${URI}:${tag} to ${new URL(sandbox.url).host}`);
    expect(lines.at(-2)).toBe("  web: waiting for the scan of Amazon ECR");
    const second = await push("--json");
    expect(JSON.parse(second.stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({
      type: "result",
      data: { images: [{ services: ["web"], image, tag, outcome: "unchanged" }] },
    });
  });

  it("moves a mutable tag", async () => {
    const { project, push } = await givenBuiltImage({}, "MUTABLE");
    await push();
    addBuilder(project, "podman", testArchive({ layer: "other" }));
    await run(project, "build", "--quiet");
    expect((await push()).stdout).toMatch(/^web: pushed /);
  });

  it("does not move an immutable tag", async () => {
    const { project, push } = await givenBuiltImage();
    await push();
    addBuilder(project, "podman", testArchive({ layer: "other" }));
    await run(project, "build", "--quiet");
    const { code, stderr } = await push();
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /error: the immutable tag web-[0-9a-f]{12} already names another image: sha256:[0-9a-f]{64}\n {2}at {4}\S+\/shop\n {2}fix {3}the repository has an image of this commit: deploy it with its tag, or commit a change and build again\n {2}code {2}BERTH-E3209\n$/,
    );
  });

  it.each(["critical", "low"])(
    "--fail-on %s exits with code 1 and lists the findings",
    async (severity) => {
      const { push, image } = await givenBuiltImage({
        images: { "*/shop*": { findings: FINDINGS } },
      });
      const ran = await push("--fail-on", severity);
      expect(ran.code).toBe(1);
      const listed = [
        "  CRITICAL CVE-2026-0001 openssl",
        ...(severity === "low" ? ["  LOW CVE-2026-0002"] : []),
      ];
      expect(ran.stderr).toContain(
        `error: web: the scan has findings of the severity ${severity} or higher: 1 CRITICAL, 1 LOW\n${listed.join("\n")}\n  at    ${image}\n`,
      );
    },
  );

  it("--fail-on high passes with a lower finding", async () => {
    const { push } = await givenBuiltImage({
      images: { "*/shop*": { findings: [{ name: "CVE-2026-0002", severity: "MEDIUM" }] } },
    });
    expect(await push("--fail-on", "high")).toMatchObject({ code: 0 });
  });

  it("without a result of the scan warns; with --fail-on exits with code 5", async () => {
    const { push, image } = await givenBuiltImage();
    const reason = expect.stringContaining("the scan has the status ") as string;
    expect(await push()).toMatchObject({ code: 0, stderr: reason });
    const ran = await push("--fail-on", "critical");
    expect(ran.code).toBe(5);
    expect(ran.stderr).toMatch(
      /error: web: the result of the scan is unknown: the scan has the status [^\n]+\n {2}at {4}\S+\n {2}fix {3}push again when Amazon ECR has scanned the image, or scan it with another program\n {2}code {2}BERTH-E3213\n$/,
    );
    expect(ran.stdout).toContain(`web: already pushed ${image}`);
  });

  it("reports a repository that does not exist, and a severity that does not exist", async () => {
    const { push, project, sandbox } = await givenBuiltImage();
    await clientsFor(sandbox.url, "us-east-1").ecr.send(
      new DeleteRepositoryCommand({ repositoryName: "shop" }),
    );
    expect((await push()).stderr).toContain("error: the image repository shop does not exist\n");
    const ran = await run(project, "push", "--fail-on", "severe");
    expect([ran.code, ran.stderr.split("\n")[0]]).toEqual([
      64,
      "error: option '--fail-on <severity>' argument 'severe' is invalid. Allowed choices are critical, high, medium, low.",
    ]);
  });
});
