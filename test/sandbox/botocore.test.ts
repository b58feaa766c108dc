import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadModel, type ServiceModel, structureAt } from "../../src/service-models/index.ts";
import { services } from "../../src/sandbox/services/all.ts";
import { type Capture, startCapture } from "../support/capture.ts";
import { numbers, valueOf } from "../support/values.ts";

const hasBotocore = spawnSync("python3", ["-c", "import botocore"]).status === 0;

/** Service names of botocore that differ from the signing name. */
const NAMES: Readonly<Record<string, string>> = {
  elasticloadbalancing: "elbv2",
  monitoring: "cloudwatch",
};

/** Operations with members that botocore changes, or that it does not support. */
const REWRITTEN = new Set([
  // It decodes URL-encoded policies.
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

/** Operations of ElastiCache: only botocore gives the element of the pending log delivery configurations another name. */
const ENCODED_DIFFERENTLY = new Set([
  "CreateCacheCluster",
  "ModifyCacheCluster",
  "DeleteCacheCluster",
  "ModifyReplicationGroup",
  "DeleteReplicationGroup",
]);

interface Answer {
  /** The members of the input that botocore supports, the decoded output, and the expected output. */
  readonly sent?: unknown;
  readonly output?: unknown;
  readonly expected?: unknown;
  readonly error?: string;
  readonly unknown?: boolean;
}

/** Encodes dates and bytes in the format of the Python script. */
function plain(value: unknown): unknown {
  if (value instanceof Date) return { $date: value.getTime() };
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
}

/** An input whose headers are ASCII: botocore encodes other characters as UTF-8, and Node.js decodes them as ISO 8859-1. */
const withAsciiHeaders = (model: ServiceModel, shape: number, input: unknown): unknown => {
  const { m: members } = structureAt(model, shape);
  return Object.fromEntries(
    Object.entries(input as object).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === "string" && members[name]?.httpHeader !== undefined
        ? value.replaceAll("ü", "u")
        : value,
    ]),
  );
};

/** An output without its empty members: botocore returns an empty payload as an empty structure. */
const withoutEmpty = (output: unknown): unknown =>
  typeof output === "object" && output !== null
    ? Object.fromEntries(
        Object.entries(output).filter(
          ([, value]) =>
            typeof value !== "object" || value === null || Object.keys(value).length > 0,
        ),
      )
    : output;

/** Converts numbers to strings, because botocore returns some numbers as strings. */
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
  return JSON.parse(String(value)) as Answer; // from the script in test/support
}

/** The client of S3 changes its input. S3 is tested separately. */
const testedServices = services.filter(({ name }) => name !== "s3");

describe.skipIf(!hasBotocore)("AWS SDK for Python (botocore)", () => {
  it.each(testedServices)(
    "encodes and decodes every operation of $name without loss",
    async ({ name, operations }) => {
      const model = loadModel(name);
      capture.model = model;
      const next = numbers(name.length * 104_729);
      const problems: string[] = [];
      let passedCount = 0;
      for (const operation of Object.keys(operations)) {
        const shapes = model.operations[operation];
        if (!shapes || REWRITTEN.has(operation) || ENCODED_DIFFERENTLY.has(operation)) continue;
        const input = withAsciiHeaders(model, shapes.i, valueOf(model, shapes.i, next));
        capture.reply = valueOf(model, shapes.o, next) as Record<string, unknown>; // an output is a structure
        const answer = await callPython(NAMES[name] ?? name, operation, input, capture.reply);
        if (answer.unknown === true) continue;
        try {
          if (answer.error !== undefined)
            throw capture.received instanceof Error ? capture.received : new Error(answer.error);
          expect(withTextNumbers(plain(capture.received))).toEqual(withTextNumbers(answer.sent));
          expect(withoutEmpty(answer.output)).toEqual(answer.expected);
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
