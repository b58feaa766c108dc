import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";

const read = (file: string): string =>
  readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");

/** The texts of a list in a source file. */
const listIn = (source: string, declaration: string): string[] => {
  const [, list = ""] = new RegExp(`const ${declaration} = \\[([^\\]]*)\\]`).exec(source) ?? [];
  return [...list.matchAll(/"([^"]+)"/g)].map(([, text = ""]) => text);
};

it("tests the package with each package manager, kind of module and supported version of Node.js", () => {
  const { jobs } = parse(read(".github/workflows/ci.yml")) as {
    readonly jobs: {
      readonly package: {
        readonly strategy: {
          readonly matrix: Readonly<Record<"manager" | "kind" | "node", readonly unknown[]>>;
        };
      };
    };
  };
  const { manager, kind, node } = jobs.package.strategy.matrix;
  const tool = read("tools/package-test/run.ts");
  expect(new Set(manager)).toEqual(
    new Set(listIn(tool, "managers: readonly PackageManagerName\\[\\]")),
  );
  expect(new Set(kind)).toEqual(new Set(listIn(tool, "kinds")));
  expect(node).toEqual(["20.19.0", 22, 24]);
});
