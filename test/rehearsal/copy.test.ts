import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, it } from "vitest";
import { testFolder } from "../support/folder.ts";
import {
  type Module,
  readConfiguration,
  readModule,
  readTree,
} from "../../src/rehearsal/terraform-copy/hcl-modules.ts";
import { checkoutCommit, copyModules } from "../../src/rehearsal/terraform-copy/copy.ts";
import { writeOverride } from "../../src/rehearsal/terraform-copy/provider-overrides.ts";

interface Tree {
  readonly files: Readonly<Record<string, string>>;
  /** Targets by the names of symbolic links. */
  readonly links?: Readonly<Record<string, string>>;
}

function write({ files, links = {} }: Tree): string {
  const root = testFolder();
  const at = (name: string): string => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    return join(root, name);
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text);
  for (const [name, target] of Object.entries(links)) symlinkSync(target, at(name));
  return root;
}

const git = (root: string, ...args: readonly string[]): void => {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
  execFileSync("git", ["-C", root, ...identity, ...args], { stdio: "ignore" });
};

function repository(tree: Tree): string {
  const root = write(tree);
  git(root, "init", "-q");
  return root;
}

/** Copies a root module with its modules. Returns the modules and the folder of the copy. */
async function copied(root: string): Promise<{ readonly tree: Module[]; readonly copy: string }> {
  const tree = await readTree(root);
  return { tree, copy: copyModules([tree], testFolder())(tree, realpathSync(root)) };
}

/** A repository with links to a file and to a module folder. */
const SHARED: Tree = {
  files: {
    "stack/main.tf": 'module "m" {\n  source = "./linked"\n}\n',
    "common/provider.tf": 'provider "aws" {\n  region = "eu-west-1"\n}\n',
    "shared/m/main.tf": 'module "n" {\n  source = "../n"\n}\n',
    "shared/n/main.tf": 'variable "n" {}\n',
  },
  links: { "stack/provider.tf": "../common/provider.tf", "stack/linked": "../shared/m" },
};

it("copies linked files and linked modules of a repository", async () => {
  const root = repository(SHARED);
  const { tree, copy } = await copied(join(root, "stack"));
  // Paths in a linked module are relative to the target of the link, as in Terraform.
  expect(tree.map(({ directory }) => directory)).toEqual(
    ["stack", "shared/m", "shared/n"].map((name) => join(root, name)),
  );
  const again = await readTree(copy);
  expect(again.map(({ directory }) => directory)).toEqual(
    ["stack", "shared/m", "shared/n"].map((name) => join(dirname(copy), name)),
  );
  expect(readFileSync(join(copy, "provider.tf"), "utf8")).toContain("eu-west-1");
  expect(again[0]?.providers).toHaveLength(1);
});

it("reads the complete configuration of linked modules, each module once", async () => {
  const root = repository({
    ...SHARED,
    files: { ...SHARED.files, "stack/direct.tf": 'module "d" {\n  source = "../shared/n"\n}\n' },
    links: { ...SHARED.links, now: "stack" },
  });
  const { modules, isComplete } = await readConfiguration(join(root, "now"), "terraform");
  expect(
    modules.map(({ module, addresses }) => [relative(root, module.directory), addresses]),
  ).toEqual([
    ["stack", [""]],
    ["shared/n", ["module.d", "module.m.module.n"]],
    ["shared/m", ["module.m"]],
  ]);
  expect(isComplete).toBe(true);
});

it("follows a link to the root module", async () => {
  const root = repository({ ...SHARED, links: { ...SHARED.links, "here/now": "../stack" } });
  const { tree } = await copied(join(root, "here/now"));
  expect(tree[0]?.directory).toBe(join(root, "stack"));
});

it("without git, copies linked modules in the same folder", async () => {
  const root = write({
    files: {
      "main.tf": 'module "m" {\n  source = "./modules/m"\n}\n',
      "shared/m/main.tf": 'variable "v" {}\n',
    },
    links: { "modules/m": "../shared/m", around: "." },
  });
  const { copy } = await copied(root);
  expect(await readTree(copy)).toHaveLength(2);
  // Terraform never reads a folder that links to itself, so the copy may contain it.
  expect(lstatSync(join(copy, "around")).isSymbolicLink()).toBe(true);
});

/** A root module below two folders whose strings name files outside of it. */
const OUTSIDE: Tree = {
  files: {
    "app/infra/main.tf": `
locals {
  policy   = file("../policy.json")
  template = templatefile("\${path.module}/../../shared/\${var.name}.tpl", { a = 1 })
  root     = "\${path.root}/../other/deep/root.txt"
  missing  = "../missing.json"
  wide     = fileset("..", "*.md")
}
module "m" {
  source = "../../modules/m"
}
`,
    "app/infra/terraform.tfvars": 'name  = "../named.txt"\n',
    "app/policy.json": "{}",
    "app/named.txt": "n",
    "app/README.md": "r",
    "app/unrelated/large.bin": "l",
    "app/other/deep/root.txt": "o",
    "shared/web.tpl": "t",
    "modules/assets/logo.svg": "<svg/>",
    "modules/m/main.tf":
      'output "o" {\n  value = filemd5("${path.module}/../assets/logo.svg")\n}\n',
  },
};

const OUTSIDE_FILES = [
  "../policy.json",
  "../named.txt",
  "../README.md",
  "../other/deep/root.txt",
  "../../shared/web.tpl",
  "../../modules/assets/logo.svg",
];

it("without git, copies the files outside of the folder that strings name", async () => {
  const { copy } = await copied(join(write(OUTSIDE), "app/infra"));
  for (const name of OUTSIDE_FILES) expect(existsSync(join(copy, name)), name).toBe(true);
  for (const name of ["../unrelated", "../missing.json"])
    expect(existsSync(join(copy, name)), name).toBe(false);
});

it("without git, skips links that leave a folder that a string names", async () => {
  const root = write({
    files: {
      "infra/main.tf": 'locals {\n  program = "${path.module}/../app"\n}\n',
      "infra/terraform.tfvars.json": '{ "policy": "../policy.json" }',
      "app/main.py": "",
      "policy.json": "{}",
    },
    links: { "app/.venv/bin/python": process.execPath },
  });
  const { copy } = await copied(join(root, "infra"));
  expect(existsSync(join(copy, "../app/main.py"))).toBe(true);
  expect(existsSync(join(copy, "../policy.json"))).toBe(true);
  expect(existsSync(join(copy, "../app/.venv/bin/python"))).toBe(false);
});

it("copies files that strings name and git ignores, and files outside of the repository", async () => {
  const root = write({
    files: { ...OUTSIDE.files, "app/.gitignore": "other\n", "app/listed/script.sh": "" },
    links: { "app/linked.json": "../shared/web.tpl" },
  });
  writeFileSync(
    join(root, "app/infra/linked.tf"),
    'locals {\n  linked = file("../linked.json")\n}\n',
  );
  git(join(root, "app"), "init", "-q");
  const { copy } = await copied(join(root, "app/infra"));
  for (const name of [...OUTSIDE_FILES, "../listed/script.sh"])
    expect(existsSync(join(copy, name)), name).toBe(true);
  expect(realpathSync(join(copy, "../linked.json"))).toBe(
    realpathSync(join(copy, "../../shared/web.tpl")),
  );
});

it("redirects absolute links, and links to files that git ignores, to the copy", async () => {
  const root = repository({
    files: {
      ".gitignore": "*.tfvars\nnode_modules\n",
      "stack/main.tf": 'module "m" {\n  source = "./m"\n}\n',
      "values/team.tfvars": "",
      "node_modules/m/main.tf": "",
    },
    links: { "stack/m": "../node_modules/m" },
  });
  symlinkSync(join(root, "values/team.tfvars"), join(root, "stack/team.auto.tfvars"));
  const { copy } = await copied(join(root, "stack"));
  for (const name of ["team.auto.tfvars", "m/main.tf"])
    expect(realpathSync(join(copy, name)).startsWith(realpathSync(dirname(copy))), name).toBe(true);
});

it("copies the links of an old commit with their targets", async () => {
  const root = repository(SHARED);
  git(root, "add", "-A");
  git(root, "commit", "-q", "-m", "one");
  const checkouts = testFolder();
  const old = checkoutCommit(join(root, "stack"), "HEAD", join(checkouts, "0"));
  const tree = await readTree(old);
  const copy = copyModules([tree], testFolder(), checkouts)(tree, old);
  expect(await readTree(copy)).toHaveLength(3);
});

it.each([
  {
    name: "leaves the repository",
    link: { "stack/provider.tf": "../../outside.tf" },
    message: /stack\/provider\.tf to .*outside\.tf: the target is outside of /,
  },
  {
    name: "is absolute and leaves the repository",
    link: { "docs/passwd": "/etc/passwd" },
    message: /docs\/passwd to \/etc\/passwd: the target is outside of /,
  },
  {
    name: "is a module outside of the repository",
    link: { "stack/linked": "/etc" },
    message: /stack\/linked to \/etc: the target is outside of /,
  },
  {
    name: "is a cycle",
    link: { "stack/a.tf": "b.tf", "stack/b.tf": "a.tf" },
    message: /stack\/a\.tf to b\.tf: the link is part of a cycle/,
  },
  {
    name: "is a cycle that Terraform does not read",
    link: { "docs/a": "b", "docs/b": "a" },
    message: /docs\/[ab] to [ab]: the link is part of a cycle/,
  },
  {
    name: "has no target",
    link: { "stack/gone.tf": "missing.tf" },
    message: /stack\/gone\.tf to missing\.tf: the target does not exist/,
  },
])("rejects a link that $name", async ({ link, message }) => {
  const outer = testFolder();
  writeFileSync(join(outer, "outside.tf"), "");
  const root = join(outer, "repository");
  mkdirSync(root);
  git(root, "init", "-q");
  mkdirSync(join(root, "stack"));
  mkdirSync(join(root, "docs"));
  writeFileSync(join(root, "stack/main.tf"), 'module "m" {\n  source = "./linked"\n}\n');
  for (const [name, target] of Object.entries(link)) symlinkSync(target, join(root, name));
  const into = testFolder();
  await expect(
    (async () => {
      const tree = await readTree(join(root, "stack"));
      copyModules([tree], into);
    })(),
  ).rejects.toMatchObject({
    name: "UserError",
    code: "BERTH-E5009",
    message: expect.stringMatching(message) as string,
    fix: expect.any(String) as string,
  });
});

it("without git, rejects a link that leaves the folder", async () => {
  const outer = write({
    files: { "stack/main.tf": "", "common/provider.tf": "" },
    links: { "stack/provider.tf": "../common/provider.tf" },
  });
  await expect(copied(join(outer, "stack"))).rejects.toMatchObject({
    code: "BERTH-E5009",
    fix: expect.stringContaining("git repository") as string,
  });
});

it("skips broken links that git ignores, unless Terraform loads them", async () => {
  const root = repository({
    files: { ".gitignore": ".venv\n*.tfvars\n", "main.tf": "" },
    links: { ".venv/bin/python": "/etc/passwd", "broken.md": "missing.md" },
  });
  const { copy } = await copied(root);
  expect(existsSync(join(copy, ".venv/bin/python"))).toBe(false);
  // If the file were skipped, variables would silently have their defaults.
  symlinkSync("/etc/passwd", join(root, "mine.auto.tfvars"));
  await expect(copied(root)).rejects.toMatchObject({ code: "BERTH-E5009" });
});

it("rejects files with the names of files that Berth writes", async () => {
  const victim = join(testFolder(), "package.json");
  writeFileSync(victim, "{}");
  const root = repository({
    files: { "main.tf": 'provider "aws" {}\n' },
    links: { "zzzz_berth_override.tf.json": victim },
  });
  await expect(copied(root)).rejects.toMatchObject({ code: "BERTH-E5018" });
  expect(readFileSync(victim, "utf8")).toBe("{}");
});

it("writes an override file into the target of a linked module, but never outside of the copy", async () => {
  const outer = write({
    files: { "outside/main.tf": 'provider "aws" {}\n' },
    links: { "copy/linked": "../outside", "copy/inside": "module" },
  });
  const options = {
    providerTarget: { url: "http://127.0.0.1:1", account: undefined, retries: 2 },
    earlierStates: [],
    statesExist: true,
    below: join(outer, "copy"),
  };
  mkdirSync(join(outer, "copy/module"));
  writeFileSync(join(outer, "copy/module/main.tf"), 'provider "aws" {}\n');
  const inside = await readModule(join(outer, "copy/inside"));
  writeOverride(inside, inside, options);
  expect(existsSync(join(outer, "copy/module/zzzz_berth_override.tf.json"))).toBe(true);
  const linked = await readModule(join(outer, "copy/linked"));
  expect(() => writeOverride(linked, linked, options)).toThrow(/is outside of .*copy/);
  expect(existsSync(join(outer, "outside/zzzz_berth_override.tf.json"))).toBe(false);
});
