import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import * as init from "../../src/cli/commands/init.ts";
import * as pipeline from "../../src/cli/commands/pipeline.ts";
import * as rehearse from "../../src/cli/commands/rehearse.ts";
import * as synth from "../../src/cli/commands/synth.ts";
import { JsonHost } from "../../src/cli/host/json-host.ts";
import { WorkingFolder } from "../../src/terraform/working-folder.ts";
import { project } from "../support/foundation-modes.ts";
import { testFolder } from "../support/folder.ts";
import { pipelineConfig } from "../support/pipeline-config.ts";

const host = new JsonHost(new PassThrough());

interface LinkedProject {
  /** The project folder, in which `link` points to a target outside of it. */
  readonly cwd: string;
  readonly config: string;
  readonly victim: string;
}

interface Writer {
  readonly name: string;
  readonly link: string;
  readonly code: string;
  readonly write: (project: LinkedProject) => unknown;
}

/** All files in a project that commands write without a path from the user. */
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
      rehearse.run({ directories: [cwd], config, record: join(cwd, "policy.json") }, host),
  },
  ...["main.tf.json", ".terraform.lock.hcl", "terraform.tfstate"].map((file) => ({
    name: `working folder of Terraform: ${file}`,
    link: `.berth/default/${file}`,
    code: "BERTH-E6009",
    write: ({ cwd }: LinkedProject) =>
      new WorkingFolder({ project: cwd, environment: "default", sandbox: false }).write("{}"),
  })),
  {
    name: "dependency lock file of the project",
    link: ".terraform.lock.hcl",
    code: "BERTH-E6009",
    write: ({ cwd }) => {
      const workingFolder = new WorkingFolder({
        project: cwd,
        environment: "default",
        sandbox: false,
      });
      writeFileSync(join(workingFolder.directory, ".terraform.lock.hcl"), "# new");
      workingFolder.keepLock();
    },
  },
];

function linkedProject(link: string, target: string): LinkedProject {
  const cwd = project(pipelineConfig);
  const victim = join(testFolder(), "victim.json");
  mkdirSync(join(cwd, link, ".."), { recursive: true });
  symlinkSync(target === "file" ? victim : join(victim, "../folder"), join(cwd, link));
  return { cwd, config: join(cwd, "berth.config.ts"), victim };
}

it.each(WRITERS)(
  "$name: does not write through a symbolic link to a file",
  async ({ link, code, write }) => {
    const linked = linkedProject(link, "file");
    writeFileSync(linked.victim, "{}");
    await expect((async () => write(linked))()).rejects.toMatchObject({ name: "UserError", code });
    expect(readFileSync(linked.victim, "utf8")).toBe("{}");
  },
);

it.each(WRITERS)(
  "$name: does not create the target of a broken symbolic link",
  async ({ link, code, write }) => {
    const linked = linkedProject(link, "file");
    await expect((async () => write(linked))()).rejects.toMatchObject({ name: "UserError", code });
    expect(existsSync(linked.victim)).toBe(false);
  },
);

it.each([
  { folder: ".github", writer: "berth pipeline" },
  { folder: ".berth", writer: "working folder of Terraform: main.tf.json" },
])(
  "$writer: does not write into the target of the linked folder $folder",
  async ({ folder, writer }) => {
    const linked = linkedProject(folder, "folder");
    mkdirSync(join(linked.victim, "../folder"));
    const write = WRITERS.find(({ name }) => name === writer)?.write;
    await expect((async () => write?.(linked))()).rejects.toMatchObject({ code: "BERTH-E6009" });
    expect(existsSync(join(linked.victim, "../folder/workflows"))).toBe(false);
    expect(existsSync(join(linked.victim, "../folder/default"))).toBe(false);
  },
);
