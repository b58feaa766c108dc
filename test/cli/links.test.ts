import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import * as init from "../../src/cli/commands/init.ts";
import * as pipeline from "../../src/cli/commands/pipeline.ts";
import * as rehearse from "../../src/cli/commands/rehearse.ts";
import * as synth from "../../src/cli/commands/synth.ts";
import { JsonHost } from "../../src/cli/host/json-host.ts";
import { Workspace } from "../../src/terraform/workspace.ts";
import { project } from "../support/foundation-modes.ts";
import { testFolder } from "../support/folder.ts";

const host = new JsonHost(new PassThrough());

interface Given {
  /** The project's folder, in which `link` points out of it. */
  readonly cwd: string;
  readonly config: string;
  readonly victim: string;
}

interface Writer {
  readonly name: string;
  readonly link: string;
  readonly code: string;
  readonly write: (given: Given) => unknown;
}

/** Every place in a project that a command writes to by itself. */
const WRITERS: readonly Writer[] = [
  {
    name: "berth init",
    link: "new.config.ts",
    code: "BERTH-E6003",
    write: ({ cwd }) =>
      init.run({ config: join(cwd, "new.config.ts"), name: "shop", region: "eu-west-1" }, host),
  },
  {
    name: "berth synth --out",
    link: "main.tf.json",
    code: "BERTH-E6009",
    write: ({ cwd, config }) => synth.run({ config, out: cwd }, host),
  },
  {
    name: "berth pipeline",
    link: ".github/workflows/berth.yml",
    code: "BERTH-E6009",
    write: ({ config }) => pipeline.run({ config }, host),
  },
  {
    name: "berth rehearse --record",
    link: "policy.json",
    code: "BERTH-E6009",
    write: ({ cwd, config }) =>
      rehearse.run([cwd], { config, record: join(cwd, "policy.json") }, host),
  },
  ...["main.tf.json", ".terraform.lock.hcl", "terraform.tfstate"].map((file) => ({
    name: `Terraform's folder, ${file},`,
    link: `.berth/default/${file}`,
    code: "BERTH-E6009",
    write: ({ cwd }: Given) =>
      new Workspace({ project: cwd, environment: "default", sandbox: false }).write("{}"),
  })),
  {
    name: "the lock file beside the config",
    link: ".terraform.lock.hcl",
    code: "BERTH-E6009",
    write: ({ cwd }) => {
      const workspace = new Workspace({ project: cwd, environment: "default", sandbox: false });
      writeFileSync(join(workspace.directory, ".terraform.lock.hcl"), "# new");
      workspace.keepLock();
    },
  },
];

const CONFIG = {
  name: "shop",
  region: "eu-west-1",
  account: "111122223333",
  loadBalancer: false,
  state: { bucket: "shop-states" },
  pipeline: {},
} as const;

function given(link: string, target: string): Given {
  const cwd = project(CONFIG);
  const victim = join(testFolder(), "victim.json");
  mkdirSync(join(cwd, link, ".."), { recursive: true });
  symlinkSync(target === "file" ? victim : join(victim, "../folder"), join(cwd, link));
  return { cwd, config: join(cwd, "berth.config.ts"), victim };
}

it.each(WRITERS)("$name writes through no link to a file", async ({ link, code, write }) => {
  const place = given(link, "file");
  writeFileSync(place.victim, "{}");
  await expect((async () => write(place))()).rejects.toMatchObject({ name: "UserError", code });
  expect(readFileSync(place.victim, "utf8")).toBe("{}");
});

it.each(WRITERS)("$name creates nothing where a link points", async ({ link, code, write }) => {
  const place = given(link, "file");
  await expect((async () => write(place))()).rejects.toMatchObject({ name: "UserError", code });
  expect(existsSync(place.victim)).toBe(false);
});

it.each([
  { folder: ".github", writer: "berth pipeline" },
  { folder: ".berth", writer: "Terraform's folder, main.tf.json," },
])("writes nothing into the folder that $folder is a link to", async ({ folder, writer }) => {
  const place = given(folder, "folder");
  mkdirSync(join(place.victim, "../folder"));
  const write = WRITERS.find(({ name }) => name === writer)?.write;
  await expect((async () => write?.(place))()).rejects.toMatchObject({ code: "BERTH-E6009" });
  expect(existsSync(join(place.victim, "../folder/workflows"))).toBe(false);
  expect(existsSync(join(place.victim, "../folder/default"))).toBe(false);
});
