import * as ecs from "@aws-sdk/client-ecs";
import { describe, expect, it } from "vitest";
import { useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

describe("ECS", () => {
  it.each([
    ["a launch type", { launchType: "EC3" }, "launchType"],
    [
      "a word deep inside",
      { networkConfiguration: { awsvpcConfiguration: { subnets: ["s"], assignPublicIp: "YES" } } },
      "networkConfiguration.awsvpcConfiguration.assignPublicIp",
    ],
  ])("refuses %s that it does not know", async (_title, wrong, member) => {
    const command = new ecs.RunTaskCommand({ taskDefinition: "app", ...wrong } as never);
    expect(await fixture.errorOf(() => fixture.aws.ecs.send(command))).toContain(
      `at '${member}' failed to satisfy constraint: Member must satisfy enum value set: [`,
    );
  });

  it("ECS takes a strategy only of providers that the cluster has", async () => {
    await fixture.aws.ecs.send(new ecs.CreateClusterCommand({ clusterName: "hello" }));
    const put = (capacityProviders: string[], capacityProvider: string) =>
      fixture.aws.ecs.send(
        new ecs.PutClusterCapacityProvidersCommand({
          cluster: "hello",
          capacityProviders,
          defaultCapacityProviderStrategy: [{ capacityProvider }],
        }),
      );
    expect(await fixture.errorOf(() => put(["FARGATE"], "FARGATE_SPOT"))).toContain(
      "cannot contain a capacity provider that is not associated with the cluster",
    );
    expect(
      await fixture.errorOf(() =>
        fixture.aws.ecs.send(new ecs.DeleteClusterCommand({ cluster: "none" })),
      ),
    ).toBe("ClusterNotFoundException: Cluster not found.");
  });
});
