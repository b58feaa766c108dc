import * as ecs from "@aws-sdk/client-ecs";
import { describe, expect, it } from "vitest";
import { startSandbox } from "../../src/sandbox/index.ts";
import { clientOptions } from "../support/clients.ts";
import { region } from "./failures/stage.ts";

describe("Sandbox", () => {
  it("has its own state, and restores it from a snapshot", async () => {
    const [sandbox, two] = await Promise.all([startSandbox(), startSandbox()]);
    const [mine, other] = [sandbox, two].map(
      ({ url }) => new ecs.ECSClient(clientOptions(url, region)),
    );
    await mine?.send(new ecs.CreateClusterCommand({ clusterName: "mine" }));
    expect(two.contents()).toEqual([]);
    const snapshot = sandbox.snapshot();
    await sandbox.reset();
    expect(sandbox.contents()).toEqual([]);
    await two.restore(snapshot);
    const { clusters } = (await other?.send(
      new ecs.DescribeClustersCommand({ clusters: ["mine"] }),
    )) ?? { clusters: [] };
    expect(clusters?.map((cluster) => cluster.status)).toEqual(["ACTIVE"]);
    await expect(two.restore("{}")).rejects.toThrow("not a sandbox state of this version");
    expect(two.contents()).toHaveLength(1);
    await Promise.all([sandbox.close(), two.close()]);
  });
});
