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
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { berth, startBerth } from "../support/berth.ts";
import { testFolder } from "../support/folder.ts";

const config = (body: string): string =>
  `import { defineConfig } from "berth";\nexport default defineConfig(${body});\n`;
const GOOD = config(
  '{ name: "hello", region: "us-east-1", loadBalancer: { allowFrom: ["0.0.0.0/0"] } }',
);

/** A project folder with a config. */
function project(text: string = GOOD): string {
  const folder = testFolder();
  writeFileSync(join(folder, "berth.config.ts"), text);
  return folder;
}

/** A program that answers as an engine of a version would. */
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
  words: string,
  more?: { readonly config?: string; readonly env?: Readonly<Record<string, string | undefined>> },
];

/** Each wrong command line, config file or environment: its exit code and the one error it gives. */
const cases: readonly Case[] = [
  ["an unknown command", ["aply"], 64, "unknown command 'aply'\n(Did you mean apply?)"],
  ["an unknown flag", ["plan", "--regoin", "x"], 64, "unknown option '--regoin'"],
  ["a flag without its value", ["plan", "--env"], 64, "option '-e, --env <name>' argument missing"],
  ["an argument too many", ["plan", "here"], 64, "too many arguments for 'plan'"],
  [
    "no config",
    ["synth", "--config", "none.ts"],
    1,
    "error: there is no none.ts here\n  fix   run berth init to make one, or name one with --config\n  code  BERTH-E1001",
  ],
  [
    "a config that does not parse",
    ["synth"],
    1,
    "error: the config does not load: ",
    { config: "export default {" },
  ],
  [
    "a config that throws",
    ["synth"],
    1,
    "error: the config does not load: no luck",
    { config: 'throw new Error("no luck");' },
  ],
  [
    "a config without a default export",
    ["synth"],
    1,
    "error: the config exports nothing by default",
    { config: "export const a = 1;" },
  ],
  [
    "a config that says what is not accepted",
    ["plan"],
    1,
    "error: zones: 9 is not a number of zones: a whole number from 1 to 6\n  at    berth.config.ts\n  code  BERTH-E1003",
    { config: config('{ name: "hello", region: "us-east-1", zones: 9, loadBalancer: false }') },
  ],
  [
    "an override that meets nothing",
    ["synth"],
    1,
    'error: override: there is no resource "aws_elb" to change',
    {
      config: config(
        '{ name: "hello", region: "us-east-1", zones: 1, loadBalancer: false, override: { aws_elb: {} } }',
      ),
    },
  ],
  [
    "an environment that is not named",
    ["synth", "--env", "prod"],
    64,
    'error: the config names no environment "prod"',
  ],
  [
    "an environment left out",
    ["synth"],
    64,
    "error: which environment?\n  at    berth.config.ts\n  fix   pass --env with one of dev, prod",
    {
      config: config(
        '{ name: "hello", region: "us-east-1", loadBalancer: false, zones: 1, environments: { dev: {}, prod: {} } }',
      ),
    },
  ],
  [
    "an engine that is not there",
    ["plan", "--terraform-bin", "terrafrom"],
    1,
    "error: --terraform-bin names terrafrom, which is not a program here",
  ],
  [
    "an engine variable that is wrong",
    ["plan"],
    1,
    "error: TERRAFORM_BINARY_NAME names nothing-here, which is not a program here",
    { env: { TERRAFORM_BINARY_NAME: "nothing-here" } },
  ],
  [
    "no engine at all",
    ["plan"],
    1,
    "error: neither terraform nor tofu is on PATH\n  fix   berth doctor --install puts OpenTofu into your cache; or see https://opentofu.org/docs/intro/install/\n  code  BERTH-E3001",
    { env: { PATH: "/nonexistent" } },
  ],
  ["a rehearsal of nothing", ["rehearse", "nowhere"], 64, "error: there is no folder nowhere"],
  [
    "a rehearsal of a folder without Terraform",
    ["rehearse", "/"],
    64,
    "holds neither berth.config.ts nor Terraform (*.tf, *.tf.json)\n  fix   name the folder of a root module, or run berth init",
  ],
  [
    "an image that is said to be neither here nor there",
    ["rehearse", "--image", "app=lost"],
    64,
    "error: --image app=lost is not a name and a word\n  fix   write name=word, with one of exists, missing, arm64",
  ],
  [
    "a variable that no stack declares",
    ["rehearse", "--var", "colour=red"],
    64,
    "error: no stack declares the variable colour",
  ],
  [
    "a file of variables that is not there",
    ["rehearse", "--var-file", "none.tfvars"],
    64,
    "error: --var-file none.tfvars: there is no such file",
  ],
  [
    "an account that is none",
    ["rehearse", "--account", "12"],
    64,
    "error: --account 12 is not an account\n  fix   give its 12 digits",
  ],
  [
    "a seed that is none",
    ["rehearse", "--faults", "--seed", "many"],
    64,
    "error: --seed many is no seed",
  ],
  [
    "a change from nowhere",
    ["rehearse", "--from", "yesterday"],
    64,
    "error: --from yesterday is neither a folder nor, without a git repository, a commit",
  ],
  [
    "a world that cannot be read",
    ["rehearse", "--world", "berth.config.ts"],
    1,
    "error: the world to begin with cannot be read: ",
  ],
  [
    "a sandbox that is not on this machine",
    ["plan", "--sandbox-url", "http://example.com"],
    64,
    "error: --sandbox-url takes the address of a sandbox on this machine, not http://example.com",
  ],
  [
    "a port that is none",
    ["sandbox", "--port", "99999"],
    64,
    "error: --port takes a number from 0 to 65535",
  ],
  [
    "a port that is a word",
    ["sandbox", "--port", "http"],
    64,
    "error: --port takes a number from 0 to 65535",
  ],
  ["a config that is there already", ["init"], 1, "error: berth.config.ts is there already"],
  [
    "a region that is none",
    ["init", "--config", "new.config.ts", "--region", "us-eats-1"],
    64,
    'error: "us-eats-1" is not a region known here\n  fix   did you mean "us-east-1"?',
  ],
];

describe.concurrent("a wrong command line", () => {
  it.for(cases)("%s", async ([, args, code, words, { config: text, env } = {}], { expect }) => {
    const folder = project(text);
    const ran = await berth(args, { cwd: folder, ...(env ? { env } : {}) });
    expect(ran.stderr).toContain(words);
    expect([ran.code, ran.stdout]).toEqual([code, ""]);
    expect(ran.stderr.match(/^error:/gm)).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(["berth.config.ts"]);
  });

  it("an engine too old", async () => {
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

  it("an engine that is no engine", async () => {
    const folder = project();
    const engine = fakeEngine(folder, "odd", "echo hello");
    const ran = await berth(["plan", "--terraform-bin", engine], { cwd: folder });
    expect([ran.code, ran.stderr]).toEqual([
      1,
      expect.stringContaining("does not say its version"),
    ]);
  });

  it("a port that is taken", async ({ onTestFinished }) => {
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

  it("a sandbox state that is something else", async () => {
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

describe.concurrent("synth", () => {
  it("writes JSON to stdout, nothing else anywhere", async () => {
    const folder = project();
    const ran = await berth(["synth"], { cwd: folder });
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    expect(JSON.parse(ran.stdout)).toHaveProperty("resource.aws_vpc.network");
    expect(readdirSync(folder)).toEqual(["berth.config.ts"]);
  });

  it("writes HCL into a folder, and refuses to say everything twice there", async () => {
    const folder = project();
    expect((await berth(["synth", "--hcl", "--out", "plain"], { cwd: folder })).stdout).toBe(
      "plain/main.tf\n",
    );
    expect(readFileSync(join(folder, "plain/main.tf"), "utf8")).toContain(
      'resource "aws_vpc" "network" {',
    );
    const again = await berth(["synth", "--out", "plain"], { cwd: folder });
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringContaining("both together would say everything twice"),
    ]);
  });

  it("answers programs in one line of JSON", async () => {
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
  it("takes what the folder tells, and its config is good", async () => {
    const folder = join(testFolder(), "My Shop");
    mkdirSync(folder);
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nEXPOSE 3000\n");
    const ran = await berth(["init"], { cwd: folder, env: { AWS_REGION: "eu-west-1" } });
    expect([ran.code, ran.stdout]).toEqual([0, "berth.config.ts\n"]);
    expect(readdirSync(folder).sort()).toEqual(["Dockerfile", "berth.config.ts"]);
    const synth = await berth(["synth"], { cwd: folder });
    expect(JSON.parse(synth.stdout)).toMatchObject({
      provider: { aws: [{ region: "eu-west-1" }] },
      output: { container_port: { value: 3000 } },
    });
  });
});

describe.concurrent("doctor", () => {
  it("says what is missing and how to get it, and fails where Berth could not work", async () => {
    const ran = await berth(["doctor"], {
      cwd: testFolder(),
      env: { PATH: "/nonexistent", HOME: testFolder() },
    });
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain("✗ engine       neither terraform nor tofu is on PATH");
    expect(ran.stdout).toContain("→ berth doctor --install puts OpenTofu into your cache");
    expect(ran.stdout).toContain("! credentials  none; --sandbox needs none");
    expect(ran.stdout).toContain("! config       there is no berth.config.ts here");
  });

  it("--install puts nothing in place that is not the release, wherever a mirror takes its checksums from", async () => {
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

  it("--install says so where nothing answers", async () => {
    const env = { PATH: "/usr/bin:/bin", HOME: testFolder(), XDG_CACHE_HOME: testFolder() };
    const ran = await berth(["doctor", "--install", "--from", "http://127.0.0.1:9"], {
      cwd: testFolder(),
      env,
    });
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining("cannot be fetched")]);
  });
});

describe.concurrent("sandbox", () => {
  it("runs until it is interrupted, and says what it was asked for in vain", async () => {
    const running = startBerth(["sandbox"], { cwd: testFolder() });
    await running.saw("Ctrl-C ends it");
    const url = /http:\/\/127\.0\.0\.1:\d+/;
    running.interrupt();
    const ran = await running.done;
    expect([ran.code, ran.stdout]).toEqual([0, expect.stringMatching(url)]);
    expect(ran.stderr).toContain("0 calls");
  });
});
