import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, it } from "vitest";
import { parsePlanJson, planLocator, readSourceLocations } from "../../src/plan/index.ts";
import { testFolder } from "../support/folder.ts";

/** Writes files into a new folder. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = testFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** A location as text, relative to a folder. */
function shown(
  folder: string,
  location: { readonly file: string; readonly line: number } | undefined,
): string | undefined {
  return location && `${relative(folder, location.file)}:${location.line}`;
}

const FILES = {
  "infra/main.tf": [
    'module "network" {',
    "  for_each = var.names",
    '  source = "../modules/network"',
    "}",
    "",
    'module "registry" {',
    '  source  = "terraform-aws-modules/ecs/aws"',
    "}",
    'data "aws_vpc" "main" {}',
  ].join("\n"),
  "infra/a_override.tf": 'data "aws_vpc" "main" {\n}\nresource "aws_vpc" "late" {}\n',
  "infra/notes.txt": 'resource "aws_vpc" "no" {}',
  "infra/.hidden.tf": 'resource "aws_vpc" "no" {}',
  "modules/network/main.tf":
    '\nresource "aws_subnet" "a" {}\nmodule "deep" { source = "./deep" }\n',
  "modules/network/deep/main.tf.json":
    '{\n  "resource": {\n    "aws_vpc": {\n      "main": {}\n    }\n  }\n}\n',
};

it.each([
  ["data.aws_vpc.main", "infra/main.tf:9"],
  ["aws_vpc.late[0]", "infra/a_override.tf:3"],
  ["module.network", "infra/main.tf:1"],
  ['module.network["a.b"].aws_subnet.a["x"]', "modules/network/main.tf:2"],
  ['module.network["a.b"].module.deep', "modules/network/main.tf:3"],
  ["module.network.module.deep.aws_vpc.main", "modules/network/deep/main.tf.json:4"],
  ["module.registry.module.cluster[0].aws_ecs_cluster.this[0]", "infra/main.tf:6"],
  ["aws_vpc.no", undefined],
  ["a service that uses the outputs", undefined],
])("locates %s at %s", (address, place) => {
  const folder = folderWith(FILES);
  const locations = readSourceLocations(join(folder, "infra"));
  expect(shown(folder, locations.locate(address))).toBe(place);
});

it("follows symbolic links of modules as Terraform does, and ends at a module that calls itself", () => {
  const folder = folderWith({
    "infra/main.tf": 'module "a" { source = "./linked" }\nmodule "b" { source = "./none" }\n',
    "modules/a/main.tf": '\n\nresource "aws_vpc" "main" {}\nmodule "self" { source = "../a" }\n',
  });
  symlinkSync("../modules/a", join(folder, "infra/linked"));
  const locations = readSourceLocations(join(folder, "infra"));
  expect(shown(folder, locations.locate("module.a.aws_vpc.main"))).toBe("modules/a/main.tf:3");
  expect(shown(folder, locations.locate("module.a.module.self.aws_vpc.main"))).toBe(
    "modules/a/main.tf:4",
  );
});

it("reads the files of OpenTofu only for OpenTofu", () => {
  const folder = folderWith({
    "main.tf": '\nresource "aws_vpc" "main" {}\n',
    "main.tofu": 'resource "aws_vpc" "main" {}\n',
    "other.tf.json": '{"resource": {"aws_vpc": {"other": {}}}}',
  });
  const places = (["terraform", "tofu"] as const).map((product) =>
    ["aws_vpc.main", "aws_vpc.other"].map((address) =>
      shown(folder, readSourceLocations(folder, product).locate(address)),
    ),
  );
  expect(places).toEqual([
    ["main.tf:2", "other.tf.json:1"],
    ["main.tofu:1", "other.tf.json:1"],
  ]);
});

/** A state with resources in its root module. */
const stateOf = (...names: readonly string[]): string =>
  JSON.stringify({
    format_version: "1.0",
    terraform_version: "1.11.4",
    values: {
      root_module: {
        resources: names.map((name) => ({
          address: `aws_vpc.${name}`,
          mode: "managed",
          type: "aws_vpc",
          name,
          provider_name: "registry.terraform.io/hashicorp/aws",
          values: {},
        })),
      },
    },
  });

it.each([
  [["main"], "right/main.tf:1"],
  [["main", "gone"], undefined],
  [[], undefined],
])(
  "locates the resources %j of a state in the folder that declares all of them",
  (names, place) => {
    const folder = folderWith({
      "wrong/main.tf": 'resource "aws_vpc" "other" {}',
      "right/main.tf": 'resource "aws_vpc" "main" {}',
    });
    const folders = ["none", "wrong", "right"].map((name) => join(folder, name));
    const locate = planLocator(parsePlanJson(stateOf(...names), "state"), undefined, folders);
    expect(shown(folder, locate("aws_vpc.main"))).toBe(place);
  },
);

it("takes the folder of the sources as it is", () => {
  const folder = folderWith({ "main.tf": 'resource "aws_vpc" "main" {}' });
  const locate = planLocator(parsePlanJson(stateOf("main", "gone"), "state"), folder, []);
  expect(shown(folder, locate("aws_vpc.main"))).toBe("main.tf:1");
});
