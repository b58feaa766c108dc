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

/** Copies the tree of a root module. Returns it with the place of its root. */
async function copied(root: string): Promise<{ readonly tree: Module[]; readonly place: string }> {
  const tree = await readTree(root);
  return { tree, place: copyModules([tree], testFolder())(tree, realpathSync(root)) };
}

/** Everything that a link to a file or folder must not break. */
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
  const { tree, place } = await copied(join(root, "stack"));
  // A linked module's paths are relative to where it is, as in Terraform.
  expect(tree.map(({ directory }) => directory)).toEqual(
    ["stack", "shared/m", "shared/n"].map((name) => join(root, name)),
  );
  const again = await readTree(place);
  expect(again.map(({ directory }) => directory)).toEqual(
    ["stack", "shared/m", "shared/n"].map((name) => join(dirname(place), name)),
  );
  expect(readFileSync(join(place, "provider.tf"), "utf8")).toContain("eu-west-1");
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

it("follows a root module that is called by a link", async () => {
  const root = repository({ ...SHARED, links: { ...SHARED.links, "here/now": "../stack" } });
  const { tree } = await copied(join(root, "here/now"));
  expect(tree[0]?.directory).toBe(join(root, "stack"));
});

it("copies linked modules without git, where the folder holds them", async () => {
  const root = write({
    files: {
      "main.tf": 'module "m" {\n  source = "./modules/m"\n}\n',
      "shared/m/main.tf": 'variable "v" {}\n',
    },
    links: { "modules/m": "../shared/m", around: "." },
  });
  const { place } = await copied(root);
  expect(await readTree(place)).toHaveLength(2);
  // Terraform never reads a folder that links to itself, so the copy may contain it.
  expect(lstatSync(join(place, "around")).isSymbolicLink()).toBe(true);
});

it("leads absolute links, and links to what git ignores, to the copy", async () => {
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
  const { place } = await copied(join(root, "stack"));
  for (const name of ["team.auto.tfvars", "m/main.tf"])
    expect(realpathSync(join(place, name)).startsWith(realpathSync(dirname(place))), name).toBe(
      true,
    );
});

it("keeps the links of an old commit, and what they may lead to", async () => {
  const root = repository(SHARED);
  git(root, "add", "-A");
  git(root, "commit", "-q", "-m", "one");
  const checkouts = testFolder();
  const old = checkoutCommit(join(root, "stack"), "HEAD", join(checkouts, "0"));
  const tree = await readTree(old);
  const place = copyModules([tree], testFolder(), checkouts)(tree, old);
  expect(await readTree(place)).toHaveLength(3);
});

it.each([
  {
    name: "leaves the repository",
    link: { "stack/provider.tf": "../../outside.tf" },
    words: /stack\/provider\.tf to .*outside\.tf: the target is outside of /,
  },
  {
    name: "is absolute and leaves the repository",
    link: { "docs/passwd": "/etc/passwd" },
    words: /docs\/passwd to \/etc\/passwd: the target is outside of /,
  },
  {
    name: "is a module outside of the repository",
    link: { "stack/linked": "/etc" },
    words: /stack\/linked to \/etc: the target is outside of /,
  },
  {
    name: "is a cycle",
    link: { "stack/a.tf": "b.tf", "stack/b.tf": "a.tf" },
    words: /stack\/a\.tf to b\.tf: the link is part of a cycle/,
  },
  {
    name: "is a cycle that Terraform does not read",
    link: { "docs/a": "b", "docs/b": "a" },
    words: /docs\/[ab] to [ab]: the link is part of a cycle/,
  },
  {
    name: "leads nowhere",
    link: { "stack/gone.tf": "missing.tf" },
    words: /stack\/gone\.tf to missing\.tf: the target does not exist/,
  },
])("rejects a link that $name", async ({ link, words }) => {
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
    message: expect.stringMatching(words) as string,
    fix: expect.any(String) as string,
  });
});

it("rejects a link that leaves the folder, where there is no git", async () => {
  const outer = write({
    files: { "stack/main.tf": "", "common/provider.tf": "" },
    links: { "stack/provider.tf": "../common/provider.tf" },
  });
  await expect(copied(join(outer, "stack"))).rejects.toMatchObject({
    code: "BERTH-E5009",
    fix: expect.stringContaining("git repository") as string,
  });
});

it("leaves out what git ignores and Terraform does not load", async () => {
  const root = repository({
    files: { ".gitignore": ".venv\n*.tfvars\n", "main.tf": "" },
    links: { ".venv/bin/python": "/etc/passwd", "broken.md": "missing.md" },
  });
  const { place } = await copied(root);
  expect(existsSync(join(place, ".venv/bin/python"))).toBe(false);
  // Left out, variables would have their defaults without a word.
  symlinkSync("/etc/passwd", join(root, "mine.auto.tfvars"));
  await expect(copied(root)).rejects.toMatchObject({ code: "BERTH-E5009" });
});

it("rejects files under the names that Berth writes", async () => {
  const victim = join(testFolder(), "package.json");
  writeFileSync(victim, "{}");
  const root = repository({
    files: { "main.tf": 'provider "aws" {}\n' },
    links: { "zzzz_berth_override.tf.json": victim },
  });
  await expect(copied(root)).rejects.toMatchObject({ code: "BERTH-E6003" });
  expect(readFileSync(victim, "utf8")).toBe("{}");
});

it("writes an override beside the module that a link leads to, and never outside of the copy", async () => {
  const outer = write({
    files: { "outside/main.tf": 'provider "aws" {}\n' },
    links: { "copy/linked": "../outside", "copy/inside": "module" },
  });
  const options = {
    providerTarget: { url: "http://127.0.0.1:1", account: undefined, retries: 2 },
    earlierStates: [],
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
