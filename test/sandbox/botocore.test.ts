import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadModel } from "../../src/sandbox/protocol/model.ts";
import { services } from "../../src/sandbox/services/index.ts";
import { type Capture, startCapture } from "../support/capture.ts";
import { numbers, valueOf } from "../support/values.ts";

const hasBotocore = spawnSync("python3", ["-c", "import botocore"]).status === 0;

/** How botocore calls services, where not by their signing name. */
const NAMES: Readonly<Record<string, string>> = {
  elasticloadbalancing: "elbv2",
  monitoring: "cloudwatch",
};

/** Operations whose member botocore rewrites, or that it does not know (yet). */
const REWRITTEN = new Set([
  // It parses policies out of their URL encoding.
  "GetPolicyVersion",
  "GetRole",
  "GetRolePolicy",
  "GetUserPolicy",
  "CreateRole",
  "ListRoles",
  "GetInstanceProfile",
  "CreateInstanceProfile",
  "ListInstanceProfiles",
  "ListInstanceProfilesForRole",
  "ListPolicyVersions",
  "CreatePolicyVersion",
  "CreateServiceLinkedRole",
]);

interface Answer {
  /** What it knew of the input, what it read, and what it should have read. */
  readonly sent?: unknown;
  readonly output?: unknown;
  readonly expected?: unknown;
  readonly error?: string;
  readonly unknown?: boolean;
}

/** Dates and bytes as the other side reads and writes them. */
function plain(value: unknown): unknown {
  if (value instanceof Date) return { $date: value.getTime() };
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
}

/** Some numbers are texts to botocore. */
const withTextNumbers = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, entry: unknown) =>
      typeof entry === "number" ? String(entry) : entry,
    ),
  );

let capture: Capture;
let python: ChildProcessWithoutNullStreams;
let lines: AsyncIterator<string>;

beforeAll(async () => {
  if (!hasBotocore) return;
  capture = await startCapture();
  const script = fileURLToPath(new URL("../support/botocore_client.py", import.meta.url));
  python = spawn("python3", [script], {
    env: { ...process.env, AWS_EC2_METADATA_DISABLED: "true" },
  });
  lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
});

afterAll(() => {
  if (!hasBotocore) return;
  python.kill();
  capture.close();
});

async function callPython(
  service: string,
  operation: string,
  input: unknown,
  response: unknown,
): Promise<Answer> {
  const command = {
    service,
    operation,
    url: capture.url,
    input: plain(input),
    reply: plain(response),
  };
  python.stdin.write(`${JSON.stringify(command)}\n`);
  const { value } = await lines.next();
  return JSON.parse(String(value)) as Answer; // of our own script
}

/** S3's client rewrites what it is given; it is tested by its own calls. */
const testedServices = services.filter(({ name }) => name !== "s3");

describe.skipIf(!hasBotocore)("AWS's client for Python", () => {
  it.each(testedServices)(
    "carries every operation of $name that the sandbox has",
    async ({ name, operations }) => {
      const model = loadModel(name);
      capture.model = model;
      const next = numbers(name.length * 104_729);
      const problems: string[] = [];
      let passedCount = 0;
      for (const operation of Object.keys(operations)) {
        const shapes = model.operations[operation];
        if (!shapes || REWRITTEN.has(operation)) continue;
        const input = valueOf(model, shapes.i, next);
        capture.reply = valueOf(model, shapes.o, next) as Record<string, unknown>; // an output is a structure
        const answer = await callPython(NAMES[name] ?? name, operation, input, capture.reply);
        if (answer.unknown === true) continue;
        try {
          if (answer.error !== undefined)
            throw capture.received instanceof Error ? capture.received : new Error(answer.error);
          expect(withTextNumbers(plain(capture.received))).toEqual(withTextNumbers(answer.sent));
          expect(answer.output).toEqual(answer.expected);
          passedCount++;
        } catch (error) {
          problems.push(`${operation}: ${(error as Error).message.slice(0, 500)}`);
        }
      }
      expect(problems).toEqual([]);
      expect(passedCount).toBeGreaterThan(2);
    },
    120_000,
  );
});
