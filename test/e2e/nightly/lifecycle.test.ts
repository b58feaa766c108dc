import { describe, it } from "vitest";
import { FoundationLifecycle } from "../../../start/foundation-lifecycle.ts";
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
    const lifecycle = await FoundationLifecycle.start(testFolder(), settingsOf());
    onTestFinished(() => lifecycle.close());
    await lifecycle.plan();
    await lifecycle.apply();
    lifecycle.changeSettings(settingsOf({ zones: 3 }));
    const grown = await lifecycle.plan();
    expect(grown.map(({ action }) => action)).toEqual(expect.arrayContaining(["create", "update"]));
    expect(grown.filter(({ action }) => action !== "create" && action !== "update")).toEqual([]);
  });

  it("adding a zone replaces nothing, and removing it takes away that zone alone", async ({
    expect,
    onTestFinished,
  }) => {
    // Without a load balancer it is quick; with one, test/constructs holds its addresses.
    const settings = settingsOf({ zones: 2, loadBalancer: false });
    const lifecycle = await FoundationLifecycle.start(testFolder(), settings);
    onTestFinished(() => lifecycle.close());
    await lifecycle.plan();
    await lifecycle.apply();

    lifecycle.changeSettings(settingsOf({ zones: 3, loadBalancer: false }));
    const grown = await lifecycle.plan();
    expect(grown.filter(({ action }) => action === "delete" || action === "replace")).toEqual([]);
    const created = grown.filter(({ action }) => action === "create").map(({ address }) => address);
    expect(created.length).toBeGreaterThan(0);
    expect(created.filter((address) => !address.includes("us_east_1c"))).toEqual([]);
    await lifecycle.apply();

    lifecycle.changeSettings(
      settingsOf({ zones: ["us-east-1a", "us-east-1c"], loadBalancer: false }),
    );
    const shrunk = await lifecycle.plan();
    const gone = shrunk.filter(({ action }) => action === "delete").map(({ address }) => address);
    expect(gone.filter((address) => !address.includes("us_east_1b"))).toEqual([]);
    expect(shrunk.filter(({ action }) => action === "replace" || action === "create")).toEqual([]);
    await lifecycle.apply();
    expect(await lifecycle.plan()).toEqual([]);
    await lifecycle.plan({ destroy: true });
    await lifecycle.apply();
    expect(lifecycle.remainingResources()).toEqual([]);
  });
});
