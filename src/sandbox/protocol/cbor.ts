import { isObject } from "../../shared/json.ts";
import { MalformedRequest } from "./errors.ts";
import { type ServiceModel, type Shape, shapeAt, structureAt } from "../../service-models/index.ts";

// Concise Binary Object Representation (RFC 8949), as far as Smithy's RPC v2 CBOR protocol uses it.

const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 };

/** The "break" byte ends an item of indefinite length. */
const BREAK = 0xff;
const INDEFINITE = 31;

const malformed = (why: string): MalformedRequest =>
  new MalformedRequest("malformed", `the body is not CBOR: ${why}`);

class Reader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#position === this.#bytes.length;
  }

  #take(length: number): Buffer {
    if (this.#position + length > this.#bytes.length) throw malformed("it ends too early");
    this.#position += length;
    return this.#bytes.subarray(this.#position - length, this.#position);
  }

  #length(info: number): number {
    if (info < 24) return info;
    switch (info) {
      case 24:
        return this.#take(1).readUInt8();
      case 25:
        return this.#take(2).readUInt16BE();
      case 26:
        return this.#take(4).readUInt32BE();
      case 27:
        return Number(this.#take(8).readBigUInt64BE());
      default:
        throw malformed(`${info} is no length`);
    }
  }

  #isBreak(): boolean {
    if (this.#bytes[this.#position] !== BREAK) return false;
    this.#position++;
    return true;
  }

  #count(info: number, item: () => void): void {
    if (info === INDEFINITE) while (!this.#isBreak()) item();
    else for (let remaining = this.#length(info); remaining > 0; remaining--) item();
  }

  #chunks(info: number): Buffer {
    if (info !== INDEFINITE) return this.#take(this.#length(info));
    const chunks: Buffer[] = [];
    while (!this.#isBreak()) chunks.push(this.#take(this.#length(this.#take(1).readUInt8() & 31)));
    return Buffer.concat(chunks);
  }

  #simple(info: number): unknown {
    switch (info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
      case 23:
        return undefined;
      case 25:
        return half(this.#take(2).readUInt16BE());
      case 26:
        return this.#take(4).readFloatBE();
      case 27:
        return this.#take(8).readDoubleBE();
      default:
        throw malformed(`${info} is no simple value`);
    }
  }

  /** Reads the next value in the form of JSON: bytes in base64, timestamps in seconds. */
  read(depth = 0): unknown {
    if (depth > 64) throw malformed("it is nested too deeply");
    const head = this.#take(1).readUInt8();
    const [major, info] = [head >> 5, head & 31];
    switch (major) {
      case MAJOR.unsigned:
        return this.#length(info);
      case MAJOR.negative:
        return -1 - this.#length(info);
      case MAJOR.bytes:
        return this.#chunks(info).toString("base64");
      case MAJOR.text:
        return this.#chunks(info).toString("utf8");
      case MAJOR.array: {
        const items: unknown[] = [];
        this.#count(info, () => items.push(this.read(depth + 1)));
        return items;
      }
      case MAJOR.map: {
        const entries: [string, unknown][] = [];
        this.#count(info, () => {
          const key = this.read(depth + 1);
          if (typeof key !== "string") throw malformed("a key is not text");
          entries.push([key, this.read(depth + 1)]);
        });
        return Object.fromEntries(entries);
      }
      case MAJOR.tag:
        this.#length(info);
        return this.read(depth + 1);
      default:
        return this.#simple(info);
    }
  }
}

/** Decodes a 16-bit float. */
function half(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15, (bits >> 10) & 31, bits & 1023];
  const value =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent === 31
        ? fraction === 0
          ? Infinity
          : Number.NaN
        : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return sign === 1 ? -value : value;
}

/**
 * Reads a body.
 *
 * @throws MalformedRequest if the body is not CBOR
 */
export function readCbor(body: Buffer): unknown {
  if (body.length === 0) return {};
  const reader = new Reader(body);
  const value = reader.read();
  if (!reader.isAtEnd) throw malformed("something follows its end");
  return value;
}

function head(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length]);
  if (length < 256) return Buffer.from([(major << 5) | 24, length]);
  const bytes = Buffer.alloc(length < 2 ** 32 ? 5 : 9);
  bytes.writeUInt8((major << 5) | (length < 2 ** 32 ? 26 : 27));
  if (length < 2 ** 32) bytes.writeUInt32BE(length, 1);
  else bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
}

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([head(MAJOR.text, bytes.length), bytes]);
};

function number(value: number): Buffer {
  if (Number.isSafeInteger(value))
    return value >= 0 ? head(MAJOR.unsigned, value) : head(MAJOR.negative, -1 - value);
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8((MAJOR.simple << 5) | 27);
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

const map = (entries: readonly (readonly [string, Buffer])[]): Buffer =>
  Buffer.concat([
    head(MAJOR.map, entries.length),
    ...entries.flatMap(([key, value]) => [text(key), value]),
  ]);

/** Writes a structure. */
export function writeCbor(
  model: ServiceModel,
  shape: number,
  value: Readonly<Record<string, unknown>>,
): Buffer {
  const entries = Object.entries(structureAt(model, shape).m).flatMap(([name, member]) =>
    value[name] === undefined || value[name] === null
      ? []
      : [[name, encodeValue(model, shapeAt(model, member.s), member.s, value[name])] as const],
  );
  return map(entries);
}

function encodeValue(model: ServiceModel, shape: Shape, index: number, value: unknown): Buffer {
  switch (shape.k) {
    case "structure":
      if (!isObject(value)) throw new TypeError(`a ${shape.n ?? "structure"} is expected`);
      return writeCbor(model, index, value);
    case "list": {
      const items = Array.isArray(value) ? value : [];
      return Buffer.concat([
        head(MAJOR.array, items.length),
        ...items.map((item) => encodeValue(model, shapeAt(model, shape.v.s), shape.v.s, item)),
      ]);
    }
    case "map":
      return map(
        Object.entries(isObject(value) ? value : {}).map(([key, entry]) => [
          key,
          encodeValue(model, shapeAt(model, shape.v.s), shape.v.s, entry),
        ]),
      );
    case "timestamp": {
      const date = value instanceof Date ? value : new Date(String(value));
      return Buffer.concat([head(MAJOR.tag, 1), number(date.getTime() / 1000)]);
    }
    case "blob": {
      const bytes = value instanceof Uint8Array ? value : Buffer.from(String(value), "base64");
      return Buffer.concat([head(MAJOR.bytes, bytes.length), bytes]);
    }
    case "boolean":
      return Buffer.from([(MAJOR.simple << 5) | (value === true ? 21 : 20)]);
    case "number":
      return number(Number(value));
    case "string":
    case "document":
      return text(String(value));
  }
}

/** Writes an error with its type and message. */
export const writeCborError = (code: string, message: string): Buffer =>
  map([
    ["__type", text(code)],
    ["message", text(message)],
  ]);
