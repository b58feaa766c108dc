import { createHash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { StateLimitError } from "./limits.ts";
import { StateWriteError } from "./state-file.ts";

/** Where blobs are kept. A name consists of letters, digits and hyphens. */
interface BlobMedium {
  /** The sizes of the existing blobs in bytes, by name. */
  sizes(): Map<string, number>;
  /** Writes bytes at a position, and removes what follows them. */
  write(name: string, position: number, bytes: Uint8Array): void;
  rename(from: string, to: string): void;
  remove(name: string): void;
  /** The content. A chunk is valid until the next one. */
  chunks(name: string): Iterable<Uint8Array>;
  stream(name: string): Readable;
}

const CHUNK_BYTES = 1024 * 1024;

/** Blobs as files in a folder. A file has its final name only when its content is on the disk. */
class BlobFiles implements BlobMedium {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  sizes(): Map<string, number> {
    let names: string[];
    try {
      names = readdirSync(this.#folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
      throw error;
    }
    return new Map(names.map((name) => [name, statSync(this.#path(name)).size]));
  }

  write(name: string, position: number, bytes: Uint8Array): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const fd = openSync(this.#path(name), position === 0 ? "w" : "r+", 0o600);
    try {
      ftruncateSync(fd, position);
      let written = 0;
      while (written < bytes.length)
        written += writeSync(fd, bytes, written, bytes.length - written, position + written);
    } finally {
      closeSync(fd);
    }
  }

  rename(from: string, to: string): void {
    const fd = openSync(this.#path(from), "r+");
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(this.#path(from), this.#path(to));
  }

  remove(name: string): void {
    rmSync(this.#path(name), { force: true });
  }

  *chunks(name: string): Iterable<Uint8Array> {
    const fd = openSync(this.#path(name), "r");
    try {
      const buffer = Buffer.alloc(CHUNK_BYTES);
      for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer))
        yield buffer.subarray(0, read);
    } finally {
      closeSync(fd);
    }
  }

  stream(name: string): Readable {
    return createReadStream(this.#path(name));
  }
}

/** Blobs in memory, for a sandbox without a state file. */
class BlobMemory implements BlobMedium {
  readonly #contents = new Map<string, Uint8Array[]>();

  sizes(): Map<string, number> {
    return new Map();
  }

  write(name: string, position: number, bytes: Uint8Array): void {
    const chunks = this.#contents.get(name) ?? [];
    const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const kept = size === position ? chunks : [Buffer.concat(chunks).subarray(0, position)];
    this.#contents.set(name, [...kept, new Uint8Array(bytes)]);
  }

  rename(from: string, to: string): void {
    this.#contents.set(to, this.#contents.get(from) ?? []);
    this.#contents.delete(from);
  }

  remove(name: string): void {
    this.#contents.delete(name);
  }

  chunks(name: string): Iterable<Uint8Array> {
    return this.#contents.get(name) ?? [];
  }

  stream(name: string): Readable {
    return Readable.from(this.#contents.get(name) ?? [], { objectMode: false });
  }
}

/**
 * Large content outside the tables: files in a folder beside the state file, or memory without a state file. The rows of
 * tables refer to blobs by name. A blob that no row refers to is removed when the store is first written to and when it is full,
 * so that a change that is undone, or a snapshot that is restored, finds its blobs again.
 */
export class BlobStore {
  readonly #medium: BlobMedium;
  readonly #maxBytes: number;
  #sizes: Map<string, number> | undefined;
  #isSwept = false;

  /** @param folder path of the folder; it is created at the first write. Undefined: the blobs are in memory */
  constructor(folder: string | undefined, maxBytes: number) {
    this.#medium = folder === undefined ? new BlobMemory() : new BlobFiles(folder);
    this.#maxBytes = maxBytes;
  }

  #known(): Map<string, number> {
    this.#sizes ??= this.#medium.sizes();
    return this.#sizes;
  }

  /** The size of a blob in bytes. Undefined if it does not exist. */
  sizeOf(name: string): number | undefined {
    return this.#known().get(name);
  }

  /**
   * Writes bytes at a position of a blob, and removes what follows them.
   *
   * @param position at most the size of the blob; 0 for a new blob
   * @param namesInUse returns the names of the blobs that rows refer to
   * @throws StateLimitError if all blobs together would become larger than the limit
   * @throws StateWriteError if the bytes cannot be written
   */
  write(
    name: string,
    position: number,
    bytes: Uint8Array,
    namesInUse: () => ReadonlySet<string>,
  ): void {
    if (!this.#isSwept) this.#sweep(namesInUse());
    if (this.#sizeWith(name, position + bytes.length) > this.#maxBytes) this.#sweep(namesInUse());
    const size = this.#sizeWith(name, position + bytes.length);
    if (size > this.#maxBytes) throw new StateLimitError("image layers", size, this.#maxBytes);
    this.#change(() => this.#medium.write(name, position, bytes));
    this.#known().set(name, position + bytes.length);
  }

  /** The size of all blobs if one of them had another size. */
  #sizeWith(name: string, size: number): number {
    const sizes = this.#known();
    return [...sizes.values()].reduce((sum, other) => sum + other, size - (sizes.get(name) ?? 0));
  }

  /**
   * Gives a blob its final name, after its content has been flushed to the disk. A blob of that name is replaced.
   *
   * @throws StateWriteError
   */
  rename(from: string, to: string): void {
    this.#change(() => this.#medium.rename(from, to));
    const sizes = this.#known();
    sizes.set(to, sizes.get(from) ?? 0);
    sizes.delete(from);
  }

  /** The SHA-256 digest of a blob in the format of the OCI Image Specification. */
  digestOf(name: string): string {
    const hash = createHash("sha256");
    for (const chunk of this.#medium.chunks(name)) hash.update(chunk);
    return `sha256:${hash.digest("hex")}`;
  }

  /** The whole content. Use it only for blobs whose size is known to be small. */
  read(name: string): Buffer {
    return Buffer.concat(Array.from(this.#medium.chunks(name), (chunk) => Buffer.from(chunk)));
  }

  stream(name: string): Readable {
    return this.#medium.stream(name);
  }

  #sweep(namesInUse: ReadonlySet<string>): void {
    const sizes = this.#known();
    for (const name of sizes.keys()) {
      if (namesInUse.has(name)) continue;
      this.#change(() => this.#medium.remove(name));
      sizes.delete(name);
    }
    this.#isSwept = true;
  }

  #change(change: () => void): void {
    try {
      change();
    } catch (error) {
      throw new StateWriteError(error);
    }
  }
}
