import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { duplicateModules } from "../../src/shared/module-copies.ts";
import { testFolder } from "../support/folder.ts";

/** A folder with installed modules, by their names and versions. */
function folderWith(modules: Readonly<Record<string, string>>): string {
  const folder = realpathSync(testFolder());
  for (const [name, version] of Object.entries(modules)) {
    const directory = join(folder, "node_modules", name);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "package.json"), JSON.stringify({ name, version }));
  }
  return folder;
}

describe("the copies of modules", () => {
  it("are reported if a project has others than Berth", () => {
    const berth = folderWith({ cdktn: "0.24.0", constructs: "10.7.2" });
    const project = folderWith({ constructs: "10.8.1" });
    expect(duplicateModules(["cdktn", "constructs"], join(berth, "main.js"), project)).toEqual([
      {
        name: "constructs",
        own: { version: "10.7.2", folder: join(berth, "node_modules/constructs") },
        project: { version: "10.8.1", folder: join(project, "node_modules/constructs") },
      },
    ]);
  });

  it("are not reported if both are the same folder, also by a link", () => {
    const berth = folderWith({ cdktn: "0.24.0" });
    const project = realpathSync(testFolder());
    mkdirSync(join(project, "node_modules"));
    symlinkSync(join(berth, "node_modules/cdktn"), join(project, "node_modules/cdktn"));
    expect(duplicateModules(["cdktn"], join(berth, "main.js"), project)).toEqual([]);
    expect(duplicateModules(["cdktn"], join(berth, "main.js"), berth)).toEqual([]);
  });
});
