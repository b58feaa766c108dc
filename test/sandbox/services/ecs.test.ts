import * as ecs from "@aws-sdk/client-ecs";
import { describe, expect, it } from "vitest";
import { useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

describe("ECS", () => {
  it.each([
    [
      "the launch type",
      { launchType: "Fargate" },
      "launch type should be one of [EC2,EXTERNAL,FARGATE,MANAGED_INSTANCES]",
    ],
    [
      "a nested member",
      { networkConfiguration: { awsvpcConfiguration: { subnets: ["s"], assignPublicIp: "YES" } } },
      "assign public ip should be one of [DISABLED,ENABLED]",
    ],
  ])("rejects an unknown value for %s", async (_title, invalidInput, message) => {
    const command = new ecs.RunTaskCommand({ taskDefinition: "app", ...invalidInput } as never);
    expect(await fixture.errorOf(() => fixture.aws.ecs.send(command))).toBe(
      `InvalidParameterException: ${message}`,
    );
  });

  it("rejects a default strategy with a capacity provider that the cluster does not have", async () => {
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
