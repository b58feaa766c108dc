import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { once } from "../support/once.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The files of the package. */
const packedFiles = once(async (): Promise<Set<string>> => {
  const { stdout } = await promisify(execFile)(
    "npm",
    ["pack", "--dry-run", "--json", "--ignore-scripts"],
    { cwd: root },
  );
  const [packed] = JSON.parse(stdout) as readonly [{ readonly files: { readonly path: string }[] }]; // npm's format
  return new Set(packed.files.map(({ path }) => path));
});

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly engines?: { readonly node?: string };
}

describe("the package", () => {
  it("has only dependencies that support Node.js 20.19, and types of Node.js 20", () => {
    const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
      readonly packages: Readonly<Record<string, LockedPackage>>;
    };
    const installed = Object.entries(packages).filter(
      ([name, { dev, devOptional }]) => name !== "" && dev !== true && devOptional !== true,
    );
    expect(installed.map(([name]) => name)).toContain("node_modules/cdktn");
    const tooNew = installed.filter(([, { engines }]) => {
      const [, major = "0", minor = "0"] =
        /^>= ?(\d+)(?:\.(\d+))?/.exec(engines?.node ?? ">=0") ?? [];
      return Number(major) * 1000 + Number(minor) > 20_019;
    });
    expect(tooNew).toEqual([]);
    // With newer types, the compiler would accept functions that Node.js 20 does not have.
    expect(packages["node_modules/@types/node"]?.version).toMatch(/^20\./);
  });

  it("contains every file that its pages link to", async () => {
    const files = await packedFiles();
    const pages = [...files].filter((file) => file.endsWith(".md"));
    expect(pages).toContain("README.md");
    expect(pages).toContain("docs/troubleshooting.md");
    const missing = pages.flatMap((page) =>
      [...readFileSync(join(root, page), "utf8").matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map(([, link]) => link ?? "")
        .filter((link) => !/^[a-z]+:/.test(link))
        .map((link) => posix.join(posix.dirname(page), link).replace(/\/$/, ""))
        .filter(
          (link) => !files.has(link) && ![...files].some((file) => file.startsWith(`${link}/`)),
        )
        .map((link) => `${page} links to ${link}`),
    );
    expect(missing).toEqual([]);
  });

  it("contains the folders that README uses as examples", async () => {
    const files = await packedFiles();
    const examples = new Set(readFileSync(join(root, "README.md"), "utf8").match(/examples\/\w+/g));
    expect(examples.size).toBeGreaterThan(0);
    for (const example of examples)
      expect(
        [...files].some((file) => file.startsWith(`${example}/`)),
        example,
      ).toBe(true);
  });

  it("is the one that each changeset names", () => {
    const { name } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      readonly name: string;
    };
    const folder = join(root, ".changeset");
    const changesets = readdirSync(folder).filter((file) => file.endsWith(".md"));
    expect(changesets).not.toEqual([]);
    const named = changesets.map(
      (file) =>
        /^---\n"([^"]+)": (?:major|minor|patch)\n---\n/.exec(
          readFileSync(join(folder, file), "utf8"),
        )?.[1],
    );
    expect(new Set(named)).toEqual(new Set([name]));
  });
});
