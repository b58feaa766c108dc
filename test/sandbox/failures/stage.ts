import * as ec2 from "@aws-sdk/client-ec2";
import * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as iam from "@aws-sdk/client-iam";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as s3 from "@aws-sdk/client-s3";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import * as servicediscovery from "@aws-sdk/client-servicediscovery";
import * as sts from "@aws-sdk/client-sts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../../src/sandbox/server.ts";
import { inspect, type TestAnswer } from "../../../src/sandbox/inspection/index.ts";
import {
  type ClientOptions,
  clientOptions,
  clientFactories,
  type Clients,
  lazy,
} from "../../support/clients.ts";

export const region = "us-east-1";
export const account = "111122223333";
export const trust = (service: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
  });
export const allow = (actions: readonly string[], resources: readonly string[] = ["*"]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: actions, Resource: resources }],
  });

export const EXECUTION = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
export const IMAGE: string = `${account}.dkr.ecr.${region}.amazonaws.com/app:1`;
export const LOGS: ecs.LogConfiguration & { options: Record<string, string> } = {
  logDriver: "awslogs",
  options: {
    "awslogs-group": "/ecs/app",
    "awslogs-region": region,
    "awslogs-stream-prefix": "app",
  },
};

/** AWS clients in addition to the clients of the foundation. */
export interface MoreClients extends Clients {
  readonly iam: iam.IAMClient;
  readonly s3: s3.S3Client;
  readonly secrets: secretsmanager.SecretsManagerClient;
  readonly map: servicediscovery.ServiceDiscoveryClient;
  readonly sts: sts.STSClient;
}

/** IDs of the resources that an ECS service needs. */
export interface Ids {
  readonly vpc: string;
  readonly publics: readonly [string, string];
  readonly privates: readonly [string, string];
  readonly gateway: string;
  readonly publicTable: string;
  readonly privateTable: string;
  readonly nat: string;
  readonly albGroup: string;
  readonly taskGroup: string;
  readonly endpointGroup: string;
  readonly endpoints: Readonly<Record<string, string>>;
  readonly role: string;
  readonly taskRole: string;
  readonly balancer: string;
  readonly targets: string;
  readonly listener: string;
}

/** How tasks reach AWS services from their subnets. */
export type Egress = "nat" | "endpoints";

/** State of a service. */
export interface Outcome {
  readonly running: number;
  /** Stopped reasons of tasks, the oldest first. */
  readonly reasons: readonly string[];
  /** Service events, the oldest first. */
  readonly events: readonly string[];
  readonly rollout: string;
}

export interface ServiceOverrides {
  readonly definition?: Partial<ecs.RegisterTaskDefinitionRequest>;
  readonly container?: Partial<ecs.ContainerDefinition>;
  readonly service?: Partial<ecs.CreateServiceRequest>;
}

/** A sandbox with a healthy foundation, in which a test breaks one property. */
export class Stage {
  readonly sandbox: Sandbox;
  readonly aws: MoreClients;
  readonly ids: Ids;

  constructor(sandbox: Sandbox, ids: Ids) {
    this.sandbox = sandbox;
    this.aws = clientsOf(sandbox.url);
    this.ids = ids;
  }

  /** Options of a client in another account. */
  options(accountId: string): ClientOptions {
    return clientOptions(this.sandbox.url, region, accountId);
  }

  register(overrides: ServiceOverrides = {}): Promise<ecs.RegisterTaskDefinitionCommandOutput> {
    return this.aws.ecs.send(
      new ecs.RegisterTaskDefinitionCommand({
        family: "app",
        networkMode: "awsvpc",
        requiresCompatibilities: ["FARGATE"],
        cpu: "256",
        memory: "512",
        executionRoleArn: this.ids.role,
        taskRoleArn: this.ids.taskRole,
        containerDefinitions: [
          {
            name: "app",
            image: IMAGE,
            portMappings: [{ containerPort: 8080, name: "http" }],
            logConfiguration: LOGS,
            ...overrides.container,
          },
        ],
        ...overrides.definition,
      }),
    );
  }

  create(
    overrides: Partial<ecs.CreateServiceRequest> = {},
  ): Promise<ecs.CreateServiceCommandOutput> {
    return this.aws.ecs.send(
      new ecs.CreateServiceCommand({
        cluster: "app",
        serviceName: "app",
        taskDefinition: "app",
        desiredCount: 2,
        launchType: "FARGATE",
        networkConfiguration: {
          awsvpcConfiguration: {
            subnets: [...this.ids.privates],
            securityGroups: [this.ids.taskGroup],
          },
        },
        loadBalancers: [
          { targetGroupArn: this.ids.targets, containerName: "app", containerPort: 8080 },
        ],
        ...overrides,
      }),
    );
  }

  /** Registers a task definition, creates the service and returns its state. */
  async launch(overrides: ServiceOverrides = {}): Promise<Outcome> {
    await this.register(overrides);
    await this.create(overrides.service);
    return this.poll();
  }

  /** Polls the service and returns its state. Each poll lets time pass, so that ECS retries. */
  async poll(times = 1): Promise<Outcome> {
    for (let count = 1; count < times; count++) await this.describe();
    const service = await this.describe();
    const stopped = await this.aws.ecs.send(
      new ecs.ListTasksCommand({ cluster: "app", desiredStatus: "STOPPED" }),
    );
    const arns = stopped.taskArns ?? [];
    const tasks =
      arns.length === 0
        ? []
        : ((await this.aws.ecs.send(new ecs.DescribeTasksCommand({ cluster: "app", tasks: arns })))
            .tasks ?? []);
    return {
      running: service?.runningCount ?? 0,
      reasons: tasks.map((task) => task.stoppedReason ?? ""),
      events: (service?.events ?? []).map((event) => event.message ?? "").toReversed(),
      rollout: service?.deployments?.[0]?.rolloutState ?? "",
    };
  }

  async describe(): Promise<ecs.Service | undefined> {
    const { services } = await this.aws.ecs.send(
      new ecs.DescribeServicesCommand({ cluster: "app", services: ["app"] }),
    );
    return services?.[0];
  }

  /** The health of each target, with its reason. */
  async health(): Promise<string[]> {
    const { TargetHealthDescriptions = [] } = await this.aws.elb.send(
      new elb.DescribeTargetHealthCommand({ TargetGroupArn: this.ids.targets }),
    );
    return TargetHealthDescriptions.map(({ TargetHealth: targetHealth }) =>
      [targetHealth?.State, targetHealth?.Reason, targetHealth?.Description]
        .filter((part) => part !== undefined)
        .join(" "),
    );
  }

  /** Sends a request from the internet to a listener. */
  request(
    path = "/",
    listenerArn: string = this.ids.listener,
    host = "app.example.com",
  ): TestAnswer {
    return inspect(this.sandbox).request(listenerArn, { host, path });
  }

  close(): Promise<void> {
    return this.sandbox.close();
  }
}

function clientsOf(url: string): MoreClients {
  const options = clientOptions(url, region, account);
  return lazy<MoreClients>({
    ...clientFactories(options),
    iam: () => new iam.IAMClient(options),
    s3: () => new s3.S3Client({ ...options, forcePathStyle: true }),
    secrets: () => new secretsmanager.SecretsManagerClient(options),
    map: () => new servicediscovery.ServiceDiscoveryClient({ ...options, disableHostPrefix: true }),
    sts: () => new sts.STSClient(options),
  });
}

const foundations = new Map<Egress, Promise<{ readonly ids: Ids; readonly snapshot: string }>>();

/** Creates a stage for a test. The foundation is built only once. */
export async function givenStage(
  egress: Egress = "nat",
  options: SandboxOptions = {},
): Promise<Stage> {
  let foundation = foundations.get(egress);
  if (!foundation) foundations.set(egress, (foundation = build(egress)));
  const { ids, snapshot } = await foundation;
  const sandbox = await startSandbox(options);
  await sandbox.restore(snapshot);
  return new Stage(sandbox, ids);
}

/** The interface endpoints that a task needs without a NAT gateway. */
const INTERFACES = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm"] as const;

async function build(egress: Egress): Promise<{ readonly ids: Ids; readonly snapshot: string }> {
  const sandbox = await startSandbox();
  const aws = clientsOf(sandbox.url);
  const vpc =
    (await aws.ec2.send(new ec2.CreateVpcCommand({ CidrBlock: "10.20.0.0/16" }))).Vpc?.VpcId ?? "";
  await aws.ec2.send(
    new ec2.ModifyVpcAttributeCommand({ VpcId: vpc, EnableDnsHostnames: { Value: true } }),
  );
  const gateway =
    (await aws.ec2.send(new ec2.CreateInternetGatewayCommand({}))).InternetGateway
      ?.InternetGatewayId ?? "";
  await aws.ec2.send(
    new ec2.AttachInternetGatewayCommand({ InternetGatewayId: gateway, VpcId: vpc }),
  );
  const subnet = async (zone: string, block: number): Promise<string> =>
    (
      await aws.ec2.send(
        new ec2.CreateSubnetCommand({
          VpcId: vpc,
          AvailabilityZone: region + zone,
          CidrBlock: `10.20.${block}.0/24`,
        }),
      )
    ).Subnet?.SubnetId ?? "";
  const publics = [await subnet("a", 0), await subnet("b", 1)] as const;
  const privates = [await subnet("a", 10), await subnet("b", 11)] as const;
  const table = async (subnets: readonly string[]): Promise<string> => {
    const id =
      (await aws.ec2.send(new ec2.CreateRouteTableCommand({ VpcId: vpc }))).RouteTable
        ?.RouteTableId ?? "";
    for (const SubnetId of subnets)
      await aws.ec2.send(new ec2.AssociateRouteTableCommand({ RouteTableId: id, SubnetId }));
    return id;
  };
  const [publicTable, privateTable] = [await table(publics), await table(privates)];
  await aws.ec2.send(
    new ec2.CreateRouteCommand({
      RouteTableId: publicTable,
      DestinationCidrBlock: "0.0.0.0/0",
      GatewayId: gateway,
    }),
  );
  const group = async (name: string): Promise<string> =>
    (
      await aws.ec2.send(
        new ec2.CreateSecurityGroupCommand({ GroupName: name, Description: name, VpcId: vpc }),
      )
    ).GroupId ?? "";
  const [albGroup, taskGroup, endpointGroup] = [
    await group("alb"),
    await group("task"),
    await group("endpoints"),
  ];
  const allowIngress = (
    GroupId: string,
    port: number,
    peer: Partial<ec2.IpPermission>,
  ): Promise<unknown> =>
    aws.ec2.send(
      new ec2.AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [{ IpProtocol: "tcp", FromPort: port, ToPort: port, ...peer }],
      }),
    );
  await allowIngress(albGroup, 80, { IpRanges: [{ CidrIp: "0.0.0.0/0" }] });
  await allowIngress(taskGroup, 8080, { UserIdGroupPairs: [{ GroupId: albGroup }] });
  await allowIngress(endpointGroup, 443, { UserIdGroupPairs: [{ GroupId: taskGroup }] });

  let nat = "";
  const endpoints: Record<string, string> = {};
  if (egress === "nat") {
    const { AllocationId } = await aws.ec2.send(new ec2.AllocateAddressCommand({ Domain: "vpc" }));
    const { NatGateway } = await aws.ec2.send(
      new ec2.CreateNatGatewayCommand({ SubnetId: publics[0], AllocationId }),
    );
    nat = NatGateway?.NatGatewayId ?? "";
    await aws.ec2.send(
      new ec2.CreateRouteCommand({
        RouteTableId: privateTable,
        DestinationCidrBlock: "0.0.0.0/0",
        NatGatewayId: nat,
      }),
    );
  } else {
    for (const name of INTERFACES) {
      const { VpcEndpoint } = await aws.ec2.send(
        new ec2.CreateVpcEndpointCommand({
          VpcId: vpc,
          ServiceName: `com.amazonaws.${region}.${name}`,
          VpcEndpointType: "Interface",
          SubnetIds: [...privates],
          SecurityGroupIds: [endpointGroup],
          PrivateDnsEnabled: true,
        }),
      );
      endpoints[name] = VpcEndpoint?.VpcEndpointId ?? "";
    }
    const { VpcEndpoint } = await aws.ec2.send(
      new ec2.CreateVpcEndpointCommand({
        VpcId: vpc,
        ServiceName: `com.amazonaws.${region}.s3`,
        VpcEndpointType: "Gateway",
        RouteTableIds: [privateTable],
      }),
    );
    endpoints["s3"] = VpcEndpoint?.VpcEndpointId ?? "";
  }

  const role = async (name: string): Promise<string> =>
    (
      await aws.iam.send(
        new iam.CreateRoleCommand({
          RoleName: name,
          AssumeRolePolicyDocument: trust("ecs-tasks.amazonaws.com"),
        }),
      )
    ).Role?.Arn ?? "";
  const [execution, taskRole] = [await role("execution"), await role("task")];
  await aws.iam.send(
    new iam.AttachRolePolicyCommand({ RoleName: "execution", PolicyArn: EXECUTION }),
  );
  await aws.logs.send(new logs.CreateLogGroupCommand({ logGroupName: "/ecs/app" }));
  await aws.ecs.send(
    new ecs.CreateClusterCommand({
      clusterName: "app",
      capacityProviders: ["FARGATE", "FARGATE_SPOT"],
    }),
  );
  const { LoadBalancers } = await aws.elb.send(
    new elb.CreateLoadBalancerCommand({
      Name: "app",
      Subnets: [...publics],
      SecurityGroups: [albGroup],
    }),
  );
  const balancer = LoadBalancers?.[0]?.LoadBalancerArn ?? "";
  const { TargetGroups } = await aws.elb.send(
    new elb.CreateTargetGroupCommand({
      Name: "app",
      Protocol: "HTTP",
      Port: 8080,
      VpcId: vpc,
      TargetType: "ip",
      HealthCheckPath: "/healthz",
    }),
  );
  const targets = TargetGroups?.[0]?.TargetGroupArn ?? "";
  const { Listeners } = await aws.elb.send(
    new elb.CreateListenerCommand({
      LoadBalancerArn: balancer,
      Protocol: "HTTP",
      Port: 80,
      DefaultActions: [{ Type: "forward", TargetGroupArn: targets }],
    }),
  );
  const snapshot = sandbox.snapshot();
  await sandbox.close();
  return {
    snapshot,
    ids: {
      vpc,
      publics,
      privates,
      gateway,
      publicTable,
      privateTable,
      nat,
      albGroup,
      taskGroup,
      endpointGroup,
      endpoints,
      role: execution,
      taskRole,
      balancer,
      targets,
      listener: Listeners?.[0]?.ListenerArn ?? "",
    },
  };
}
