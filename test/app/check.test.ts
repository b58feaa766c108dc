import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { check, checkPlan, UserErrors } from "../../src/index.ts";
// oxlint-disable-next-line import/no-unassigned-import -- it extends Vitest's expect, as users have it
import "../../src/vitest.ts";
import { fakeEngine } from "../support/engine.ts";
import { testFolder } from "../support/folder.ts";
import { readFixture } from "../support/plan-fixtures.ts";

const passing = readFixture("stacks")["a NAT gateway"]?.state as object; // the fixture has a state
const failing = readFixture("cases")["no endpoint for layers"]?.plan as object; // the fixture has a plan

function fileOf(content: unknown): string {
  const file = join(testFolder(), "plan.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

describe("check()", () => {
  it("takes a parsed plan or state", async () => {
    expect(await check(passing)).toLaunch();
    const result = await check(failing);
    expect(result).not.toLaunch();
    expect(result.findings[0]?.id).toBe("NET-11");
  });

  it("takes a file, with the same result", async () => {
    expect(await check(fileOf(failing))).toEqual(await check(failing));
  });

  it("takes a saved plan, which Terraform reads", async () => {
    const folder = testFolder();
    const file = join(folder, "saved.tfplan");
    const json = join(folder, "plan.json");
    writeFileSync(file, "PK\u0003\u0004");
    writeFileSync(json, JSON.stringify(failing));
    const engine = fakeEngine(folder, { show: `cat '${json}'` });
    const { verdict } = await check(file, { terraformBin: engine.path });
    expect(verdict).toBe("fail");
  });

  it("suppresses findings, and uses facts of the options", async () => {
    const suppressions = [{ id: "NET-11", reason: "a test", until: "2999-12-31" }];
    const { findings, suppressed } = await check(failing, { suppressions });
    expect(findings.map(({ id }) => id)).not.toContain("NET-11");
    expect(suppressed[0]?.id).toBe("NET-11");
    expect((await check(passing, { images: { "*": "missing" } })).verdict).toBe("fail");
  });

  it("checks several root modules together", async () => {
    const result = await check([failing, fileOf(failing)]);
    expect(result.inputs).toEqual(["plan 1", expect.stringMatching(/plan\.json$/)]);
    expect(result.services).toHaveLength(2 * (await check(failing)).services.length);
    expect(result.findings[0]?.address).toBe("plan 1: aws_ecs_service.app");
    expect(await check([failing])).toEqual(await check(failing));
  });

  it.each([
    ["no input", [], {}, "there is no input to check"],
    [
      "a state",
      [failing, passing],
      {},
      "plan 2 is a state, and only plans can be checked together",
    ],
    ["a path twice", ["src", "./src"], {}, "src is passed twice"],
    [
      "the sources of one root module",
      [failing, failing],
      { sources: "src" },
      "the source files of one root module are passed, but there are several inputs",
    ],
  ])("rejects %s of several inputs", async (_title, inputs, options, message) => {
    await expect(check(inputs, options)).rejects.toMatchObject({ code: "BERTH-E7006", message });
  });

  it("rejects what it cannot check", async () => {
    await expect(check("no-such-folder")).rejects.toMatchObject({ code: "BERTH-E7003" });
    await expect(check(fileOf("{"))).rejects.toMatchObject({ code: "BERTH-E7001" });
    await expect(check({})).rejects.toMatchObject({ code: "BERTH-E7001" });
    await expect(check(passing, { isolated: undefined })).rejects.toBeInstanceOf(UserErrors);
  });
});

describe("checkPlan()", () => {
  it("takes the text or the object", async () => {
    const result = await checkPlan(JSON.stringify(failing));
    expect(result.verdict).toBe("fail");
    expect(await checkPlan(failing)).toEqual(result);
  });

  it("names the input in errors", async () => {
    await expect(checkPlan("{", {}, "stdin")).rejects.toMatchObject({ where: "stdin" });
  });
});

describe("toLaunch()", () => {
  const reasons: readonly (readonly [what: string, value: unknown, reason: string])[] = [
    ["a promise", check(passing), "a promise: write expect(await …)"],
    ["a folder", "infra", "a string: write expect(await check(…)) with this folder or file"],
    ["undefined", undefined, "undefined"],
    ["an empty object", {}, "an object with no keys"],
    ["a plan", failing, "a plan: write expect(await checkPlan(…)) with it"],
    ["the result of plan()", { check: {} }, "the result of plan(): pass its member check"],
  ];

  it.each(reasons)("explains that it cannot use %s", (_, value, reason) => {
    const message = `toLaunch() requires the result of check(), checkPlan() or rehearse(); it received ${reason}`;
    expect(() => expect(value).toLaunch()).toThrow(new TypeError(message));
    expect(() => expect(value).not.toLaunch()).toThrow(new TypeError(message));
  });
});
