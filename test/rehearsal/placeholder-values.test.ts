import { describe, expect, it } from "vitest";
import { withWrittenAddresses } from "../../src/rehearsal/terraform-copy/exclusions.ts";
import { excludedAddresses, excludeFrom } from "./excluded-folder.ts";

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

describe("the placeholder of a skipped block", () => {
  it("is an unknown value, and replaces all references to the block", async () => {
    const result = await excludeFrom({
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
    expect(excludedAddresses(result)).toEqual([
      "cloudflare_record.each",
      "cloudflare_record.www",
      "data.cloudflare_zone.this",
    ]);
  });

  it("replaces references in Terraform's JSON syntax", async () => {
    const result = await excludeFrom({
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

  it("replaces a call of a provider function", async () => {
    const result = await excludeFrom({
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
    expect(excludedAddresses(result)).toEqual(["provider::acme::hash"]);
  });

  it("has two addresses in a module that is called twice", async () => {
    const result = await excludeFrom({
      "main.tf": 'module "a" {\n  source = "./m"\n}\nmodule "b" {\n  source = "./m"\n}\n',
      "m/main.tf": 'resource "cloudflare_record" "www" {\n}\n',
    });
    expect([...result.placeholders.keys()]).toEqual([
      "module.a.terraform_data.berth_skipped_cloudflare_record_www",
      "module.b.terraform_data.berth_skipped_cloudflare_record_www",
    ]);
    expect(excludedAddresses(result)).toEqual([
      "module.a.cloudflare_record.www",
      "module.b.cloudflare_record.www",
    ]);
  });

  it("is shown in a plan with the address of the block", async () => {
    const result = await excludeFrom({
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
});
