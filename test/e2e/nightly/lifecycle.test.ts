import { describe, it } from "vitest";
import { Life } from "../../../start/life.ts";
import { testFolder } from "../../support/folder.ts";
import { testLifecycles } from "../../support/lifecycles.ts";
import { settingsOf } from "../../support/settings.ts";

describe("the lifecycle of a foundation, by real Terraform", () => {
  testLifecycles([
    "endpoints, two zones",
    "one zone without a load balancer",
    "a VPC, a key and a repository that exist",
  ]);
});

describe.concurrent("a foundation", () => {
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

  it("adding a zone replaces nothing, and removing it takes away that zone alone", async ({
    expect,
    onTestFinished,
  }) => {
    // Without a load balancer it is quick; with one, test/constructs holds its addresses.
    const settings = settingsOf({ zones: 2, loadBalancer: false });
    const life = await Life.begin(testFolder(), settings);
    onTestFinished(() => life.end());
    await life.plan();
    await life.apply();

    life.rewrite(settingsOf({ zones: 3, loadBalancer: false }));
    const grown = await life.plan();
    expect(grown.filter(({ action }) => action === "delete" || action === "replace")).toEqual([]);
    const created = grown.filter(({ action }) => action === "create").map(({ address }) => address);
    expect(created.length).toBeGreaterThan(0);
    expect(created.filter((address) => !address.includes("us_east_1c"))).toEqual([]);
    await life.apply();

    life.rewrite(settingsOf({ zones: ["us-east-1a", "us-east-1c"], loadBalancer: false }));
    const shrunk = await life.plan();
    const gone = shrunk.filter(({ action }) => action === "delete").map(({ address }) => address);
    expect(gone.filter((address) => !address.includes("us_east_1b"))).toEqual([]);
    expect(shrunk.filter(({ action }) => action === "replace" || action === "create")).toEqual([]);
    await life.apply();
    expect(await life.plan()).toEqual([]);
    await life.plan({ destroy: true });
    await life.apply();
    expect(life.left()).toEqual([]);
  });
});
