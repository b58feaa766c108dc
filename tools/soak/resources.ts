import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as ec2 from "@aws-sdk/client-ec2";
import * as ecr from "@aws-sdk/client-ecr";
import * as ecs from "@aws-sdk/client-ecs";
import * as iam from "@aws-sdk/client-iam";
import * as s3 from "@aws-sdk/client-s3";
import * as ssm from "@aws-sdk/client-ssm";
import { clientOptions, clientsFor } from "../../test/support/clients.ts";

/** Creates, reads and deletes resources of one kind by their names. */
export interface ResourceKind {
  readonly kind: string;
  /** Creates a resource, or changes its value. */
  put(name: string, value: string): Promise<unknown>;
  /** The value; "exists" for kinds without a value, undefined where the resource does not exist. */
  get(name: string): Promise<string | undefined>;
  delete(name: string): Promise<unknown>;
  /** True where `put` fails for a resource that exists. */
  readonly isCreateOnly: boolean;
}

async function unlessMissing<Value>(read: Promise<Value>): Promise<Value | undefined> {
  try {
    return await read;
  } catch (error) {
    if (/NotFound|NoSuch/.test((error as Error).name)) return undefined;
    throw error;
  }
}

/** The resources of one user of the sandbox. Each user has separate AWS SDK clients and connections. */
export async function resourceKinds(url: string, user: string): Promise<readonly ResourceKind[]> {
  const options = clientOptions(url, "us-east-1");
  const aws = clientsFor(url, "us-east-1");
  const [users, objects] = [new iam.IAMClient(options), new s3.S3Client(options)];
  const Bucket = `bucket-${user}`;
  await objects.send(new s3.CreateBucketCommand({ Bucket }));
  const { Vpc } = await aws.ec2.send(new ec2.CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }));
  const VpcId = Vpc?.VpcId;
  const exists = (isFound: boolean): string | undefined => (isFound ? "exists" : undefined);
  const groupOf = async (name: string): Promise<string | undefined> => {
    const { SecurityGroups } = await aws.ec2.send(
      new ec2.DescribeSecurityGroupsCommand({
        Filters: [
          { Name: "vpc-id", Values: [VpcId ?? ""] },
          { Name: "group-name", Values: [name] },
        ],
      }),
    );
    return SecurityGroups?.[0]?.GroupId;
  };
  return [
    {
      kind: "parameter",
      isCreateOnly: false,
      put: (Name, Value) =>
        aws.ssm.send(new ssm.PutParameterCommand({ Name, Value, Type: "String", Overwrite: true })),
      get: async (Name) =>
        (await unlessMissing(aws.ssm.send(new ssm.GetParameterCommand({ Name }))))?.Parameter
          ?.Value,
      delete: (Name) => aws.ssm.send(new ssm.DeleteParameterCommand({ Name })),
    },
    {
      kind: "object",
      isCreateOnly: false,
      put: (Key, Body) => objects.send(new s3.PutObjectCommand({ Bucket, Key, Body })),
      get: async (Key) =>
        (
          await unlessMissing(objects.send(new s3.GetObjectCommand({ Bucket, Key })))
        )?.Body?.transformToString(),
      delete: (Key) => objects.send(new s3.DeleteObjectCommand({ Bucket, Key })),
    },
    {
      kind: "user",
      isCreateOnly: true,
      put: (UserName) => users.send(new iam.CreateUserCommand({ UserName })),
      get: async (UserName) =>
        exists(
          (await unlessMissing(users.send(new iam.GetUserCommand({ UserName })))) !== undefined,
        ),
      delete: (UserName) => users.send(new iam.DeleteUserCommand({ UserName })),
    },
    {
      kind: "log group",
      isCreateOnly: true,
      put: (logGroupName) => aws.logs.send(new logs.CreateLogGroupCommand({ logGroupName })),
      get: async (logGroupNamePrefix) => {
        const { logGroups } = await aws.logs.send(
          new logs.DescribeLogGroupsCommand({ logGroupNamePrefix }),
        );
        return exists(
          logGroups?.some((group) => group.logGroupName === logGroupNamePrefix) === true,
        );
      },
      delete: (logGroupName) => aws.logs.send(new logs.DeleteLogGroupCommand({ logGroupName })),
    },
    {
      kind: "cluster",
      // A second CreateCluster returns the existing cluster.
      isCreateOnly: false,
      put: (clusterName) => aws.ecs.send(new ecs.CreateClusterCommand({ clusterName })),
      get: async (name) => {
        const { clusters } = await aws.ecs.send(
          new ecs.DescribeClustersCommand({ clusters: [name] }),
        );
        return exists(clusters?.[0]?.status === "ACTIVE");
      },
      delete: (cluster) => aws.ecs.send(new ecs.DeleteClusterCommand({ cluster })),
    },
    {
      kind: "repository",
      isCreateOnly: true,
      put: (repositoryName) => aws.ecr.send(new ecr.CreateRepositoryCommand({ repositoryName })),
      get: async (name) =>
        exists(
          (await unlessMissing(
            aws.ecr.send(new ecr.DescribeRepositoriesCommand({ repositoryNames: [name] })),
          )) !== undefined,
        ),
      delete: (repositoryName) => aws.ecr.send(new ecr.DeleteRepositoryCommand({ repositoryName })),
    },
    {
      kind: "security group",
      isCreateOnly: true,
      put: (GroupName) =>
        aws.ec2.send(new ec2.CreateSecurityGroupCommand({ GroupName, VpcId, Description: "soak" })),
      get: async (name) => exists((await groupOf(name)) !== undefined),
      delete: async (name) =>
        aws.ec2.send(new ec2.DeleteSecurityGroupCommand({ GroupId: await groupOf(name) })),
    },
  ];
}
