import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The files of the package, without those of dist. */
function packedFiles(): Set<string> {
  const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: root,
    encoding: "utf8",
  });
  const [packed] = JSON.parse(output) as readonly [{ readonly files: { readonly path: string }[] }]; // npm's format
  return new Set(packed.files.map(({ path }) => path));
}

describe("the package", () => {
  it("contains every file that its pages link to", () => {
    const files = packedFiles();
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

  it("contains the folders that README uses as examples", () => {
    const files = packedFiles();
    const examples = new Set(readFileSync(join(root, "README.md"), "utf8").match(/examples\/\w+/g));
    expect(examples.size).toBeGreaterThan(0);
    for (const example of examples)
      expect(
        [...files].some((file) => file.startsWith(`${example}/`)),
        example,
      ).toBe(true);
  });
});
