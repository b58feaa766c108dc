import { describe, it } from "vitest";
import { Life } from "../../start/life.ts";
import { testFolder } from "../support/folder.ts";
import { testLifecycles } from "../support/lifecycles.ts";
import { settingsOf } from "../support/settings.ts";

describe("the lifecycle of a foundation, by real Terraform", () => {
  testLifecycles(["endpoints, two zones", "one zone without a load balancer"]);
});

describe("a foundation", () => {
  it("adding a third zone under a load balancer replaces nothing", async ({
    expect,
    onTestFinished,
  }) => {
    const life = await Life.begin(testFolder(), settingsOf());
    onTestFinished(() => life.end());
    await life.plan();
    await life.apply();
    life.rewrite(settingsOf({ zones: 3 }));
    const grown = await life.plan();
    expect(grown.map(({ action }) => action)).toEqual(expect.arrayContaining(["create", "update"]));
    expect(grown.filter(({ action }) => action !== "create" && action !== "update")).toEqual([]);
  });
});
