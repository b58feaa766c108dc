// Packs Berth, installs the package in an empty project, and uses it there.
//
// node --import jiti/register tools/package-test/run.ts [--manager npm|pnpm|yarn|yarn-classic|bun] [--kind esm|cjs|ts]
//   [--constructs <version> [--two-versions] | --other-constructs <version>] [--check]
//
// --constructs installs cdktn and this version of constructs first, as in a CDK Terrain app. With --two-versions, the app must fail
// with BERTH-E2005, and work after the command in this error. --other-constructs installs a version that Berth does not accept, as
// in an AWS CDK app, and requires that berth doctor reports two versions. The kind ts is an ES module project with TypeScript, whose
// compiler checks the config and what it imports. --check also runs berth check, which needs Terraform or OpenTofu.
import { spawnSync } from "node:child_process";
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type PackageManagerName, packageManagerNamed } from "../../src/shared/index.ts";

/** The largest size of everything that is installed, in MB. */
const MAX_SIZE_MB = 60;
const CDKTN = "0.24.0";

const managers: readonly PackageManagerName[] = ["npm", "pnpm", "yarn", "yarn-classic", "bun"];

const { values } = parseArgs({
  options: {
    manager: { type: "string", default: "npm" },
    kind: { type: "string", default: "esm" },
    constructs: { type: "string" },
    "two-versions": { type: "boolean", default: false },
    "other-constructs": { type: "string" },
    check: { type: "boolean", default: false },
  },
});
const manager = managers.find((name) => name === values.manager);
const kinds = ["esm", "cjs", "ts"] as const;
const kind = kinds.find((name) => name === values.kind);
const { constructs } = values;
if (manager === undefined || kind === undefined)
  throw new TypeError(
    `--manager is one of ${managers.join(", ")}; --kind is one of ${kinds.join(", ")}`,
  );

const root = fileURLToPath(new URL("../..", import.meta.url));
const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly devDependencies: { readonly typescript: string };
};

/** This environment without the variables with which npm describes the running script. */
const env: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_/i.test(name) || /^npm_config_registry$/i.test(name),
    ),
  ),
  PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
  COREPACK_ENABLE_STRICT: "0",
};

/** Runs a command, and returns its exit code and what it writes to stdout and stderr. */
function tryToRun(
  command: string,
  cwd: string,
  more: NodeJS.ProcessEnv = {},
): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr, error } = spawnSync(command, {
    cwd,
    shell: true,
    encoding: "utf8",
    env: { ...env, ...more },
  });
  if (error !== undefined) throw error;
  return { status, output: stdout + stderr };
}

/** Runs a command that must succeed, and returns what it writes to stdout and stderr. */
function run(command: string, cwd: string, more: NodeJS.ProcessEnv = {}): string {
  const { status, output } = tryToRun(command, cwd, more);
  if (status !== 0) throw new Error(`${command} ends with status ${status}:\n${output}`);
  return output;
}

function assert(isTrue: boolean, problem: string): void {
  if (!isTrue) throw new Error(problem);
}

/** The size that files take on the disk, in bytes, and their number. Hard links to a file count once. */
function sizeOf(folder: string): { bytes: number; files: number } {
  const seen = new Set<number>();
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const { blocks, ino } = lstatSync(join(folder, entry));
    if (!seen.has(ino)) bytes += blocks * 512;
    seen.add(ino);
  }
  return { bytes, files: seen.size };
}

const ADD: Readonly<Record<PackageManagerName, string>> = {
  npm: "npm install --save-dev --no-audit --no-fund --engine-strict",
  pnpm: "pnpm add --save-dev --config.engine-strict=true",
  "yarn-classic": "yarn add --dev",
  yarn: "yarn add --dev",
  bun: "bun add --dev",
};
const WARNING =
  /EBADENGINE|ERESOLVE|unsupported engine|(?:unmet|incorrect|missing) peer|deprecated|incompatible/i;

/** Installs a package, and returns the seconds that it takes. */
function install(project: string, packages: string): number {
  const start = performance.now();
  const output = run(`${ADD[manager ?? "npm"]} ${packages}`, project);
  const warnings = output.split("\n").filter((line) => WARNING.test(line));
  assert(warnings.length === 0, `the installation warns:\n${warnings.join("\n")}`);
  return (performance.now() - start) / 1000;
}

const appText = `const app = new App();
const stack = new TerraformStack(app, "hello");
new AwsProvider(stack, "aws", { region: "us-east-1" });
new Foundation(stack, "foundation", { name: "hello", region: "us-east-1", loadBalancer: { allowFrom: ["0.0.0.0/0"] } });
console.log(Object.keys(stack.toTerraform().resource.aws_vpc).length);
`;

const IMPORTS = [
  ["{ App, TerraformStack }", "cdktn"],
  ["{ AwsProvider, Foundation }", "berth-ecs"],
  ["{ startSandbox }", "berth-ecs/sandbox"],
] as const;

/** An app with Berth's constructs and its sandbox. */
function writeApp(project: string): string {
  const name = { esm: "app.mjs", cjs: "app.cjs", ts: "app.ts" }[kind ?? "esm"];
  const imports = IMPORTS.map(([names, module]) =>
    kind === "cjs" ? `const ${names} = require("${module}");` : `import ${names} from "${module}";`,
  );
  writeFileSync(
    join(project, name),
    `${imports.join("\n")}\n${appText}startSandbox().then((sandbox) => sandbox.close());\n`,
  );
  return kind === "ts" ? "out/app.js" : name;
}

/** Requires that an app fails because it has another version of constructs than Berth, and repairs it as the error says. */
function repairTwoVersions(app: string, project: string): void {
  const { status, output } = tryToRun(`node ${app}`, project);
  assert(status !== 0 && output.includes("BERTH-E2005"), `the app does not fail:\n${output}`);
  const [, fix] = /fix: ['"]run (.+)['"]/.exec(output) ?? [];
  if (fix === undefined) throw new Error(`the error has no fix:\n${output}`);
  run(fix, project);
}

/** The compiler checks the declarations of Berth and of its dependencies too. */
const TSCONFIG = {
  compilerOptions: { module: "nodenext", strict: true, skipLibCheck: false, outDir: "out" },
  include: ["*.ts"],
};

const API = `export * as berth from "berth-ecs";
export * as sandbox from "berth-ecs/sandbox";
export * as inspection from "berth-ecs/sandbox/inspection";
`;

const work = mkdtempSync(join(tmpdir(), "berth-package-test-"));
// Yarn 1 reuses a tarball of its cache that has the same name and version.
env["YARN_CACHE_FOLDER"] = join(work, "yarn-cache");
try {
  run(`npm pack --silent --ignore-scripts --pack-destination "${work}"`, root);
  const [tarball = ""] = readdirSync(work);
  const project = join(work, "project");
  run(`mkdir "${project}"`, work);
  writeFileSync(
    join(project, "package.json"),
    `${JSON.stringify({ name: "project", version: "1.0.0", private: true, type: kind === "cjs" ? "commonjs" : "module" })}\n`,
  );
  // Yarn otherwise installs no node_modules, and looks for a project in the parent folders.
  if (manager === "yarn") {
    writeFileSync(join(project, ".yarnrc.yml"), "nodeLinker: node-modules\n");
    writeFileSync(join(project, "yarn.lock"), "");
  }
  if (kind === "ts") writeFileSync(join(project, "tsconfig.json"), `${JSON.stringify(TSCONFIG)}\n`);
  const isApp = constructs !== undefined;
  if (isApp) install(project, `cdktn@${CDKTN} constructs@${constructs}`);
  const other = values["other-constructs"];
  if (other !== undefined) install(project, `constructs@${other}`);
  const seconds = install(project, `berth-ecs@file:${join(work, tarball)}`);
  const { bytes, files } = sizeOf(join(project, "node_modules"));
  const megabytes = bytes / 1e6;
  assert(megabytes <= MAX_SIZE_MB, `${megabytes.toFixed(1)} MB are installed`);

  const berth = (command: string): string => {
    const output = run(`${packageManagerNamed(manager).run} berth ${command}`, project);
    assert(!/Warning:/.test(output), `berth ${command} warns:\n${output}`);
    return output;
  };
  const results: string[] = [];
  const timed = (command: string): string => {
    const start = performance.now();
    const output = berth(command);
    results.push(`${command} ${((performance.now() - start) / 1000).toFixed(1)} s`);
    return output;
  };
  assert(/^\d+\.\d+\.\d+$/m.test(timed("--version")), "berth --version prints no version");
  timed("init --name hello --region us-east-1");
  assert(/"aws_vpc"/.test(timed("synth")), "berth synth prints no VPC");
  // Without the package manager, so that the warnings are those of Berth.
  const pending = run(
    "node --pending-deprecation node_modules/berth-ecs/dist/cli/main.js synth",
    project,
  );
  assert(!/Warning:/.test(pending), `berth synth warns:\n${pending}`);
  if (values.check) assert(/\bpass\b/.test(timed("check")), "berth check does not pass");
  if (other !== undefined)
    assert(
      /two versions of constructs/.test(timed("doctor")),
      "berth doctor reports no second version",
    );
  const app = isApp ? writeApp(project) : undefined;
  const hasTwoVersions = (): boolean =>
    /two versions of/.test(
      tryToRun(`${packageManagerNamed(manager).run} berth doctor`, project).output,
    );
  if (isApp)
    assert(hasTwoVersions() === values["two-versions"], "berth doctor is wrong about two versions");
  if (app !== undefined && values["two-versions"]) {
    repairTwoVersions(app, project);
    assert(!hasTwoVersions(), "berth doctor still reports two versions");
  }
  if (kind === "ts") {
    writeFileSync(join(project, "api.ts"), API);
    install(project, `typescript@${devDependencies.typescript}`);
    run(`${packageManagerNamed(manager).run} tsc`, project);
  }
  if (app !== undefined) {
    const output = run(`node ${app}`, project, {
      NODE_OPTIONS: "--pending-deprecation",
    });
    assert(output.trim() === "1", `the app prints ${output}`);
  }
  console.log(
    `${manager}, ${kind}, Node.js ${process.versions.node}${constructs === undefined ? "" : `, constructs ${constructs}`}${other === undefined ? "" : `, other constructs ${other}`}: ` +
      `installed ${megabytes.toFixed(1)} MB in ${files} files and folders in ${seconds.toFixed(1)} s; ${results.join(", ")}`,
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}
