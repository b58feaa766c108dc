import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { versionConflicts } from "../../src/shared/module-versions.ts";
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

describe("the versions of cdktn and constructs", () => {
  it("are reported if a project has others than Berth", () => {
    const berth = folderWith({ cdktn: "0.24.0", constructs: "10.7.2" });
    const project = folderWith({ constructs: "10.8.1" });
    expect(versionConflicts(join(berth, "main.js"), project)).toEqual([
      {
        name: "constructs",
        own: { version: "10.7.2", folder: join(berth, "node_modules/constructs") },
        project: { version: "10.8.1", folder: join(project, "node_modules/constructs") },
      },
    ]);
  });

  it("are not reported if two copies have the same version", () => {
    const berth = folderWith({ cdktn: "0.24.0", constructs: "10.7.2" });
    const project = folderWith({ cdktn: "0.24.0", constructs: "10.7.2" });
    expect(versionConflicts(join(berth, "main.js"), project)).toEqual([]);
  });

  it("are not reported if Berth has a copy of constructs that its cdktn does not use", () => {
    const project = folderWith({ cdktn: "0.24.0", constructs: "10.6.0" });
    const berth = join(project, "node_modules/berth-ecs");
    mkdirSync(join(berth, "node_modules/constructs"), { recursive: true });
    writeFileSync(
      join(berth, "node_modules/constructs/package.json"),
      '{"name":"constructs","version":"10.7.2"}',
    );
    expect(versionConflicts(join(berth, "main.js"), project)).toEqual([]);
  });

  it("are those of cdktn if the project does not have constructs itself", () => {
    const berth = folderWith({ cdktn: "0.24.0", constructs: "10.7.2" });
    const project = folderWith({ cdktn: "0.24.0" });
    const own = join(project, "node_modules/cdktn/node_modules/constructs");
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, "package.json"), '{"name":"constructs","version":"10.6.0"}');
    expect(versionConflicts(join(berth, "main.js"), project).map(({ name }) => name)).toEqual([
      "constructs",
    ]);
  });
});
