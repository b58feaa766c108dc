import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { testFolder } from "../support/folder.ts";
import { readConfiguration } from "../../src/rehearsal/terraform-copy/hcl-modules.ts";
import type { CodePolicy } from "../../src/rehearsal/terraform-copy/code-policy.ts";
import {
  exclude,
  type Exclusions,
  withWrittenAddresses,
} from "../../src/rehearsal/terraform-copy/exclusions.ts";
import { isAccepted, providerAddress } from "../../src/rehearsal/terraform-copy/providers.ts";

const normal: CodePolicy = { allowedProviders: [], runsLocalCode: true };
const noExec: CodePolicy = { allowedProviders: [], runsLocalCode: false };

function folder(files: Readonly<Record<string, string>>): string {
  const root = testFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

interface Result extends Exclusions {
  /** A file of the folder, without empty lines. */
  text(name: string): string;
}

async function excluded(
  files: Readonly<Record<string, string>>,
  policy: CodePolicy = normal,
  product: "terraform" | "tofu" = "terraform",
): Promise<Result> {
  const root = folder(files);
  const exclusions = await exclude(await readConfiguration(root, product), policy, product);
  return {
    ...exclusions,
    text: (name) =>
      readFileSync(join(root, name), "utf8")
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "")
        .join("\n"),
  };
}

const addresses = ({ placeholders, others }: Exclusions): string[] =>
  [...placeholders.values(), ...others].map(({ address }) => address).sort();

describe("the address of a provider", () => {
  it.each([
    ["aws", "hashicorp/aws"],
    ["hashicorp/aws", "hashicorp/aws"],
    ["HashiCorp/AWS", "hashicorp/aws"],
    ["registry.terraform.io/hashicorp/aws", "hashicorp/aws"],
    ["registry.opentofu.org/hashicorp/aws", "hashicorp/aws"],
    ["example.com/hashicorp/aws", "example.com/hashicorp/aws"],
    ["acme/aws", "acme/aws"],
    ["terraform.io/builtin/terraform", "terraform.io/builtin/terraform"],
  ])("%s is %s", (source, address) => {
    expect(providerAddress(source)).toBe(address);
  });

  it.each(["example.com/hashicorp/aws", "hashicorp/awscc", "constructor", "__proto__"])(
    "%s is not accepted",
    (source) => {
      expect(isAccepted(providerAddress(source))).toBe(false);
    },
  );
});

describe("which providers are skipped", () => {
  it.each([
    ["implied by a resource type", 'resource "cloudflare_record" "x" {\n}', "hashicorp/cloudflare"],
    ["implied by a data source", 'data "github_user" "x" {\n}', "hashicorp/github"],
    ["implied by an ephemeral resource", 'ephemeral "vault_kv" "x" {\n}', "hashicorp/vault"],
    ["a provider block alone", 'provider "datadog" {\n}', "hashicorp/datadog"],
    [
      "required, and nothing of it used",
      'terraform {\n  required_providers {\n    x = {\n      source = "acme/x"\n    }\n  }\n}',
      "acme/x",
    ],
    [
      "another registry's provider of the same name",
      'terraform {\n  required_providers {\n    aws = {\n      source = "example.com/hashicorp/aws"\n    }\n  }\n}\nresource "aws_vpc" "x" {\n}',
      "example.com/hashicorp/aws",
    ],
    [
      "chosen by a resource's provider argument",
      'terraform {\n  required_providers {\n    fork = {\n      source = "acme/aws"\n    }\n  }\n}\nresource "aws_vpc" "x" {\n  provider = fork.west\n}',
      "acme/aws",
    ],
    [
      "chosen in an override file",
      'resource "aws_vpc" "x" {\n}\n',
      "acme/aws",
      {
        "a_override.tf.json": JSON.stringify({
          terraform: { required_providers: { aws: { source: "acme/aws" } } },
        }),
      },
    ],
    [
      "by a function alone",
      'terraform {\n  required_providers {\n    x = {\n      source = "acme/x"\n    }\n  }\n}\nlocals {\n  a = provider::x::hash("a")\n}',
      "acme/x",
    ],
    [
      "in a check block",
      'check "c" {\n  data "consul_keys" "x" {\n  }\n  assert {\n    condition     = true\n    error_message = "x"\n  }\n}',
      "hashicorp/consul",
    ],
    [
      "in a module of a module",
      'module "a" {\n  source = "./a"\n}',
      "hashicorp/cloudflare",
      {
        "a/main.tf": 'module "b" {\n  source = "../b"\n}\n',
        "b/main.tf.json": JSON.stringify({ resource: { cloudflare_record: { x: {} } } }),
      },
    ],
    [
      "in a module that was fetched",
      'module "a" {\n  source  = "acme/a/aws"\n}',
      "hashicorp/cloudflare",
      {
        ".terraform/modules/modules.json": JSON.stringify({
          Modules: [
            { Key: "", Source: "", Dir: "." },
            { Key: "a", Source: "acme/a/aws", Dir: ".terraform/modules/a" },
          ],
        }),
        ".terraform/modules/a/main.tf": 'resource "cloudflare_record" "x" {\n}\n',
      },
    ],
  ])("%s", async (_, text, provider, more: Readonly<Record<string, string>> = {}) => {
    const { skippedProviders } = await excluded({ "main.tf": `${text}\n`, ...more });
    expect(skippedProviders).toEqual([provider]);
  });

  it("none of those that touch nothing, and AWS under any local name", async () => {
    const result = await excluded({
      "main.tf": `
terraform {
  required_providers {
    amazon = {
      source = "registry.terraform.io/hashicorp/aws"
    }
  }
}
resource "random_pet" "x" {
}
resource "null_resource" "x" {
}
resource "tls_private_key" "x" {
}
resource "time_static" "x" {
}
resource "terraform_data" "x" {
}
resource "aws_vpc" "x" {
  provider = amazon
}
`,
    });
    expect([result.skippedProviders, addresses(result), result.localCode]).toEqual([[], [], []]);
  });

  it("none that the user allows", async () => {
    const files = { "main.tf": 'resource "cloudflare_record" "x" {\n}\n' };
    const result = await excluded(files, {
      ...normal,
      allowedProviders: ["registry.terraform.io/Hashicorp/cloudflare"],
    });
    expect([result.skippedProviders, result.allowedProviders]).toEqual([
      [],
      ["hashicorp/cloudflare"],
    ]);
    expect(result.text("main.tf")).toContain("cloudflare_record");
  });
});

const STACK = `
terraform {
  required_providers {
    cloudflare = {
      source = "cloudflare/cloudflare" # not "a }"
    }
    aws = { source = "hashicorp/aws" }
  }
  encryption {
    method "x" "y" {
    }
  }
}
provider "cloudflare" {
  api_token = "}\${var.token}\\"{"
}
resource "cloudflare_record" "www" {
  name  = <<-EOT
    } \${upper("www }")} "
    EOT
  count = var.n
}
resource "cloudflare_record" "each" {
  for_each = { a = cloudflare_record.www[0].id }
}
data "cloudflare_zone" "this" {
}
resource "aws_ssm_parameter" "zone" {
  name       = "/zone"
  value      = "id: \${data.cloudflare_zone.this.id} $\${data.cloudflare_zone.this.id}"
  depends_on = [cloudflare_record.www, aws_vpc.this]
  tags = {
    first = cloudflare_record.www[0].hostname, every = join(",", cloudflare_record.www[*].id)
    one   = cloudflare_record.each["a"].id
    other = module.x.cloudflare_record.www
  }
  lifecycle {
    replace_triggered_by = [cloudflare_record.www[0].hostname, aws_vpc.this.id]
  }
}
resource "aws_vpc" "this" {
}
moved {
  from = cloudflare_record.old
  to   = cloudflare_record.www
}
moved {
  from = aws_vpc.old
  to   = aws_vpc.this
}
import {
  to = module.dns.cloudflare_record.www["a"]
  id = "x"
}
module "x" {
  source    = "./x"
  providers = { cloudflare.west = cloudflare, aws = aws }
}
/* resource "cloudflare_record" "not" { */
output "zone" {
  value = data.cloudflare_zone.this.id
}
variable "n" {
}
`;

describe("what takes the place of a skipped resource", () => {
  it("is a value that is not known, wherever an expression refers to it", async () => {
    const result = await excluded({
      "main.tf": STACK,
      "x/main.tf":
        'terraform {\n  required_providers {\n    cloudflare = {\n      source                = "cloudflare/cloudflare"\n      configuration_aliases = [cloudflare.west]\n    }\n  }\n}\n',
    });
    expect(result.text("main.tf")).toBe(
      `
terraform {
required_providers {
aws = { source = "hashicorp/aws" }
}
}
resource "aws_ssm_parameter" "zone" {
name       = "/zone"
value      = "id: \${terraform_data.berth_skipped_data_cloudflare_zone_this.output.id} $\${data.cloudflare_zone.this.id}"
depends_on = [terraform_data.berth_skipped_cloudflare_record_www, aws_vpc.this]
tags = {
first = (terraform_data.berth_skipped_cloudflare_record_www[*].output)[0].hostname, every = join(",", (terraform_data.berth_skipped_cloudflare_record_www[*].output)[*].id)
one   = ({ for k, v in terraform_data.berth_skipped_cloudflare_record_each : k => v.output })["a"].id
other = module.x.cloudflare_record.www
}
lifecycle {
replace_triggered_by = [terraform_data.berth_skipped_cloudflare_record_www, aws_vpc.this.id]
}
}
resource "aws_vpc" "this" {
}
moved {
from = aws_vpc.old
to   = aws_vpc.this
}
module "x" {
source    = "./x"
providers = {  aws = aws }
}
/* resource "cloudflare_record" "not" { */
output "zone" {
value = terraform_data.berth_skipped_data_cloudflare_zone_this.output.id
}
variable "n" {
}`.trim(),
    );
    expect(JSON.parse(result.text("zzzz_berth_skipped.tf.json"))).toEqual({
      resource: {
        terraform_data: {
          berth_skipped_cloudflare_record_www: {
            count: "${var.n}",
            input: "${jsondecode(timestamp())}",
          },
          berth_skipped_cloudflare_record_each: {
            for_each: {
              a: "${(terraform_data.berth_skipped_cloudflare_record_www[*].output)[0].id}",
            },
            input: "${jsondecode(timestamp())}",
          },
          berth_skipped_data_cloudflare_zone_this: { input: "${jsondecode(timestamp())}" },
        },
      },
    });
    expect(result.text("x/main.tf")).toBe("terraform {\nrequired_providers {\n}\n}");
    expect(addresses(result)).toEqual([
      "cloudflare_record.each",
      "cloudflare_record.www",
      "data.cloudflare_zone.this",
    ]);
  });

  it("is the same in Terraform's JSON syntax", async () => {
    const result = await excluded({
      "main.tf.json": JSON.stringify({
        "//": "a comment",
        terraform: [
          { required_providers: { cf: { source: "cloudflare/cloudflare" }, aws: {} } },
          { encryption: {} },
        ],
        provider: { cf: [{ alias: "x" }], aws: {} },
        resource: {
          cloudflare_record: { www: { provider: "cf.x", for_each: "${var.names}" } },
          aws_ssm_parameter: {
            zone: {
              value: '${cloudflare_record.www["a"].id} $${cloudflare_record.www}',
              depends_on: ["cloudflare_record.www"],
            },
          },
        },
        module: { m: { source: "./m", providers: { cf: "cf.x", aws: "aws" } } },
        moved: [{ from: "cloudflare_record.a", to: "cloudflare_record.www" }],
      }),
      "m/main.tf": "",
    });
    expect(JSON.parse(result.text("main.tf.json"))).toEqual({
      "//": "a comment",
      terraform: [{ required_providers: { aws: {} } }, {}],
      provider: { aws: {} },
      resource: {
        cloudflare_record: {},
        aws_ssm_parameter: {
          zone: {
            value:
              '${({ for k, v in terraform_data.berth_skipped_cloudflare_record_www : k => v.output })["a"].id} $${cloudflare_record.www}',
            depends_on: ["terraform_data.berth_skipped_cloudflare_record_www"],
          },
        },
      },
      module: { m: { source: "./m", providers: { aws: "aws" } } },
      moved: [],
    });
  });

  it("is the value of a call of a provider's function", async () => {
    const result = await excluded({
      "main.tf": `
terraform {
  required_providers {
    acme = {
      source = "acme/acme"
    }
  }
}
resource "aws_vpc" "x" {
  cidr_block = "\${provider::acme::hash(join("", [")"]))}/16"
}
`,
    });
    expect(result.text("main.tf")).toContain(
      'cidr_block = "${terraform_data.berth_skipped_provider_acme_hash.output}/16"',
    );
    expect(addresses(result)).toEqual(["provider::acme::hash"]);
  });

  it("has the module's address in a module that is called twice", async () => {
    const result = await excluded({
      "main.tf": 'module "a" {\n  source = "./m"\n}\nmodule "b" {\n  source = "./m"\n}\n',
      "m/main.tf": 'resource "cloudflare_record" "www" {\n}\n',
    });
    expect([...result.placeholders.keys()]).toEqual([
      "module.a.terraform_data.berth_skipped_cloudflare_record_www",
      "module.b.terraform_data.berth_skipped_cloudflare_record_www",
    ]);
    expect(addresses(result)).toEqual([
      "module.a.cloudflare_record.www",
      "module.b.cloudflare_record.www",
    ]);
  });

  it("is named in a plan as the user wrote it", async () => {
    const result = await excluded({
      "main.tf": 'module "a" {\n  source = "./m"\n}\n',
      "m/main.tf": 'data "cloudflare_zone" "this" {\n}\n',
    });
    const standIn = "terraform_data.berth_skipped_data_cloudflare_zone_this";
    const plan = {
      resources: [
        {
          address: `module.a.${standIn}["x"]`,
          mode: "managed",
          type: "terraform_data",
          name: "berth_skipped_data_cloudflare_zone_this",
        },
        { address: "terraform_data.own", type: "terraform_data", name: "own" },
      ],
      references: [`${standIn}.output.id`, standIn],
    };
    expect(withWrittenAddresses(plan, result)).toEqual({
      resources: [
        {
          address: 'module.a.data.cloudflare_zone.this["x"]',
          mode: "managed",
          type: "cloudflare_zone",
          name: "this",
        },
        { address: "terraform_data.own", type: "terraform_data", name: "own" },
      ],
      references: ["data.cloudflare_zone.this.output.id", "data.cloudflare_zone.this"],
    });
  });

  it("a configuration without anything to skip is not written again", async () => {
    const text = 'resource "aws_vpc" "x" {   \n}\n\n\n';
    const root = folder({ "main.tf": text });
    await exclude(await readConfiguration(root, "terraform"), noExec, "terraform");
    expect(readFileSync(join(root, "main.tf"), "utf8")).toBe(text);
  });

  it("an action of another provider is an error: it cannot be skipped", async () => {
    await expect(excluded({ "main.tf": 'action "acme_call" "x" {\n}\n' })).rejects.toMatchObject({
      code: "BERTH-E5005",
    });
  });

  it("a key that is written twice in JSON is an error: one of the two would go unseen", async () => {
    const twice = '{"resource":{"cloudflare_record":{"x":{}}},"resource":{"aws_vpc":{"y":{}}}}';
    await expect(excluded({ "main.tf.json": twice })).rejects.toMatchObject({
      code: "BERTH-E5001",
    });
  });

  it("OpenTofu's own files are read where OpenTofu runs", async () => {
    const files = {
      "main.tf": 'resource "aws_vpc" "x" {\n}\n',
      "main.tofu": 'resource "cloudflare_record" "x" {\n}\n',
    };
    expect((await excluded(files, normal, "tofu")).skippedProviders).toHaveLength(1);
    expect((await excluded(files)).skippedProviders).toEqual([]);
  });
});

const LOCAL = `
resource "null_resource" "migrate" {
  triggers = {
    provisioner = "kept"
  }
  provisioner "local-exec" {
    command = "curl \${aws_vpc.x.id}"
  }
  provisioner "file" {
    when = destroy
  }
}
removed {
  from = aws_vpc.old
  provisioner "local-exec" {
    when    = destroy
    command = "x"
  }
}
data "http" "ip" {
  url = "https://example.com"
}
data "external" "git" {
  program = ["git"]
}
data "aws_ip_ranges" "x" {
}
data "tls_certificate" "x" {
  url = "https://example.com"
}
resource "local_file" "x" {
  filename = "/x"
}
data "local_file" "x" {
  filename = "/x"
}
data "archive_file" "x" {
}
resource "aws_vpc" "x" {
  cidr_block = data.http.ip.response_body
}
module "m" {
  source = "git::https://example.com/m.git"
}
`;

describe("code that runs on this machine", () => {
  const expected = [
    ["module", "module.m", "git::https://example.com/m.git", "uses-network"],
    ["resource", "local_file.x", "local_file", "writes-files"],
    ["provisioner", "null_resource.migrate", "local-exec", "runs-code"],
    ["provisioner", "null_resource.migrate", "file", "runs-code"],
    ["provisioner", "aws_vpc.old", "local-exec", "runs-code"],
    ["data", "data.http.ip", "http", "uses-network"],
    ["data", "data.external.git", "external", "runs-code"],
    ["data", "data.aws_ip_ranges.x", "aws_ip_ranges", "uses-network"],
    ["data", "data.tls_certificate.x", "tls_certificate", "uses-network"],
    ["data", "data.archive_file.x", "archive_file", "writes-files"],
  ]
    .map((line) => line.join(" "))
    .sort();
  const listed = ({ localCode }: Exclusions): string[] =>
    localCode.map(({ kind, address, what, effect }) => [kind, address, what, effect].join(" "));

  it("is listed, and runs", async () => {
    const result = await excluded({ "main.tf": LOCAL });
    expect(listed(result).sort()).toEqual(expected);
    expect(result.localCode.filter((code) => code.skipped)).toEqual([]);
    expect(addresses(result)).toEqual([]);
    expect(result.text("main.tf")).toContain("local-exec");
  });

  it("is left out without leaving out the resources that have provisioners", async () => {
    const result = await excluded({ "main.tf": LOCAL }, noExec);
    expect(listed(result).sort()).toEqual(expected);
    expect(result.localCode.filter((code) => !code.skipped).map(({ kind }) => kind)).toEqual([
      "module",
    ]);
    expect(result.text("main.tf")).toBe(
      `
resource "null_resource" "migrate" {
triggers = {
provisioner = "kept"
}
}
removed {
from = aws_vpc.old
}
data "local_file" "x" {
filename = "/x"
}
resource "aws_vpc" "x" {
cidr_block = terraform_data.berth_skipped_data_http_ip.output.response_body
}
module "m" {
source = "git::https://example.com/m.git"
}`.trim(),
    );
    expect(addresses(result)).toEqual([
      "data.archive_file.x",
      "data.aws_ip_ranges.x",
      "data.external.git",
      "data.http.ip",
      "data.tls_certificate.x",
      "local_file.x",
    ]);
  });

  it("is left out in JSON too, and in a check block with the block", async () => {
    const result = await excluded(
      {
        "main.tf.json": JSON.stringify({
          resource: { null_resource: { x: { provisioner: [{ "local-exec": { command: "x" } }] } } },
          check: {
            up: { data: { http: { x: {} } }, assert: { condition: true, error_message: "x" } },
          },
        }),
      },
      noExec,
    );
    expect(JSON.parse(result.text("main.tf.json"))).toEqual({
      resource: { null_resource: { x: {} } },
      check: {},
    });
    expect(addresses(result)).toEqual(["check.up"]);
  });

  it("a remote state in a check block is left out: it is not redirected", async () => {
    const text =
      'check "c" {\n  data "terraform_remote_state" "x" {\n    backend = "s3"\n  }\n  assert {\n    condition     = true\n    error_message = "x"\n  }\n}\n';
    expect(addresses(await excluded({ "main.tf": text }))).toEqual(["check.c"]);
  });
});
