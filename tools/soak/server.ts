// npm run soak:server [minutes] [seed]: eight AWS SDK clients call a sandbox with a state file. At random times the process is
// killed or the disk becomes full. The exit code is 1 where one of these requirements is violated:
//
// - while the process runs and the disk has space, there are no 5xx responses and no closed connections
// - no acknowledged write is lost after a kill or with a full disk
// - a call with a 5xx response changes nothing
// - memory is limited to 200 MiB, plus 20 bytes for each byte of the state file
import { type ChildProcess, execFileSync, fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { seeded } from "../../src/shared/random.ts";
import { type ResourceKind, resourceKinds } from "./resources.ts";

const [minutes = 20, seed = 1] = process.argv.slice(2).map(Number);
const CLIENTS = 8;
/** Maximum number of resources of each kind for each client. It limits the size of the state. */
const NAMES = 30;
const MIB = 2 ** 20;
const MEMORY_BASE = 200 * MIB;
const MEMORY_PER_BYTE = 20;
const DISK_BYTES = 24 * MIB;

const random = seeded(seed);
let end = Number.POSITIVE_INFINITY;
const folder = mkdtempSync(join(tmpdir(), "berth-soak-"));
const stateFile = join(folder, "world.json");
const problems: string[] = [];
const count = { calls: 0, failed: 0, cut: 0, kills: 0, full: 0, checked: 0 };
let peak = { memory: 0, state: 0 };

// ── the process and its disk ─────────────────────────────────────────────────────────────────────────────────────

/** True where the folder is a small tmpfs disk. Otherwise the sandbox simulates the full disk in its writer. */
const hasDisk =
  spawnSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", folder]).status === 0;

async function startProcess(port: number): Promise<ChildProcess> {
  const child = fork(
    fileURLToPath(new URL("server-process.ts", import.meta.url)),
    [String(port), stateFile, new URL("../../dist/sandbox/server.js", import.meta.url).href],
    { execArgv: ["--no-warnings", "--import", "jiti/register"] },
  );
  const died = once(child, "exit").then(([code]) => {
    throw new Error(`the sandbox did not start: exit code ${code}`);
  });
  await Promise.race([once(child, "message"), died]);
  died.catch(() => {
    // The process is killed later, which rejects this promise.
  });
  return child;
}

async function setFull(child: ChildProcess, isFull: boolean): Promise<void> {
  if (hasDisk) {
    const filler = join(folder, "filler");
    if (!isFull) rmSync(filler, { force: true });
    // dd fails when the disk is full, as intended.
    else spawnSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=4096", `count=${DISK_BYTES / 4096}`]);
    return;
  }
  child.send(isFull ? "full" : "free");
  await once(child, "message");
}

// A port below the ephemeral range. While the sandbox does not listen, a client could get this port for its own outgoing
// connection and connect to itself.
const port = 20_000 + Math.floor(random() * 10_000);
let child = await startProcess(port);
const url = `http://127.0.0.1:${port}`;

// ── kills and full disks ───────────────────────────────────────────────────────────────────────────────────────────

const windows: { readonly from: number; to: number }[] = [];
const isInWindow = (from: number, to: number): boolean =>
  windows.some((window) => from <= window.to && to >= window.from);

async function injectFailures(): Promise<void> {
  while (performance.now() < end) {
    await sleep(3000 + random() * 7000);
    measure();
    const window = { from: performance.now(), to: Number.POSITIVE_INFINITY };
    windows.push(window);
    if (random() < 0.5) {
      count.kills++;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
      child = await startProcess(port);
    } else {
      count.full++;
      await setFull(child, true);
      await sleep(500 + random() * 2000);
      await setFull(child, false);
    }
    window.to = performance.now();
    const left = Math.max(0, Math.round((end - window.to) / 1000));
    process.stdout.write(
      `${count.kills} kills, ${count.full} full disks, ${count.calls} calls, ${problems.length} problems; ${left} s left\n`,
    );
  }
}

function measure(): void {
  const text = execFileSync("ps", ["-o", "rss=", "-p", String(child.pid)], { encoding: "utf8" });
  const memory = 1024 * Number(text);
  const state = statSync(stateFile).size;
  if (memory > peak.memory) peak = { memory, state };
  if (memory > MEMORY_BASE + MEMORY_PER_BYTE * state)
    problems.push(`memory: ${Math.round(memory / MIB)} MiB for a state of ${state} bytes`);
}

// ── clients ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Makes a call: it succeeds, fails with 5xx, or its connection is closed without a response. */
async function attempt<Value>(
  what: string,
  call: () => Promise<Value>,
): Promise<{ readonly kind: "done"; readonly value: Value } | { readonly kind: "failed" | "cut" }> {
  const from = performance.now();
  count.calls++;
  try {
    return { kind: "done", value: await call() };
  } catch (error) {
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    const kind = status === undefined ? "cut" : "failed";
    if (status !== undefined && status < 500) problems.push(`${what}: ${String(error)}`);
    else if (!isInWindow(from, performance.now()))
      problems.push(`${what}, outside of a failure window: ${String(error)}`);
    count[kind]++;
    return { kind };
  }
}

/** The expected value of a resource: undefined where it was deleted, open where the last write may have succeeded or not. */
type Expected =
  | { readonly kind: "known"; readonly value: string | undefined }
  | { readonly kind: "open" };

async function client(number: number, kinds: readonly ResourceKind[]): Promise<void> {
  const expected = new Map<string, Expected>();
  const nameOf = (): string => `c${number}-${Math.floor(random() * NAMES)}`;
  const check = async (kind: ResourceKind, name: string): Promise<void> => {
    const key = `${kind.kind} ${name}`;
    const read = await attempt(`read ${key}`, () => kind.get(name));
    if (read.kind !== "done") return;
    const before = expected.get(key) ?? { kind: "known", value: undefined };
    count.checked++;
    if (before.kind === "known" && before.value !== read.value)
      problems.push(
        `${key}: read ${JSON.stringify(read.value)?.slice(0, 60)}, but ${JSON.stringify(before.value)?.slice(0, 60)} was acknowledged`,
      );
    expected.set(key, { kind: "known", value: read.value });
  };
  while (performance.now() < end) {
    const kind = kinds[Math.floor(random() * kinds.length)];
    if (!kind) throw new RangeError("there are no resource kinds");
    const name = nameOf();
    const key = `${kind.kind} ${name}`;
    const before = expected.get(key) ?? { kind: "known", value: undefined };
    if (before.kind === "open" || random() < 0.3) {
      await check(kind, name);
      continue;
    }
    const exists = before.value !== undefined;
    const isPut = exists ? !kind.isCreateOnly && random() < 0.6 : true;
    const text = "x".repeat(Math.floor(random() * 2000)) + random();
    const value = kind.kind === "parameter" || kind.kind === "object" ? text : "exists";
    const result = await attempt(`${isPut ? "put" : "delete"} ${key}`, () =>
      isPut ? kind.put(name, value) : kind.delete(name),
    );
    if (result.kind === "done")
      expected.set(key, { kind: "known", value: isPut ? value : undefined });
    else if (result.kind === "cut") expected.set(key, { kind: "open" });
    // A call with a 5xx response changes nothing. The next read tests this.
    if (result.kind !== "done") await check(kind, name);
  }
  // After the last failure all reads must succeed.
  await failureInjection;
  for (const kind of kinds) for (let i = 0; i < NAMES; i++) await check(kind, `c${number}-${i}`);
}

const numbers = Array.from({ length: CLIENTS }, (_, index) => index);
const kindsOf = await Promise.all(numbers.map((number) => resourceKinds(url, `c${number}`)));
// The time of the setup does not count.
end = performance.now() + minutes * 60_000;
const failureInjection = injectFailures();
try {
  await Promise.all([failureInjection, ...kindsOf.map((kinds, number) => client(number, kinds))]);
  measure();
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
} finally {
  child.kill("SIGKILL");
  if (hasDisk) execFileSync("umount", ["-l", folder]);
  rmSync(folder, { recursive: true, force: true });
}
for (const value of problems.slice(0, 20)) process.stdout.write(`✗ ${value}\n`);
process.stdout.write(
  `${count.calls} calls in ${minutes} min (seed ${seed}), ${count.kills} kills, ${count.full} full disks (${hasDisk ? "tmpfs" : "injected"}); in these windows ${count.failed} calls with 5xx responses and ${count.cut} closed connections; ${count.checked} reads compared with acknowledged writes, ${problems.length} problems; at most ${Math.round(peak.memory / MIB)} MiB of memory, with a state file of ${(peak.state / MIB).toFixed(1)} MiB\n`,
);
process.exitCode = problems.length > 0 ? 1 : 0;
