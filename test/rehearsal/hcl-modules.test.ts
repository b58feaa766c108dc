import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { testFolder } from "../support/folder.ts";
import { readModule, readTree } from "../../src/rehearsal/terraform-copy/hcl-modules.ts";
import { copyModules } from "../../src/rehearsal/terraform-copy/copy.ts";
import { writeOverride } from "../../src/rehearsal/terraform-copy/provider-overrides.ts";
import { readFileSync } from "node:fs";

function folder(files: Readonly<Record<string, string>>): string {
  const root = testFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

const providerTarget = { url: "http://127.0.0.1:1", account: undefined, retries: 2 };

/** The content of the override file of a module. */
async function override(
  text: string,
  earlierStates: Parameters<typeof writeOverride>[2]["earlierStates"] = [],
): Promise<Record<string, unknown>> {
  const root = folder({ "main.tf": text });
  const module = await readModule(root);
  writeOverride(module, module, {
    providerTarget,
    earlierStates,
    statesExist: true,
    below: root,
    backend: { path: "/state" },
  });
  return JSON.parse(readFileSync(join(root, "zzzz_berth_override.tf.json"), "utf8")) as Record<
    string,
    never
  >; // an object
}

it("reads HCL and JSON", async () => {
  const root = folder({
    "main.tf": 'terraform {\n  backend "s3" {\n    bucket = "b"\n  }\n}\nvariable "v" {}\n',
    "more.tf.json": '{"provider":{"aws":[{"alias":"x","region":"eu-west-1"}]},"variable":{"w":{}}}',
  });
  const module = await readModule(root);
  expect(module.backend).toEqual({ type: "s3", config: { bucket: "b" } });
  expect(module.variables).toEqual(["v", "w"]);
  expect(module.providers.map((provider) => provider.alias)).toEqual(["x"]);
});

it("reports syntax errors in HCL", async () => {
  const root = folder({ "main.tf": 'provider "aws" {\n  region = \n}\n' });
  await expect(readModule(root)).rejects.toThrow(
    /the file is not valid Terraform: .*Invalid expression/,
  );
});

it("follows module calls by path, and copies modules to the same relative paths", async () => {
  const root = folder({
    "a/main.tf": 'module "m" {\n  source = "../m"\n}\n',
    "m/main.tf": 'module "n" {\n  source = "./n"\n}\n',
    "m/n/main.tf": "",
    "a/terraform.tfstate": "secret",
    "a/.terraform/providers/x": "large",
    "a/.terraform/modules/modules.json": "{}",
  });
  const tree = await readTree(join(root, "a"));
  expect(tree.map((module) => module.directory)).toEqual(
    ["a", "m", "m/n"].map((value) => join(root, value)),
  );
  const folderInCopy = copyModules([tree], testFolder());
  const copied = await readTree(folderInCopy(tree, join(root, "a")));
  expect(copied).toHaveLength(3);
  expect(() =>
    readFileSync(join(folderInCopy(tree, join(root, "a")), "terraform.tfstate")),
  ).toThrow("ENOENT");
  expect(() =>
    readFileSync(join(folderInCopy(tree, join(root, "a")), ".terraform/providers/x")),
  ).toThrow("ENOENT");
  expect(
    readFileSync(
      join(folderInCopy(tree, join(root, "a")), ".terraform/modules/modules.json"),
      "utf8",
    ),
  ).toBe("{}");
});

it("redirects each provider block to the sandbox, and removes arguments that lead to other places", async () => {
  const { provider, terraform } = await override(`
    provider "aws" {
      region              = "eu-west-1"
      profile             = "production"
      allowed_account_ids = ["444455556666"]
      endpoints {
        ecs = "https://ecs.example.com"
      }
    }
    provider "aws" {
      alias = "other"
      assume_role_with_web_identity {
        role_arn                = "arn:aws:iam::1:role/x"
        web_identity_token_file = "/token"
      }
    }`);
  const [first, second] = (provider as { aws: Record<string, unknown>[] }).aws;
  expect(first).toMatchObject({
    profile: null,
    allowed_account_ids: null,
    access_key: "444455556666",
  });
  expect(JSON.stringify(first)).not.toContain("example.com");
  expect(second).toMatchObject({
    alias: "other",
    access_key: "sandbox",
    assume_role_with_web_identity: [
      { role_arn: "arn:aws:iam::1:role/x", web_identity_token_file: null },
    ],
  });
  expect(terraform).toEqual({ backend: { local: { path: "/state" } } });
});

it("redirects a remote state to the state of an earlier stack, and fails where none matches", async () => {
  const text = `data "terraform_remote_state" "net" {
    backend = "s3"
    config = {
      bucket = "b"
      key    = "net"
    }
  }`;
  const stateOf = (
    key: string,
    stateFile: string,
  ): Parameters<typeof writeOverride>[2]["earlierStates"][number] => ({
    directory: "/x",
    backend: { type: "s3", config: { bucket: "b", key } },
    stateFile,
  });
  const { data } = await override(text, [stateOf("other", "/1"), stateOf("net", "/2")]);
  expect(data).toMatchObject({
    terraform_remote_state: { net: { backend: "local", config: { path: "/2" } } },
  });
  await expect(override(text, [stateOf("other", "/1")])).rejects.toThrow(
    "data.terraform_remote_state.net does not read the state of an earlier stack",
  );
});
