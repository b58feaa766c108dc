import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { rooms } from "../../scripts/rooms.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface Probe {
  readonly room: string;
  readonly line: string;
}

const WRONG: readonly (readonly [room: string, other: string])[] = [
  ["ip", "sandbox"],
  ["constructs", "sandbox"],
  ["sandbox", "constructs"],
  ["terraform", "config"],
  ["config", "cli"],
];

const probes = {
  ...Object.fromEntries(
    WRONG.map(([room, other]) => [
      `${room}-${other}`,
      { room, line: `import { thing } from "../../${other}/thing.ts";` },
    ]),
  ),
  allowed: { room: "aws", line: 'import { thing } from "../../ip/thing.ts";' },
  barrel: { room: "constructs", line: 'import { thing } from "@cdktn/provider-aws";' },
} satisfies Readonly<Record<string, Probe>>;

const folderOf = (room: string): string => `${root}src/${room}/lint-probe-${process.pid}`;

interface Diagnostic {
  readonly filename: string;
  readonly help?: string;
}

let diagnostics: readonly Diagnostic[] = [];

/** Lints a file for each probe, in one run of the linter. */
beforeAll(() => {
  const folders = new Set(Object.values<Probe>(probes).map(({ room }) => folderOf(room)));
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  for (const [name, { room, line }] of Object.entries<Probe>(probes))
    writeFileSync(`${folderOf(room)}/${name}.ts`, `${line}\nexport const probe = [thing];\n`);
  const oxlint = `${root}node_modules/.bin/oxlint`;
  const args = ["-c", "oxlint.config.mjs", "--format", "json", ...folders];
  const { stdout } = spawnSync(oxlint, args, { cwd: root, encoding: "utf8" });
  ({ diagnostics } = JSON.parse(stdout) as { readonly diagnostics: readonly Diagnostic[] }); // oxlint's JSON format
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The linter's advice for a probe. */
const findingsOf = (name: string): string =>
  diagnostics
    .filter(({ filename }) => filename.endsWith(`/${name}.ts`))
    .map(({ help }) => help)
    .join("\n");

describe("the import table", () => {
  it("names every room there is, and no other", () => {
    const folders = readdirSync(`${root}src`, { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(Object.keys(rooms).sort()).toEqual(folders.map((entry) => entry.name).sort());
  });

  it.each(WRONG)("makes lint reject an import by %s from %s", (room, other) => {
    expect(findingsOf(`${room}-${other}`)).toContain(`the room "${room}" may import only`);
  });

  it("makes lint accept what the table allows", () => {
    expect(findingsOf("allowed")).not.toContain("may import only");
  });

  it("makes lint reject the provider's barrel", () => {
    expect(findingsOf("barrel")).toContain("the barrel costs 3 s");
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
