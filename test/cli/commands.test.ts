import { readdirSync } from "node:fs";
import { expect, it } from "vitest";

const folder = new URL("../../src/cli/commands/", import.meta.url);

it.each(readdirSync(folder))("src/cli/commands/%s exports only run(flags, host)", async (file) => {
  const command = (await import(new URL(file, folder).href)) as Record<string, unknown>; // a module's exports
  expect(Object.keys(command)).toEqual(["run"]);
  expect(command["run"]).toHaveLength(2);
  expect(Object.getPrototypeOf(command["run"])).toBe(Object.getPrototypeOf(async () => {}));
});
