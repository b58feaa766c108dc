import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { synthJobJson, synthJson, synthServiceJson } from "../../src/constructs/synth/synth.ts";
import { testFolder } from "../support/folder.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const textOf = (page: string): string => readFileSync(join(root, page), "utf8");

const pages = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`)
    .sort(),
];

/** The TypeScript examples of a page that are whole configs. */
const configsIn = (page: string): string[] =>
  [...textOf(page).matchAll(/^ *```ts\n(.*?)^ *```/gms)]
    .map(([, code]) => code ?? "")
    .filter((code) => /^ *import .*\bdefineConfig\b/m.test(code));

const configs = pages.flatMap((page) =>
  configsIn(page).map((code, index) => ({ page, number: index + 1, code })),
);

/** The foundation that a config creates, from the Terraform JSON that Berth writes for it. Services and jobs are synthesized too. */
async function foundationOf(code: string, environment?: string): Promise<unknown> {
  const file = join(testFolder(), "berth.config.ts");
  writeFileSync(file, code);
  const settings = await loadConfig(file, environment);
  for (const service of Object.keys(settings.services ?? {})) synthServiceJson(settings, service);
  for (const job of Object.keys(settings.jobs ?? {})) synthJobJson(settings, job);
  return JSON.parse(synthJson(settings));
}

describe("the documentation", () => {
  it("has a README of at most 200 lines", () => {
    expect(textOf("README.md").trimEnd().split("\n").length).toBeLessThanOrEqual(200);
  });

  it("shows one small config in the README", () => {
    expect(configsIn("README.md")).toHaveLength(1);
  });

  it.each(configs)("has a valid config in $page (example $number)", async ({ code }) => {
    const environment = code.includes("environments:") ? "prod" : undefined;
    expect(await foundationOf(code, environment)).toHaveProperty("resource.aws_lb.load_balancer");
  });

  it("has a valid config with all options in docs/getting-started.md for a second environment", async () => {
    const full = configsIn("docs/getting-started.md").at(-1) ?? "";
    expect(await foundationOf(full, "dev")).toHaveProperty("resource.aws_lb.load_balancer");
  });

  it("names every option of a foundation in docs/getting-started.md", () => {
    const body = /export interface FoundationOptions \{(.*?)\n\}/s.exec(
      textOf("src/config/options.ts"),
    )?.[1];
    const names = [...(body ?? "").matchAll(/readonly (\w+)\??:/g)].map(([, name]) => name);
    const examples = configsIn("docs/getting-started.md").join("\n");
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !examples.includes(`${name}:`))).toEqual([]);
  });

  it.each(pages)("has no broken link to a file in %s", (page) => {
    const links = [...textOf(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, link]) => link ?? "")
      .filter((link) => !/^[a-z]+:/.test(link));
    expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
  });
});
