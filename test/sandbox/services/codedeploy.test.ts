import * as codedeploy from "@aws-sdk/client-codedeploy";
import { expect, it } from "vitest";
import { startSandbox } from "../../../src/sandbox/server.ts";
import { clientOptions } from "../../support/clients.ts";

it("renames a deployment group, but not to the name of another one, and deploys only with an existing configuration", async () => {
  const sandbox = await startSandbox();
  const client = new codedeploy.CodeDeployClient(clientOptions(sandbox.url, "us-east-1"));
  const applicationName = "shop";
  await client.send(
    new codedeploy.CreateApplicationCommand({ applicationName, computePlatform: "ECS" }),
  );
  for (const deploymentGroupName of ["web", "api"])
    await client.send(
      new codedeploy.CreateDeploymentGroupCommand({
        applicationName,
        deploymentGroupName,
        serviceRoleArn: "arn:aws:iam::111122223333:role/deploy",
        deploymentStyle: {
          deploymentType: "BLUE_GREEN",
          deploymentOption: "WITH_TRAFFIC_CONTROL",
        },
        blueGreenDeploymentConfiguration: {
          deploymentReadyOption: { actionOnTimeout: "CONTINUE_DEPLOYMENT" },
        },
        ecsServices: [{ clusterName: "shop", serviceName: deploymentGroupName }],
        loadBalancerInfo: {
          targetGroupPairInfoList: [{ targetGroups: [{ name: "a" }, { name: "b" }] }],
        },
      }),
    );
  const rename = (newDeploymentGroupName: string): Promise<unknown> =>
    client.send(
      new codedeploy.UpdateDeploymentGroupCommand({
        applicationName,
        currentDeploymentGroupName: "web",
        newDeploymentGroupName,
      }),
    );
  await expect(rename("api")).rejects.toThrow(
    "Deployment group name already exists for application: shop, api",
  );
  await rename("site");
  const { deploymentGroups } = await client.send(
    new codedeploy.ListDeploymentGroupsCommand({ applicationName }),
  );
  expect(deploymentGroups).toEqual(["api", "site"]);
  const deploymentConfigName = "Canary";
  await expect(
    client.send(
      new codedeploy.CreateDeploymentCommand({
        applicationName,
        deploymentGroupName: "api",
        deploymentConfigName,
      }),
    ),
  ).rejects.toThrow("No deployment configuration found for name: Canary");
  await sandbox.close();
});
