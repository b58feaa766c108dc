import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { expect, it } from "vitest";
import { prepareImage } from "../../src/images/index.ts";
import { OciArchive } from "../../src/images/oci-archive.ts";
import { testFolder } from "../support/folder.ts";

it("prepares an image with one layer for one platform", async () => {
  const project = testFolder();
  const image = prepareImage({ name: "web", tag: "v1", platforms: ["linux/arm64"] }, project);
  const path = join(project, ".berth/images/web.tar");
  const archive = new OciArchive(path);
  const { root, children, blobs, platforms } = archive.readContent();
  expect(image).toEqual({ name: "web", tag: "v1", digest: root.digest });
  expect(children).toEqual([]);
  expect(platforms).toEqual([{ platform: "linux/arm64", digest: root.digest }]);
  const [config, layer] = blobs;
  const { rootfs } = JSON.parse(
    (await buffer(archive.stream(config?.digest ?? ""))).toString(),
  ) as { rootfs: unknown };
  expect(rootfs).toEqual({ type: "layers", diff_ids: [layer?.digest] });
  expect(layer?.mediaType).toBe("application/vnd.oci.image.layer.v1.tar");
  expect(existsSync(join(project, ".berth/.gitignore"))).toBe(true);
  // Another program reads both archives.
  const content = execFileSync("tar", ["-xOf", path, `blobs/sha256/${layer?.digest.slice(7)}`]);
  expect(execFileSync("tar", ["-xO"], { input: content }).toString()).toBe("v1\n");
});

it("gives each tag another digest, and the same tag the same digest", () => {
  const digestOf = (tag: string): string =>
    prepareImage({ name: "web", tag, platforms: ["linux/amd64"] }, testFolder()).digest;
  expect(digestOf("v1")).toBe(digestOf("v1"));
  expect(digestOf("v2")).not.toBe(digestOf("v1"));
});

it("prepares an index for several platforms", () => {
  const project = testFolder();
  const { digest } = prepareImage(
    { name: "web", tag: "v1", platforms: ["linux/arm64", "linux/amd64"] },
    project,
  );
  const { root, children, platforms } = new OciArchive(
    join(project, ".berth/images/web.tar"),
  ).readContent();
  expect([root.digest, root.mediaType]).toEqual([
    digest,
    "application/vnd.oci.image.index.v1+json",
  ]);
  expect(children).toHaveLength(2);
  expect(platforms.map(({ platform }) => platform)).toEqual(["linux/arm64", "linux/amd64"]);
});
