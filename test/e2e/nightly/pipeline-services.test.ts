import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { Config } from "../../../src/config/options.ts";
import { inspect } from "../../../src/sandbox/inspection/index.ts";
import { testFolder } from "../../support/folder.ts";
import { REGION } from "../../support/foundation-modes.ts";
import { testArchive } from "../../support/oci-archive.ts";
import {
  config,
  leakedSecrets,
  LIMIT,
  PipelineProject,
  sha,
  stopProjects,
} from "../../support/pipeline-project.ts";

afterAll(stopProjects);

const ENVIRONMENTS = ["dev", "prod"] as const;

const withService: Config = {
  ...config(30),
  egress: "public",
  services: { web: { image: { build: "." }, count: 1 } },
  pipeline: { ...config(30).pipeline, buildsRunOn: ["self-hosted"] },
  environments: { dev: {}, prod: {} },
};

/** Jobs of a pull request and of a merge. The check and the rehearsal are tested elsewhere. */
const PULL_REQUEST = ["build-pull-request", "plan-dev", "plan-prod", "comment"];
const MERGE = [
  "build",
  ...ENVIRONMENTS.flatMap((environment) =>
    ["preview", "apply", "service-preview", "deploy"].map((kind) => `${kind}-${environment}`),
  ),
];

/**
 * Adds a Git repository and a builder to the project.
 *
 * @returns a function that commits a version of the program, and returns the digest of its image
 */
function addBuilder(shop: PipelineProject): { build(version: string): string } {
  const bin = testFolder();
  const image = join(bin, "image.tar");
  writeFileSync(
    join(bin, "buildah"),
    `#!/bin/sh
case "$1" in
  --version) echo "buildah version 1.41.0 (image-spec 1.1.1)";;
  push) cp '${image}' "\${3#oci-archive:}";;
esac
`,
  );
  chmodSync(join(bin, "buildah"), 0o755);
  shop.environment["PATH"] = `${bin}:${process.env["PATH"] ?? ""}`;
  shop.environment["BERTH_BUILDER"] = "buildah";
  const git = (...args: readonly string[]): string =>
    execFileSync(
      "git",
      ["-c", "user.name=test", "-c", "user.email=test@example.com", "-C", shop.folder, ...args],
      { stdio: "pipe" },
    )
      .toString()
      .trim();
  const write = (name: string, content: string): void =>
    writeFileSync(join(shop.folder, name), content);
  git("init", "--quiet");
  write(".gitignore", ".berth\nnode_modules\nreport\n");
  write(".dockerignore", ".berth\n");
  write("Dockerfile", "FROM scratch\nCOPY program /program\n");
  return {
    build: (version) => {
      const { content, digest } = versionOf(version);
      writeFileSync(image, content);
      write("program", version);
      git("add", "--all");
      git("commit", "--quiet", "--message", "version");
      return digest;
    },
  };
}

/** The image of a version. */
const versionOf = (version: string): ReturnType<typeof testArchive> =>
  testArchive({ layer: version });

/** The digests of the images that run in an environment. */
const running = (shop: PipelineProject, environment: string): string[] =>
  inspect(shop.sandbox)
    .tasks()
    .filter(
      ({ status, taskDefinition }) =>
        status === "RUNNING" && taskDefinition.includes(`task-definition/shop-${environment}-web:`),
    )
    .map(({ taskDefinition }) => {
      const { taskDefinition: definition } = shop.sandbox.invoke(
        "ecs",
        "DescribeTaskDefinition",
        { taskDefinition },
        { region: REGION },
      ) as { taskDefinition: { containerDefinitions: readonly { image: string }[] } }; // by its model
      return definition.containerDefinitions[0]?.image.split("@")[1] ?? "";
    });

it(
  "deploys one image to two environments with the deploy role, stops at a bad image, and rolls back by hand",
  async () => {
    const bad = versionOf("bad").digest;
    const shop = await PipelineProject.start(undefined, withService, {
      apps: { images: { [`*@${bad}`]: { exists: false } } },
    });
    const builder = addBuilder(shop);
    for (const command of [["bootstrap", "--yes"], ["pipeline"]]) {
      const ran = await shop.runCommand(...command);
      expect(ran.code, ran.stderr).toBe(0);
    }

    // The pull request builds without credentials. The services cannot be planned before their foundation exists.
    const first = builder.build("first");
    const pull = shop.github.openPullRequest(sha("a"));
    const opened = await shop.handleEvent(
      shop.pullRequestEvent(pull.number, pull.head),
      sha("0"),
      PULL_REQUEST,
    );
    expect(opened.outcomes, opened.printed).toMatchObject({
      "build-pull-request": "success",
      "plan-dev": "success",
      "plan-prod": "success",
      comment: "success",
    });
    expect(shop.github.commentsOn(pull.number)[0]?.body).toContain(
      "## shop-dev/web: not planned yet",
    );

    // The merge applies both foundations.
    pull.merged = sha("b");
    const applied = await shop.handleEvent(
      shop.eventOnMain("push"),
      sha("b"),
      MERGE.filter((id) => /^(preview|apply)-(dev|prod)$/.test(id)),
    );
    expect(applied.outcomes, applied.printed).toMatchObject({
      "apply-dev": "success",
      "apply-prod": "success",
    });

    const merge = (commit: string): ReturnType<PipelineProject["handleEvent"]> =>
      shop.handleEvent(shop.eventOnMain("push"), commit, MERGE);

    // It deploys the image with the same digest to both environments.
    const merged = await merge(sha("b"));
    expect(merged.outcomes, merged.printed).toMatchObject({
      "apply-dev": "skipped",
      "deploy-dev": "success",
      "apply-prod": "skipped",
      "deploy-prod": "success",
    });
    for (const environment of ENVIRONMENTS) expect(running(shop, environment)).toEqual([first]);

    const second = builder.build("second");
    const updated = await merge(sha("c"));
    expect(updated.outcomes, updated.printed).toMatchObject({
      "deploy-dev": "success",
      "deploy-prod": "success",
    });
    for (const environment of ENVIRONMENTS) expect(running(shop, environment)).toEqual([second]);

    // A version whose tasks cannot pull their image: ECS rolls back, and prod is not changed.
    expect(builder.build("bad")).toBe(bad);
    const failed = await merge(sha("d"));
    expect(failed.outcomes, failed.printed).toMatchObject({
      "service-preview-dev": "success",
      "deploy-dev": "failure",
      "preview-prod": "skipped",
      "deploy-prod": "skipped",
    });
    expect(failed.printed).toContain("was rolled back: the circuit breaker counted");
    for (const environment of ENVIRONMENTS) expect(running(shop, environment)).toEqual([second]);

    // By hand, prod returns to the first version; dev stays.
    const inputs = { operation: "rollback", environment: "prod", service: "web" };
    const rolledBack = await shop.handleEvent(
      shop.eventOnMain("workflow_dispatch", inputs),
      sha("d"),
      ["rollback-prod"],
    );
    expect(rolledBack.outcomes, rolledBack.printed).toMatchObject({ "rollback-prod": "success" });
    expect(running(shop, "prod")).toEqual([first]);
    expect(running(shop, "dev")).toEqual([second]);

    // The services are destroyed with the deploy role, and then the foundation with the apply role.
    const destroyed = await shop.handleEvent(
      shop.eventOnMain("workflow_dispatch", {
        operation: "destroy",
        environment: "dev",
        confirm: "destroy shop-dev",
      }),
      sha("d"),
      ["destroy-dev"],
    );
    expect(destroyed.outcomes, destroyed.printed).toMatchObject({ "destroy-dev": "success" });
    expect(running(shop, "dev")).toEqual([]);
    expect(running(shop, "prod")).toEqual([first]);
  },
  LIMIT,
);

it("no secret appears in output, files, requests or command lines", () => {
  expect(leakedSecrets()).toEqual([]);
});
