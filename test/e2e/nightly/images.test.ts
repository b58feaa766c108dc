import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DescribeImagesCommand } from "@aws-sdk/client-ecr";
import { describe, it } from "vitest";
import {
  apply,
  build,
  deploy,
  type ImageEvent,
  push,
  type ServiceResult,
} from "../../../src/index.ts";
import { startSandbox } from "../../../src/sandbox/index.ts";
import { clientsFor } from "../../support/clients.ts";
import { writeConfig } from "../../support/config-folder.ts";
import { testFolder } from "../../support/folder.ts";

/** Builders that work in a container without privileges: files are copied, and no process is isolated. */
const env = { ...process.env, BUILDAH_ISOLATION: "chroot", STORAGE_DRIVER: "vfs" };

/** A Git repository with a Dockerfile without a base image, and a config with a service. */
function givenProject(): { readonly folder: string; readonly commit: (content: string) => string } {
  const folder = testFolder();
  const git = (...args: readonly string[]): string =>
    execFileSync(
      "git",
      ["-C", folder, "-c", "user.name=test", "-c", "user.email=test@example.com", ...args],
      { encoding: "utf8" },
    ).trim();
  git("init", "--quiet");
  mkdirSync(join(folder, "app"));
  writeFileSync(join(folder, "app/Dockerfile"), "FROM scratch\nCOPY program /program\n");
  writeConfig(
    folder,
    `zones: 1, egress: "public", loadBalancer: false, repository: { forceDelete: true },
    services: { web: { image: { build: "app" }, count: 1 } }`,
  );
  writeFileSync(join(folder, ".gitignore"), ".terraform.lock.hcl\nnode_modules\n");
  return {
    folder,
    commit: (content) => {
      writeFileSync(join(folder, "app/program"), content);
      git("add", "--all");
      git("commit", "--quiet", "--message", "change");
      return git("rev-parse", "HEAD");
    },
  };
}

describe.sequential("images of a real builder in the sandbox", () => {
  for (const builder of ["buildah", "podman"])
    it(`are built by ${builder}, pushed and deployed`, async ({ expect, onTestFinished }) => {
      const { folder, commit } = givenProject();
      const first = commit("1");
      const sandbox = await startSandbox();
      onTestFinished(() => sandbox.close());
      const config = join(folder, "berth.config.ts");
      const scope = {
        config,
        sandbox: sandbox.url,
        env: { ...env, BERTH_BUILDER: builder },
      };
      const { ecr } = clientsFor(sandbox.url, "us-east-1");
      const digestOf = async (imageTag: string): Promise<string | undefined> =>
        (
          await ecr.send(
            new DescribeImagesCommand({ repositoryName: "hello", imageIds: [{ imageTag }] }),
          )
        ).imageDetails?.[0]?.imageDigest;
      const events: ImageEvent[] = [];
      const host = {
        event: (event: { readonly type: string; readonly event?: unknown }) => {
          if (event.type === "image") events.push(event.event as ImageEvent); // of this type
        },
      };
      const deployed = async (): Promise<ServiceResult | undefined> => {
        events.length = 0;
        return (await deploy({ ...scope, yes: true }, host)).services[0];
      };
      const types = (): string[] => [
        ...new Set(events.map(({ type }) => type).filter((type) => type !== "build-output")),
      ];
      await apply({ ...scope, yes: true });

      // The first deployment builds and pushes.
      const tag = `web-${first.slice(0, 12)}`;
      const created = await deployed();
      expect(types()).toEqual([
        "build-started",
        "attestations-unsupported",
        "push-started",
        "blob-pushed",
      ]);
      const image = `111122223333.dkr.ecr.us-east-1.amazonaws.com/hello@${await digestOf(tag)}`;
      expect(created).toMatchObject({ outcome: "deployed", image });
      const started = events.find((event) => event.type === "push-started");
      expect(started).toMatchObject({ registry: new URL(sandbox.url).host });

      // The repository has the image of the commit.
      expect(await deployed()).toMatchObject({ outcome: "unchanged", image });
      expect(types()).toEqual(["found"]);

      // The same build has the same digest.
      const { images } = await build({ config, env: scope.env });
      expect(images).toMatchObject([{ tag, digest: image.split("@")[1], platform: "linux/arm64" }]);
      const { images: pushed } = await push({ ...scope, failOn: "critical" });
      expect(pushed).toMatchObject([{ outcome: "unchanged", image, verdict: "unknown" }]);

      // Another commit is another image, and its tag cannot be moved.
      const second = commit("2");
      const updated = await deployed();
      expect(updated).toMatchObject({
        outcome: "deployed",
        image: `${image.split("@")[0]}@${await digestOf(`web-${second.slice(0, 12)}`)}`,
      });
      writeFileSync(join(folder, "app/program"), "3");
      const modified = await build({ config, env: scope.env });
      expect(modified.images[0]?.tag).toMatch(
        new RegExp(`^web-${second.slice(0, 12)}-modified-[0-9a-f]{8}$`),
      );
      expect((await push(scope)).images).toMatchObject([{ outcome: "pushed" }]);
    });
});
