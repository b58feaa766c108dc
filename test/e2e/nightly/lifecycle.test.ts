import { describe, it } from "vitest";
import { FoundationLifecycle } from "../../support/foundation-lifecycle.ts";
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
  it("replaces nothing for a third zone under a load balancer", async ({
    expect,
    onTestFinished,
  }) => {
    const lifecycle = await FoundationLifecycle.start(testFolder(), settingsOf());
    onTestFinished(() => lifecycle.close());
    await lifecycle.plan();
    await lifecycle.apply();
    lifecycle.changeSettings(settingsOf({ zones: 3 }));
    const planWithMoreZones = await lifecycle.plan();
    expect(planWithMoreZones.map(({ action }) => action)).toEqual(
      expect.arrayContaining(["create", "update"]),
    );
    expect(
      planWithMoreZones.filter(({ action }) => action !== "create" && action !== "update"),
    ).toEqual([]);
  });

  it("replaces nothing for a new zone, and deletes only the resources of a removed zone", async ({
    expect,
    onTestFinished,
  }) => {
    // Without a load balancer the test is fast. test/constructs checks the addresses with one.
    const settings = settingsOf({ zones: 2, loadBalancer: false });
    const lifecycle = await FoundationLifecycle.start(testFolder(), settings);
    onTestFinished(() => lifecycle.close());
    await lifecycle.plan();
    await lifecycle.apply();

    lifecycle.changeSettings(settingsOf({ zones: 3, loadBalancer: false }));
    const planWithMoreZones = await lifecycle.plan();
    expect(
      planWithMoreZones.filter(({ action }) => action === "delete" || action === "replace"),
    ).toEqual([]);
    const created = planWithMoreZones
      .filter(({ action }) => action === "create")
      .map(({ address }) => address);
    expect(created.length).toBeGreaterThan(0);
    expect(created.filter((address) => !address.includes("us_east_1c"))).toEqual([]);
    await lifecycle.apply();

    lifecycle.changeSettings(
      settingsOf({ zones: ["us-east-1a", "us-east-1c"], loadBalancer: false }),
    );
    const planWithFewerZones = await lifecycle.plan();
    const deleted = planWithFewerZones
      .filter(({ action }) => action === "delete")
      .map(({ address }) => address);
    expect(deleted.filter((address) => !address.includes("us_east_1b"))).toEqual([]);
    expect(
      planWithFewerZones.filter(({ action }) => action === "replace" || action === "create"),
    ).toEqual([]);
    await lifecycle.apply();
    expect(await lifecycle.plan()).toEqual([]);
    await lifecycle.plan({ destroy: true });
    await lifecycle.apply();
    expect(lifecycle.remainingResources()).toEqual([]);
  });
});
