import { expect, it } from "vitest";
import { assumedRegionOf } from "../../src/rehearsal/terraform-copy/assumed-region.ts";
import { readConfiguration } from "../../src/rehearsal/terraform-copy/hcl-modules.ts";
import { folderOf } from "./excluded-folder.ts";

const subnet = (zone: string): string =>
  `resource "aws_subnet" "app" {\n  vpc_id            = "vpc-1"\n  availability_zone = ${zone}\n}\n`;

const WITHOUT_ZONES = 'resource "aws_ecs_cluster" "app" {\n  name = "app"\n}\n';

it.each([
  ["a provider with a region", `provider "aws" {\n  region = var.region\n}\n${WITHOUT_ZONES}`],
  ["a configuration without AWS", 'resource "terraform_data" "app" {}\n'],
])("assumes no region for %s", async (_, text) => {
  const { modules } = await readConfiguration(folderOf({ "main.tf": text }), "terraform");
  expect(assumedRegionOf(modules.map(({ module }) => module))).toBeUndefined();
});

it.each([
  ["no provider block", WITHOUT_ZONES, "us-east-1"],
  ["a provider without a region", `provider "aws" {}\n${WITHOUT_ZONES}`, "us-east-1"],
  [
    "a region of another provider only",
    `provider "aws" {}\nprovider "aws" {\n  alias  = "west"\n  region = "us-west-2"\n}\n${WITHOUT_ZONES}`,
    "us-east-1",
  ],
  ["zones of one region", subnet('"ap-northeast-1a"'), "ap-northeast-1"],
  ["zones of GovCloud", subnet('["us-gov-west-1a", "us-gov-west-1b"][0]'), "us-gov-west-1"],
  ["zones of several regions", subnet('["eu-west-1a", "eu-west-2a"][0]'), "us-east-1"],
])("assumes a region with %s", async (_, text, region) => {
  const { modules } = await readConfiguration(folderOf({ "main.tf": text }), "terraform");
  const assumed = assumedRegionOf(modules.map(({ module }) => module));
  expect([assumed?.region, assumed?.text]).toEqual([
    region,
    expect.stringContaining(`no region is set: ${region} is used`),
  ]);
});
