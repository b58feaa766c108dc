import * as ec2 from "@aws-sdk/client-ec2";
import * as ecr from "@aws-sdk/client-ecr";
import * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as s3 from "@aws-sdk/client-s3";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import * as servicediscovery from "@aws-sdk/client-servicediscovery";
import { push } from "./definitions.ts";
import {
  type Failure,
  rejectedCall,
  observed,
  failedStart,
  statusOf,
  otherVpc,
  service,
} from "./kit.ts";
import { account, region, type Stage } from "./stage.ts";

const placed = (
  stage: Stage,
  subnets: readonly string[],
  groups: readonly string[] = [stage.ids.taskGroup],
): Partial<ecs.CreateServiceRequest> => ({
  networkConfiguration: {
    awsvpcConfiguration: { subnets: [...subnets], securityGroups: [...groups] },
  },
});
const provider = (capacityProvider: string): Partial<ecs.CreateServiceRequest> => ({
  launchType: undefined,
  capacityProviderStrategy: [{ capacityProvider, weight: 1 }],
});
const providers = (stage: Stage, capacityProviders: string[]): Promise<unknown> =>
  stage.aws.ecs.send(
    new ecs.PutClusterCapacityProvidersCommand({
      cluster: "app",
      capacityProviders,
      defaultCapacityProviderStrategy: [],
    }),
  );
const LOOSE =
  "InvalidParameterException: The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster or specify a valid capacity provider and try again.";
const group = async (stage: Stage, name: string, VpcId = stage.ids.vpc): Promise<string> =>
  (
    await stage.aws.ec2.send(
      new ec2.CreateSecurityGroupCommand({ GroupName: name, Description: name, VpcId }),
    )
  ).GroupId ?? "";
const update = (stage: Stage, more: Partial<ecs.UpdateServiceRequest>): Promise<unknown> =>
  stage.aws.ecs.send(new ecs.UpdateServiceCommand({ cluster: "app", service: "app", ...more }));
const times = async (count: number, act: (index: number) => Promise<unknown>): Promise<void> => {
  for (let index = 0; index < count; index++) await act(index);
};
const removeService = (stage: Stage): Promise<unknown> =>
  stage.aws.ecs.send(new ecs.DeleteServiceCommand({ cluster: "app", service: "app", force: true }));

const clusterGone = (stage: Stage): Promise<unknown> =>
  stage.aws.ecs.send(new ecs.DeleteClusterCommand({ cluster: "app" }));
const subnetGone = (stage: Stage, SubnetId: string): Promise<unknown> =>
  stage.aws.ec2.send(new ec2.DeleteSubnetCommand({ SubnetId }));
const detach = (stage: Stage): Promise<unknown> =>
  stage.aws.ec2.send(
    new ec2.DetachInternetGatewayCommand({
      InternetGatewayId: stage.ids.gateway,
      VpcId: stage.ids.vpc,
    }),
  );
const balancerGone = (stage: Stage): Promise<unknown> =>
  stage.aws.elb.send(new elb.DeleteLoadBalancerCommand({ LoadBalancerArn: stage.ids.balancer }));
const protect = (stage: Stage, Value: string): Promise<unknown> =>
  stage.aws.elb.send(
    new elb.ModifyLoadBalancerAttributesCommand({
      LoadBalancerArn: stage.ids.balancer,
      Attributes: [{ Key: "deletion_protection.enabled", Value }],
    }),
  );
const deploying = async (stage: Stage): Promise<unknown> => {
  await service(stage, { deploymentController: { type: "CODE_DEPLOY" } });
  return stage.register();
};

async function discovery(stage: Stage, Type: "A" | "SRV"): Promise<string> {
  const { OperationId } = await stage.aws.map.send(
    new servicediscovery.CreatePrivateDnsNamespaceCommand({
      Name: "app.local",
      Vpc: stage.ids.vpc,
    }),
  );
  const { Operation } = await stage.aws.map.send(
    new servicediscovery.GetOperationCommand({ OperationId }),
  );
  const { Service } = await stage.aws.map.send(
    new servicediscovery.CreateServiceCommand({
      Name: "app",
      NamespaceId: Operation?.Targets?.NAMESPACE,
      DnsConfig: { DnsRecords: [{ Type, TTL: 10 }] },
    }),
  );
  return Service?.Arn ?? "";
}

const keyedGroup = async (stage: Stage, hasPolicy: boolean): Promise<unknown> => {
  const { KeyMetadata } = await stage.aws.kms.send(new kms.CreateKeyCommand({}));
  const KeyId = KeyMetadata?.KeyId ?? "";
  if (hasPolicy)
    await stage.aws.kms.send(
      new kms.PutKeyPolicyCommand({
        KeyId,
        PolicyName: "default",
        Policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: {
                AWS: `arn:aws:iam::${account}:root`,
                Service: `logs.${region}.amazonaws.com`,
              },
              Action: "kms:*",
              Resource: "*",
            },
          ],
        }),
      }),
    );
  return stage.aws.logs.send(
    new logs.CreateLogGroupCommand({ logGroupName: "/app/keyed", kmsKeyId: KeyMetadata?.Arn }),
  );
};

/** A time one hour later, so that all changes of IAM are visible. */
const LATER = Date.now() + 3_600_000;

export const services: readonly Failure[] = [
  rejectedCall("SVC-02", "capacity provider is not associated with the cluster", LOOSE, {
    brokenAction: async (stage) => {
      await providers(stage, ["FARGATE"]);
      await service(stage, provider("FARGATE_SPOT"));
    },
    repairedAction: (stage) => service(stage, provider("FARGATE_SPOT")),
  }),
  rejectedCall("RACE-08", "service created before the capacity providers of the cluster", LOOSE, {
    brokenAction: async (stage) => {
      await providers(stage, []);
      await service(stage, provider("FARGATE"));
    },
    repairedAction: async (stage) => {
      await providers(stage, ["FARGATE"]);
      await service(stage, provider("FARGATE"));
    },
  }),
  rejectedCall(
    "SVC-03",
    "launch type and capacity provider strategy",
    "InvalidParameterException: Specifying both a launch type and capacity provider strategy is not supported.",
    {
      brokenAction: (stage) => service(stage, { ...provider("FARGATE"), launchType: "FARGATE" }),
      repairedAction: (stage) => service(stage, provider("FARGATE")),
    },
  ),
  rejectedCall("SVC-04", "platform version does not exist", /^PlatformUnknownException: /, {
    brokenAction: (stage) => service(stage, { platformVersion: "9.9.9" }),
    repairedAction: (stage) => service(stage, { platformVersion: "1.4.0" }),
  }),
  failedStart(
    "SVC-05",
    "circuit breaker without a completed deployment to roll back to",
    /\(service app\) \(deployment ecs-svc\/\d+\) deployment failed: tasks failed to start\./,
    {
      overrides: {
        container: { image: "nginx:gone" },
        service: {
          deploymentConfiguration: {
            deploymentCircuitBreaker: { enable: true, rollback: false },
          },
        },
      },
      options: { apps: { images: { "nginx:gone": { exists: false } } } },
      polls: 3,
    },
  ),
  observed(
    "SVC-06",
    "deployment configuration that blocks deployments",
    "was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.",
    {
      brokenAction: (stage) => rolled(stage, 150),
      repairedAction: (stage) => rolled(stage, 200),
    },
  ),
  rejectedCall(
    "SVC-07",
    "security group in another VPC",
    /^InvalidParameterException: Security Group sg-\w+ does not appear to belong to the same VPC as the input subnets\.$/,
    {
      brokenAction: async (stage) =>
        service(
          stage,
          placed(stage, stage.ids.privates, [await group(stage, "far", await otherVpc(stage))]),
        ),
      repairedAction: async (stage) =>
        service(stage, placed(stage, stage.ids.privates, [await group(stage, "near")])),
    },
  ),
  rejectedCall(
    "NET-42",
    "subnets in two VPCs",
    "InvalidParameterException: Subnets must all belong to the same VPC.",
    {
      brokenAction: async (stage) => {
        const { Subnet } = await stage.aws.ec2.send(
          new ec2.CreateSubnetCommand({ VpcId: await otherVpc(stage), CidrBlock: "10.30.0.0/24" }),
        );
        await service(stage, placed(stage, [stage.ids.privates[0], Subnet?.SubnetId ?? ""]));
      },
      repairedAction: service,
    },
  ),
  failedStart(
    "SVC-08",
    "availability zone without Fargate",
    "was unable to place a task. Reason:",
    {
      ...inZone("e"),
    },
  ),
  rejectedCall("SVC-09", "no subnets", "InvalidParameterException: subnets can not be empty.", {
    brokenAction: (stage) => service(stage, placed(stage, [])),
    repairedAction: service,
  }),
  rejectedCall(
    "SVC-09",
    "six security groups",
    /^InvalidParameterException: You can specify a maximum of 5 security groups\.$/,
    {
      brokenAction: (stage) => grouped(stage, 6),
      repairedAction: (stage) => grouped(stage, 5),
    },
  ),
  rejectedCall(
    "SVC-11",
    "new task definition for a service with the CODE_DEPLOY controller",
    "InvalidParameterException: Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
    {
      brokenAction: async (stage) => {
        await deploying(stage);
        await update(stage, { taskDefinition: "app" });
      },
      repairedAction: async (stage) => {
        await deploying(stage);
        await update(stage, { desiredCount: 3 });
      },
    },
  ),
  rejectedCall(
    "SVC-11",
    "forced deployment of a service with the CODE_DEPLOY controller",
    "Cannot force a new deployment on services with a CODE_DEPLOY deployment controller.",
    {
      brokenAction: async (stage) => {
        await deploying(stage);
        await update(stage, { forceNewDeployment: true });
      },
      repairedAction: async (stage) => {
        await service(stage);
        await update(stage, { forceNewDeployment: true });
      },
    },
  ),
  rejectedCall(
    "SVC-13",
    "Service Connect without a namespace",
    /^InvalidParameterException: Namespace is missing/,
    {
      brokenAction: (stage) => service(stage, { serviceConnectConfiguration: { enabled: true } }),
      repairedAction: async (stage) => {
        await stage.aws.map.send(
          new servicediscovery.CreateHttpNamespaceCommand({ Name: "app.local" }),
        );
        await service(stage, {
          serviceConnectConfiguration: {
            enabled: true,
            namespace: "app.local",
            services: [{ portName: "http" }],
          },
        });
      },
    },
  ),
  rejectedCall("SVC-13", "Service Connect with an unnamed port", /portName/, {
    brokenAction: (stage) => connected(stage, "grpc"),
    repairedAction: (stage) => connected(stage, "http"),
  }),
  rejectedCall(
    "SVC-14",
    "SRV record without a port",
    /^InvalidParameterException: When specifying a SRV record/,
    {
      brokenAction: async (stage) =>
        service(stage, { serviceRegistries: [{ registryArn: await discovery(stage, "SRV") }] }),
      repairedAction: async (stage) =>
        service(stage, { serviceRegistries: [{ registryArn: await discovery(stage, "A") }] }),
    },
  ),
  rejectedCall(
    "RACE-14",
    "task definition family that is not registered yet",
    "ClientException: TaskDefinition not found.",
    {
      brokenAction: (stage) => stage.create(),
      repairedAction: service,
    },
  ),
  rejectedCall(
    "RACE-01",
    "log group created before the key policy",
    /^AccessDeniedException: The specified KMS key does not exist or is not allowed to be used with Arn/,
    {
      brokenAction: (stage) => keyedGroup(stage, false),
      repairedAction: (stage) => keyedGroup(stage, true),
    },
  ),

  failedStart(
    "Q-01",
    "more vCPUs than the quota",
    "was unable to place a task. Reason: You've reached the limit on the number of vCPUs you can run concurrently",
    {
      options: { quotas: { fargateVcpus: 6 } },
      overrides: { definition: { cpu: "4096", memory: "8192" } },
    },
  ),
  rejectedCall(
    "RACE-04",
    "first service of an account immediately after the first cluster",
    /^InvalidParameterException: Unable to assume the service linked role\. Please verify that the ECS service linked role exists\.$/,
    {
      options: { iam: "eventual", now: () => new Date(LATER) },
      brokenAction: async (stage) => {
        await stage.aws.iam.send(
          new iam.DeleteServiceLinkedRoleCommand({ RoleName: "AWSServiceRoleForECS" }),
        );
        await stage.aws.ecs.send(new ecs.CreateClusterCommand({ clusterName: "second" }));
        await service(stage, { cluster: "second", loadBalancers: [] });
      },
      repairedAction: service,
    },
  ),
  rejectedCall(
    "RACE-11",
    "capacity providers changed while the cluster is busy",
    /^UpdateInProgressException: The specified cluster is in a busy state\./,
    {
      options: { pace: "real", now: () => new Date(LATER) },
      brokenAction: async (stage) => {
        await providers(stage, ["FARGATE"]);
        await providers(stage, ["FARGATE", "FARGATE_SPOT"]);
      },
      repairedAction: (stage) => providers(stage, ["FARGATE"]),
    },
  ),
  rejectedCall(
    "RACE-05",
    "Elastic IP address of a NAT instance associated before the internet gateway is attached",
    /^Gateway\.NotAttached: /,
    {
      brokenAction: async (stage) => {
        const VpcId = await otherVpc(stage);
        const { Subnet } = await stage.aws.ec2.send(
          new ec2.CreateSubnetCommand({ VpcId, CidrBlock: "10.30.0.0/24" }),
        );
        await addressed(stage, Subnet?.SubnetId ?? "");
      },
      repairedAction: (stage) => addressed(stage, stage.ids.publics[0]),
    },
  ),
  rejectedCall(
    "Q-02",
    "sixth Elastic IP address",
    "AddressLimitExceeded: The maximum number of addresses has been reached.",
    {
      brokenAction: (stage) =>
        times(5, () => stage.aws.ec2.send(new ec2.AllocateAddressCommand({}))),
      repairedAction: (stage) =>
        times(4, () => stage.aws.ec2.send(new ec2.AllocateAddressCommand({}))),
    },
  ),
  rejectedCall("Q-03", "sixth VPC", /^VpcLimitExceeded: /, {
    brokenAction: (stage) => times(4, () => otherVpc(stage)),
    repairedAction: (stage) => times(3, () => otherVpc(stage)),
  }),
  rejectedCall("Q-03", "sixth NAT gateway in an availability zone", /^NatGatewayLimitExceeded: /, {
    options: { quotas: { addresses: 20 } },
    brokenAction: (stage) => nats(stage, 5),
    repairedAction: (stage) => nats(stage, 4),
  }),
  rejectedCall("Q-04", "61 rules in a security group", /^RulesPerSecurityGroupLimitExceeded: /, {
    brokenAction: (stage) => listenersWithRule(stage, 61),
    repairedAction: (stage) => listenersWithRule(stage, 60),
  }),
  rejectedCall("Q-04", "more listener rules than the quota", /^TooManyRules.*: /, {
    options: { quotas: { rulesPerLoadBalancer: 3 } },
    brokenAction: (stage) => listenerRules(stage, 4),
    repairedAction: (stage) => listenerRules(stage, 3),
  }),

  rejectedCall(
    "DEST-01",
    "repository with images",
    "RepositoryNotEmptyException: The repository with name 'app' in registry with id '111122223333' cannot be deleted because it still contains images",
    {
      brokenAction: (stage) => repositoryGone(stage, false),
      repairedAction: (stage) => repositoryGone(stage, true),
    },
  ),
  rejectedCall(
    "DEST-02",
    "load balancer with deletion protection",
    /^OperationNotPermitted.*: Load balancer 'arn:.*' cannot be deleted because deletion protection is enabled$/,
    {
      brokenAction: async (stage) => {
        await protect(stage, "true");
        await balancerGone(stage);
      },
      repairedAction: async (stage) => {
        await protect(stage, "true");
        await protect(stage, "false");
        await balancerGone(stage);
      },
    },
  ),
  rejectedCall(
    "DEST-03",
    "alias of a key that is pending deletion",
    /^KMSInvalidStateException: /,
    {
      brokenAction: (stage) => aliased(stage, true),
      repairedAction: (stage) => aliased(stage, false),
    },
  ),
  rejectedCall(
    "DEST-04",
    "name of a secret in its recovery window",
    "InvalidRequestException: You can't create this secret because a secret with this name is already scheduled for deletion.",
    {
      brokenAction: (stage) => secretAgain(stage, {}),
      repairedAction: (stage) => secretAgain(stage, { ForceDeleteWithoutRecovery: true }),
    },
  ),
  rejectedCall(
    "DEST-05",
    "subnet with a network interface of a load balancer",
    /^DependencyViolation: The subnet 'subnet-\w+' has dependencies and cannot be deleted\.$/,
    {
      brokenAction: (stage) => subnetGone(stage, stage.ids.publics[1]),
      repairedAction: async (stage) => {
        await balancerGone(stage);
        await unrouted(stage, stage.ids.publicTable);
        await subnetGone(stage, stage.ids.publics[1]);
      },
    },
  ),
  rejectedCall(
    "DEST-05",
    "security group in use by tasks",
    /^DependencyViolation: resource sg-\w+ has a dependent object$/,
    {
      brokenAction: async (stage) => {
        await service(stage);
        await stage.aws.ec2.send(
          new ec2.DeleteSecurityGroupCommand({ GroupId: stage.ids.taskGroup }),
        );
      },
      repairedAction: async (stage) => {
        await service(stage);
        await removeService(stage);
        await stage.poll();
        // The endpoint security group refers to it.
        await stage.aws.ec2.send(
          new ec2.DeleteSecurityGroupCommand({ GroupId: stage.ids.endpointGroup }),
        );
        await stage.aws.ec2.send(
          new ec2.DeleteSecurityGroupCommand({ GroupId: stage.ids.taskGroup }),
        );
      },
    },
  ),
  rejectedCall(
    "DEST-06",
    "internet gateway with mapped public addresses",
    /^DependencyViolation: Network vpc-\w+ has some mapped public address\(es\)\. Please unmap those public address\(es\) before detaching the gateway\.$/,
    {
      egress: "endpoints",
      brokenAction: detach,
      repairedAction: async (stage) => {
        await balancerGone(stage);
        await detach(stage);
      },
    },
  ),
  rejectedCall("DEST-07", "cluster with services", /^ClusterContainsServicesException: /, {
    brokenAction: async (stage) => {
      await service(stage);
      await clusterGone(stage);
    },
    repairedAction: async (stage) => {
      await service(stage);
      await removeService(stage);
      await stage.poll();
      await clusterGone(stage);
    },
  }),
  rejectedCall("DEST-07", "cluster with tasks", /^ClusterContainsTasksException: /, {
    brokenAction: async (stage) => {
      await alone(stage);
      await clusterGone(stage);
    },
    repairedAction: async (stage) => {
      const task = await alone(stage);
      await stage.aws.ecs.send(new ecs.StopTaskCommand({ cluster: "app", task }));
      await clusterGone(stage);
    },
  }),
  rejectedCall(
    "DEST-09",
    "target group in use by a listener",
    /^ResourceInUse.*: Target group 'arn:.*' is currently in use by a listener or a rule$/,
    {
      brokenAction: targetsGone,
      repairedAction: async (stage) => {
        await stage.aws.elb.send(
          new elb.DeleteListenerCommand({ ListenerArn: stage.ids.listener }),
        );
        await targetsGone(stage);
      },
    },
  ),
  rejectedCall(
    "DEST-09",
    "Cloud Map service with instances",
    /^ResourceInUse: Service contains registered instances/,
    {
      brokenAction: async (stage) => {
        const registryArn = await discovery(stage, "A");
        await service(stage, { serviceRegistries: [{ registryArn }] });
        await undiscovered(stage, registryArn);
      },
      repairedAction: async (stage) => {
        const registryArn = await discovery(stage, "A");
        await service(stage, { serviceRegistries: [{ registryArn }] });
        await removeService(stage);
        await stage.poll();
        await undiscovered(stage, registryArn);
      },
    },
  ),
  rejectedCall("DEST-10", "bucket with objects", /^BucketNotEmpty: /, {
    brokenAction: (stage) => bucketGone(stage, false),
    repairedAction: (stage) => bucketGone(stage, true),
  }),
];

/** Creates a network interface with an Elastic IP address. */
async function addressed(stage: Stage, SubnetId: string): Promise<void> {
  const { NetworkInterface } = await stage.aws.ec2.send(
    new ec2.CreateNetworkInterfaceCommand({ SubnetId }),
  );
  const { AllocationId } = await stage.aws.ec2.send(new ec2.AllocateAddressCommand({}));
  await stage.aws.ec2.send(
    new ec2.AssociateAddressCommand({
      AllocationId,
      NetworkInterfaceId: NetworkInterface?.NetworkInterfaceId,
    }),
  );
}

function inZone(
  zone: string,
): Pick<Parameters<typeof failedStart>[3], "prepareStage" | "overridesOf" | "repairedOverrides"> {
  let subnet = "";
  return {
    prepareStage: async (stage) => {
      const { Subnet } = await stage.aws.ec2.send(
        new ec2.CreateSubnetCommand({
          VpcId: stage.ids.vpc,
          AvailabilityZone: region + zone,
          CidrBlock: "10.20.70.0/24",
        }),
      );
      subnet = Subnet?.SubnetId ?? "";
    },
    overridesOf: (stage) => ({ service: { ...placed(stage, [subnet]), loadBalancers: [] } }),
    repairedOverrides: {},
  };
}

/** Updates a service with all tasks running to a new task definition, with the given maximumPercent. */
async function rolled(stage: Stage, maximumPercent: number): Promise<string> {
  await service(stage, {
    desiredCount: 1,
    deploymentConfiguration: { maximumPercent, minimumHealthyPercent: 100 },
  });
  await stage.register({ container: { environment: [{ name: "A", value: "1" }] } });
  await update(stage, { taskDefinition: "app" });
  return statusOf(await stage.poll(2), 1);
}

async function grouped(stage: Stage, count: number): Promise<void> {
  const groups: string[] = [];
  await times(count, async (index) => groups.push(await group(stage, `extra-${index}`)));
  await service(stage, placed(stage, stage.ids.privates, groups));
}

async function connected(stage: Stage, portName: string): Promise<void> {
  await stage.aws.map.send(new servicediscovery.CreateHttpNamespaceCommand({ Name: "app.local" }));
  await service(stage, {
    serviceConnectConfiguration: {
      enabled: true,
      namespace: "app.local",
      services: [{ portName }],
    },
  });
}

/** Creates NAT gateways in addition to the existing one. */
const nats = (stage: Stage, count: number): Promise<void> =>
  times(count, async () => {
    const { AllocationId } = await stage.aws.ec2.send(new ec2.AllocateAddressCommand({}));
    await stage.aws.ec2.send(
      new ec2.CreateNatGatewayCommand({ SubnetId: stage.ids.publics[0], AllocationId }),
    );
  });

async function listenersWithRule(stage: Stage, count: number): Promise<void> {
  const GroupId = await group(stage, "many");
  await times(count, (index) =>
    stage.aws.ec2.send(
      new ec2.AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [
          {
            IpProtocol: "tcp",
            FromPort: index + 1,
            ToPort: index + 1,
            IpRanges: [{ CidrIp: "10.0.0.0/8" }],
          },
        ],
      }),
    ),
  );
}

const listenerRules = (stage: Stage, count: number): Promise<void> =>
  times(count, (index) =>
    stage.aws.elb.send(
      new elb.CreateRuleCommand({
        ListenerArn: stage.ids.listener,
        Priority: index + 1,
        Conditions: [{ Field: "path-pattern", Values: [`/${index}`] }],
        Actions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "200" } }],
      }),
    ),
  );

async function repositoryGone(stage: Stage, force: boolean): Promise<void> {
  await stage.aws.ecr.send(new ecr.CreateRepositoryCommand({ repositoryName: "app" }));
  await push(stage.aws.ecr, "1");
  await stage.aws.ecr.send(new ecr.DeleteRepositoryCommand({ repositoryName: "app", force }));
}

async function aliased(stage: Stage, isDeleted: boolean): Promise<void> {
  const { KeyMetadata } = await stage.aws.kms.send(new kms.CreateKeyCommand({}));
  const TargetKeyId = KeyMetadata?.KeyId ?? "";
  if (isDeleted)
    await stage.aws.kms.send(new kms.ScheduleKeyDeletionCommand({ KeyId: TargetKeyId }));
  await stage.aws.kms.send(new kms.CreateAliasCommand({ AliasName: "alias/app", TargetKeyId }));
}

async function secretAgain(
  stage: Stage,
  how: Partial<secretsmanager.DeleteSecretCommandInput>,
): Promise<void> {
  const make = (): Promise<unknown> =>
    stage.aws.secrets.send(
      new secretsmanager.CreateSecretCommand({ Name: "password", SecretString: "x" }),
    );
  await make();
  await stage.aws.secrets.send(
    new secretsmanager.DeleteSecretCommand({ SecretId: "password", ...how }),
  );
  await make();
}

/** Disassociates the last subnet from a route table. */
async function unrouted(stage: Stage, RouteTableId: string): Promise<void> {
  const { RouteTables } = await stage.aws.ec2.send(
    new ec2.DescribeRouteTablesCommand({ RouteTableIds: [RouteTableId] }),
  );
  const last = RouteTables?.[0]?.Associations?.at(-1)?.RouteTableAssociationId ?? "";
  await stage.aws.ec2.send(new ec2.DisassociateRouteTableCommand({ AssociationId: last }));
}

/** A task without a service. */
async function alone(stage: Stage): Promise<string> {
  await stage.register();
  const { tasks } = await stage.aws.ecs.send(
    new ecs.RunTaskCommand({
      cluster: "app",
      taskDefinition: "app",
      launchType: "FARGATE",
      networkConfiguration: { awsvpcConfiguration: { subnets: [...stage.ids.privates] } },
    }),
  );
  return tasks?.[0]?.taskArn ?? "";
}

function targetsGone(stage: Stage): Promise<unknown> {
  return stage.aws.elb.send(
    new elb.DeleteTargetGroupCommand({ TargetGroupArn: stage.ids.targets }),
  );
}

const undiscovered = (stage: Stage, arn: string): Promise<unknown> =>
  stage.aws.map.send(new servicediscovery.DeleteServiceCommand({ Id: arn.split("/").pop() }));

async function bucketGone(stage: Stage, isEmpty: boolean): Promise<void> {
  await stage.aws.s3.send(new s3.CreateBucketCommand({ Bucket: "things" }));
  await stage.aws.s3.send(new s3.PutObjectCommand({ Bucket: "things", Key: "a", Body: "b" }));
  if (isEmpty) await stage.aws.s3.send(new s3.DeleteObjectCommand({ Bucket: "things", Key: "a" }));
  await stage.aws.s3.send(new s3.DeleteBucketCommand({ Bucket: "things" }));
}
