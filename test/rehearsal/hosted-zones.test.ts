import { expect, it } from "vitest";
import {
  createsHostedZones,
  hostedZonesIn,
} from "../../src/rehearsal/terraform-copy/hosted-zones.ts";
import { readConfiguration } from "../../src/rehearsal/terraform-copy/hcl-modules.ts";
import { folder } from "../support/terraform-folder.ts";

const CONFIGURATION = `
variable "domain" {
  default = "default.example.com"
}

variable "unknown" {}

data "aws_route53_zone" "written" {
  name = "example.com."
}

data "aws_route53_zone" "variable" {
  name = var.domain
}

data "aws_route53_zone" "unknown" {
  name = var.unknown
}

data "aws_route53_zone" "private" {
  name         = "internal.example.com"
  private_zone = true
}

data "aws_vpc" "default" {
  default = true
}
`;

it("finds the names of hosted zones that a configuration reads", async () => {
  const { modules } = await readConfiguration(folder({ "main.tf": CONFIGURATION }), "terraform");
  expect(hostedZonesIn(modules, [])).toEqual(["default.example.com", "example.com."]);
  expect(hostedZonesIn(modules, ["domain=shop.example.com", "unknown=a.example.com"])).toEqual([
    "a.example.com",
    "example.com.",
    "shop.example.com",
  ]);
  expect(createsHostedZones(modules)).toBe(false);
});

it("knows that a configuration creates hosted zones", async () => {
  const zone = 'resource "aws_route53_zone" "shop" {\n  name = "example.com"\n}\n';
  const { modules } = await readConfiguration(folder({ "main.tf": zone }), "terraform");
  expect(createsHostedZones(modules)).toBe(true);
});
