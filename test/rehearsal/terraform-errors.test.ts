import { describe, expect, it } from "vitest";
import { terraformErrorOf } from "../../src/rehearsal/diagnosis/terraform-errors.ts";
import type { Diagnostic } from "../../src/terraform/index.ts";

const diagnostic: Diagnostic = {
  severity: "error",
  summary: "creating EC2 Subnet",
  detail:
    "operation error EC2: CreateSubnet, https response error StatusCode: 400, RequestID: 1, api error InvalidSubnet.Range: The CIDR '10.1.0.0/24' is invalid.",
  address: "aws_subnet.private",
};

const noEndedWaits = { endedWait: () => undefined };

describe("an error of Terraform in a rehearsal", () => {
  it("has the address of its resource, and the error code and message of AWS", () => {
    expect(terraformErrorOf(diagnostic, noEndedWaits)).toMatchObject({
      address: "aws_subnet.private",
      message: "InvalidSubnet.Range: The CIDR '10.1.0.0/24' is invalid.",
      isSandboxError: true,
    });
  });

  it("has the texts of Terraform and no address, if Terraform reports neither an AWS error nor an address", () => {
    const error = terraformErrorOf(
      {
        severity: "error",
        summary: "Unsupported argument",
        detail: 'An argument named "x" is not expected here.',
      },
      noEndedWaits,
    );
    expect(error.message).toBe('Unsupported argument: An argument named "x" is not expected here.');
    expect(error).not.toHaveProperty("address");
    expect(error).not.toHaveProperty("isSandboxError");
  });

  it("has the option that sets a variable without a value", () => {
    const { fix } = terraformErrorOf(
      {
        severity: "error",
        summary: "No value for required variable",
        detail: 'The root module input variable "who" is not set, and has no default value.',
      },
      noEndedWaits,
    );
    expect(fix).toBe("pass --var who=<value>, or --var-file <file>");
  });

  it("has the line of the configuration, but not one of a file that the folder does not contain", () => {
    const at = (file: string) =>
      terraformErrorOf(
        { severity: "error", summary: "Invalid", detail: "", location: { file, line: 3 } },
        noEndedWaits,
        import.meta.dirname,
      ).location;
    expect([at("terraform-errors.test.ts"), at("override.tf.json")]).toEqual([
      { file: "test/rehearsal/terraform-errors.test.ts", line: 3 },
      undefined,
    ]);
  });
});
