import { createHash } from "node:crypto";
import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import type { Readable } from "node:stream";
import { isObject, UserError } from "../shared/index.ts";

/** A reference to a blob. Source: OCI Image Format Specification, "OCI Content Descriptors". */
export interface Descriptor {
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
  readonly mediaType: string;
}

/** A manifest or an index, with its bytes. */
export interface Manifest extends Descriptor {
  readonly content: Buffer;
}

/** What a registry must contain for an image. */
export interface ImageContent {
  /** The manifest or the index that the tag names. */
  readonly root: Manifest;
  /** The manifests that the root refers to. They must be pushed before it. */
  readonly children: readonly Manifest[];
  /** Image configurations and layers, each once. */
  readonly blobs: readonly Descriptor[];
  /** The images for a platform. An index may also contain attestations, which are not images. */
  readonly platforms: readonly { readonly platform: string; readonly digest: string }[];
}

interface Position {
  /** In bytes, from the start of the archive. */
  readonly offset: number;
  readonly size: number;
}

/**
 * An OCI image in a tar archive. Source: OCI Image Format Specification, "Image Layout".
 *
 * The archive is not unpacked: layers are read at their positions.
 */
export class OciArchive {
  readonly path: string;
  readonly #entries: ReadonlyMap<string, Position>;

  /** @throws UserError BERTH-E3207 if the file is not a tar archive */
  constructor(path: string) {
    this.path = path;
    this.#entries = this.#readEntries();
  }

  /** @throws UserError BERTH-E3207 if the archive does not contain exactly one complete image */
  readContent(): ImageContent {
    const index = this.#parse(this.#read(this.#position("index.json")), "index.json");
    const [root, ...others] = descriptorsIn(index["manifests"]);
    if (root === undefined || others.length > 0)
      throw this.#invalid(`it contains ${others.length + (root === undefined ? 0 : 1)} images`);
    const children: Manifest[] = [];
    const blobs = new Map<string, Descriptor>();
    const platforms: { platform: string; digest: string }[] = [];
    const visit = (descriptor: Descriptor): Manifest => {
      const content = this.#readVerified(descriptor.digest);
      const { manifests, config, layers } = this.#parse(content, descriptor.digest);
      for (const child of descriptorsIn(manifests)) children.push(visit(child));
      for (const configuration of descriptorsIn([config])) {
        const platform = this.#platformIn(configuration);
        if (platform !== undefined) platforms.push({ platform, digest: descriptor.digest });
      }
      for (const blob of descriptorsIn([config, ...(Array.isArray(layers) ? layers : [])])) {
        this.#position(blobPath(blob.digest));
        blobs.set(blob.digest, blob);
      }
      return { ...descriptor, content };
    };
    return { root: visit(root), children, blobs: [...blobs.values()], platforms };
  }

  /** The bytes of a blob. */
  stream(digest: string): Readable {
    const { offset, size } = this.#position(blobPath(digest));
    return createReadStream(this.path, { start: offset, end: offset + size - 1 });
  }

  /**
   * The platform in an image configuration; undefined for an attestation, whose operating system is "unknown". Source: Docker
   * documentation, "Image attestation storage".
   */
  #platformIn({ digest }: Descriptor): string | undefined {
    const { os, architecture } = this.#parse(this.#readVerified(digest), digest);
    if (typeof os !== "string" || typeof architecture !== "string") return undefined;
    return os === "unknown" ? undefined : `${os}/${architecture}`;
  }

  #readVerified(digest: string): Buffer {
    const content = this.#read(this.#position(blobPath(digest)));
    const actual = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    if (actual !== digest) throw this.#invalid(`${digest} has the content of ${actual}`);
    return content;
  }

  #parse(content: Buffer, name: string): Readonly<Record<string, unknown>> {
    try {
      const parsed: unknown = JSON.parse(content.toString());
      if (isObject(parsed)) return parsed;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    throw this.#invalid(`${name} is not a JSON object`);
  }

  #position(name: string): Position {
    const position = this.#entries.get(name);
    if (position === undefined) throw this.#invalid(`it does not contain ${name}`);
    return position;
  }

  #read({ offset, size }: Position): Buffer {
    const file = openSync(this.path, "r");
    try {
      return readAt(file, offset, size);
    } finally {
      closeSync(file);
    }
  }

  #invalid(problem: string): UserError {
    return new UserError("BERTH-E3207", `the image archive is invalid: ${problem}`, {
      where: this.path,
      fix: "build the image again",
    });
  }

  /** The positions of the files. Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header". */
  #readEntries(): ReadonlyMap<string, Position> {
    const entries = new Map<string, Position>();
    const file = openSync(this.path, "r");
    try {
      let extended = new Map<string, string>();
      for (let offset = 0; ;) {
        const header = readAt(file, offset, BLOCK);
        if (header.length < BLOCK || header.every((byte) => byte === 0)) return entries;
        if (header.toString("latin1", 257, 262) !== "ustar")
          throw this.#invalid("it is not a tar archive");
        const start = offset + BLOCK;
        const size = Number(extended.get("size") ?? sizeIn(header));
        const type = header.toString("latin1", 156, 157);
        if (type === "x") {
          extended = recordsIn(readAt(file, start, size));
        } else {
          const name = extended.get("path") ?? nameIn(header);
          if (type === "0" || type === "\0")
            entries.set(name.replace(/^\.\//, ""), { offset: start, size });
          extended = new Map();
        }
        offset = start + Math.ceil(size / BLOCK) * BLOCK;
      }
    } finally {
      closeSync(file);
    }
  }
}

/** The size of a header, and the unit of sizes, in bytes. */
const BLOCK = 512;

const blobPath = (digest: string): string => `blobs/${digest.replace(":", "/")}`;

function readAt(file: number, offset: number, size: number): Buffer {
  const buffer = Buffer.alloc(size);
  return buffer.subarray(0, readSync(file, buffer, 0, size, offset));
}

const textIn = (header: Buffer, start: number, end: number): string =>
  header.toString("utf8", start, end).replace(/\0.*$/s, "");

function nameIn(header: Buffer): string {
  const prefix = textIn(header, 345, 500);
  const name = textIn(header, 0, 100);
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** Octal digits; or a binary number, for 8 GiB and more, if the first bit is set. */
function sizeIn(header: Buffer): number {
  return ((header[124] ?? 0) & 0x80) === 0
    ? Number.parseInt(textIn(header, 124, 136).trim() || "0", 8)
    : Number(header.readBigUInt64BE(128));
}

/** The records "length key=value\n" of an extended header. */
const recordsIn = (content: Buffer): Map<string, string> =>
  new Map(
    [...content.toString().matchAll(/^\d+ ([^=\n]+)=(.*)$/gm)].map(
      ([, key = "", value = ""]) => [key, value] as const,
    ),
  );

/** The descriptors in a list; other values are left out. */
const descriptorsIn = (values: unknown): Descriptor[] =>
  (Array.isArray(values) ? values : []).flatMap((value: unknown) => {
    if (!isObject(value)) return [];
    const { digest, size, mediaType } = value;
    return typeof digest === "string" && typeof size === "number"
      ? [{ digest, size, mediaType: typeof mediaType === "string" ? mediaType : "" }]
      : [];
  });
