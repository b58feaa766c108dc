import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";
import { defaultCaller } from "../../src/sandbox/access/callers.ts";
import { dispatch } from "../../src/sandbox/dispatch.ts";
import { defaultQuotas, type Laws } from "../../src/sandbox/laws.ts";
import { settle } from "../../src/sandbox/life.ts";
import { AwsError } from "../../src/sandbox/protocol/errors.ts";
import { loadModel } from "../../src/sandbox/protocol/model.ts";
import { encodeAnswer } from "../../src/sandbox/protocol/wire.ts";
import { World } from "../../src/sandbox/store.ts";
import { givenStage } from "./failures/stage.ts";
import { numbers, valueOf } from "../support/values.ts";
import { services } from "../../src/sandbox/services/index.ts";
import { testFolder } from "../support/folder.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

const signed = (service: string): Record<string, string> => ({
  authorization: `AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});

const isWell = async (): Promise<boolean> => (await fetch(`${sandbox.url}/_berth/health`)).ok;

/** Sends bytes as they are, and answers what comes back until the connection ends. */
async function raw(...parts: (string | Buffer)[]): Promise<string> {
  const socket = connect(sandbox.port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {
    // A connection that is cut is an answer too.
  });
  for (const part of parts) socket.write(part);
  socket.end();
  await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
}

const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.json().map((text) => Buffer.from(text)),
  fc
    .array(fc.tuple(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 })), { maxLength: 8 })
    .map((pairs) => Buffer.from(new URLSearchParams(pairs).toString())),
  fc
    .constantFrom(
      "<a><b></a>",
      '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
      "{".repeat(5000),
      '{"__proto__":{"polluted":true}}',
      "Action=&Version=",
      "Action=CreateVpc&CidrBlock.999999999.x=1",
      `Action=CreateTags&${"ResourceId.1=x&".repeat(500)}`,
      "a".repeat(10_000),
    )
    .map((text) => Buffer.from(text)),
);

describe("the sandbox's front", () => {
  it("answers whatever comes with an error of the client's, and stays well", async () => {
    const names = services.map(({ name }) => name);
    const operations = services.flatMap(({ name, operations: own }) =>
      Object.keys(own).map((operation) => ({ name, operation })),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.constantFrom(...operations),
        fc.constantFrom("POST", "GET", "PUT", "DELETE", "PATCH"),
        fc.constantFrom(
          "/",
          "/bucket/key",
          "/%",
          "/%ff%fe",
          "//",
          "/a/../../etc/passwd",
          "/%2e%2e/x",
          "/2013-04-01/hostedzone/%00",
        ),
        fc.constantFrom("", "?policy=", "?Action=DescribeVpcs", "?list-type=2&prefix=%", "?x=%zz"),
        bodies,
        fc.constantFrom(
          "application/x-amz-json-1.1",
          "application/x-www-form-urlencoded",
          "text/xml",
          "",
        ),
        async (name, { operation }, method, path, query, body, type) => {
          const response = await fetch(`${sandbox.url}${path}${query}`, {
            method,
            headers: {
              ...signed(name),
              "x-amz-target": `Any_20200101.${operation}`,
              ...(type === "" ? {} : { "content-type": type }),
            },
            ...(method === "GET" ? {} : { body: new Uint8Array(body) }),
          });
          const text = await response.text();
          // 501 says what the sandbox does not do; any other 5xx would be its own fault.
          expect([response.status < 500 || response.status === 501, text]).toEqual([true, text]);
        },
      ),
      { numRuns: 1500, seed: 20_261_123 },
    );
    expect(await isWell()).toBe(true);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  }, 120_000);

  it("refuses a body that is too large before it is read", async () => {
    const head = `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${2 ** 33}\r\n`;
    const answer = await raw(
      `${head}authorization: ${signed("ec2")["authorization"]}\r\n\r\n`,
      "x",
    );
    expect(answer).toContain("413");
    expect(answer).toContain("RequestEntityTooLarge");
    expect(await isWell()).toBe(true);
  });

  it("is no proxy", async () => {
    const answer = await raw(
      "GET http://169.254.169.254/latest/meta-data HTTP/1.1\r\nhost: 169.254.169.254\r\nconnection: close\r\n\r\n",
    );
    expect(answer).toContain("The sandbox forwards no request");
    expect(await raw("CONNECT 169.254.169.254:80 HTTP/1.1\r\nhost: x\r\n\r\n")).not.toContain(
      "200",
    );
    expect(await isWell()).toBe(true);
  });

  it.each([
    ["no HTTP at all", "\u0000\u0001\u0002\r\n\r\n"],
    ["a request that ends in the middle", "POST / HTTP/1.1\r\ncontent-length: 100\r\n\r\nhalf"],
    [
      "two lengths",
      "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabc",
    ],
    ["headers without end", `GET / HTTP/1.1\r\n${"x: y\r\n".repeat(5000)}`],
  ])("survives %s", async (_title, bytes) => {
    await raw(bytes);
    expect(await isWell()).toBe(true);
  });

  it("serves others while one client dawdles", async () => {
    const slow = connect(sandbox.port, "127.0.0.1");
    slow.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\na");
    expect(await isWell()).toBe(true);
    slow.destroy();
  });

  it("listens on 127.0.0.1 alone, and is not for web pages", async () => {
    await expect(
      new Promise((resolve, reject) => {
        connect(sandbox.port, "::1", () => resolve("connected")).on("error", reject);
      }),
    ).rejects.toThrow("ECONNREFUSED");
    const page = await fetch(`${sandbox.url}/_berth/reset`, {
      method: "POST",
      headers: { origin: "https://example.com" },
    });
    expect(page.status).toBe(403);
  });
});

type Words = ReadonlyMap<string, readonly string[]>;

/** Ids, names, ARNs and addresses that are in a world, by the names they stand under. */
function wordsIn(snapshot: string): Words {
  const words = new Map<string, string[]>();
  JSON.parse(snapshot, (key: string, value: unknown) => {
    if (typeof value === "string" && value.length < 150)
      words.set(key.toLowerCase(), [...(words.get(key.toLowerCase()) ?? []), value]);
    return value;
  });
  return words;
}

/** An input in whose texts stand words of the world, more often than not such as their names ask for. */
function told(value: unknown, words: Words, next: () => number, name = ""): unknown {
  if (typeof value === "string" && value.startsWith("text ")) {
    const asked = name.toLowerCase();
    const fitting = [...words].filter(([key]) => key.includes(asked) || asked.includes(key));
    const pool = (next() < 0.9 && fitting.length > 0 ? fitting : [...words]).flatMap(
      ([, texts]) => texts,
    );
    return next() < 0.9 ? pool[Math.floor(next() * pool.length)] : value;
  }
  if (Array.isArray(value))
    return value.map((one) => told(one, words, next, name.replace(/s$/, "")));
  if (
    typeof value !== "object" ||
    value === null ||
    value instanceof Date ||
    value instanceof Uint8Array
  )
    return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, told(one, words, next, key)]),
  );
}

describe("every operation", () => {
  it.each(services)(
    "of $name answers or refuses well-formed nonsense, and never breaks",
    async (service) => {
      const stage = await givenStage();
      await stage.launch();
      const snapshot = stage.sandbox.snapshot();
      await stage.close();
      const words = wordsIn(snapshot);
      const model = loadModel(service.name);
      const next = numbers(service.name.length * 15_485_863);
      const world = new World();
      const now = new Date("2026-01-01T00:00:00Z");
      const laws: Laws = {
        pace: "instant",
        iam: "strong",
        unknownRoles: "refused",
        quotas: defaultQuotas,
        apps: {},
      };
      const caller = defaultCaller("111122223333", "us-east-1");
      const broken: string[] = [];
      let answered = 0;
      for (let round = 0; round < 40; round++) {
        world.restore(snapshot);
        for (const [name, { heeds }] of Object.entries(service.operations)) {
          const shapes = model.operations[name];
          if (!shapes) throw new Error(`${name} is not in the model`);
          const whole = valueOf(model, shapes.i, next) as Record<string, unknown>; // an input is a structure
          const heeded = Object.fromEntries(
            Object.entries(whole).filter(([key]) => heeds.includes(key)),
          );
          const input = told(heeded, words, next) as Record<string, unknown>; // as it was
          try {
            const { output } = dispatch(
              world,
              service,
              model,
              { operation: name, input },
              { caller, region: "us-east-1", now, laws },
            );
            encodeAnswer(model, name, output, "request");
            settle(world, now, laws, "waited");
            answered++;
          } catch (error) {
            if (error instanceof AwsError && error.status !== 500) continue;
            const { stack = "" } = error as Error;
            broken.push(`${name}(${JSON.stringify(input)}): ${stack.slice(0, 400)}`);
          }
        }
      }
      expect(broken).toEqual([]);
      expect(answered).toBeGreaterThan(0);
    },
  );
});

describe("the state file", () => {
  /** A process that runs a sandbox with a state file, and prints its address. */
  async function start(
    file: string,
  ): Promise<{ readonly process: ChildProcess; readonly url: string }> {
    const source = fileURLToPath(new URL("../../src/sandbox/server.ts", import.meta.url));
    const script = join(testFolder(), "run.mts");
    writeFileSync(
      script,
      `import { startSandbox } from ${JSON.stringify(source)};
const sandbox = await startSandbox({ stateFile: ${JSON.stringify(file)}, quotas: { vpcs: 100000 } });
console.log(sandbox.url);
`,
    );
    const child = spawn(process.execPath, ["--no-warnings", "--import", "jiti/register", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(child.stdout, "data")) as [Buffer]; // its one line
    return { process: child, url: line.toString().trim() };
  }

  it("is whole after a kill at any moment, with all that was answered", async () => {
    const file = join(testFolder(), "world.json");
    const answered = new Set<string>();
    for (let round = 0; round < 4; round++) {
      const { process: child, url } = await start(file);
      const isOver = new Promise((resolve) => child.once("exit", resolve));
      const before = answered.size;
      const caller = async (): Promise<void> => {
        for (;;) {
          const response = await fetch(url, {
            method: "POST",
            headers: { ...signed("ec2"), "content-type": "application/x-www-form-urlencoded" },
            body: "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0/16",
          });
          const id = /<vpcId>(vpc-\w+)/.exec(await response.text())?.[1];
          if (id !== undefined) answered.add(id);
          // In the middle of what the others have asked for.
          if (answered.size >= before + 5 + 9 * round) child.kill("SIGKILL");
        }
      };
      await Promise.allSettled([caller(), caller(), caller(), caller()]);
      await isOver;
      const text = readFileSync(file, "utf8");
      expect(() => JSON.parse(text) as unknown).not.toThrow();
      const kept = [...answered].filter((id) => !text.includes(id));
      expect(kept).toEqual([]);
    }
    expect(answered.size).toBeGreaterThanOrEqual(4 * 5 + 9 * (1 + 2 + 3));
  }, 60_000);
});
