import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";
import { services } from "../../src/sandbox/services/all.ts";
import { Store } from "../../src/sandbox/core/store.ts";
import { testFolder } from "../support/folder.ts";
import { fuzz, fuzzOperations, signed, valuesIn } from "../support/fuzz.ts";
import { type GivenListener, givenListener } from "../support/listener.ts";
import { sendRaw } from "../support/raw-http.ts";
import { givenStage } from "./failures/stage.ts";

let sandbox: Sandbox;
let listener: GivenListener;

beforeAll(async () => {
  sandbox = await startSandbox({ listenerPorts: true });
  listener = await givenListener(sandbox);
});
afterAll(() => sandbox.close());

const isHealthy = async (): Promise<boolean> => (await fetch(`${sandbox.url}/_berth/health`)).ok;

const raw = (...parts: (string | Buffer)[]): Promise<string> => sendRaw(sandbox.port, ...parts);

describe("HTTP server of the sandbox", () => {
  it("answers random requests with client errors and remains healthy", async () => {
    const { wrong, statuses } = await fuzz(sandbox, listener.port, 600, 20_261_123);
    expect(wrong).toEqual([]);
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 403, 404, 501]));
    expect(await isHealthy()).toBe(true);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it("rejects a too large body before it is read", async () => {
    const head = `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${2 ** 33}\r\n`;
    const answer = await raw(
      `${head}authorization: ${signed("ec2")["authorization"]}\r\n\r\n`,
      "x",
    );
    expect(answer).toContain("413");
    expect(answer).toContain("RequestEntityTooLarge");
    expect(await isHealthy()).toBe(true);
  });

  it("rejects requests to a proxy", async () => {
    const answer = await raw(
      "GET http://169.254.169.254/latest/meta-data HTTP/1.1\r\nhost: 169.254.169.254\r\nconnection: close\r\n\r\n",
    );
    expect(answer).toContain("The sandbox is not a proxy");
    expect(
      await raw("CONNECT 169.254.169.254:80 HTTP/1.1\r\nhost: localhost\r\n\r\n"),
    ).not.toContain("200");
    expect(await isHealthy()).toBe(true);
  });

  it.each([
    ["bytes that are not HTTP", "\u0000\u0001\u0002\r\n\r\n"],
    [
      "an incomplete request",
      "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nhalf",
    ],
    [
      "two Content-Length headers",
      "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabc",
    ],
    ["endless headers", `GET / HTTP/1.1\r\n${"header: value\r\n".repeat(5000)}`],
  ])("survives %s", async (_title, bytes) => {
    await raw(bytes);
    expect(await isHealthy()).toBe(true);
  });

  it("serves other clients while a client is slow", async () => {
    const slow = connect(sandbox.port, "127.0.0.1");
    slow.write("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\na");
    expect(await isHealthy()).toBe(true);
    slow.destroy();
  });

  it("listens only on 127.0.0.1 and rejects web pages", async () => {
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

describe("all operations", () => {
  let snapshot: string;
  let values: ReturnType<typeof valuesIn>;

  beforeAll(async () => {
    const stage = await givenStage();
    await stage.launch();
    snapshot = stage.sandbox.snapshot();
    await stage.close();
    values = valuesIn(snapshot);
  });

  // The nightly tests run twenty times as many rounds, and a million requests.
  it.each(services)(
    "of $name answer or reject random valid inputs without internal errors",
    (service) => {
      const { broken, answered: responses } = fuzzOperations(service, snapshot, values, 2);
      expect(broken).toEqual([]);
      expect(responses).toBeGreaterThan(0);
    },
  );
});

describe("state file", () => {
  /** Starts a process that runs a sandbox with a state file and prints its URL. */
  async function start(
    file: string,
  ): Promise<{ readonly process: ChildProcess; readonly url: string }> {
    // The build, which Vitest's global setup updates, starts ten times as fast as the sources.
    const built = new URL("../../dist/sandbox/server.js", import.meta.url);
    const script = join(testFolder(), "run.mjs");
    writeFileSync(
      script,
      `import { startSandbox } from ${JSON.stringify(built.href)};
const sandbox = await startSandbox({ stateFile: ${JSON.stringify(file)}, quotas: { vpcs: 100000 } });
console.log(sandbox.url);
`,
    );
    const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(child.stdout, "data")) as [Buffer]; // a single line
    return { process: child, url: line.toString().trim() };
  }

  it("contains all answered changes after the process is killed", async () => {
    const file = join(testFolder(), "world.json");
    const responses = new Set<string>();
    for (let round = 0; round < 2; round++) {
      const { process: child, url } = await start(file);
      const exited = new Promise((resolve) => child.once("exit", resolve));
      const before = responses.size;
      const caller = async (): Promise<void> => {
        for (;;) {
          const response = await fetch(url, {
            method: "POST",
            headers: { ...signed("ec2"), "content-type": "application/x-www-form-urlencoded" },
            body: "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0/16",
          });
          const id = /<vpcId>(vpc-\w+)/.exec(await response.text())?.[1];
          if (id !== undefined) responses.add(id);
          // Kill the process while other calls are running.
          if (responses.size >= before + 5 + 9 * round) child.kill("SIGKILL");
        }
      };
      await Promise.allSettled([caller(), caller(), caller(), caller()]);
      await exited;
      const store = new Store(file);
      const storedIds = new Set(store.contents().find(({ kind }) => kind === "ec2/vpc")?.ids);
      store.close();
      expect([...responses].filter((id) => !storedIds.has(id))).toEqual([]);
    }
    expect(responses.size).toBeGreaterThanOrEqual(2 * 5 + 9);
  });
});
