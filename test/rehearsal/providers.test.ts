import { describe, expect, it } from "vitest";
import { isAccepted, providerAddress } from "../../src/rehearsal/terraform-copy/providers.ts";

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
