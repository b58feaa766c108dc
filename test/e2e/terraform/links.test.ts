import { execFileSync } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "vitest";
import { berth } from "../../support/berth.ts";
import { testFolder } from "../../support/folder.ts";

interface Tree {
  readonly files: Readonly<Record<string, string>>;
  /** Targets by the names of symbolic links. */
  readonly links: Readonly<Record<string, string>>;
}

/** A stack in which the provider file, a variable file and a module are links to shared files of the repository. */
const REPOSITORY: Tree = {
  files: {
    "common/provider.tf": 'provider "aws" {\n  region = "eu-west-1"\n}\n',
    "common/team.tfvars": 'team = "payments"\n',
    "shared/parameter/main.tf": `
variable "team" {}

module "name" {
  source = "../name"
  team   = var.team
}

resource "aws_ssm_parameter" "this" {
  name  = module.name.path
  type  = "String"
  value = "on"
}

output "path" {
  value = aws_ssm_parameter.this.name
}
`,
    "shared/name/main.tf": `
variable "team" {}

output "path" {
  value = "/\${var.team}/switch"
}
`,
    "stacks/app/main.tf": `
variable "team" {}

module "parameter" {
  source = "./modules/parameter"
  team   = var.team
}

resource "aws_cloudwatch_log_group" "this" {
  name = module.parameter.path
}
`,
  },
  links: {
    "stacks/app/provider.tf": "../../common/provider.tf",
    "stacks/app/team.auto.tfvars": "../../common/team.tfvars",
    "stacks/app/modules/parameter": "../../../shared/parameter",
    live: "stacks/app",
  },
};

/** Creates a git repository in a folder that also contains other files. */
function createRepository({ files, links }: Tree): {
  readonly outer: string;
  readonly cwd: string;
} {
  const outer = testFolder();
  const cwd = join(outer, "repository");
  const pathOf = (name: string): string => {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    return join(cwd, name);
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(pathOf(name), text);
  for (const [name, target] of Object.entries(links)) symlinkSync(target, pathOf(name));
  mkdirSync(join(outer, "outside"));
  writeFileSync(join(outer, "outside/main.tf"), 'variable "team" {}\n');
  writeFileSync(join(outer, "outside/config.json"), '{ "mine": true }\n');
  execFileSync("git", ["init", "--quiet"], { cwd });
  return { outer, cwd };
}

/** All files below a folder with their contents, and all links with their targets, without .git. */
function contentsOf(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return Object.fromEntries(
    names
      .filter((name) => !name.split("/").includes(".git"))
      .flatMap((name) => {
        const path = join(folder, name);
        const stat = lstatSync(path);
        if (stat.isDirectory()) return [];
        return [[name, stat.isSymbolicLink() ? readlinkSync(path) : readFileSync(path, "utf8")]];
      }),
  );
}

interface Line {
  readonly type: string;
  readonly data?: unknown;
}

const resultOf = (stdout: string): unknown =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line)
    .find(({ type }) => type === "result")?.data;

describe.concurrent("a repository with symbolic links, with real Terraform", () => {
  it("can be checked", async ({ expect }) => {
    const { outer, cwd } = createRepository(REPOSITORY);
    const before = contentsOf(outer);
    const ran = await berth(["check", "live", "--json"], { cwd });
    // The plan is complete, but it has no service. So the verdict is unknown.
    expect(resultOf(ran.stdout)).toMatchObject({
      verdict: "unknown",
      kind: "plan",
      resources: 2,
      skippedResources: [],
    });
    expect(ran.code).toBe(5);
    expect(contentsOf(outer)).toEqual(before);
  });

  it("can be rehearsed", async ({ expect }) => {
    const { outer, cwd } = createRepository(REPOSITORY);
    const before = contentsOf(outer);
    const ran = await berth(["rehearse", "stacks/app", "--json"], { cwd });
    expect(resultOf(ran.stdout)).toMatchObject({
      phases: [
        { name: "apply", outcome: "pass", summary: "2 created" },
        { name: "traffic" },
        { name: "plan", outcome: "pass" },
        { name: "destroy", outcome: "pass", summary: "2 destroyed, no resources left" },
      ],
      skippedResources: [],
      remainingResources: [],
    });
    expect(ran.code).toBe(5);
    expect(contentsOf(outer)).toEqual(before);
  });

  it.for([
    {
      verb: "check",
      link: "stacks/app/provider.tf",
      target: "outside/main.tf",
      error: "the target is outside of",
      code: "BERTH-E5009",
    },
    {
      verb: "rehearse",
      link: "stacks/app/modules/parameter",
      target: "outside",
      error: "the target is outside of",
      code: "BERTH-E5009",
    },
    {
      verb: "rehearse",
      link: "stacks/app/zzzz_berth_override.tf.json",
      target: "outside/config.json",
      error: "has a name that Berth reserves for its own files",
      code: "BERTH-E5018",
    },
  ])(
    "is rejected by $verb where the target of $link is outside of it",
    async ({ verb, link, target, error, code }, { expect }) => {
      const { outer, cwd } = createRepository({
        ...REPOSITORY,
        links: { ...REPOSITORY.links, [link]: join("../".repeat(link.split("/").length), target) },
      });
      const before = contentsOf(outer);
      const ran = await berth([verb, "stacks/app"], { cwd });
      expect(ran).toMatchObject({ code: 1, stdout: "" });
      expect(ran.stderr).toContain(join(cwd, link));
      expect(ran.stderr).toContain(error);
      expect(ran.stderr).toContain(`code  ${code}`);
      expect(contentsOf(outer)).toEqual(before);
    },
  );
});
