import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { describe, it } from "vitest";
import { takeLock } from "../../src/sandbox/core/state-lock.ts";
import { describeProcess } from "../../src/shared/index.ts";
import { lockFolder } from "../../src/terraform/index.ts";
import { berth } from "../support/berth.ts";
import { type FakeCommands, fakeEngine, printEvent } from "../support/engine.ts";
import { testFolder } from "../support/folder.ts";
import { readFixture } from "../support/plan-fixtures.ts";

/** A mistake of a user. */
interface Mistake {
  readonly what: string;
  readonly args: readonly string[];
  /** Text of files by path, in addition to a valid config. */
  readonly files?: Readonly<Record<string, string>>;
  /** Commands of a fake engine, which then is the Terraform on PATH. */
  readonly engine?: FakeCommands;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly before?: (folder: string) => unknown;
  readonly code: number;
  /** The complete output, with the temporary folder as FOLDER. */
  readonly output: string;
}

/** A config file: the options of each line, on the lines 4 and following. */
const config = (...options: readonly string[]): string =>
  [
    'import { defineConfig } from "berth-ecs";',
    "",
    "export default defineConfig({",
    ...options.map((option) => `  ${option},`),
    "});",
    "",
  ].join("\n");

const NAME = 'name: "hello"';
const REGION = 'region: "eu-west-1"';
const NO_BALANCER = "loadBalancer: false";
const VALID = config(NAME, REGION, "zones: 1", NO_BALANCER);
const withOptions = (...options: readonly string[]): Readonly<Record<string, string>> => ({
  "berth.config.ts": config(NAME, REGION, ...options),
});

/** A config with a service and a job. */
const SERVICES = config(
  NAME,
  REGION,
  "zones: 1",
  NO_BALANCER,
  'services: { web: { image: { tag: "1" } } }',
  'jobs: { nightly: { image: { tag: "1" } } }',
);
const withServices = { "berth.config.ts": SERVICES };

/** An environment without AWS credentials. */
const NO_CREDENTIALS = {
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_CONFIG_FILE: "/nonexistent/config",
  AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials",
};

const diagnostic = (summary: string, detail: string = "", range?: object): FakeCommands => ({
  plan: `${printEvent("diagnostic", { "@level": "error", diagnostic: { severity: "error", summary, detail, range } })}; exit 1`,
});

/** A plan with two subnets that overlap. */
const OVERLAP = JSON.stringify(readFixture("cases")["subnets that overlap"]?.plan);

/** Serves no sandbox on a port of this machine, until the test process ends. */
async function occupyPort(): Promise<number> {
  const server = createServer((_, response) => response.writeHead(404).end()).unref();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port; // it listens on TCP
}
const PORT = await occupyPort();

/** A working folder that a running process uses: this one. */
const holdFolder = (folder: string): unknown => {
  const directory = join(folder, ".berth/default");
  mkdirSync(directory, { recursive: true });
  return lockFolder(directory, "apply");
};

/** A state file that a running process uses: this one. */
const holdState = (folder: string): unknown => takeLock(join(folder, "state.json.lock"));

/** The lock of a process that was killed. */
const leaveStaleLock = (folder: string): void => {
  const directory = join(folder, ".berth/default");
  mkdirSync(directory, { recursive: true });
  const { pid } = spawnSync(process.execPath, ["--version"]);
  const owner = { ...describeProcess("berth apply"), pid, startTime: "1" };
  writeFileSync(join(directory, "berth.lock"), JSON.stringify(owner));
};

const GOOGLE_MISSING = [
  `echo "Error: Failed to query available provider packages" >&2`,
  `echo "Could not retrieve the list of available versions for provider hashicorp/google: could not connect to registry.terraform.io: failed to request discovery document" >&2`,
  "exit 1",
].join("\n");

const TWO_INIT_ERRORS = [
  ...[
    "╷",
    "│ Warning: Deprecated",
    "╵",
    "╷",
    "│ Error: Duplicate required providers configuration",
    "│ ",
    "│   on main.tf line 2, in terraform:",
    "│    2:   required_providers {",
    "│ ",
    "│ A module may have only one required providers configuration.",
    "╵",
    "╷",
    "│ Error: Unsupported block type",
    "╵",
  ].map((line) => `echo '${line}' >&2`),
  "exit 1",
].join("\n");

const mistakes: readonly Mistake[] = [
  {
    what: "two unknown keys",
    args: ["synth"],
    files: withOptions(
      "zone: 1",
      'loadBalancer: { allowFrom: [], certificateArm: "x" }',
      "containerport: 80",
    ),
    code: 1,
    output: [
      'error: loadBalancer: unknown key "certificateArm"; did you mean "certificateArn"?',
      "  at    berth.config.ts:7:34",
      "  code  BERTH-E1003",
      'error: unknown key "zone"; did you mean "zones"?',
      "  at    berth.config.ts:6:3",
      "  code  BERTH-E1003",
      'error: unknown key "containerport"; use one of name, region, account, production, zones, egress, key, logs, network, tasks, repository, cluster, loadBalancer, publish, tags, services, jobs, override, defaultTags, state, terraformBin, checks, pipeline, environments',
      "  at    berth.config.ts:8:3",
      "  code  BERTH-E1003",
      "",
    ].join("\n"),
  },
  {
    what: "no loadBalancer",
    args: ["synth"],
    files: withOptions(),
    code: 1,
    output: [
      "error: loadBalancer: is missing: expected an object, or false to create no load balancer",
      "  at    berth.config.ts:3:29",
      "  code  BERTH-E1003",
      "",
    ].join("\n"),
  },
  {
    what: "an unknown region",
    args: ["synth"],
    files: { "berth.config.ts": config(NAME, 'region: "eu-west-9"', NO_BALANCER) },
    code: 1,
    output: [
      'error: region: "eu-west-9" is not a known region; did you mean "eu-west-1"?',
      "  at    berth.config.ts:5:3",
      "  code  BERTH-E1003",
      "",
    ].join("\n"),
  },
  {
    what: "the place of a region",
    args: ["synth"],
    files: { "berth.config.ts": config(NAME, 'region: "Ireland"', NO_BALANCER) },
    code: 1,
    output: [
      'error: region: "Ireland" is not a known region; did you mean "eu-west-1"?',
      "  at    berth.config.ts:5:3",
      "  code  BERTH-E1003",
      "",
    ].join("\n"),
  },
  {
    what: "zones of another region",
    args: ["synth"],
    files: withOptions('zones: ["eu-west-1a", "us-east-1a"]', NO_BALANCER),
    code: 1,
    output: [
      'error: zones[1]: "us-east-1a" is not a zone of eu-west-1; use full names such as eu-west-1a',
      "  at    berth.config.ts:6:25",
      "  code  BERTH-E1003",
      "",
    ].join("\n"),
  },
  {
    what: "no Terraform",
    args: ["plan"],
    env: { PATH: "/nonexistent" },
    code: 1,
    output: [
      "reading the config",
      "error: neither terraform nor tofu is on PATH",
      "  fix   run npx berth-ecs doctor --install to install OpenTofu into your cache, or see https://opentofu.org/docs/intro/install/",
      "  code  BERTH-E3001",
      "",
    ].join("\n"),
  },
  {
    what: "an old Terraform",
    args: ["plan"],
    engine: { version: "echo 'Terraform v1.5.7'" },
    code: 1,
    output: [
      "reading the config",
      "error: ENGINE is version 1.5.7",
      "  fix   install Terraform or OpenTofu 1.10.0 or newer",
      "  code  BERTH-E3002",
      "",
    ].join("\n"),
  },
  {
    what: "a wrong --terraform-bin",
    args: ["plan", "--terraform-bin", "/nope"],
    code: 1,
    output: [
      "reading the config",
      "error: --terraform-bin is /nope, which is not an executable program",
      "  fix   correct the value, or remove it to use terraform or tofu from PATH",
      "  code  BERTH-E3001",
      "",
    ].join("\n"),
  },
  {
    what: "no credentials",
    args: ["plan"],
    engine: diagnostic(
      "No valid credential sources found",
      "Please see https://registry.terraform.io/providers/hashicorp/aws for more information about providing credentials.",
    ),
    code: 1,
    output: [
      "reading the config",
      "terraform 1.11.4 · hello in eu-west-1",
      "initializing Terraform · planning",
      "error: No valid credential sources found: Please see https://registry.terraform.io/providers/hashicorp/aws for more information about providing credentials.",
      "  fix   sign in (aws sso login, or AWS_PROFILE), or use --sandbox, which needs no account",
      "  code  BERTH-E9001",
      "",
    ].join("\n"),
  },
  {
    what: "a wrong access key",
    args: ["plan"],
    engine: diagnostic(
      "Retrieving AWS account details: validating provider credentials: retrieving caller identity from STS: operation error STS: GetCallerIdentity, https response error StatusCode: 403, RequestID: 1b2c, api error InvalidClientTokenId: The security token included in the request is invalid.",
    ),
    code: 1,
    output: [
      "reading the config",
      "terraform 1.11.4 · hello in eu-west-1",
      "initializing Terraform · planning",
      "error: Retrieving AWS account details: validating provider credentials: retrieving caller identity from STS: InvalidClientTokenId: The security token included in the request is invalid.",
      "  fix   correct the access key or sign in again: with the same environment, aws sts get-caller-identity must succeed",
      "  code  BERTH-E9011",
      "",
    ].join("\n"),
  },
  {
    what: "AWS cannot be reached",
    args: ["plan"],
    engine: diagnostic(
      'Retrieving AWS account details: validating provider credentials: retrieving caller identity from STS: operation error STS: GetCallerIdentity, exceeded maximum number of attempts, 9, https response error StatusCode: 0, RequestID: , request send failed, Post "https://sts.eu-west-1.amazonaws.com/": dial tcp: lookup sts.eu-west-1.amazonaws.com: no such host',
    ),
    code: 1,
    output: [
      "reading the config",
      "terraform 1.11.4 · hello in eu-west-1",
      "initializing Terraform · planning",
      'error: Retrieving AWS account details: validating provider credentials: retrieving caller identity from STS: Post "https://sts.eu-west-1.amazonaws.com/": dial tcp: lookup sts.eu-west-1.amazonaws.com: no such host',
      "  fix   check the network connection, HTTPS_PROXY and the region",
      "  code  BERTH-E9013",
      "",
    ].join("\n"),
  },
  {
    what: "a profile that does not exist",
    args: ["plan"],
    engine: diagnostic("failed to get shared config profile, nope"),
    code: 1,
    output: [
      "reading the config",
      "terraform 1.11.4 · hello in eu-west-1",
      "initializing Terraform · planning",
      "error: failed to get shared config profile, nope",
      "  fix   set AWS_PROFILE to one of aws configure list-profiles, or remove it from the environment",
      "  code  BERTH-E9012",
      "",
    ].join("\n"),
  },
  {
    what: "an account as a number",
    args: ["synth"],
    files: withOptions("account: 111122223333", NO_BALANCER),
    code: 1,
    output: [
      "error: account: expected the account ID as a string of 12 digits",
      "  at    berth.config.ts:6:3",
      "  code  BERTH-E1003",
      "",
    ].join("\n"),
  },
  {
    what: "a long name",
    args: ["synth"],
    files: { "berth.config.ts": config(`name: "${"a".repeat(54)}"`, REGION, NO_BALANCER) },
    code: 1,
    output: [
      'error: name: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" has 54 characters; expected 2 to 32',
      "  at    berth.config.ts:4:3",
      "  code  BERTH-E1003",
      "",
    ].join("\n"),
  },
  {
    what: "a short name",
    args: ["synth"],
    files: { "berth.config.ts": config('name: "a"', REGION, NO_BALANCER) },
    code: 1,
    output: [
      'error: name: "a" has 1 character; expected 2 to 32',
      "  at    berth.config.ts:4:3",
      "  code  BERTH-E1003",
      "",
    ].join("\n"),
  },
  {
    what: "a name with spaces",
    args: ["synth"],
    files: { "berth.config.ts": config('name: "My Shop!"', REGION, NO_BALANCER) },
    code: 1,
    output: [
      'error: name: "My Shop!" is not a name: expected lower-case letters, digits and single hyphens, starting with a letter',
      "  at    berth.config.ts:4:3",
      "  code  BERTH-E1003",
      "",
    ].join("\n"),
  },
  {
    what: "a prefix above /32",
    args: ["synth"],
    files: withOptions('network: { cidr: "10.0.0.0/33" }', NO_BALANCER),
    code: 1,
    output: [
      'error: network.cidr: "10.0.0.0/33" has a prefix above /32; expected a block from /16 to /22',
      "  at    berth.config.ts:6:14",
      "  code  BERTH-E1003",
      "",
    ].join("\n"),
  },
  {
    what: "host bits in a block",
    args: ["synth"],
    files: withOptions('network: { cidr: "10.0.1.0/16" }', NO_BALANCER),
    code: 1,
    output: [
      'error: network.cidr: "10.0.1.0/16" has host bits set; did you mean 10.0.0.0/16?',
      "  at    berth.config.ts:6:14",
      "  code  BERTH-E1003",
      "",
    ].join("\n"),
  },
  {
    what: "public address space",
    args: ["synth"],
    files: withOptions('network: { cidr: "8.8.0.0/16" }', NO_BALANCER),
    code: 1,
    output: [
      'error: network.cidr: "8.8.0.0/16" is public address space: the VPC could not reach the internet hosts that use it; use 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10, or set allowPublicAddressSpace',
      "  at    berth.config.ts:6:14",
      "  code  BERTH-E1003",
      "",
    ].join("\n"),
  },
  {
    what: "subnets that overlap",
    args: ["check", "plan.json"],
    files: { "plan.json": OVERLAP },
    code: 3,
    output: [
      "aws_ecs_service.app (service, 2 subnets)",
      "  ✗ starts",
      "  ✓ pulls its image",
      "  ✓ writes its logs",
      "  ? reads its secrets",
      "  ✓ receives its traffic",
      "  ✓ is isolated from the internet",
      "",
      "aws_cloudwatch_event_target.nightly (schedule, 1 subnet)",
      "  ✓ starts",
      "  ✓ pulls its image",
      "  ✓ writes its logs",
      "  ? reads its secrets",
      "  ✓ is isolated from the internet",
      "",
      "error CIDR-02 Subnets overlap",
      "    aws_subnet.private_b: its CIDR block 10.0.2.128/25 overlaps with that of aws_subnet.private_a",
      "    AWS error",
      "      InvalidSubnet.Conflict: The CIDR '10.0.2.128/25' conflicts with another subnet",
      "      Source: GitHub, hashicorp/terraform#33470",
      "    fix  Choose CIDR blocks that do not overlap",
      "",
      "missing facts",
      "  ? kms:Decrypt on aws_kms_key.main depends on the account or on a condition",
      "    for aws_iam_role.execution: IAM-10",
      "  ? the JSON key of aws_secretsmanager_secret.database that a container reads is known after apply",
      "    for aws_ecs_task_definition.app: TD-10",
      "",
      "fail (a plan of 71 resources; 1 error, 2 notes, 2 facts missing); --all shows 2 notes",
      "",
    ].join("\n"),
  },
  {
    what: "invalid egress rules",
    args: ["synth"],
    files: withOptions(
      'tasks: {\n    egressRules: [\n      { to: "10.0.0.0/99", port: 443 },\n      { to: "10.0.0.0/8", port: 99999 },\n    ],\n  }',
      NO_BALANCER,
    ),
    code: 1,
    output: [
      'error: tasks.egressRules[0].to: "10.0.0.0/99" has a prefix above /32; expected an IPv4 block, a prefix list (pl-…) or a security group (sg-…)',
      "  at    berth.config.ts:8:9",
      "  code  BERTH-E1003",
      "error: tasks.egressRules[1].port: 99999 is not a port: a whole number from 1 to 65535",
      "  at    berth.config.ts:9:27",
      "  code  BERTH-E1003",
      "",
    ].join("\n"),
  },
  {
    what: "a certificate of another region",
    args: ["synth"],
    files: withOptions(
      'loadBalancer: { allowFrom: ["10.0.0.0/8"], certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/1234abcd" }',
    ),
    code: 1,
    output: [
      "error: loadBalancer.certificateArn: the certificate is in us-east-1; a load balancer in eu-west-1 requires a certificate in eu-west-1",
      "  at    berth.config.ts:6:46",
      "  code  BERTH-E1003",
      "",
    ].join("\n"),
  },
  {
    what: "a certificate that is not an ARN",
    args: ["synth"],
    files: withOptions('loadBalancer: { allowFrom: ["10.0.0.0/8"], certificateArn: "my-cert" }'),
    code: 1,
    output: [
      'error: loadBalancer.certificateArn: "my-cert" is not an ARN such as arn:aws:acm:eu-west-1:111122223333:certificate/1234abcd',
      "  at    berth.config.ts:6:46",
      "  code  BERTH-E1003",
      "",
    ].join("\n"),
  },
  {
    what: "an environment variable that is not set",
    args: ["synth"],
    files: withOptions(
      'loadBalancer: { allowFrom: ["10.0.0.0/8"], certificateArn: process.env.CERT! }',
    ),
    code: 1,
    output: [
      "error: loadBalancer.certificateArn: is present but undefined; it may come from an environment variable that is not set",
      "  at    berth.config.ts:6:46",
      "  fix   set it, or omit the key: ...(value === undefined ? {} : { certificateArn: value })",
      "  code  BERTH-E1005",
      "",
    ].join("\n"),
  },
  {
    what: "a syntax error",
    args: ["synth"],
    files: { "berth.config.ts": VALID.replace('"hello",', '"hello"') },
    code: 1,
    output: [
      'error: the config cannot be loaded: Unexpected token, expected ","',
      "  at    berth.config.ts:5:3",
      "  fix   correct the syntax",
      "  code  BERTH-E1002",
      "",
    ].join("\n"),
  },
  {
    what: "a config that throws",
    args: ["synth"],
    files: {
      "berth.config.ts":
        'function office(): string {\n  throw new Error("no VPN");\n}\nexport default { name: office() };\n',
    },
    code: 1,
    output: [
      "error: the config cannot be loaded: no VPN",
      "  at    berth.config.ts:2:9",
      "  fix   correct the code that throws this error",
      "  code  BERTH-E1002",
      "",
    ].join("\n"),
  },
  {
    what: "a function that returns no config",
    args: ["synth"],
    files: { "berth.config.ts": "export default async () => undefined;\n" },
    code: 1,
    output: [
      "error: the function or promise that the config exports has no result",
      "  at    berth.config.ts",
      "  fix   return the options from it, such as defineConfig(async () => ({ … }))",
      "  code  BERTH-E1006",
      "",
    ].join("\n"),
  },
  {
    what: "no default export",
    args: ["synth"],
    files: { "berth.config.ts": "" },
    code: 1,
    output: [
      "error: the config has no default export",
      "  at    berth.config.ts",
      "  fix   add export default defineConfig({ … })",
      "  code  BERTH-E1006",
      "",
    ].join("\n"),
  },
  {
    what: "a package that is not installed",
    args: ["synth"],
    files: {
      "pnpm-lock.yaml": "",
      "berth.config.ts": `import { load } from "@acme/networks/load";\nload();\n${VALID}`,
    },
    code: 1,
    output: [
      'error: the config cannot be loaded: the module "@acme/networks/load" is not found',
      "  at    berth.config.ts:1:22",
      "  fix   run pnpm add --save-dev @acme/networks",
      "  code  BERTH-E1002",
      "",
    ].join("\n"),
  },
  {
    what: "a file that does not exist",
    args: ["synth"],
    files: { "berth.config.ts": `import { load } from "./networks.ts";\nload();\n${VALID}` },
    code: 1,
    output: [
      'error: the config cannot be loaded: the module "./networks.ts" is not found',
      "  at    berth.config.ts:1:22",
      "  fix   correct the path of the import, or create the file",
      "  code  BERTH-E1002",
      "",
    ].join("\n"),
  },
  {
    what: "a port that is in use",
    args: ["sandbox", "--port", String(PORT)],
    code: 1,
    output: [
      "error: the sandbox cannot listen on port PORT: EADDRINUSE",
      "  fix   set another port with --port, or omit --port to use a free port",
      "  code  BERTH-E4001",
      "",
    ].join("\n"),
  },
  {
    what: "a port that is not a number",
    args: ["sandbox", "--port", "abc"],
    code: 64,
    output: [
      "error: invalid --port abc",
      "  fix   pass a number from 0 to 65535",
      "  code  BERTH-E6001",
      "",
    ].join("\n"),
  },
  {
    what: "a sandbox that does not run",
    args: ["plan", "--sandbox-url", "http://127.0.0.1:9"],
    engine: {},
    code: 1,
    output: [
      "reading the config",
      "error: the sandbox at http://127.0.0.1:9 does not respond",
      "  fix   start it with npx berth-ecs sandbox --port 9, or use --sandbox, which starts its own",
      "  code  BERTH-E4007",
      "",
    ].join("\n"),
  },
  {
    what: "a folder that cannot be written",
    args: ["plan"],
    engine: {},
    files: { ".berth": "" },
    code: 1,
    output: [
      "reading the config",
      "error: cannot write FOLDER/.berth/default: part of its path is not a folder",
      "  fix   make the path writable, or choose another one",
      "  code  BERTH-E6010",
      "",
    ].join("\n"),
  },
  {
    what: "a new config in a folder that does not exist",
    args: ["init", "--config", "infra/berth.config.ts"],
    code: 1,
    output: [
      "error: cannot write FOLDER/infra/berth.config.ts: its folder does not exist",
      "  fix   create the folder, or choose another path",
      "  code  BERTH-E6010",
      "",
    ].join("\n"),
  },
  {
    what: "a file in place of the output folder",
    args: ["synth", "--out", "out"],
    files: { out: "" },
    code: 1,
    output: [
      "error: cannot write out: it exists and is not a folder",
      "  fix   make the path writable, or choose another one",
      "  code  BERTH-E6010",
      "",
    ].join("\n"),
  },
  {
    what: "an output folder that the file system does not allow",
    args: ["synth", "--out", "/proc/berth/out"],
    code: 1,
    output: [
      "error: cannot write /proc/berth/out: the file system does not allow new folders there",
      "  fix   choose another path",
      "  code  BERTH-E6010",
      "",
    ].join("\n"),
  },
  {
    what: "a path with spaces and letters of several scripts, which works",
    args: ["synth", "--config", "Größe 日本/berth.config.ts", "--out", "Größe 日本/Ausgabe 出力"],
    files: { "Größe 日本/berth.config.ts": VALID },
    code: 0,
    output: "Größe 日本/Ausgabe 出力/main.tf.json\n",
  },
  {
    what: "a folder that is a symbolic link, which works",
    args: ["synth", "--config", "link/berth.config.ts", "--out", "link/out"],
    files: { "real/berth.config.ts": VALID },
    before: (folder) => symlinkSync("real", join(folder, "link")),
    code: 0,
    output: "link/out/main.tf.json\n",
  },
  {
    what: "a path with a backslash",
    args: ["synth", "--config", "a\\b.ts"],
    files: { "a\\b.ts": VALID },
    code: 1,
    output: [
      "error: the config cannot be loaded: its path has a backslash",
      "  at    FOLDER/a\\b.ts",
      "  fix   rename the file or folder",
      "  code  BERTH-E1002",
      "",
    ].join("\n"),
  },
  {
    what: "two sandboxes with one state",
    args: ["sandbox", "--state", "state.json"],
    before: holdState,
    code: 1,
    output: [
      "error: the sandbox's state is in use by process PID",
      "  at    state.json.lock",
      "  fix   wait until it ends, or set another state file with --state",
      "  code  BERTH-E4005",
      "",
    ].join("\n"),
  },
  {
    what: "two runs at the same time",
    args: ["plan"],
    engine: {},
    before: holdFolder,
    code: 1,
    output: [
      "reading the config",
      "error: berth apply (process PID on HOST, since TIME) uses this environment's working folder",
      "  at    FOLDER/.berth/default/berth.lock",
      "  fix   wait until it ends, then run the command again",
      "  code  BERTH-E3006",
      "",
    ].join("\n"),
  },
  {
    what: "the lock of a run that was killed, which the next run removes",
    args: ["output"],
    engine: {},
    before: leaveStaleLock,
    code: 1,
    output: [
      "reading the config",
      "terraform 1.11.4 · hello in eu-west-1",
      "initializing Terraform",
      "error: there are no outputs",
      "  fix   run npx berth-ecs apply first",
      "  code  BERTH-E3012",
      "",
    ].join("\n"),
  },
  {
    what: "no terminal and no --yes",
    args: ["apply"],
    code: 64,
    output: [
      "error: confirmation required, but stdin is not a terminal",
      "  fix   run in a terminal, or pass --yes",
      "  code  BERTH-E6002",
      "",
    ].join("\n"),
  },
  {
    what: "no --yes with --json",
    args: ["destroy", "--json"],
    code: 64,
    output: [
      '{"protocol":1,"type":"error","errors":[{"what":"confirmation required, but stdin is not a terminal","code":"BERTH-E6002","fix":"run in a terminal, or pass --yes"}]}',
      "",
    ].join("\n"),
  },
  {
    what: "no environment",
    args: ["synth"],
    files: withOptions(NO_BALANCER, "environments: { dev: {}, prod: {} }"),
    code: 64,
    output: [
      "error: the environment is not set",
      "  at    berth.config.ts",
      "  fix   pass --env with one of dev, prod",
      "  code  BERTH-E1004",
      "",
    ].join("\n"),
  },
  {
    what: "an environment that does not exist",
    args: ["synth", "--env", "prd"],
    files: withOptions(NO_BALANCER, "environments: { dev: {}, prod: {} }"),
    code: 64,
    output: [
      'error: there is no environment "prd" in the config',
      "  at    berth.config.ts",
      '  fix   did you mean "prod"?',
      "  code  BERTH-E1007",
      "",
    ].join("\n"),
  },
  {
    what: "an option with a typing error",
    args: ["plan", "--sandbx"],
    code: 64,
    output: [
      "error: unknown option '--sandbx'",
      "(Did you mean --sandbox?)",
      "(run npx berth-ecs plan --help for its arguments and options)",
      "",
    ].join("\n"),
  },
  {
    what: "a command with a typing error",
    args: ["plam"],
    code: 64,
    output: [
      "error: unknown command 'plam'",
      "(Did you mean plan?)",
      "(run npx berth-ecs --help for a list of commands)",
      "",
    ].join("\n"),
  },
  {
    what: "an argument too many",
    args: ["apply", "here"],
    code: 64,
    output: [
      "error: too many arguments for 'apply'. Expected 0 arguments but got 1.",
      "(run npx berth-ecs apply --help for its arguments and options)",
      "",
    ].join("\n"),
  },
  {
    what: "a variable without a value",
    args: ["check", "infra"],
    engine: diagnostic(
      "No value for required variable",
      'The root module input variable "who" is not set, and has no default value. Use a -var or -var-file command line argument to provide a value for this variable.',
    ),
    files: { "infra/main.tf": 'variable "who" {}\n' },
    code: 1,
    output: [
      "planning infra",
      "error: the variable who has no value",
      "  at    infra",
      "  fix   pass --var who=<value>, or --var-file <file>",
      "  code  BERTH-E7004",
      "",
    ].join("\n"),
  },
  {
    what: "a required argument that is missing",
    args: ["check", "infra"],
    engine: diagnostic(
      "Missing required argument",
      'The argument "family" is required, but no definition was found.',
      { filename: "main.tf", start: { line: 3, column: 1 } },
    ),
    files: {
      "infra/main.tf": '# Tasks\n\nresource "aws_ecs_task_definition" "web" {}\n',
    },
    code: 1,
    output: [
      "planning infra",
      'error: Missing required argument: The argument "family" is required, but no definition was found.',
      "  at    infra/main.tf:3",
      "  fix   correct line 3 of infra/main.tf",
      "  code  BERTH-E7004",
      "",
    ].join("\n"),
  },
  {
    what: "two errors of terraform init",
    args: ["check", "infra"],
    engine: { init: TWO_INIT_ERRORS },
    files: { "infra/main.tf": 'terraform {\n  backend "s3" { bucket = 1 }\n}\n' },
    code: 1,
    output: [
      "planning infra",
      "error: terraform init failed: Duplicate required providers configuration: A module may have only one required providers configuration. (and 1 more)",
      "  at    infra/main.tf:2",
      "  fix   correct this line",
      "  code  BERTH-E3003",
      "",
    ].join("\n"),
  },
  {
    what: "a provider that is not installed",
    args: ["rehearse", "infra"],
    engine: { init: GOOGLE_MISSING },
    files: { "infra/main.tf": 'provider "google" {}\n' },
    code: 1,
    output: [
      "apply",
      "apply infra",
      "error: the provider hashicorp/google is not installed here, and the registry does not respond",
      "  at    infra",
      "  fix   connect this machine to the registry; or run terraform providers mirror <folder> on a machine with network access, then copy the folder to a place that berth doctor lists",
      "  code  BERTH-E5010",
      "",
    ].join("\n"),
  },
  {
    what: "HCL that is not closed",
    args: ["check", "infra"],
    engine: {},
    files: { "infra/main.tf": 'resource "aws_vpc" "main" {\n' },
    code: 1,
    output: [
      "planning infra",
      "error: the file is not valid Terraform: Unclosed configuration block: There is no closing brace for this block before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.",
      "  at    FOLDER/infra/main.tf:1:27",
      "  fix   correct the syntax; terraform validate reports every error of the folder",
      "  code  BERTH-E5007",
      "",
    ].join("\n"),
  },
  {
    what: "an override of an unknown type",
    args: ["synth"],
    files: withOptions(NO_BALANCER, "zones: 1", "override: { aws_elb: { idle_timeout: 5 } }"),
    code: 1,
    output: [
      'error: override: no resource matches "aws_elb"',
      "  fix   use a type (aws_cloudwatch_log_group, aws_default_security_group, aws_ecr_lifecycle_policy, aws_ecr_repository, aws_ecs_cluster, aws_ecs_cluster_capacity_providers, aws_kms_alias, aws_kms_key, aws_kms_key_policy, aws_route_table, aws_route_table_association, aws_security_group, aws_subnet, aws_vpc, aws_vpc_endpoint, aws_vpc_security_group_egress_rule, aws_vpc_security_group_ingress_rule) or an address such as aws_kms_key.key",
      "  code  BERTH-E2003",
      "",
    ].join("\n"),
  },
  {
    what: "an override of an unknown attribute",
    args: ["check"],
    engine: diagnostic(
      "Extraneous JSON object property",
      'No argument or block type is named "retention". Did you mean "retention_in_days"?',
    ),
    files: withOptions(
      NO_BALANCER,
      "zones: 1",
      "override: { aws_cloudwatch_log_group: { retention: 5 } }",
    ),
    code: 1,
    output: [
      "planning .",
      "  Runs on this machine:",
      "    berth.config.ts (config file)",
      'error: Extraneous JSON object property: No argument or block type is named "retention". Did you mean "retention_in_days"?',
      "  at    berth.config.ts: override",
      "  fix   correct the attribute in override: the documentation of the AWS provider lists the attributes of each resource type",
      "  code  BERTH-E2004",
      "",
    ].join("\n"),
  },
  {
    what: "a damaged sandbox state",
    args: ["sandbox", "--state", "state.json"],
    files: { "state.json": "{" },
    code: 1,
    output: [
      "error: cannot read the sandbox's state: not a state file of the sandbox",
      "  at    FOLDER/state.json",
      "  fix   move the file to start with an empty account, or set another file with --state",
      "  code  BERTH-E4002",
      "",
    ].join("\n"),
  },
  {
    what: "an unknown quota",
    args: ["sandbox", "--quota", "vpc=3"],
    code: 64,
    output: [
      "error: invalid --quota vpc=3",
      '  fix   write name=number; for the name, did you mean "vpcs"?',
      "  code  BERTH-E6001",
      "",
    ].join("\n"),
  },
  {
    what: "an input that is not a plan",
    args: ["check", "notes.txt"],
    files: { "notes.txt": "hello" },
    code: 1,
    output: [
      "error: not JSON: Unexpected token 'h', \"hello\" is not valid JSON",
      "  at    notes.txt",
      "  fix   pass the output of terraform show -json for a saved plan or the state",
      "  code  BERTH-E7001",
      "",
    ].join("\n"),
  },
  {
    what: "a check of a path that does not exist",
    args: ["check", "missing"],
    code: 64,
    output: [
      "error: missing does not exist",
      "  fix   pass a plan or state (terraform show -json), a saved plan, or a folder",
      "  code  BERTH-E7003",
      "",
    ].join("\n"),
  },
  {
    what: "a misspelled service",
    args: ["status", "wev"],
    files: withServices,
    code: 64,
    output: [
      "reading the config",
      'error: the config has no service or job "wev"',
      '  fix   did you mean "web"?',
      "  code  BERTH-E6011",
      "",
    ].join("\n"),
  },
  {
    what: "a service in a config without services",
    args: ["run", "web"],
    code: 64,
    output: [
      "reading the config",
      'error: the config has no service or job "web"',
      "  fix   add it to services or jobs in the config",
      "  code  BERTH-E6011",
      "",
    ].join("\n"),
  },
  {
    what: "a time that is neither a duration nor ISO 8601",
    args: ["logs", "web", "--since", "10 minutes"],
    files: withServices,
    code: 64,
    output: [
      "error: invalid --since 10 minutes",
      "  fix   pass a duration such as 90s, 10m, 2h or 7d, or a past time such as 2026-11-28T09:00:00Z",
      "  code  BERTH-E6001",
      "",
    ].join("\n"),
  },
  {
    what: "a time in the future",
    args: ["logs", "web", "--since", "2126-01-01"],
    files: withServices,
    code: 64,
    output: [
      "error: invalid --since 2126-01-01",
      "  fix   pass a duration such as 90s, 10m, 2h or 7d, or a past time such as 2026-11-28T09:00:00Z",
      "  code  BERTH-E6001",
      "",
    ].join("\n"),
  },
  {
    what: "--previous with --follow",
    args: ["logs", "web", "--previous", "--follow"],
    files: withServices,
    code: 64,
    output: [
      "error: previous and follow cannot be combined",
      "  fix   omit one of them: tasks that have stopped write no new events",
      "  code  BERTH-E6001",
      "",
    ].join("\n"),
  },
  {
    what: "no Session Manager plugin",
    args: ["exec", "web"],
    files: withServices,
    code: 1,
    output: [
      "reading the config",
      "error: AWS's Session Manager plugin is not installed",
      '  fix   install it, so that session-manager-plugin is on PATH: AWS Systems Manager User Guide, "Install the Session Manager plugin"',
      "  code  BERTH-E6014",
      "",
    ].join("\n"),
  },
  {
    what: "no AWS credentials for a command without Terraform",
    args: ["status"],
    files: withServices,
    env: NO_CREDENTIALS,
    code: 1,
    output: [
      "reading the config",
      "error: ecs:DescribeServices: Could not load credentials from any providers",
      "  fix   sign in (aws sso login, or AWS_PROFILE), or use --sandbox, which needs no account",
      "  code  BERTH-E9001",
      "",
    ].join("\n"),
  },
  {
    what: "a sandbox that is not running, for a command without Terraform",
    args: ["status", "--sandbox-url", "http://127.0.0.1:1"],
    files: withServices,
    code: 1,
    output: [
      "reading the config",
      "error: the sandbox at http://127.0.0.1:1 does not respond",
      "  fix   start it with npx berth-ecs sandbox --port 1, or use --sandbox, which starts its own",
      "  code  BERTH-E4007",
      "",
    ].join("\n"),
  },
  {
    what: "values of a wrong type",
    args: ["synth"],
    files: withOptions(NO_BALANCER, 'tags: ["a"]', 'production: "yes"', "cluster: true"),
    code: 1,
    output: [
      "error: production: expected true or false, but this is a string",
      "  at    berth.config.ts:8:3",
      "  code  BERTH-E1003",
      "error: cluster: expected an object, but this is true",
      "  at    berth.config.ts:9:3",
      "  code  BERTH-E1003",
      "error: tags: expected an object, but this is a list",
      "  at    berth.config.ts:7:3",
      "  code  BERTH-E1003",
      "",
    ].join("\n"),
  },
  {
    what: "a short key that is similar to no key",
    args: ["synth"],
    files: withOptions(NO_BALANCER, "tasks: { cpu: 256 }"),
    code: 1,
    output: [
      'error: tasks: unknown key "cpu"; use one of containerPort, uses, egressRules',
      "  at    berth.config.ts:7:12",
      "  code  BERTH-E1003",
      "",
    ].join("\n"),
  },
  {
    what: "a config that is not an object",
    args: ["synth"],
    files: { "berth.config.ts": 'export default ["hello"];\n' },
    code: 1,
    output: [
      "error: the config is not an object: it is a list",
      "  at    berth.config.ts",
      "  fix   export the options, such as export default defineConfig({ … })",
      "  code  BERTH-E1006",
      "",
    ].join("\n"),
  },
  {
    what: "an ES module that rejects",
    args: ["synth", "--config", "infra/other.mjs"],
    files: {
      "infra/other.mjs":
        'export default Promise.reject(new Error("file://vault/key:1:2 is sealed"));\n',
    },
    code: 1,
    output: [
      "error: the config cannot be loaded: file://vault/key:1:2 is sealed",
      "  at    infra/other.mjs:1:31",
      "  fix   correct the code that throws this error",
      "  code  BERTH-E1002",
      "",
    ].join("\n"),
  },
  {
    what: "a config that ends the process",
    args: ["synth"],
    files: { "berth.config.ts": `${VALID}process.exit(0);\n` },
    code: 1,
    output: [
      "error: the config cannot be loaded: it called process.exit(0)",
      "  at    berth.config.ts:9:9",
      "  fix   correct the code that throws this error",
      "  code  BERTH-E1002",
      "",
    ].join("\n"),
  },
  {
    what: "a promise that is never resolved",
    args: ["synth"],
    files: { "berth.config.ts": "export default new Promise(() => {});\n" },
    // With a PATH, the command line runs in its own process, which ends.
    env: { PATH: process.env["PATH"] },
    code: 1,
    output: [
      "error: the config waits for a promise that is never resolved",
      "  at    berth.config.ts",
      "  fix   resolve the promise, or reject it with an error",
      "  code  BERTH-E1006",
      "",
    ].join("\n"),
  },
  {
    what: "a folder in place of the config",
    args: ["synth", "--config", "infra"],
    files: { "infra/main.tf": "" },
    code: 1,
    output: [
      "error: the file cannot be read: it is a folder",
      "  at    infra",
      "  fix   rename the folder, or pass the path of a file",
      "  code  BERTH-E1002",
      "",
    ].join("\n"),
  },
  {
    what: "a new config with an invalid name",
    args: ["init", "--config", "new.config.ts", "--name", "My Shop!"],
    code: 64,
    output: [
      'error: invalid --name: "My Shop!" is not a name: expected lower-case letters, digits and single hyphens, starting with a letter',
      "  fix   omit --name, or pass another one, such as --name my-shop",
      "  code  BERTH-E6001",
      "",
    ].join("\n"),
  },
  {
    what: "AWS_REGION with a typing error",
    args: ["init", "--config", "new.config.ts"],
    env: { AWS_REGION: "eu-wst-1" },
    code: 64,
    output: [
      'error: unknown region "eu-wst-1"',
      '  fix   did you mean "eu-west-1"?',
      "  code  BERTH-E6001",
      "",
    ].join("\n"),
  },
  {
    what: "an option with two values",
    args: ["synth", "--config", "berth.config.ts", "--config", "other.config.ts"],
    code: 64,
    output: [
      "error: option '-c, --config <file>' cannot be passed more than once",
      "(run npx berth-ecs synth --help for its arguments and options)",
      "",
    ].join("\n"),
  },
  {
    what: "two sandboxes",
    args: ["plan", "--sandbox", "--sandbox-url", "http://127.0.0.1:9"],
    code: 64,
    output: [
      "error: option '--sandbox-url <url>' cannot be used with option '--sandbox'",
      "(run npx berth-ecs plan --help for its arguments and options)",
      "",
    ].join("\n"),
  },
  ...[
    ["push", "--sandbox", "http://127.0.0.1:9"],
    ["deploy", "web", "--sandbox=http://127.0.0.1:9", "--yes"],
    ["apply", "--yes", "--sandbox", "http://127.0.0.1:9"],
  ].map((args) => ({
    what: `a URL after --sandbox: ${args.join(" ")}`,
    args,
    code: 64,
    output: [
      "error: option '--sandbox' does not take a value; pass --sandbox-url http://127.0.0.1:9",
      `(run npx berth-ecs ${args[0]} --help for its arguments and options)`,
      "",
    ].join("\n"),
  })),
  {
    what: "an unknown service, with the option --sandbox of the program in the task",
    args: ["exec", "web", "--", "curl", "--sandbox", "http://127.0.0.1:9"],
    code: 64,
    output: [
      "reading the config",
      'error: the config has no service or job "web"',
      "  fix   add it to services or jobs in the config",
      "  code  BERTH-E6011",
      "",
    ].join("\n"),
  },
  {
    what: "a sandbox URL without http",
    args: ["plan", "--sandbox-url", "localhost:4566"],
    code: 64,
    output: [
      "error: invalid --sandbox-url localhost:4566: it is not the URL of a port of this machine",
      "  fix   pass http://127.0.0.1:<port>, as printed by berth sandbox, or use --sandbox",
      "  code  BERTH-E4004",
      "",
    ].join("\n"),
  },
  {
    what: "the URL of another program",
    args: ["plan", "--sandbox-url", `http://127.0.0.1:${PORT}`],
    engine: {},
    code: 1,
    output: [
      "reading the config",
      "error: the program at http://127.0.0.1:PORT is not a sandbox",
      "  fix   pass the URL that berth sandbox prints, or use --sandbox, which starts its own",
      "  code  BERTH-E4007",
      "",
    ].join("\n"),
  },
  {
    what: "an empty input",
    args: ["check", "plan.json"],
    files: { "plan.json": "\n" },
    code: 1,
    output: [
      "error: the input is empty",
      "  at    plan.json",
      "  fix   pass the output of terraform show -json for a saved plan or the state",
      "  code  BERTH-E7001",
      "",
    ].join("\n"),
  },
  {
    what: "a file of Terraform",
    args: ["check", "main.tf"],
    files: { "main.tf": 'resource "aws_vpc" "main" {}\n' },
    code: 1,
    output: [
      "error: a source file of Terraform, not a plan",
      "  at    main.tf",
      "  fix   pass the folder that contains it",
      "  code  BERTH-E7001",
      "",
    ].join("\n"),
  },
  {
    what: "a binary file that is not a plan",
    args: ["check", "tfplan"],
    before: (folder) => writeFileSync(join(folder, "tfplan"), Buffer.from([0xff, 0xfe, 0x01])),
    code: 1,
    output: [
      "error: neither JSON nor a saved plan",
      "  at    tfplan",
      "  fix   pass the output of terraform show -json for a saved plan or the state",
      "  code  BERTH-E7001",
      "",
    ].join("\n"),
  },
  {
    what: "a folder without resources",
    args: ["check", "infra"],
    engine: { plan: "exit 0" },
    files: { "infra/main.tf": "\n" },
    code: 5,
    output: [
      "planning infra",
      "unknown: there is no ECS service, task set or schedule, and no outputs with the subnets and security groups of a service (a plan of 0 resources)",
      "",
    ].join("\n"),
  },
  {
    what: "a variable without an equals sign",
    args: ["check", "infra", "--var", "who"],
    engine: {},
    files: { "infra/main.tf": 'variable "who" {}\n' },
    code: 64,
    output: [
      "planning infra",
      "error: invalid --var who",
      "  fix   write --var who=<value>",
      "  code  BERTH-E6001",
      "",
    ].join("\n"),
  },
  {
    what: "a file of variables that does not exist",
    args: ["check", "infra", "--var-file", "prod.tfvars"],
    files: { "infra/main.tf": 'variable "who" {}\n' },
    code: 64,
    output: [
      "error: --var-file prod.tfvars does not exist",
      "  fix   pass an existing file",
      "  code  BERTH-E6004",
      "",
    ].join("\n"),
  },
  {
    what: "an account ID that is too short",
    args: ["check", "infra", "--account", "1111"],
    files: { "infra/main.tf": "" },
    code: 64,
    output: [
      "error: invalid --account 1111",
      "  fix   pass 12 digits",
      "  code  BERTH-E6001",
      "",
    ].join("\n"),
  },
];

describe.concurrent("a mistake", () => {
  it.for(mistakes)("is explained: $what", async (mistake, { expect }) => {
    const { args, files = {}, engine, env = {}, before, code, output } = mistake;
    const folder = testFolder();
    for (const [name, text] of Object.entries({ "berth.config.ts": VALID, ...files })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const program = engine === undefined ? undefined : fakeEngine(testFolder(), engine).path;
    const variables = program === undefined ? env : { TERRAFORM_BINARY_NAME: program, ...env };
    before?.(folder);
    const ran = await berth(args, { cwd: folder, env: variables });
    const printed = (ran.stderr + ran.stdout)
      .replaceAll(folder, "FOLDER")
      .replaceAll(program ?? folder, "ENGINE")
      .replaceAll(String(PORT), "PORT")
      .replaceAll(/process \d+ on \S+, since [^)]+\)/g, "process PID on HOST, since TIME)")
      .replaceAll(`process ${process.pid}`, "process PID");
    expect(printed).toBe(output);
    expect(ran.code).toBe(code);
  });
});
