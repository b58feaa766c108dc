import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { findConfig } from "../../src/config/find.ts";
import { loadConfig } from "../../src/config/load.ts";
import { positionOf } from "../../src/config/locate.ts";
import { testFolder } from "../support/folder.ts";

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = testFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const OPTIONS = '{ name: "hello", region: "eu-west-1", zones: 1, loadBalancer: false }';

describe("the config file", () => {
  it.each(["berth.config.ts", "berth.config.mts", "berth.config.js", "berth.config.mjs"])(
    "is found in a parent folder: %s",
    (name) => {
      const folder = folderWith({ [name]: "", "infra/modules/a": "" });
      expect(findConfig(folder)).toBe(name);
      expect(findConfig(join(folder, "infra"))).toBe(`../${name}`);
      expect(findConfig(join(folder, "infra/modules"))).toBe(`../../${name}`);
    },
  );

  it("is the closest one, and in one folder the first in the order of the extensions", () => {
    const folder = folderWith({
      "berth.config.ts": "",
      "infra/berth.config.mjs": "",
      "infra/berth.config.js": "",
    });
    expect(findConfig(join(folder, "infra"))).toBe("berth.config.js");
  });

  it("is not searched outside of the Git working tree", () => {
    const folder = folderWith({ "berth.config.ts": "", "repository/.git/HEAD": "" });
    expect(findConfig(join(folder, "repository"))).toBe("berth.config.ts");
    expect(findConfig(folder)).toBe("berth.config.ts");
    mkdirSync(join(folder, "repository/infra"));
    expect(findConfig(join(folder, "repository/infra"))).toBe("berth.config.ts");
  });

  it.each([
    ["an object", "berth.config.ts", `export default ${OPTIONS};`],
    ["a function", "berth.config.mts", `export default () => (${OPTIONS});`],
    ["an asynchronous function", "berth.config.mjs", `export default async () => (${OPTIONS});`],
    ["a promise", "berth.config.js", `export default Promise.resolve(${OPTIONS});`],
    ["a CommonJS module", "berth.config.js", `module.exports = ${OPTIONS};`],
    [
      "a CommonJS module that requires Berth",
      "berth.config.js",
      `const { defineConfig } = require("berth-ecs");\nmodule.exports = defineConfig(() => (${OPTIONS}));`,
    ],
    [
      "an ES module that imports Berth",
      "berth.config.mjs",
      `import { defineConfig } from "berth-ecs";\nexport default defineConfig(${OPTIONS});`,
    ],
  ])("can export %s", async (_, name, text) => {
    const folder = folderWith({ [name]: text, "package.json": "{}" });
    expect((await loadConfig(join(folder, name))).name).toBe("hello");
  });

  it("has the variables of the .env file beside it; variables that are set keep their values", async () => {
    const folder = folderWith({
      "berth.config.ts": `export default { ...${OPTIONS}, tags: { a: process.env.BERTH_TEST_A, b: process.env.BERTH_TEST_B } };`,
      ".env": "# names\nBERTH_TEST_A=file\nBERTH_TEST_B='file b'\n",
    });
    process.env["BERTH_TEST_A"] = "environment";
    try {
      const { tags } = await loadConfig(join(folder, "berth.config.ts"));
      expect(tags).toEqual({ a: "environment", b: "file b" });
    } finally {
      delete process.env["BERTH_TEST_A"];
      delete process.env["BERTH_TEST_B"];
    }
  });
});

describe("the position of an option", () => {
  const at = (source: string, ...path: readonly PropertyKey[]): string | undefined => {
    const position = positionOf(source, path);
    return position && `${position.line}:${position.column}${position.isExact ? "" : " around"}`;
  };

  it.each<readonly [form: string, source: string, path: readonly PropertyKey[], at: string]>([
    ["a literal", "export default {\n  a: { b: 1 },\n};", ["a", "b"], "2:8"],
    ["a call", "export default defineConfig({\n  a: [1, { b: 2 }] });", ["a", 1, "b"], "2:12"],
    ["a variable", "const c = defineConfig({\n a: 1 });\nexport default c;", ["a"], "2:2"],
    ["an arrow function", "export default async () => ({ a: 1 });", ["a"], "1:31"],
    ["a function body", "export default () => {\n  return { a: 1 };\n};", ["a"], "2:12"],
    ["CommonJS", "module.exports = {\n 'a-b': 1 };", ["a-b"], "2:2"],
    ["comments", "export default { // { a: 1 }\n /* a: */ a: 1 };", ["a"], "2:11"],
    ["strings", 'export default {\n b: "a: {", `c`: `}`, a: 1 };', ["a"], "2:23"],
    ["a missing option", "export default {\n a: {\n  b: 1 } };", ["a", "c"], "2:2 around"],
    ["a spread in a list", "export default { a: [...b, 1] };", ["a", 1], "1:18 around"],
    ["a value from a variable", "export default {\n a: other };", ["a", "b"], "2:2 around"],
  ])("is found in %s", (_, source, path, expected) => {
    expect(at(source, ...path)).toBe(expected);
  });

  it("is unknown without an exported object", () => {
    expect(at("export default load();", "a")).toBeUndefined();
    expect(at("", "a")).toBeUndefined();
  });
});
