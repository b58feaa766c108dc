// npm run bench: the budgets of the house, as ratios measured in one run on one machine. A peer is found, or fetched
// into a temporary folder, or reported as absent; it is never a dependency.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkOf } from "./plans.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const cli = join(root, "dist/cli/main.js");
const isLong = process.argv.includes("--long");
const scratch = mkdtempSync(join(tmpdir(), "berth-bench-"));

interface Row {
  readonly what: string;
  readonly ours: string;
  readonly peer: string;
  readonly ratio: string;
  readonly budget: string;
  readonly isMet: boolean | undefined;
}
const rows: Row[] = [];

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const ms = (value: number): string =>
  value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(value < 10 ? 1 : 0)} ms`;
const times = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)}×`;

function add(
  what: string,
  ours: number,
  options: {
    readonly peer?: number | undefined;
    readonly show?: (value: number) => string;
    readonly higher?: boolean;
    readonly budget: string;
    readonly isMet: (ours: number, ratio: number | undefined) => boolean | undefined;
  },
): void {
  const { peer, show = ms, higher = false, budget, isMet } = options;
  const ratio = peer === undefined ? undefined : higher ? ours / peer : peer / ours;
  rows.push({
    what,
    ours: show(ours),
    peer: peer === undefined ? "absent" : show(peer),
    ratio: ratio === undefined ? "" : times(ratio),
    budget,
    isMet: isMet(ours, ratio),
  });
  process.stderr.write(`  ${what}\n`);
}

/** Milliseconds that a whole process takes, the median of some runs. */
function processTime(
  command: string,
  args: readonly string[],
  cwd: string,
  runs = 7,
  env: NodeJS.ProcessEnv = process.env,
): number {
  const durations: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    const { status, stderr } = spawnSync(command, args, { cwd, env, encoding: "utf8" });
    if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed: ${stderr}`);
    durations.push(performance.now() - start);
  }
  return median(durations);
}

// ── the command line ─────────────────────────────────────────────────────────────────────────────────────────────

const example = join(root, "examples/hello");
const node = process.execPath;
add("berth --help", processTime(node, [cli, "--help"], scratch), {
  budget: "≤ 120 ms",
  isMet: (ours) => ours <= 120,
});

function cdktnSynth(): number | undefined {
  const folder = join(scratch, "cdktn");
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{"private":true}');
  const installed = spawnSync(
    "npm",
    ["install", "--no-audit", "--no-fund", "--silent", "cdktn-cli@0.24"],
    { cwd: folder, encoding: "utf8" },
  );
  const bin = join(folder, "node_modules/.bin/cdktn");
  if (installed.status !== 0 || !existsSync(bin)) return undefined;
  writeFileSync(
    join(folder, "cdktf.json"),
    JSON.stringify({
      language: "typescript",
      app: `${node} app.cjs`,
      projectId: "bench",
      sendCrashReports: "false",
    }),
  );
  for (const name of ["berth", "cdktn", "constructs", "@cdktn/provider-aws"]) {
    const target = name === "berth" ? root : join(root, "node_modules", name);
    rmSync(join(folder, "node_modules", name), { recursive: true, force: true });
    symlinkSync(target, join(folder, "node_modules", name));
  }
  writeFileSync(
    join(folder, "app.cjs"),
    `const { App, TerraformStack } = require("cdktn");
const { AwsProvider } = require("@cdktn/provider-aws/lib/provider/index.js");
const { Foundation } = require("berth");
const app = new App();
const stack = new TerraformStack(app, "hello");
new AwsProvider(stack, "aws", { region: "us-east-1" });
new Foundation(stack, "foundation", { name: "hello", region: "us-east-1", loadBalancer: { allowFrom: ["0.0.0.0/0"] } });
app.synth();
`,
  );
  // The peer asks for a function of newer Node.js that does nothing for a synth; on Node.js 20 it gets an empty one.
  writeFileSync(
    join(folder, "shim.cjs"),
    'require("node:worker_threads").markAsUncloneable ??= () => {};\n',
  );
  try {
    return processTime(bin, ["synth"], folder, 3, {
      ...process.env,
      NODE_OPTIONS: `--require ${join(folder, "shim.cjs")}`,
      CHECKPOINT_DISABLE: "1",
      CI: "1",
    });
  } catch (error) {
    process.stderr.write(
      `  cdktn synth does not run here: ${(error as Error).message.split("\n")[0]}\n`,
    );
    return undefined;
  }
}
add(
  "berth synth of the example, whole process; peer: cdktn synth of the same",
  processTime(node, [cli, "synth"], example),
  {
    peer: cdktnSynth(),
    budget: "≤ 0.7 s, ≥ 3× the peer",
    isMet: (ours, ratio) => ours <= 700 && (ratio === undefined ? undefined : ratio >= 3),
  },
);

// ── the sandbox beside moto's server ─────────────────────────────────────────────────────────────────────────────

/** One EC2 or STS call by raw HTTP, the same for both. */
function call(port: number, service: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: "127.0.0.1",
        port,
        method: "POST",
        path: "/",
        headers: {
          "content-type": "application/x-www-form-urlencoded",
          authorization: `AWS4-HMAC-SHA256 Credential=sandbox/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
          "x-amz-date": "20260101T000000Z",
        },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.on("end", () =>
          response.statusCode === 200 ? resolve(text) : reject(new Error(text.slice(0, 300))),
        );
      },
    );
    sent.on("error", reject).end(body);
  });
}
const ec2 = (port: number, query: string): Promise<string> =>
  call(port, "ec2", `Version=2016-11-15&${query}`);
const identity = (port: number): Promise<string> =>
  call(port, "sts", "Version=2011-06-15&Action=GetCallerIdentity");

/** Calls a second, eight at a time over some milliseconds: with one at a time the client would be measured. */
async function rate(once: () => Promise<unknown>, duration = 1500): Promise<number> {
  for (let i = 0; i < 20; i++) await once();
  const start = performance.now();
  let count = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() - start < duration) {
      await once();
      count++;
    }
  };
  await Promise.all(Array.from({ length: 8 }, caller));
  return (count * 1000) / (performance.now() - start);
}

interface Served {
  readonly start: number;
  readonly identity: number;
  readonly createVpc: number;
  readonly createGroup: number;
  readonly describe: number;
  /** Bytes that the process holds with 1,000 VPCs in it. */
  readonly memory: number;
}

/** Bytes of memory that a process has. Source: ps(1), rss. */
const memoryOf = (pid: number | undefined): number =>
  1024 * Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }));

async function measure(port: number, start: number, pid: number | undefined): Promise<Served> {
  const { 1: vpcId } =
    /<vpcId>(vpc-[^<]+)</.exec(await ec2(port, "Action=CreateVpc&CidrBlock=10.0.0.0/16")) ?? [];
  let name = 0;
  const result = {
    start,
    identity: await rate(() => identity(port)),
    createGroup: await rate(() =>
      ec2(
        port,
        `Action=CreateSecurityGroup&VpcId=${vpcId}&GroupName=g${name++}&GroupDescription=g`,
      ),
    ),
    createVpc: await rate(() => ec2(port, "Action=CreateVpc&CidrBlock=10.0.0.0/16")),
  };
  const region = (query: string): Promise<string> =>
    call(port, "ec2", `Version=2016-11-15&${query}`);
  await fetch(`http://127.0.0.1:${port}/${port === motoPort ? "moto-api/reset" : "_berth/reset"}`, {
    method: "POST",
  });
  for (let i = 0; i < 1000; i++) await region("Action=CreateVpc&CidrBlock=10.0.0.0/16");
  const spans: number[] = [];
  for (let i = 0; i < 5; i++) {
    const from = performance.now();
    await region("Action=DescribeVpcs");
    spans.push(performance.now() - from);
  }
  return { ...result, describe: median(spans), memory: memoryOf(pid) };
}

const motoPort = 45_671;
/** Runs something beside moto's server; nothing where there is none. */
async function withMoto<Result>(
  use: (start: number, pid: number | undefined) => Promise<Result>,
): Promise<Result | undefined> {
  const from = performance.now();
  const child = spawn("moto_server", ["-p", String(motoPort)], { stdio: "ignore" });
  const isThere = await new Promise<boolean>((resolve) => {
    child.once("error", () => resolve(false));
    child.once("spawn", () => resolve(true));
  });
  if (!isThere) return undefined;
  try {
    for (;;) {
      try {
        await ec2(motoPort, "Action=DescribeVpcs");
        break;
      } catch {
        if (performance.now() - from > 20_000) return undefined;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    return await use(performance.now() - from, child.pid);
  } finally {
    child.kill("SIGKILL");
  }
}

// Loaded afresh in a process of its own, as a program that embeds it would.
const startScript = `
const from = performance.now();
const { startSandbox } = await import(${JSON.stringify(join(root, "dist/sandbox/server.js"))});
const sandbox = await startSandbox();
await fetch(sandbox.url, { method: "POST", headers: { authorization: "Credential=a/20260101/us-east-1/ec2/aws4_request" }, body: "Action=DescribeVpcs&Version=2016-11-15" }).then((r) => r.text());
console.log(performance.now() - from);
process.exit();`;
writeFileSync(join(scratch, "start.mjs"), startScript);
const starts = Array.from({ length: 7 }, () =>
  Number(execFileSync(node, [join(scratch, "start.mjs")], { encoding: "utf8" })),
);

writeFileSync(
  join(scratch, "serve.mjs"),
  `import { startSandbox } from ${JSON.stringify(join(root, "dist/sandbox/server.js"))};\nconst { port } = await startSandbox({ quotas: { vpcs: 1e6, securityGroups: 1e6 } });\nconsole.log(port);\n`,
);
const served = spawn(node, [join(scratch, "serve.mjs")], { stdio: ["ignore", "pipe", "inherit"] });
const ownPort = await new Promise<number>((resolve) =>
  served.stdout.once("data", (chunk: Buffer) => resolve(Number(String(chunk)))),
);
const ours = await measure(ownPort, median(starts), served.pid);
served.kill();
const moto = await withMoto((start, pid) => measure(motoPort, start, pid));

add("sandbox: start to first answer, in process; peer: moto's server", ours.start, {
  peer: moto?.start,
  budget: "≤ 150 ms",
  isMet: (value) => value <= 150,
});
const perSecond = (value: number): string => `${value.toFixed(0)}/s`;
const faster = {
  show: perSecond,
  higher: true,
  budget: "≥ 10× the peer",
  isMet: (_: number, ratio: number | undefined) => (ratio === undefined ? undefined : ratio >= 10),
};
add("sandbox: GetCallerIdentity", ours.identity, { peer: moto?.identity, ...faster });
add("sandbox: CreateSecurityGroup", ours.createGroup, { peer: moto?.createGroup, ...faster });
add("sandbox: CreateVpc", ours.createVpc, { peer: moto?.createVpc, ...faster });
add("sandbox: 1,000 VPCs described", ours.describe, {
  peer: moto?.describe,
  budget: "≤ 20 ms",
  isMet: (value) => value <= 20,
});

add("sandbox: memory of the whole process with 1,000 VPCs", ours.memory, {
  peer: moto?.memory,
  show: (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`,
  budget: "less than the peer",
  isMet: (_, ratio) => (ratio === undefined ? undefined : ratio > 1),
});

// ── a check of a large plan ──────────────────────────────────────────────────────────────────────────────────────

const checked = [checkOf(10_000), checkOf(10_000), checkOf(10_000)];
const parse = median(checked.map((measurement) => measurement.parse));
const check = median(checked.map((measurement) => measurement.check));
add("berth check of 10,000 resources; peer: JSON.parse of the same", check, {
  peer: parse,
  budget: "≤ 1.5 s, ≤ 4× the peer",
  isMet: () => check <= 1500 && check <= 4 * parse,
});
add(
  "berth check of 10,000 resources: memory",
  median(checked.map((measurement) => measurement.memory)),
  {
    show: (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`,
    budget: "≤ 512 MiB",
    isMet: (bytes) => bytes <= 512 * 2 ** 20,
  },
);

// ── a rehearsal over plain Terraform ─────────────────────────────────────────────────────────────────────────────

/** The same phases of the same stack by hand: what Terraform alone takes, on an endpoint like the rehearsal's. */
async function rehearsal(): Promise<void> {
  const { startSandbox } = await import("../src/sandbox/server.ts");
  const { sandboxEnvironment, sandboxOverride } = await import("../src/sandbox/environment.ts");
  const { findEngine } = await import("../src/terraform/engine.ts");
  const { terraformEnvironment } = await import("../src/terraform/working-folder.ts");
  const folder = join(scratch, "forgotten");
  cpSync(join(root, "examples/forgotten"), folder, { recursive: true });
  const from = performance.now();
  await run(node, [cli, "rehearse", folder, "--quiet"], folder, process.env, 3);
  const mine = performance.now() - from;
  const sandbox = await startSandbox({ apps: { images: { "*": { exists: true } } } });
  try {
    writeFileSync(join(folder, "zz_override.tf.json"), sandboxOverride(sandbox.url, undefined));
    const engine = await findEngine({ env: process.env });
    const env = {
      ...terraformEnvironment(
        engine,
        sandboxEnvironment(process.env, sandbox.url, undefined),
        folder,
      ),
      AWS_REGION: "eu-west-1",
    };
    const start = performance.now();
    for (const args of [
      ["init"],
      ["apply", "-auto-approve"],
      ["plan"],
      ["destroy", "-auto-approve"],
    ])
      await run(engine.path, [...args, "-input=false"], folder, env, 0);
    const theirs = performance.now() - start;
    add("berth rehearse; peer: terraform init, apply, plan, destroy by hand", mine, {
      peer: theirs,
      budget: "≤ 5 s more",
      isMet: () => mine - theirs <= 5000,
    });
  } finally {
    await sandbox.close();
  }
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  wanted: number,
): Promise<void> {
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "ignore", "inherit"] });
  return new Promise((resolve, reject) =>
    child.once("close", (code) =>
      code === wanted ? resolve() : reject(new Error(`${command} ${args[0]} ended with ${code}`)),
    ),
  );
}

await rehearsal();

// ── over plain Terraform ─────────────────────────────────────────────────────────────────────────────────────────

async function overTerraform(): Promise<void> {
  const project = join(scratch, "project");
  mkdirSync(project);
  writeFileSync(
    join(project, "berth.config.ts"),
    'import { defineConfig } from "berth";\nexport default defineConfig({ name: "hello", region: "us-east-1", loadBalancer: { allowFrom: ["0.0.0.0/0"] } });\n',
  );
  const { startSandbox } = await import("../src/sandbox/server.ts");
  const { sandboxEnvironment } = await import("../src/sandbox/environment.ts");
  const sandbox = await startSandbox();
  // The sandbox lives in this process: what it serves must not wait for a synchronous child.
  const timed = async (
    command: string,
    args: readonly string[],
    cwd: string,
    env: NodeJS.ProcessEnv,
  ): Promise<number> => {
    const from = performance.now();
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "ignore", "inherit"] });
    await new Promise((resolve, reject) =>
      child.once("close", (code) =>
        code === 0 ? resolve(code) : reject(new Error(`${command} ${args[0]} ended with ${code}`)),
      ),
    );
    return performance.now() - from;
  };
  /** Plain Terraform with the same configuration on moto's server; nothing where moto does not get through it. */
  const onMoto = (
    folder: string,
    env: NodeJS.ProcessEnv,
  ): Promise<{ readonly apply: number; readonly destroy: number } | undefined> =>
    withMoto(async () => {
      const copy = join(scratch, "moto");
      mkdirSync(copy);
      for (const file of readdirSync(folder).filter((name) => /\.tf(\.json)?$|\.hcl$/.test(name))) {
        const text = readFileSync(join(folder, file), "utf8");
        writeFileSync(
          join(copy, file),
          text.replaceAll(sandbox.url, `http://127.0.0.1:${motoPort}`),
        );
      }
      const own = { ...env, AWS_ENDPOINT_URL: `http://127.0.0.1:${motoPort}` };
      const terraform = (...args: string[]): Promise<number> =>
        timed("terraform", [...args, "-input=false"], copy, own);
      try {
        await terraform("init");
        return {
          apply: (await terraform("plan")) + (await terraform("apply", "-auto-approve")),
          destroy: await terraform("destroy", "-auto-approve"),
        };
      } catch (error) {
        console.log(`moto did not get through the foundation: ${String(error)}`);
        return undefined;
      }
    });
  try {
    const berth = (verb: string, ...more: string[]): Promise<number> =>
      timed(
        node,
        [cli, verb, "--quiet", "--sandbox-url", sandbox.url, ...more],
        project,
        process.env,
      );
    await berth("plan");
    const folder = join(project, ".berth/sandbox/default");
    const rc = join(folder, "terraform.rc");
    const env = {
      ...sandboxEnvironment(process.env, sandbox.url, undefined),
      CHECKPOINT_DISABLE: "1",
      ...(existsSync(rc) ? { TF_CLI_CONFIG_FILE: rc } : {}),
    };
    const plain = async (): Promise<number> => {
      const init = await timed("terraform", ["init", "-input=false"], folder, env);
      return (
        init +
        (await timed("terraform", ["plan", "-input=false", "-out=plain.tfplan"], folder, env)) +
        (await timed("terraform", ["show", "plain.tfplan"], folder, env))
      );
    };
    const pairs: [number, number][] = [];
    for (let i = 0; i < 3; i++) pairs.push([await berth("plan"), await plain()]);
    const [mine, theirs] = [
      median(pairs.map(([own]) => own)),
      median(pairs.map(([, other]) => other)),
    ];
    add("berth plan; peer: terraform init, plan and show on the same", mine, {
      peer: theirs,
      budget: "≤ 1 s more",
      isMet: () => mine - theirs <= 1000,
    });
    if (!isLong) return;
    const peer = await onMoto(folder, env);
    const apply = await berth("apply", "--yes");
    add("berth apply of the foundation, 70 s of it the provider's sleep; peer: on moto", apply, {
      peer: peer?.apply,
      budget: "≤ 80 s",
      isMet: (value) => value <= 80_000,
    });
    const destroy = await berth("destroy", "--yes");
    add(
      "berth destroy of the foundation, 14 s of it the provider's sleep; peer: on moto",
      destroy,
      {
        peer: peer?.destroy,
        budget: "≤ 24 s",
        isMet: (value) => value <= 24_000,
      },
    );
  } finally {
    await sandbox.close();
  }
}
const hasTerraform = (process.env["PATH"] ?? "")
  .split(":")
  .some((folder) => existsSync(folder) && readdirSync(folder).includes("terraform"));
if (hasTerraform) await overTerraform();
rmSync(scratch, { recursive: true, force: true });

const header: Row = {
  what: "what",
  ours: "berth",
  peer: "peer",
  ratio: "ratio",
  budget: "budget",
  isMet: undefined,
};
const columns = ["what", "ours", "peer", "ratio", "budget"] as const;
const widths = columns.map((column) =>
  Math.max(...[header, ...rows].map((row) => row[column].length)),
);
for (const row of [header, ...rows]) {
  const cells = columns.map((column, index) => row[column].padEnd(widths[index] ?? 0)).join("  ");
  const verdict =
    row === header ? "" : row.isMet === undefined ? "no peer" : row.isMet ? "met" : "MISSED";
  console.log(`${cells}  ${verdict}`.trimEnd());
}
if (!isLong)
  console.log(
    "\nnpm run bench -- --long also applies and destroys the foundation (two minutes more).",
  );
