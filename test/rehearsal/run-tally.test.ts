import { expect, it } from "vitest";
import { noCounts, RunTally } from "../../src/rehearsal/terraform-copy/run-tally.ts";
import type { Diagnostic } from "../../src/terraform/index.ts";

const error = (address?: string): Diagnostic => ({
  severity: "error",
  summary: "deleting x",
  detail: "",
  ...(address === undefined ? {} : { address }),
});

/** The addresses of the errors of a run in which resources failed. */
function addressesOf(failed: readonly string[], diagnostics: readonly Diagnostic[]): unknown[] {
  const tally = new RunTally(new Map(), noCounts());
  for (const address of failed) {
    tally.observeEvent({ type: "started", address, action: "delete" });
    tally.observeEvent({ type: "failed", address, action: "delete", seconds: 1 });
  }
  const { problems } = tally.result({ exitCode: 1, diagnostics, interrupted: false });
  return problems.map(({ address }) => address);
}

it("adds the address of the resource that failed, if Terraform reports its error without one", () => {
  expect(addressesOf(['aws_subnet.a["x"]'], [error()])).toEqual(['aws_subnet.a["x"]']);
  expect(addressesOf(["aws_lb.a", "aws_lb.b"], [error("aws_lb.a"), error()])).toEqual([
    "aws_lb.a",
    "aws_lb.b",
  ]);
});

it("adds no address if several resources or errors are possible, or no resource failed", () => {
  expect(addressesOf(["aws_lb.a", "aws_lb.b"], [error(), error()])).toEqual([undefined, undefined]);
  expect(addressesOf(["aws_lb.a"], [error(), error()])).toEqual([undefined, undefined]);
  expect(addressesOf(["aws_lb.a"], [error("aws_lb.a"), error()])).toEqual(["aws_lb.a", undefined]);
  expect(addressesOf([], [error()])).toEqual([undefined]);
});
