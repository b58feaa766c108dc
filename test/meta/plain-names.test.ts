import { expect, it } from "vitest";
import { lintProbes } from "../support/lint.ts";

const REJECTED: Readonly<Record<string, string>> = {
  variable: "const all = subnets;\nexport const probe = all;",
  loop: "for (const one of subnets) subnets.add(one);",
  parameter: "export const probe = (way: string): string => way;",
  declaration: "export function probe(face: string): string {\n  return face;\n}",
  renamed: "const { eni: face } = subnets;\nexport const probe = face;",
  element: "const [, odd = 1] = subnets;\nexport const probe = odd;",
  rest: "export const probe = (...says: string[]): string[] => says;",
};

const ALLOWED: Readonly<Record<string, string>> = {
  noun: "export const probe = (subnet: string): string => subnet;",
  member: "export const probe = subnets.all({ one: 1 });",
  key: "const { all: subnet } = subnets;\nexport const probe = subnet;",
};

const report = lintProbes(
  "names",
  Object.fromEntries(
    Object.entries({ ...REJECTED, ...ALLOWED }).map(([name, line]) => [
      name,
      { folder: "rehearsal", text: `import { subnets } from "./x.ts";\n${line}` },
    ]),
  ),
);

const findingsIn = (probe: string): number =>
  report.diagnosticsOf(probe).filter(({ code }) => code === "names(plain-names)").length;

it.each(Object.keys(REJECTED))("lint rejects a forbidden name: %s", (probe) => {
  expect(findingsIn(probe)).toBe(1);
});

it.each(Object.keys(ALLOWED))("lint accepts a noun: %s", (probe) => {
  expect(findingsIn(probe)).toBe(0);
});
