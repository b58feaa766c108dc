import { dirname, join } from "node:path";
import { describe, it } from "vitest";
import {
  apply,
  bootstrap,
  destroy,
  drift,
  type OperationEvent,
  output,
  plan,
} from "../../../src/index.ts";
import { bootstrapConfig } from "../../support/bootstrap-config.ts";
import { remainingResources, writeConfig } from "../../support/config-folder.ts";
import { project } from "../../support/foundation-modes.ts";
import { testFolder } from "../../support/folder.ts";

/** The config of a small foundation without a load balancer, which takes Terraform a minute to create. */
function smallConfig(): string {
  const folder = testFolder();
  writeConfig(folder, "zones: 1, loadBalancer: false");
  return join(folder, "berth.config.ts");
}

describe.concurrent("operations, with real Terraform in the sandbox", () => {
  it("plan, apply, read the outputs, detect drift and destroy", async ({ expect }) => {
    const options = { config: smallConfig(), sandbox: true };
    const events: OperationEvent[] = [];
    const host = { event: (event: OperationEvent) => void events.push(event) };

    const planned = await plan(options);
    expect(planned.check.verdict).toBe("pass");
    const { add } = planned.counts;
    expect(planned.changes).toHaveLength(add);

    const applied = await apply({ ...options, yes: true }, host);
    expect(applied.outcome).toBe("applied");
    expect(events.filter(({ type }) => type === "resource-finished")).toHaveLength(add);
    expect((await output(options))["cluster_name"]).toBe("hello");
    expect((await drift(options)).hasDrift).toBe(false);

    const destroyed = await destroy({ ...options, yes: true });
    expect(destroyed).toMatchObject({
      outcome: "destroyed",
      destroyed: add,
      hasPendingKey: true,
    });
    expect(
      (await remainingResources(dirname(options.config))).filter(
        (resource) => !resource.startsWith("kms/"),
      ),
    ).toEqual([]);
  });

  it("bootstrap an account, and destroy its resources", async ({ expect }) => {
    const folder = project(bootstrapConfig);
    const options = { config: join(folder, "berth.config.ts"), sandbox: true, yes: true };
    expect((await bootstrap(options)).outcome).toBe("applied");
    expect((await bootstrap(options)).outcome).toBe("no-changes");
    expect(await bootstrap({ ...options, destroy: true })).toMatchObject({
      outcome: "destroyed",
      keepsBucket: false,
    });
  });
});
