import { isDeepStrictEqual } from "node:util";
import { DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import * as ecr from "@aws-sdk/client-ecr";
import { DescribeClustersCommand } from "@aws-sdk/client-ecs";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import type { Settings } from "../../../src/config/options.ts";
import type { Clients } from "../clients.ts";
import { verifyKmsKey } from "./kms-key.ts";
import { verifyLoadBalancer } from "./load-balancer.ts";
import { verifyNetwork } from "./network.ts";
import { type Outputs, sorted, type VerifiedProperty } from "./property.ts";
import { verifySecurityGroups } from "./security-groups.ts";
import { verifyVpcEndpoints } from "./vpc-endpoints.ts";

/** Reads the foundation's resources back with the AWS SDK, and compares them with the settings. */
export async function verifyFoundation(
  clients: Clients,
  settings: Settings,
  outputs: Outputs,
): Promise<VerifiedProperty[]> {
  const properties: VerifiedProperty[] = [];
  const verifyStep =
    (step: number) =>
    (property: string, actual: unknown, expected: unknown): void => {
      properties.push({
        step,
        property,
        isAsExpected: isDeepStrictEqual(actual, expected),
        actual,
      });
    };
  const { name, region, egress = "endpoints", tasks = {}, loadBalancer } = settings;
  const containerPort = tasks.containerPort ?? 8080;
  const keyArn = String(outputs["key_arn"]);
  const vpcId = String(outputs["vpc_id"]);
  const account = keyArn.split(":")[4] ?? "";
  const logGroup = settings.logs?.name ?? `/ecs/${name}`;
  const createsKey = settings.key === undefined || !("arn" in settings.key);
  const createsNetwork = settings.network === undefined || !("vpcId" in settings.network);

  if (createsKey)
    await verifyKmsKey(clients, verifyStep(1), { keyArn, name, region, account, logGroup });

  const { logGroups = [] } = await clients.logs.send(
    new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroup }),
  );
  verifyStep(2)("log group", logGroups[0]?.logGroupName, logGroup);
  verifyStep(2)("log group encrypted with the key", logGroups[0]?.kmsKeyId, keyArn);
  verifyStep(2)(
    "retention period",
    logGroups[0]?.retentionInDays,
    settings.logs?.retentionDays ?? 365,
  );

  if (createsNetwork) await verifyNetwork(clients, verifyStep(3), settings, outputs);

  const groupIds = await verifySecurityGroups(
    clients,
    verifyStep(4),
    settings,
    outputs,
    containerPort,
  );

  await verifyVpcEndpoints(
    clients,
    verifyStep(5),
    settings,
    outputs,
    groupIds.get(`${name}-endpoints`),
  );

  if (settings.repository === undefined || !("url" in settings.repository)) {
    const verify = verifyStep(6);
    const repositoryName = settings.repository?.name ?? name;
    const { repositories = [] } = await clients.ecr.send(
      new ecr.DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }),
    );
    const [repository] = repositories;
    verify("repository", repository?.repositoryUri, outputs["repository_url"]);
    verify("immutable tags", repository?.imageTagMutability, "IMMUTABLE");
    verify("scan on push", repository?.imageScanningConfiguration?.scanOnPush, true);
    verify("images encrypted with the key", repository?.encryptionConfiguration, {
      encryptionType: "KMS",
      kmsKey: keyArn,
    });
    const { lifecyclePolicyText = "{}" } = await clients.ecr.send(
      new ecr.GetLifecyclePolicyCommand({ repositoryName }),
    );
    const { rules } = JSON.parse(lifecyclePolicyText) as {
      rules: { selection: { countNumber: number } }[];
    };
    verify(
      "lifecycle policy",
      rules.map((rule) => rule.selection.countNumber),
      [settings.repository?.keepUntaggedDays ?? 7, settings.repository?.keepImages ?? 50],
    );
  }

  const { clusters = [] } = await clients.ecs.send(
    new DescribeClustersCommand({ clusters: [name], include: ["SETTINGS", "CONFIGURATIONS"] }),
  );
  const [cluster] = clusters;
  const exec = cluster?.configuration?.executeCommandConfiguration;
  verifyStep(7)(
    "cluster",
    [cluster?.clusterArn, cluster?.status],
    [outputs["cluster_arn"], "ACTIVE"],
  );
  verifyStep(7)("exec sessions encrypted", exec?.kmsKeyId, keyArn);
  verifyStep(7)(
    "exec sessions logged",
    [
      exec?.logging,
      exec?.logConfiguration?.cloudWatchLogGroupName,
      exec?.logConfiguration?.cloudWatchEncryptionEnabled,
    ],
    ["OVERRIDE", logGroup, true],
  );
  verifyStep(7)(
    "Container Insights",
    cluster?.settings?.[0]?.value,
    settings.cluster?.containerInsights ?? "disabled",
  );
  verifyStep(7)(
    "capacity providers",
    sorted(cluster?.capacityProviders ?? []),
    sorted(settings.cluster?.capacityProviders ?? ["FARGATE", "FARGATE_SPOT"]),
  );
  verifyStep(7)(
    "Service Connect namespace",
    cluster?.serviceConnectDefaults?.namespace,
    outputs["namespace_arn"],
  );

  if (loadBalancer !== false) {
    await verifyLoadBalancer(clients, verifyStep(8), {
      settings,
      outputs,
      containerPort,
      vpcId,
      group: groupIds.get(`${name}-load-balancer`),
    });
  }

  if (settings.publish !== undefined && settings.publish !== false) {
    const parameter = settings.publish === true ? `/berth/${name}` : settings.publish;
    const { Parameter } = await clients.ssm.send(
      new GetParameterCommand({ Name: parameter, WithDecryption: true }),
    );
    verifyStep(9)("outputs published", JSON.parse(Parameter?.Value ?? "{}"), outputs);
    verifyStep(9)("published as a SecureString", Parameter?.Type, "SecureString");
  }
  verifyStep(9)("public IP addresses of tasks", outputs["assign_public_ip"], egress === "public");
  return properties;
}
