import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { rooms } from "../../scripts/rooms.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Lints a file that holds one import, in a room, and answers what lint says. */
function lint(room: string, line: string): string {
  const folder = `${root}src/${room}/lint-probe-${process.pid}`;
  mkdirSync(folder, { recursive: true });
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(`${folder}/probe.ts`, `${line}\nexport const probe = [thing];\n`);
  const { stdout } = spawnSync("npx", ["oxlint", "-c", "oxlint.config.mjs", folder], {
    cwd: root,
    encoding: "utf8",
  });
  return stdout;
}

describe("the import table", () => {
  it("names every room there is, and no other", () => {
    const folders = readdirSync(`${root}src`, { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(Object.keys(rooms).sort()).toEqual(folders.map((entry) => entry.name).sort());
  });

  it.each([
    ["ip", "sandbox"],
    ["constructs", "sandbox"],
    ["sandbox", "constructs"],
    ["terraform", "config"],
    ["config", "cli"],
  ])("lets lint refuse an import of %s from %s's wrong neighbour", (room, other) => {
    expect(lint(room, `import { thing } from "../../${other}/thing.ts";`)).toContain(
      `the room "${room}" may import only`,
    );
  });

  it("lets lint accept what the table allows", () => {
    expect(lint("aws", 'import { thing } from "../../ip/thing.ts";')).not.toContain(
      "may import only",
    );
  });

  it("keeps the provider's barrel out of every room", () => {
    expect(lint("constructs", 'import { thing } from "@cdktn/provider-aws";')).toContain(
      "the barrel costs 3 s",
    );
  });
});

describe("the repository", () => {
  const files = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" })
    .trim()
    .split("\n");

  it("leaves no test out and none alone", () => {
    const found = spawnSync(
      "git",
      ["grep", "-nE", String.raw`\b(it|test|describe)\.(only|skip|todo)\(`, "--", "*.test.ts"],
      { cwd: root, encoding: "utf8" },
    );
    expect(found.stdout).toBe("");
  });

  it("keeps unit tests beside their subject, and tests of the whole under test/", () => {
    const tests = files.filter((file) => file.endsWith(".test.ts"));
    expect(tests.filter((file) => !file.startsWith("src/") && !file.startsWith("test/"))).toEqual(
      [],
    );
  });
});
