import { execFileSync, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { callsPerSecond, ec2Query, getCallerIdentity } from "./aws-calls.ts";
import { MOTO_PORT, withMoto } from "./moto.ts";
import { median, node, root, scratch } from "./processes.ts";
import { addRow, type BenchmarkOptions, formatMiB } from "./table.ts";

interface EmulatorMeasurement {
  /** Milliseconds from the start to the first response. */
  readonly start: number;
  /** Calls a second. */
  readonly getCallerIdentity: number;
  readonly createVpc: number;
  readonly createSecurityGroup: number;
  /** Milliseconds to describe 1,000 VPCs. */
  readonly describeVpcs: number;
  /** Memory of the process with 1,000 VPCs, in bytes. */
  readonly memory: number;
}

/** The sandbox compared with moto's server. */
export async function benchmarkSandbox(): Promise<void> {
  const sandbox = await measureSandbox();
  const moto = await withMoto((start, pid) => measureEmulator(MOTO_PORT, start, pid));

  addRow("sandbox: start to first response, in process; peer: moto's server", sandbox.start, {
    peer: moto?.start,
    budget: "≤ 150 ms",
    isMet: (duration) => duration <= 150,
  });
  const rateOptions: BenchmarkOptions = {
    format: (rate) => `${rate.toFixed(0)}/s`,
    isHigherBetter: true,
    budget: "≥ 10× the peer",
    isMet: (_, ratio) => (ratio === undefined ? undefined : ratio >= 10),
  };
  addRow("sandbox: GetCallerIdentity", sandbox.getCallerIdentity, {
    ...rateOptions,
    peer: moto?.getCallerIdentity,
  });
  addRow("sandbox: CreateSecurityGroup", sandbox.createSecurityGroup, {
    ...rateOptions,
    peer: moto?.createSecurityGroup,
  });
  addRow("sandbox: CreateVpc", sandbox.createVpc, { ...rateOptions, peer: moto?.createVpc });
  addRow("sandbox: DescribeVpcs with 1,000 VPCs", sandbox.describeVpcs, {
    peer: moto?.describeVpcs,
    budget: "≤ 20 ms",
    isMet: (duration) => duration <= 20,
  });
  addRow("sandbox: memory of the whole process with 1,000 VPCs", sandbox.memory, {
    peer: moto?.memory,
    format: formatMiB,
    budget: "less than the peer",
    isMet: (_, ratio) => (ratio === undefined ? undefined : ratio > 1),
  });
}

async function measureSandbox(): Promise<EmulatorMeasurement> {
  const serverModule = JSON.stringify(join(root, "dist/sandbox/server.js"));
  // Each start is in a new process: the modules are loaded again.
  writeFileSync(
    join(scratch, "start.mjs"),
    `const start = performance.now();
const { startSandbox } = await import(${serverModule});
const sandbox = await startSandbox();
await fetch(sandbox.url, { method: "POST", headers: { authorization: "Credential=a/20260101/us-east-1/ec2/aws4_request" }, body: "Action=DescribeVpcs&Version=2016-11-15" }).then((r) => r.text());
console.log(performance.now() - start);
process.exit();`,
  );
  const startDurations = Array.from({ length: 7 }, () =>
    Number(execFileSync(node, [join(scratch, "start.mjs")], { encoding: "utf8" })),
  );

  writeFileSync(
    join(scratch, "serve.mjs"),
    `import { startSandbox } from ${serverModule};
const { port } = await startSandbox({ quotas: { vpcs: 1e6, securityGroups: 1e6 } });
console.log(port);
`,
  );
  const server = spawn(node, [join(scratch, "serve.mjs")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const port = await new Promise<number>((resolve) =>
      server.stdout.once("data", (chunk: Buffer) => resolve(Number(String(chunk)))),
    );
    return await measureEmulator(port, median(startDurations), server.pid);
  } finally {
    server.kill();
  }
}

/** The memory of a process in bytes. Source: ps(1), rss. */
const memoryOf = (pid: number | undefined): number =>
  1024 * Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }));

async function measureEmulator(
  port: number,
  start: number,
  pid: number | undefined,
): Promise<EmulatorMeasurement> {
  const createVpc = (): Promise<string> => ec2Query(port, "Action=CreateVpc&CidrBlock=10.0.0.0/16");
  const { 1: vpcId } = /<vpcId>(vpc-[^<]+)</.exec(await createVpc()) ?? [];
  let groupNumber = 0;
  const rates = {
    getCallerIdentity: await callsPerSecond(() => getCallerIdentity(port)),
    createSecurityGroup: await callsPerSecond(() =>
      ec2Query(
        port,
        `Action=CreateSecurityGroup&VpcId=${vpcId}&GroupName=g${groupNumber++}&GroupDescription=g`,
      ),
    ),
    createVpc: await callsPerSecond(createVpc),
  };
  const resetPath = port === MOTO_PORT ? "moto-api/reset" : "_berth/reset";
  await fetch(`http://127.0.0.1:${port}/${resetPath}`, { method: "POST" });
  for (let i = 0; i < 1000; i++) await createVpc();
  const durations: number[] = [];
  for (let i = 0; i < 5; i++) {
    const callStart = performance.now();
    await ec2Query(port, "Action=DescribeVpcs");
    durations.push(performance.now() - callStart);
  }
  return { start, ...rates, describeVpcs: median(durations), memory: memoryOf(pid) };
}
