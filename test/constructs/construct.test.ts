import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { App, TerraformStack } from "cdktn";
import { describe, expect, it } from "vitest";
import { compatibleScope, type Construct } from "../../src/constructs/construct.ts";
import { AwsProvider, Foundation } from "../../src/constructs/index.ts";
import { Vpc } from "../../src/constructs/provider/vpc.generated.ts";

const manifest = createRequire(import.meta.url).resolve("constructs/package.json");
const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string };

/** Where classes that jsii compiled keep their name and version. */
const JSII_CLASS: unique symbol = Symbol.for("jsii.rtti");

/** A stack of another copy of cdktn and constructs, as jsii compiles its classes. */
function stackOfOtherCopy(otherVersion: string): Construct {
  class OtherConstruct {
    static readonly [JSII_CLASS] = {
      fqn: "constructs.Construct",
      version: otherVersion,
    };
    readonly node = new TerraformStack(new App(), "hello").node;
  }
  class OtherStack extends OtherConstruct {
    static override readonly [JSII_CLASS] = {
      fqn: "cdktn.TerraformStack",
      version: "0.24.0",
    };
  }
  return new OtherStack() as unknown as Construct;
}

describe("constructs of two versions", () => {
  const options = { name: "hello", region: "us-east-1", loadBalancer: false } as const;

  it.each([
    ["a foundation", (scope: Construct) => new Foundation(scope, "foundation", options)],
    ["a provider", (scope: Construct) => new AwsProvider(scope, "aws")],
    ["a resource", (scope: Construct) => new Vpc(scope, "vpc", {})],
  ])("are rejected for %s", (_, create) => {
    expect(() => create(stackOfOtherCopy("10.6.0"))).toThrow(
      expect.objectContaining({
        code: "BERTH-E2005",
        message: `the app uses constructs 10.6.0, and Berth uses constructs ${version}`,
        fix: `run npm install constructs@${version}`,
      }),
    );
  });

  it("are not two versions if two copies have the same one", () => {
    const scope = stackOfOtherCopy(version);
    expect(compatibleScope(scope)).toBe(scope);
  });
});
