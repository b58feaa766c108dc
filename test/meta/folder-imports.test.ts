import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { allowedImports, entryFiles } from "../../tools/lint/allowed-imports.mjs";
import { lintProbes, type Probe } from "../support/lint.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A file of a folder of src with one import. Probes are one level deep: src/<folder>/<probe folder>/<probe>.ts. */
const probe = (folder: string, line: string): Probe => ({
  folder,
  text: `${line}\nexport const probe = [thing];`,
});

const FORBIDDEN_FOLDERS: readonly (readonly [folder: string, other: string])[] = [
  ["ip", "sandbox"],
  ["constructs", "sandbox"],
  ["sandbox", "constructs"],
  ["terraform", "config"],
  ["config", "cli"],
];

const FORBIDDEN_FILES: Readonly<Record<string, Probe>> = {
  "a static import": probe("checks", 'import { thing } from "../../plan/plan-model.ts";'),
  "a type import": probe("checks", 'import type { thing } from "../../plan/plan-model.ts";'),
  "a re-export": {
    folder: "checks",
    text: 'export { thing } from "../../plan/plan-model.ts";',
  },
  "a dynamic import": {
    folder: "checks",
    text: 'export const thing = await import("../../plan/plan-model.ts");',
  },
};

const ALLOWED: Readonly<Record<string, Probe>> = {
  "the index of an allowed folder": probe("topology", 'import { thing } from "../../ip/index.ts";'),
  "a second entry file": probe("cli", 'import { thing } from "../../config/load.ts";'),
  "a file of the same folder": probe("plan", 'import { thing } from "../plan-model.ts";'),
  "a dynamic import of an entry file": {
    folder: "cli",
    text: 'export const thing = await import("../../checks/engine/index.ts");',
  },
};

const report = lintProbes("folders", {
  ...Object.fromEntries(
    FORBIDDEN_FOLDERS.map(([folder, other]) => [
      `${folder} imports ${other}`,
      probe(folder, `import { thing } from "../../${other}/index.ts";`),
    ]),
  ),
  ...FORBIDDEN_FILES,
  ...ALLOWED,
  "prebuilt types": probe(
    "constructs",
    'import { Vpc } from "@cdktn/provider-aws/lib/vpc/index.js";',
  ),
  "another copy of constructs": probe("constructs", 'import { Construct } from "constructs";'),
});

/** The linter's messages for a probe. */
const messagesOf = (name: string): string =>
  report
    .diagnosticsOf(name)
    .map(({ message, help }) => `${message}\n${help ?? ""}`)
    .join("\n");

describe("the table of allowed imports", () => {
  it("lists every folder of src", () => {
    const folders = readdirSync(`${root}src`, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    expect(Object.keys(allowedImports).sort()).toEqual(folders.sort());
  });

  it("lists entry files that exist", () => {
    const files = Object.entries(entryFiles).flatMap(([folder, names]) =>
      names.map((name) => `src/${folder}/${name}`),
    );
    expect(files.length).toBeGreaterThan(8);
    expect(files.filter((file) => !existsSync(`${root}${file}`))).toEqual([]);
  });

  it("has an index.ts in every folder that another folder imports", () => {
    const imported = new Set(Object.values(allowedImports).flat());
    const missing = [...imported].filter((folder) => !existsSync(`${root}src/${folder}/index.ts`));
    expect(missing).toEqual([]);
  });
});

describe("lint", () => {
  it("reads every probe", () => {
    const probes =
      FORBIDDEN_FOLDERS.length +
      Object.keys(FORBIDDEN_FILES).length +
      Object.keys(ALLOWED).length +
      2;
    expect([report.status, report.number_of_files]).toEqual([1, probes]);
  });

  it.each(FORBIDDEN_FOLDERS)("rejects an import from %s to %s", (folder, other) => {
    expect(messagesOf(`${folder} imports ${other}`)).toContain(`src/${folder} may import only`);
  });

  it.each(Object.keys(FORBIDDEN_FILES))(
    "rejects %s of a file that is not an entry file",
    (name) => {
      expect(messagesOf(name)).toContain(
        "other folders may import only src/plan/index.ts of src/plan",
      );
    },
  );

  it.each(Object.keys(ALLOWED))("accepts %s", (name) => {
    expect(messagesOf(name)).not.toContain("may import only");
  });

  it("rejects the index of the AWS provider's bindings", () => {
    expect(messagesOf("prebuilt types")).toContain("the prebuilt bindings have 476 MB");
  });

  it("rejects the module constructs", () => {
    expect(messagesOf("another copy of constructs")).toContain(
      "the copy of constructs that cdktn uses can be another one",
    );
  });
});
