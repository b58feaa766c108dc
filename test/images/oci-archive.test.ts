import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { OciArchive } from "../../src/images/oci-archive.ts";
import { testFolder } from "../support/folder.ts";
import { type TestArchiveOptions, testArchive } from "../support/oci-archive.ts";

function open(content: Uint8Array): OciArchive {
  const file = join(testFolder(), "image.tar");
  writeFileSync(file, content);
  return new OciArchive(file);
}

describe("an OCI archive", () => {
  it("has the manifest, the configuration and the layers of an image", async () => {
    const { content, digest, layer } = testArchive({ layer: "x".repeat(2000) });
    const archive = open(content);
    const { root, children, blobs, platforms } = archive.readContent();
    expect(root.digest).toBe(digest);
    expect(children).toEqual([]);
    expect(blobs.map(({ size }) => size)).toEqual([37, 2000]);
    expect(platforms).toEqual([{ platform: "linux/arm64", digest }]);
    expect((await buffer(archive.stream(layer))).toString()).toBe("x".repeat(2000));
  });

  it("has the manifests of an index, of which an attestation is no image", () => {
    const { content, digest, manifest } = testArchive({ hasAttestation: true });
    const { root, children, blobs, platforms } = open(content).readContent();
    expect(root.digest).toBe(digest);
    expect(children.map((child) => child.digest)).toContain(manifest);
    expect([children.length, blobs.length]).toEqual([2, 4]);
    expect(platforms).toEqual([{ platform: "linux/arm64", digest: manifest }]);
  });

  const text = (value: unknown): string => JSON.stringify(value);
  it.each<readonly [what: string, change: TestArchiveOptions["change"], problem: RegExp]>([
    ["no index", (files) => files.delete("index.json"), /: it does not contain index\.json$/],
    ["no JSON", (files) => files.set("index.json", "{"), /: index\.json is not a JSON object$/],
    [
      "no image",
      (files) => files.set("index.json", text({ manifests: [] })),
      /: it contains 0 images$/,
    ],
    [
      "several images",
      (files) => {
        const { manifests } = JSON.parse(files.get("index.json") ?? "") as { manifests: object[] }; // made by testArchive()
        files.set("index.json", text({ manifests: [...manifests, ...manifests] }));
      },
      /: it contains 2 images$/,
    ],
    [
      "no layer",
      (files) => files.delete([...files.keys()][0] ?? ""),
      /: it does not contain blobs\/sha256\/[0-9a-f]{64}$/,
    ],
    [
      "a manifest with another digest",
      (files) => files.set([...files.keys()][2] ?? "", "{}"),
      /: sha256:[0-9a-f]{64} has the content of sha256:[0-9a-f]{64}$/,
    ],
  ])("with %s is invalid", (_what, change = () => undefined, problem) => {
    expect(() => open(testArchive({ change }).content).readContent()).toThrow(problem);
  });

  it("is a tar archive", () => {
    expect(() => open(Buffer.alloc(1024, 1))).toThrow(
      "the image archive is invalid: it is not a tar archive",
    );
  });
});
