import { createHash } from "node:crypto";

/** An OCI image in a tar archive, with the digests of its parts. */
export interface TestArchive {
  readonly content: Buffer;
  /** The digest of the root: a manifest, or an index if the image has an attestation. */
  readonly digest: string;
  /** The digest of the manifest of the image. */
  readonly manifest: string;
  readonly layer: string;
}

export interface TestArchiveOptions {
  readonly architecture?: string;
  /** The content of the layer. */
  readonly layer?: string;
  /** An index with an attestation, as Docker Buildx writes it. @default false */
  readonly hasAttestation?: boolean;
  /** Changes the files of the archive. */
  readonly change?: (files: Map<string, string>) => void;
}

const digestOf = (content: string): string =>
  `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** Makes the OCI archive of an image with one layer. */
export function testArchive({
  architecture = "arm64",
  layer = "layer",
  hasAttestation = false,
  change,
}: TestArchiveOptions = {}): TestArchive {
  const files = new Map<string, string>();
  const add = (mediaType: string, content: string): object => {
    const digest = digestOf(content);
    files.set(`blobs/${digest.replace(":", "/")}`, content);
    return { mediaType, digest, size: Buffer.byteLength(content) };
  };
  const addManifest = (config: object, layers: readonly object[]): object =>
    add(
      "application/vnd.oci.image.manifest.v1+json",
      JSON.stringify({ schemaVersion: 2, config, layers }),
    );
  const addConfig = (os: string, platformArchitecture: string): object =>
    add(
      "application/vnd.oci.image.config.v1+json",
      JSON.stringify({ os, architecture: platformArchitecture }),
    );
  const blob = add("application/vnd.oci.image.layer.v1.tar+gzip", layer);
  const manifest = addManifest(addConfig("linux", architecture), [blob]);
  const root = hasAttestation
    ? add(
        "application/vnd.oci.image.index.v1+json",
        JSON.stringify({
          schemaVersion: 2,
          manifests: [
            { ...manifest, platform: { os: "linux", architecture } },
            {
              ...addManifest(addConfig("unknown", "unknown"), [
                add("application/vnd.in-toto+json", "{}"),
              ]),
              platform: { os: "unknown", architecture: "unknown" },
            },
          ],
        }),
      )
    : manifest;
  files.set("oci-layout", '{"imageLayoutVersion":"1.0.0"}');
  files.set("index.json", JSON.stringify({ schemaVersion: 2, manifests: [root] }));
  change?.(files);
  const digestIn = (descriptor: object): string => (descriptor as { digest: string }).digest; // made by add()
  return {
    content: tar(files),
    digest: digestIn(root),
    manifest: digestIn(manifest),
    layer: digestIn(blob),
  };
}

/** A tar archive. Source: POSIX.1-2017, pax, "ustar Interchange Format". */
function tar(files: ReadonlyMap<string, string>): Buffer {
  const blocks = [...files].flatMap(([name, content]) => {
    const body = Buffer.from(content);
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write("0000644\0", 100);
    header.write(`${body.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("0", 156);
    header.write("ustar\0", 257);
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
