import { describe, expect, it } from "vitest";
import { shortAddresses } from "../../src/constructs/synth/short-names.ts";
import { synthHcl } from "../../src/constructs/synth/synth.ts";
import { settingsOf } from "../support/settings.ts";

const fileOf = (name: string, config: Parameters<typeof settingsOf>[0] = {}): string =>
  synthHcl(settingsOf(config)).get(name) ?? "";

describe("short addresses", () => {
  const short = (...addresses: string[]): string[] => [
    ...shortAddresses(addresses, ["key", "network", "security_groups"]).values(),
  ];

  it.each([
    ["aws_kms_key.key", "aws_kms_key.key"],
    ["aws_kms_alias.key_alias", "aws_kms_alias.key"],
    ["aws_subnet.network_private_us_east_1a", "aws_subnet.private_us_east_1a"],
    ["aws_route_table.network_public_routes", "aws_route_table.public"],
    [
      "aws_vpc_security_group_ingress_rule.security_groups_load_balancer_from_0_0_0_0_0_80",
      "aws_vpc_security_group_ingress_rule.load_balancer_from_anywhere_80",
    ],
    [
      "aws_vpc_security_group_ingress_rule.security_groups_load_balancer_from_10_0_0_0_8_80",
      "aws_vpc_security_group_ingress_rule.load_balancer_from_10_0_0_0_8_80",
    ],
    ["aws_thing.other_name", "aws_thing.other_name"],
  ])("shorten %s to %s", (address, expected) => {
    expect(short(address)).toEqual([expected]);
  });

  it("stay as they are if they would not be unique", () => {
    expect(short("aws_vpc.network", "aws_vpc.network_vpc")).toEqual([
      "aws_vpc.network",
      "aws_vpc.network_vpc",
    ]);
    expect(short("aws_eip.network_a", "aws_eip.key_a")).toEqual([
      "aws_eip.network_a",
      "aws_eip.key_a",
    ]);
  });
});

describe("HCL of a foundation", () => {
  it("has the files that a person would write", () => {
    expect([...synthHcl(settingsOf()).keys()]).toEqual([
      "versions.tf",
      "providers.tf",
      "main.tf",
      "outputs.tf",
      "moved.tf",
    ]);
    expect(fileOf("versions.tf")).toMatch(/^terraform \{\n {2}required_version = ">= 1.10"\n/);
    expect(fileOf("providers.tf")).toBe('provider "aws" {\n  region = "us-east-1"\n}\n');
    expect(fileOf("outputs.tf")).toMatch(/^output "/);
  });

  it("has the resources in the order of the steps, with the data source first", () => {
    const main = fileOf("main.tf", { publish: true });
    expect(main.match(/^(#|data) .*/gm)).toEqual([
      'data "aws_caller_identity" "account" {',
      "# Key",
      "# Logs",
      "# Network",
      "# Security groups",
      "# Endpoints",
      "# Repository",
      "# Cluster",
      "# Load balancer",
      "# Published outputs",
    ]);
    expect(main).toContain('# Network\n\nresource "aws_vpc" "network" {');
    expect(main).toContain('resource "aws_subnet" "private_us_east_1a" {');
  });

  it("refers to resources by their short names, and moves the resources of a state", () => {
    const files = synthHcl(settingsOf({ publish: true }));
    const text = [...files].filter(([name]) => name !== "moved.tf").map(([, part]) => part);
    const moved = [...(files.get("moved.tf") ?? "").matchAll(/from = (\S+)\n {2}to {3}= (\S+)/g)];
    expect(moved.length).toBeGreaterThan(20);
    for (const [, from = "", to = ""] of moved) {
      const [type = "", name = ""] = to.split(".");
      expect(text.join("\n")).toContain(`resource "${type}" "${name}" {`);
      expect(text.join("\n")).not.toMatch(new RegExp(`\\b${from.replace(".", "\\.")}\\b`));
    }
  });

  it("has tags and depends_on after the other arguments", () => {
    const repository = /resource "aws_ecr_repository".*?\n\}\n/s.exec(fileOf("main.tf"))?.[0];
    expect(repository).toMatch(/\n\n {2}depends_on = \[aws_kms_key_policy\.key\]\n\}\n$/);
    const subnet = /resource "aws_subnet".*?\n\}\n/s.exec(fileOf("main.tf"))?.[0] ?? "";
    expect(subnet.indexOf("tags = {")).toBeGreaterThan(subnet.indexOf("vpc_id"));
  });
});
