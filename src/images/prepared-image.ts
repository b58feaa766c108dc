import { createHash } from "node:crypto";
import { replaceFile } from "../shared/index.ts";
import { archivePath, createImagesFolder, type TaggedImage } from "./build.ts";

/** An image to prepare. */
export interface PreparedImage {
  /** The name of the archive in .berth/images. */
  readonly name: string;
  /** The tag in the repository. Images with different tags have different digests. */
  readonly tag: string;
  /** Such as linux/arm64. */
  readonly platforms: readonly string[];
}

/**
 * Writes the OCI archive of an image without a program, with one layer for each platform. The sandbox starts no program of an image, so
 * that a prepared image can replace a built one there.
 *
 * Source: OCI Image Format Specification, "Image Layout", "Image Manifest" and "Image Configuration".
 *
 * @param project the project folder, which gets .berth/images
 * @returns the image, for {@link pushImage}
 */
export function prepareImage(
  { name, tag, platforms }: PreparedImage,
  project: string,
): TaggedImage {
  const files = new Map<string, Buffer>();
  const add = (mediaType: string, content: Buffer): Descriptor => {
    const hash = createHash("sha256").update(content).digest("hex");
    files.set(`blobs/sha256/${hash}`, content);
    return { mediaType, digest: `sha256:${hash}`, size: content.length };
  };
  const addJson = (type: string, value: object): Descriptor =>
    add(`application/vnd.oci.image.${type}.v1+json`, Buffer.from(JSON.stringify(value)));
  const layer = add(
    "application/vnd.oci.image.layer.v1.tar",
    tar(new Map([["version", Buffer.from(`${tag}\n`)]])),
  );
  const manifests = platforms.map((platform) => {
    const [os, architecture] = platform.split("/");
    const config = addJson("config", {
      os,
      architecture,
      rootfs: { type: "layers", diff_ids: [layer.digest] },
    });
    const manifest = addJson("manifest", {
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config,
      layers: [layer],
    });
    return { ...manifest, platform: { os, architecture } };
  });
  const [single, ...others] = manifests;
  const root =
    single !== undefined && others.length === 0
      ? single
      : addJson("index", {
          schemaVersion: 2,
          mediaType: "application/vnd.oci.image.index.v1+json",
          manifests,
        });
  files.set("oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
  files.set("index.json", Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [root] })));
  createImagesFolder(project);
  replaceFile(archivePath(project, name), tar(files), { below: project });
  return { name, tag, digest: root.digest };
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const BLOCK = 512;

/**
 * A tar archive of files whose names have up to 100 bytes. Source: POSIX.1-2017, pax, "ustar Interchange Format".
 *
 * @param files contents by name
 */
function tar(files: ReadonlyMap<string, Buffer>): Buffer {
  const blocks = [...files].flatMap(([name, content]) => {
    const header = Buffer.alloc(BLOCK);
    const octal = (value: number, digits: number): string =>
      value.toString(8).padStart(digits, "0");
    header.write(name, 0);
    header.write("0000644\0", 100);
    // User, group and time are 0: the same files always give the same archive.
    for (const [offset, digits] of [
      [108, 7],
      [116, 7],
      [136, 11],
    ] as const)
      header.write(`${octal(0, digits)}\0`, offset);
    header.write(`${octal(content.length, 11)}\0`, 124);
    header.write("0", 156);
    header.write("ustar\x0000", 257);
    // The checksum is computed as if its field contained spaces.
    header.fill(" ", 148, 156);
    const checksum = header.reduce((sum, byte) => sum + byte, 0);
    header.write(`${octal(checksum, 6)}\0 `, 148);
    return [header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}
