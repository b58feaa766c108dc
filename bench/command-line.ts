import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, medianDuration, node, root, scratch } from "./processes.ts";
import { addRow } from "./table.ts";

export function benchmarkCommandLine(): void {
  addRow("berth --help", medianDuration(node, [cli, "--help"], scratch), {
    budget: "≤ 120 ms",
    isMet: (duration) => duration <= 120,
  });
  addRow(
    "berth synth of the example, whole process; peer: cdktn synth of the same construct",
    medianDuration(node, [cli, "synth"], join(root, "examples/hello")),
    {
      peer: cdktnSynthDuration(),
      budget: "≤ 0.7 s, ≥ 3× the peer",
      isMet: (duration, ratio) => duration <= 700 && (ratio === undefined ? undefined : ratio >= 3),
    },
  );
}

/** Installs cdktn in a temporary folder and measures its synth; undefined if npm cannot install it. */
function cdktnSynthDuration(): number | undefined {
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
  for (const name of ["berth-ecs", "cdktn", "constructs"]) {
    const target = name === "berth-ecs" ? root : join(root, "node_modules", name);
    rmSync(join(folder, "node_modules", name), { recursive: true, force: true });
    symlinkSync(target, join(folder, "node_modules", name));
  }
  writeFileSync(
    join(folder, "app.cjs"),
    `const { App, TerraformStack } = require("cdktn");
const { AwsProvider, Foundation } = require("berth-ecs");
const app = new App();
const stack = new TerraformStack(app, "hello");
new AwsProvider(stack, "aws", { region: "us-east-1" });
new Foundation(stack, "foundation", { name: "hello", region: "us-east-1", loadBalancer: { allowFrom: ["0.0.0.0/0"] } });
app.synth();
`,
  );
  // cdktn calls a function that Node.js 20 does not have. The function has no effect on a synth.
  writeFileSync(
    join(folder, "shim.cjs"),
    'require("node:worker_threads").markAsUncloneable ??= () => {};\n',
  );
  try {
    return medianDuration(bin, ["synth"], folder, {
      runs: 3,
      env: {
        ...process.env,
        NODE_OPTIONS: `--require ${join(folder, "shim.cjs")}`,
        CHECKPOINT_DISABLE: "1",
        CI: "1",
      },
    });
  } catch (error) {
    process.stderr.write(`  cdktn synth fails: ${(error as Error).message.split("\n")[0]}\n`);
    return undefined;
  }
}
