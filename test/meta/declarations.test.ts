import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { exports, dependencies, peerDependencies } = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8"),
) as {
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
};

/** An import in a declaration file: a declaration that is imported, or a package. */
interface Import {
  readonly file: string;
  readonly specifier: string;
}

/** The modules that a declaration file imports or exports, also as `import("module")`, without those in its comments. */
function importsIn(file: string): Import[] {
  const text = readFileSync(file, "utf8").replaceAll(/\/\*[^]*?\*\//g, "");
  return [...text.matchAll(/\b(?:from |import |import\()"([^"]+)"/g)].map(([, specifier = ""]) => ({
    file,
    specifier,
  }));
}

/** The imports of packages in declaration files and in the files that these import. */
function packageImportsFrom(entries: readonly string[]): Import[] {
  const files = new Set(entries);
  const found: Import[] = [];
  // Files that are added to the set are visited too.
  for (const file of files)
    for (const entry of importsIn(file))
      if (entry.specifier.startsWith("."))
        files.add(join(file, "..", entry.specifier.replace(/\.[jt]s$/, ".d.ts")));
      else found.push(entry);
  return found;
}

const packageOf = (specifier: string): string =>
  specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");

it("declares its exports with types of its dependencies only", () => {
  const entries = Object.values(exports).flatMap((entry) =>
    typeof entry === "string" ? [] : [join(root, entry.types)],
  );
  expect(entries).toHaveLength(4);
  const found = packageImportsFrom(entries);
  expect(found.map(({ specifier }) => specifier)).toContain("cdktn");
  const allowed = new Set([
    ...Object.keys({ ...dependencies, ...peerDependencies }),
    ...builtinModules,
  ]);
  const missing = found
    .filter(({ specifier }) => !specifier.startsWith("node:") && !allowed.has(packageOf(specifier)))
    .map(({ file, specifier }) => `${relative(root, file)} imports ${specifier}`);
  expect(missing).toEqual([]);
});
