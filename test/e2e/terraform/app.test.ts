import { describe, it } from "vitest";
import { check, type OperationEvent, rehearse } from "../../../src/index.ts";
import { writeConfig } from "../../support/config-folder.ts";
import { testFolder } from "../../support/folder.ts";

/** A folder with the config of a small foundation. */
function smallProject(): string {
  const folder = testFolder();
  writeConfig(folder, "zones: 1, loadBalancer: false");
  return folder;
}

describe.concurrent("operations, with real Terraform in the sandbox", () => {
  it("check a folder", async ({ expect }) => {
    const events: OperationEvent[] = [];
    const checked = await check(smallProject(), {}, { event: (event) => void events.push(event) });
    expect(checked.verdict).toBe("pass");
    expect(checked.project).toEqual({ name: "hello", failOn: "unknown" });
    expect(checked.folder?.localCode.map(({ kind }) => kind)).toEqual(["config-file"]);
    expect(events.map(({ type }) => type)).toEqual(["folder-planning", "local-code"]);
  });

  it("rehearse a folder, and report its phases", async ({ expect }) => {
    const events: OperationEvent[] = [];
    const rehearsal = await rehearse(
      { dir: smallProject(), until: "apply" },
      { event: (event) => void events.push(event) },
    );
    expect(rehearsal.phases.map(({ name, outcome }) => [name, outcome])).toEqual([
      ["apply", "pass"],
    ]);
    expect(events.filter(({ type }) => type === "phase-ended")).toEqual([
      { type: "phase-ended", phase: rehearsal.phases[0] },
    ]);
  });
});
