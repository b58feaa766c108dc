import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { berth, startBerth } from "../support/berth.ts";
import { testFolder } from "../support/folder.ts";
import { loadedModules } from "../support/loaded-modules.ts";

const config = (body: string): string =>
  `import { defineConfig } from "berth-ecs";\nexport default defineConfig(${body});\n`;
const GOOD = config(
  '{ name: "hello", region: "us-east-1", loadBalancer: { allowFrom: ["0.0.0.0/0"] } }',
);

/** A project folder with a config. */
function project(text: string = GOOD): string {
  const folder = testFolder();
  writeFileSync(join(folder, "berth.config.ts"), text);
  return folder;
}

/** A script in place of Terraform. */
function fakeEngine(folder: string, name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

type Case = readonly [
  what: string,
  args: readonly string[],
  code: number,
  message: string,
  more?: { readonly config?: string; readonly env?: Readonly<Record<string, string | undefined>> },
];

/** Invalid command lines, configs and environments, with the exit code and the error. */
const cases: readonly Case[] = [
  ["an unknown command", ["aply"], 64, "unknown command 'aply'\n(Did you mean apply?)"],
  ["an unknown flag", ["plan", "--regoin", "x"], 64, "unknown option '--regoin'"],
  ["a flag without its value", ["plan", "--env"], 64, "option '-e, --env <name>' argument missing"],
  ["an argument too many", ["apply", "here"], 64, "too many arguments for 'apply'"],
  [
    "no config",
    ["synth", "--config", "none.ts"],
    1,
    "error: none.ts does not exist\n  fix   run npx berth-ecs init to create a config, or pass its path with --config\n  code  BERTH-E1001",
  ],
  [
    "a config that does not parse",
    ["synth"],
    1,
    "error: the config cannot be loaded: ",
    { config: "export default {" },
  ],
  [
    "a config that throws",
    ["synth"],
    1,
    "error: the config cannot be loaded: no luck",
    { config: 'throw new Error("no luck");' },
  ],
  [
    "a config without a default export",
    ["synth"],
    1,
    "error: the config has no default export",
    { config: "export const a = 1;" },
  ],
  [
    "a config with an invalid value",
    ["plan"],
    1,
    "error: zones: 9 is not a number of zones: a whole number from 1 to 6\n  at    berth.config.ts:2:67\n  code  BERTH-E1003",
    { config: config('{ name: "hello", region: "us-east-1", zones: 9, loadBalancer: false }') },
  ],
  [
    "an override that matches no resource",
    ["synth"],
    1,
    'error: override: no resource matches "aws_elb"',
    {
      config: config(
        '{ name: "hello", region: "us-east-1", zones: 1, loadBalancer: false, override: { aws_elb: {} } }',
      ),
    },
  ],
  [
    "an unknown environment",
    ["synth", "--env", "prod"],
    64,
    'error: there is no environment "prod" in the config',
  ],
  [
    "no environment",
    ["synth"],
    64,
    "error: the environment is not set\n  at    berth.config.ts\n  fix   pass --env with one of dev, prod",
    {
      config: config(
        '{ name: "hello", region: "us-east-1", loadBalancer: false, zones: 1, environments: { dev: {}, prod: {} } }',
      ),
    },
  ],
  [
    "an engine that does not exist",
    ["plan", "--terraform-bin", "terrafrom"],
    1,
    "error: --terraform-bin is terrafrom, which is not an executable program",
  ],
  [
    "an invalid engine in the environment",
    ["plan"],
    1,
    "error: TERRAFORM_BINARY_NAME is nothing-here, which is not an executable program",
    { env: { TERRAFORM_BINARY_NAME: "nothing-here" } },
  ],
  [
    "no engine",
    ["plan"],
    1,
    "error: neither terraform nor tofu is on PATH\n  fix   run npx berth-ecs doctor --install to install OpenTofu into your cache, or see https://opentofu.org/docs/intro/install/\n  code  BERTH-E3001",
    { env: { PATH: "/nonexistent" } },
  ],
  [
    "a rehearsal of a folder that does not exist",
    ["rehearse", "missing"],
    64,
    "error: the folder missing does not exist",
  ],
  [
    "a rehearsal of a folder without Terraform",
    ["rehearse", "/"],
    64,
    "contains neither berth.config.ts nor Terraform files (*.tf, *.tf.json)\n  fix   pass the folder of a root module, or run npx berth-ecs init",
  ],
  [
    "an invalid image state",
    ["rehearse", "--image", "app=lost"],
    64,
    "error: invalid --image app=lost\n  fix   write name=state, where state is one of exists, missing, arm64",
  ],
  [
    "a variable that no stack declares",
    ["rehearse", "--var", "colour=red"],
    64,
    "error: no stack declares the variable colour",
  ],
  [
    "a variable file that does not exist",
    ["rehearse", "--var-file", "none.tfvars"],
    64,
    "error: --var-file none.tfvars does not exist",
  ],
  [
    "an invalid account",
    ["rehearse", "--account", "12"],
    64,
    "error: invalid --account 12\n  fix   pass 12 digits",
  ],
  ["an invalid seed", ["rehearse", "--faults", "--seed", "many"], 64, "error: invalid --seed many"],
  [
    "an unknown commit or folder for --from",
    ["rehearse", "--from", "yesterday"],
    64,
    "error: --from yesterday is not a folder, and cannot be a commit because there is no git repository",
  ],
  [
    "an invalid sandbox state file",
    ["rehearse", "--world", "berth.config.ts"],
    1,
    "error: cannot read the state of the sandbox: ",
  ],
  [
    "a sandbox URL of another machine",
    ["plan", "--sandbox-url", "http://example.com"],
    64,
    "error: invalid --sandbox-url http://example.com: it is not the URL of a port of this machine",
  ],
  [
    "an invalid port number",
    ["sandbox", "--port", "99999"],
    64,
    "error: invalid --port 99999\n  fix   pass a number from 0 to 65535",
  ],
  [
    "a port that is not a number",
    ["sandbox", "--port", "http"],
    64,
    "error: invalid --port http\n  fix   pass a number from 0 to 65535",
  ],
  ["an existing config", ["init"], 1, "error: berth.config.ts already exists"],
  [
    "an unknown region",
    ["init", "--config", "new.config.ts", "--region", "us-eats-1"],
    64,
    'error: unknown region "us-eats-1"\n  fix   did you mean "us-east-1"?',
  ],
];

describe.concurrent("an invalid command line", () => {
  it.for(cases)(
    "is rejected: %s",
    async ([, args, code, message, { config: text, env } = {}], { expect }) => {
      const folder = project(text);
      const ran = await berth(args, { cwd: folder, ...(env ? { env } : {}) });
      expect(ran.stderr).toContain(message);
      expect([ran.code, ran.stdout]).toEqual([code, ""]);
      expect(ran.stderr.match(/^error:/gm)).toHaveLength(1);
      expect(readdirSync(folder)).toEqual(["berth.config.ts"]);
    },
  );

  it("is rejected: an engine that is too old", async () => {
    const folder = project();
    const engine = fakeEngine(folder, "old", "echo 'Terraform v1.5.7'");
    const ran = await berth(["plan", "--terraform-bin", engine], { cwd: folder });
    expect([ran.code, ran.stderr]).toEqual([
      1,
      expect.stringContaining(
        `${engine} is version 1.5.7\n  fix   install Terraform or OpenTofu 1.10.0 or newer`,
      ),
    ]);
  });

  it("is rejected: a program that is not an engine", async () => {
    const folder = project();
    const engine = fakeEngine(folder, "other", "echo hello");
    const ran = await berth(["plan", "--terraform-bin", engine], { cwd: folder });
    expect([ran.code, ran.stderr]).toEqual([
      1,
      expect.stringContaining(`${engine} printed no version, but "hello"`),
    ]);
  });

  it("is rejected: a port that is in use", async ({ onTestFinished }) => {
    const server = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo; // it listens on TCP
    const ran = await berth(["sandbox", "--port", String(port)], { cwd: testFolder() });
    expect([ran.code, ran.stderr]).toEqual([
      1,
      expect.stringContaining(`cannot listen on port ${port}: EADDRINUSE`),
    ]);
  });

  it("is rejected: a sandbox state file with other content", async () => {
    const folder = testFolder();
    writeFileSync(join(folder, "state.json"), "[]");
    const ran = await berth(["sandbox", "--state", "state.json"], { cwd: folder });
    expect([ran.code, ran.stderr]).toEqual([
      1,
      expect.stringContaining("cannot read the sandbox's state"),
    ]);
    expect(readFileSync(join(folder, "state.json"), "utf8")).toBe("[]");
  });
});

it("loads only the declarations of the commands for the help", () => {
  const modules = ["cli/main", "cli/node-version", "cli/program", "cli/run-program", "cli/version"];
  const shared = ["shared/berth-command", "shared/json", "shared/package-manager"];
  const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
  expect(loadedModules([main, "--help"])).toEqual(
    [...modules, ...shared].map((name) => `${name}.js`),
  );
});

describe.concurrent("synth", () => {
  it("prints JSON and writes no files", async () => {
    const folder = project();
    const ran = await berth(["synth"], { cwd: folder });
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    expect(JSON.parse(ran.stdout)).toHaveProperty("resource.aws_vpc.network");
    expect(readdirSync(folder)).toEqual(["berth.config.ts"]);
  });

  it("writes HCL to a folder, and rejects a second configuration in the same folder", async () => {
    const folder = project();
    expect((await berth(["synth", "--hcl", "--out", "plain"], { cwd: folder })).stdout).toBe(
      ["versions", "providers", "main", "outputs", "moved"]
        .map((name) => `plain/${name}.tf\n`)
        .join(""),
    );
    expect(readFileSync(join(folder, "plain/main.tf"), "utf8")).toContain(
      'resource "aws_vpc" "network" {',
    );
    const again = await berth(["synth", "--out", "plain"], { cwd: folder });
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringContaining("every resource would be defined twice"),
    ]);
  });

  it("prints one line of JSON with --json", async () => {
    const ran = await berth(["synth", "--json"], { cwd: project() });
    const lines = ran.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toEqual([
      {
        protocol: 1,
        type: "result",
        data: expect.objectContaining({ resource: expect.anything() }),
      },
    ]);
    const bad = await berth(["synth", "--json"], { cwd: project(config("{}")) });
    expect(JSON.parse(bad.stdout)).toMatchObject({
      type: "error",
      errors: [{ code: "BERTH-E1003" }, {}, {}],
    });
  });
});

describe.concurrent("init", () => {
  it("creates a valid config with the name of the folder and the port of the Dockerfile", async () => {
    const folder = join(testFolder(), "My Shop");
    mkdirSync(folder);
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nEXPOSE 3000\n");
    const ran = await berth(["init"], { cwd: folder, env: { AWS_REGION: "eu-west-1" } });
    expect([ran.code, ran.stdout]).toEqual([0, "berth.config.ts\n"]);
    expect(readdirSync(folder).sort()).toEqual([".dockerignore", "Dockerfile", "berth.config.ts"]);
    const synth = await berth(["synth"], { cwd: folder });
    expect(JSON.parse(synth.stdout)).toMatchObject({
      "main.tf.json": { provider: { aws: [{ region: "eu-west-1" }] } },
      "services/web/main.tf.json": {
        resource: { aws_lb_target_group: { target_group: { name: "my-shop-web" } } },
      },
    });
  });
});

describe.concurrent("doctor", () => {
  it("lists missing prerequisites, and fails if Berth cannot work", async () => {
    const ran = await berth(["doctor"], {
      cwd: testFolder(),
      env: { PATH: "/nonexistent", HOME: testFolder() },
    });
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain("✗ engine       neither terraform nor tofu is on PATH");
    expect(ran.stdout).toContain(
      "→ run npx berth-ecs doctor --install to install OpenTofu into your cache",
    );
    expect(ran.stdout).toContain("! credentials  no credentials found (not needed with --sandbox)");
    expect(ran.stdout).toContain("! config       berth.config.ts does not exist");
  });

  it("reports a config that imports a missing module, with the command of the package manager", async () => {
    const folder = project('import "@acme/networks";\nexport default {};\n');
    writeFileSync(join(folder, "pnpm-lock.yaml"), "");
    const { stdout } = await berth(["doctor"], { cwd: folder });
    expect(stdout).toContain(
      [
        '✗ config       the config cannot be loaded: the module "@acme/networks" is not found (berth.config.ts:1:8)',
        "               → run pnpm add --save-dev @acme/networks",
      ].join("\n"),
    );
  });

  it.each([
    [
      "nope",
      "✗ credentials  there is no profile nope in FILES",
      "→ set AWS_PROFILE to one of a b, dev, prod",
    ],
    [
      undefined,
      "! credentials  there is no profile default in FILES",
      "→ set AWS_PROFILE to one of a b, dev, prod",
    ],
    ["prod", "✓ credentials  profile prod from HOME/.aws/config", ""],
    ["a b", "✓ credentials  profile a b from HOME/.aws/config", ""],
    ["dev", "✓ credentials  profile dev from HOME/.aws/credentials", ""],
  ])("with AWS_PROFILE=%s prints %s %s", async (profile, found, fix) => {
    const HOME = testFolder();
    mkdirSync(join(HOME, ".aws"));
    writeFileSync(join(HOME, ".aws/credentials"), "[dev]\naws_access_key_id = x\n");
    writeFileSync(
      join(HOME, ".aws/config"),
      '# [profile no]\n[profile prod]\nregion = eu-west-1\n[profile "a b"]\n[sso-session s]\n',
    );
    const ran = await berth(["doctor"], { cwd: testFolder(), env: { HOME, AWS_PROFILE: profile } });
    const stdout = ran.stdout.replaceAll(HOME, "HOME");
    expect(stdout).toContain(found.replace("FILES", "HOME/.aws/credentials and HOME/.aws/config"));
    expect(stdout).toContain(fix);
  });

  it("reports another version of constructs than that of Berth", async () => {
    const folder = project();
    const copy = join(folder, "node_modules/constructs");
    mkdirSync(copy, { recursive: true });
    writeFileSync(join(copy, "package.json"), '{"name":"constructs","version":"10.8.1"}');
    writeFileSync(join(folder, "pnpm-lock.yaml"), "");
    const { stdout } = await berth(["doctor"], { cwd: folder });
    expect(stdout).toMatch(
      /! modules {6}two versions of constructs: 10\.\d+\.\d+ for Berth in \S+\/node_modules\/constructs, and 10\.8\.1 in /,
    );
    expect(stdout).toMatch(/→ if an app uses Berth's constructs, run pnpm add constructs@10\./);
    expect(stdout).not.toContain("versions of cdktn");
  });

  it("--install rejects an archive with another checksum, even if the mirror has matching checksums", async () => {
    const archive = zipSync({ tofu: new Uint8Array([1]) });
    const sum = createHash("sha256").update(archive).digest("hex");
    const server = createServer(({ url = "" }, response) => {
      response.end(
        url.endsWith("_SHA256SUMS")
          ? ["linux", "darwin"]
              .flatMap((system) => ["amd64", "arm64"].map((arch) => `${system}_${arch}`))
              .map((kind) => `${sum}  ${url.split("/").pop()?.replace("SHA256SUMS", kind)}.zip\n`)
              .join("")
          : archive,
      );
    }).listen(0, "127.0.0.1");
    server.unref();
    await new Promise((resolve) => server.once("listening", resolve));
    const from = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
    const env = { PATH: "/usr/bin:/bin", HOME: testFolder(), XDG_CACHE_HOME: testFolder() };
    const ran = await berth(["doctor", "--install", "--from", from], { cwd: testFolder(), env });
    expect([ran.code, ran.stderr]).toEqual([
      1,
      expect.stringMatching(/is not OpenTofu \d+\.\d+\.\d+: its SHA-256 is/),
    ]);
    expect(existsSync(join(env.XDG_CACHE_HOME, "berth/tofu"))).toBe(false);
  });

  it("--install reports an unreachable mirror", async () => {
    const env = { PATH: "/usr/bin:/bin", HOME: testFolder(), XDG_CACHE_HOME: testFolder() };
    const ran = await berth(["doctor", "--install", "--from", "http://127.0.0.1:9"], {
      cwd: testFolder(),
      env,
    });
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining("cannot be downloaded")]);
  });
});

describe.concurrent("sandbox", () => {
  it("runs until it is interrupted", async () => {
    const running = startBerth(["sandbox"], { cwd: testFolder() });
    await running.waitForOutput("press Ctrl-C to stop it");
    const url = /http:\/\/127\.0\.0\.1:\d+/;
    running.interrupt();
    const ran = await running.done;
    expect([ran.code, ran.stdout]).toEqual([0, expect.stringMatching(url)]);
    expect(ran.stderr).toContain("0 calls");
  });
});

describe.concurrent("the AWS SDK", () => {
  it("writes no warning about the version of Node.js", async () => {
    const folder = project(
      config(
        '{ name: "hello", region: "us-east-1", loadBalancer: false, services: { web: { image: { tag: "1" } } } }',
      ),
    );
    const token = join(folder, "token");
    writeFileSync(token, "a token");
    // The web identity makes the SDK create a client of STS, which cannot be reached.
    const env = {
      AWS_WEB_IDENTITY_TOKEN_FILE: token,
      AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/app",
      AWS_ENDPOINT_URL_STS: "http://127.0.0.1:9",
    };
    const ran = await startBerth(["status"], { cwd: folder, env }).done;
    expect([ran.code, ran.stderr.split("\n")]).toEqual([
      1,
      [
        "reading the config",
        "error: ecs:DescribeServices: connect ECONNREFUSED 127.0.0.1:9",
        "  fix   sign in (aws sso login, or AWS_PROFILE), or use --sandbox, which needs no account",
        "  code  BERTH-E9001",
        "",
      ],
    ]);
  });
});
