import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DeleteVpcCommand,
  DescribeVpcsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { CreateClusterCommand, ECSClient } from "@aws-sdk/client-ecs";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateKeyCommand,
  EncryptCommand,
  DecryptCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
} from "@aws-sdk/client-kms";
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import {
  DeleteParameterCommand,
  GetParameterCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Config } from "../../src/config/options.ts";
import { foundationCalls } from "../../src/constructs/bootstrap/recorded-calls.generated.ts";
import {
  applyPolicies,
  permissionsBoundary,
  imagePolicy,
  planPolicies,
} from "../../src/constructs/bootstrap/apply-role-permissions.ts";
import { deployPolicies } from "../../src/constructs/bootstrap/deploy-role-permissions.ts";
import { serviceCalls } from "../../src/constructs/bootstrap/recorded-service-calls.generated.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";
import { type ClientOptions, clientOptions } from "../support/clients.ts";
import { BUCKET, bootstrapped, sessionOf, shop } from "../support/bootstrapped-account.ts";
import { ACCOUNT, REGION } from "../support/foundation-modes.ts";

let sandbox: Sandbox;
let root: ClientOptions;
let plan: ClientOptions;
let apply: ClientOptions;

async function optionsAs(role: "plan" | "apply", world: Sandbox = sandbox): Promise<ClientOptions> {
  const keys = await sessionOf(world, "shop", role);
  return {
    ...clientOptions(world.url, REGION),
    credentials: {
      accessKeyId: keys.AWS_ACCESS_KEY_ID,
      secretAccessKey: keys.AWS_SECRET_ACCESS_KEY,
    },
  };
}

beforeAll(async () => {
  sandbox = await startSandbox();
  root = clientOptions(sandbox.url, REGION);
  await bootstrapped(sandbox, shop());
  [plan, apply] = [await optionsAs("plan"), await optionsAs("apply")];
  const s3 = new S3Client({ ...root, forcePathStyle: true });
  sandbox.invoke(
    "s3",
    "CreateBucket",
    {
      Bucket: BUCKET,
      CreateBucketConfiguration: { LocationConstraint: REGION },
    },
    { region: REGION },
  );
  for (const Key of ["shop/terraform.tfstate", "other/terraform.tfstate"])
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: "{}" }));
});
afterAll(() => sandbox.close());

/** The result of a request: the name of AWS's error, or "done". */
const answer = (request: Promise<unknown>): Promise<string> =>
  request.then(
    () => "done",
    (error: unknown) => (error instanceof Error ? error.name : "unknown error"),
  );

const tagged = (ResourceType: string, name: string): object => ({
  TagSpecifications: [{ ResourceType, Tags: [{ Key: "berth", Value: name }] }],
});

const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: "ecs-tasks.amazonaws.com", AWS: ACCOUNT },
      Action: "sts:AssumeRole",
    },
  ],
});
const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/shop-boundary`;

describe("the apply role", () => {
  it("creates and deletes only resources with the foundation's tag", async () => {
    const [own, any] = [new EC2Client(apply), new EC2Client(root)];
    const make = (ec2: EC2Client, more: object) =>
      ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16", ...more }));
    expect(await answer(make(own, {}))).toBe("UnauthorizedOperation");
    expect(await answer(make(own, tagged("vpc", "other")))).toBe("UnauthorizedOperation");
    const mine = await make(own, tagged("vpc", "shop"));
    const others = await make(any, tagged("vpc", "other"));
    const bare = await make(any, {});
    const remove = (made: typeof mine) =>
      answer(own.send(new DeleteVpcCommand({ VpcId: made.Vpc?.VpcId })));
    expect(await remove(others)).toBe("UnauthorizedOperation");
    expect(await remove(bare)).toBe("UnauthorizedOperation");
    // A role that could tag a VPC of others could then delete it.
    for (const created of [others, bare]) {
      const tag = new CreateTagsCommand({
        Resources: [created.Vpc?.VpcId ?? ""],
        Tags: [{ Key: "berth", Value: "shop" }],
      });
      expect(await answer(own.send(tag))).toBe("UnauthorizedOperation");
    }
    expect(await remove(mine)).toBe("done");
  });

  it("creates nothing in a VPC or security group of others, also with its own tag in the request", async () => {
    const [own, any] = [new EC2Client(apply), new EC2Client(root)];
    const other = await any.send(
      new CreateVpcCommand({ CidrBlock: "10.0.0.0/16", ...tagged("vpc", "other") }),
    );
    const VpcId = other.Vpc?.VpcId;
    const group = (ec2: EC2Client, GroupName: string) =>
      ec2.send(
        new CreateSecurityGroupCommand({
          GroupName,
          Description: "any",
          VpcId,
          ...tagged("security-group", "shop"),
        }),
      );
    expect(await answer(group(own, "mine"))).toBe("UnauthorizedOperation");
    expect(
      await answer(
        own.send(
          new CreateSubnetCommand({ VpcId, CidrBlock: "10.0.0.0/24", ...tagged("subnet", "shop") }),
        ),
      ),
    ).toBe("UnauthorizedOperation");
    const { GroupId } = await any.send(
      new CreateSecurityGroupCommand({ GroupName: "other", Description: "any", VpcId }),
    );
    const open = new AuthorizeSecurityGroupIngressCommand({
      GroupId,
      IpPermissions: [
        { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
      ],
      ...tagged("security-group-rule", "shop"),
    });
    expect(await answer(own.send(open))).toBe("UnauthorizedOperation");
  });

  it("cannot tag a resource with another foundation's tag", async () => {
    const Tags = [{ TagKey: "berth", TagValue: "other" }];
    const { KeyMetadata } = await new KMSClient(root).send(new CreateKeyCommand({ Tags }));
    const take = new TagResourceCommand({
      KeyId: KeyMetadata?.KeyId,
      Tags: [{ TagKey: "berth", TagValue: "shop" }],
    });
    expect(await answer(new KMSClient(apply).send(take))).toBe("AccessDeniedException");
  });

  it("deletes only its own key", async () => {
    const [own, any] = [new KMSClient(apply), new KMSClient(root)];
    const { KeyMetadata } = await any.send(new CreateKeyCommand({}));
    expect(
      await answer(own.send(new ScheduleKeyDeletionCommand({ KeyId: KeyMetadata?.KeyId }))),
    ).toBe("AccessDeniedException");
    const made = await own.send(
      new CreateKeyCommand({ Tags: [{ TagKey: "berth", TagValue: "shop" }] }),
    );
    expect(
      await answer(own.send(new ScheduleKeyDeletionCommand({ KeyId: made.KeyMetadata?.KeyId }))),
    ).toBe("done");
  });

  it("creates roles only below its path and with the permissions boundary, and cannot remove the boundary", async () => {
    const iam = new IAMClient(apply);
    const role = (RoleName: string, more: object): Promise<string> =>
      answer(
        iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST, ...more })),
      );
    expect(await role("free", { Path: "/shop/" })).toBe("AccessDenied");
    expect(await role("elsewhere", { PermissionsBoundary: BOUNDARY })).toBe("AccessDenied");
    expect(
      await role("loose", {
        Path: "/shop/",
        PermissionsBoundary: "arn:aws:iam::aws:policy/AdministratorAccess",
      }),
    ).toBe("AccessDenied");
    expect(await role("task", { Path: "/shop/", PermissionsBoundary: BOUNDARY })).toBe("done");
    expect(
      await answer(iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: "task" }))),
    ).toBe("AccessDenied");
    expect(
      await answer(
        iam.send(
          new PutRolePolicyCommand({
            RoleName: "shop-apply",
            PolicyName: "more",
            PolicyDocument: TRUST,
          }),
        ),
      ),
    ).toBe("AccessDenied");
    const document = JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "*", Resource: "*" },
    });
    expect(
      await answer(
        iam.send(
          new PutRolePolicyCommand({
            RoleName: "task",
            PolicyName: "all",
            PolicyDocument: document,
          }),
        ),
      ),
    ).toBe("done");
    expect(
      await answer(
        iam.send(
          new AttachRolePolicyCommand({
            RoleName: "task",
            PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
          }),
        ),
      ),
    ).toBe("done");
    const { Credentials } = await new STSClient(root).send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::${ACCOUNT}:role/shop/task`,
        RoleSessionName: "task",
      }),
    );
    const asTask = {
      ...root,
      credentials: {
        accessKeyId: Credentials?.AccessKeyId ?? "",
        secretAccessKey: Credentials?.SecretAccessKey ?? "",
      },
    };
    expect(await answer(new EC2Client(asTask).send(new DescribeVpcsCommand({})))).toBe("done");
    expect(
      await answer(new IAMClient(asTask).send(new CreateUserCommand({ UserName: "backdoor" }))),
    ).toBe("AccessDenied");
    expect(
      await answer(
        new S3Client({ ...asTask, forcePathStyle: true }).send(
          new GetObjectCommand({ Bucket: BUCKET, Key: "shop/terraform.tfstate" }),
        ),
      ),
    ).toBe("AccessDenied");
    expect(await answer(iam.send(new DeleteRoleCommand({ RoleName: "shop-plan" })))).toBe(
      "AccessDenied",
    );
  });

  it("writes only its own state and lock", async () => {
    const s3 = new S3Client({ ...apply, forcePathStyle: true });
    const put = (Key: string): Promise<string> =>
      answer(s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: "{}" })));
    expect(await put("shop/terraform.tfstate")).toBe("done");
    expect(await put("shop/terraform.tfstate.tflock")).toBe("done");
    expect(await put("other/terraform.tfstate")).toBe("AccessDenied");
    expect(await put("shop/bootstrap.tfstate")).toBe("AccessDenied");
  });

  it("encrypts the state only with the key in the config", async () => {
    const world = await startSandbox();
    const admin = clientOptions(world.url, REGION);
    const kms = new KMSClient(admin);
    const makeKey = async (): Promise<string> =>
      (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? "";
    const [kmsKeyArn, other] = [await makeKey(), await makeKey()];
    await bootstrapped(world, shop({ state: { bucket: BUCKET, kmsKeyArn } }));
    const CreateBucketConfiguration = { LocationConstraint: REGION };
    world.invoke(
      "s3",
      "CreateBucket",
      { Bucket: BUCKET, CreateBucketConfiguration },
      { region: REGION },
    );
    const s3 = new S3Client({ ...(await optionsAs("apply", world)), forcePathStyle: true });
    const put = (SSEKMSKeyId: string): Promise<string> =>
      answer(
        s3.send(
          new PutObjectCommand({
            Bucket: BUCKET,
            Key: "shop/terraform.tfstate",
            Body: "{}",
            ServerSideEncryption: "aws:kms",
            SSEKMSKeyId,
          }),
        ),
      );
    expect(await put(kmsKeyArn)).toBe("done");
    expect(await put(other)).toBe("AccessDenied");
    await world.close();
  });

  it("needs s3:ListBucket to get NoSuchKey instead of AccessDenied for a missing state", async () => {
    const read = (options: ClientOptions): Promise<string> =>
      answer(
        new S3Client({ ...options, forcePathStyle: true }).send(
          new GetObjectCommand({ Bucket: BUCKET, Key: "fresh/terraform.tfstate" }),
        ),
      );
    const allowing = (Action: readonly string[]): string =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Action, Resource: "*" },
      });
    const iam = new IAMClient(root);
    const as = async (name: string, actions: readonly string[]): Promise<ClientOptions> => {
      const role = { RoleName: name, AssumeRolePolicyDocument: TRUST };
      const made = await iam.send(new CreateRoleCommand(role));
      const PolicyDocument = allowing(actions);
      await iam.send(
        new PutRolePolicyCommand({ RoleName: name, PolicyName: "s3", PolicyDocument }),
      );
      const { Credentials } = await new STSClient(root).send(
        new AssumeRoleCommand({ RoleArn: made.Role?.Arn, RoleSessionName: name }),
      );
      const { AccessKeyId = "", SecretAccessKey = "" } = Credentials ?? {};
      return {
        ...root,
        credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey },
      };
    };
    expect(await read(await as("reader", ["s3:GetObject"]))).toBe("AccessDenied");
    expect(await read(await as("lister", ["s3:GetObject", "s3:ListBucket"]))).toBe("NoSuchKey");
  });
});

it("the apply role creates the service-linked role of ECS with the first cluster", async () => {
  const world = await startSandbox();
  await bootstrapped(world, shop());
  const ecs = new ECSClient(await optionsAs("apply", world));
  const tags = [{ key: "berth", value: "shop" }];
  expect(await answer(ecs.send(new CreateClusterCommand({ clusterName: "shop", tags })))).toBe(
    "done",
  );
  expect(world.invoke("iam", "GetRole", { RoleName: "AWSServiceRoleForECS" })).toHaveProperty(
    "Role",
  );
  await world.close();
});

describe("the plan role", () => {
  it("reads its own state and writes none", async () => {
    const s3 = new S3Client({ ...plan, forcePathStyle: true });
    const get = (Key: string): Promise<string> =>
      answer(s3.send(new GetObjectCommand({ Bucket: BUCKET, Key })));
    expect(await get("shop/terraform.tfstate")).toBe("done");
    expect(await get("other/terraform.tfstate")).toBe("AccessDenied");
    expect(
      await answer(s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: "env:/" }))),
    ).toBe("done");
    for (const Key of ["shop/terraform.tfstate", "shop/terraform.tfstate.tflock"])
      expect(await answer(s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: "{}" })))).toBe(
        "AccessDenied",
      );
  });

  it("describes resources, and creates none", async () => {
    const ec2 = new EC2Client(plan);
    expect(await answer(ec2.send(new DescribeVpcsCommand({})))).toBe("done");
    expect(
      await answer(
        ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16", ...tagged("vpc", "shop") })),
      ),
    ).toBe("UnauthorizedOperation");
  });

  it("decrypts only through SSM", async () => {
    const Tags = [{ TagKey: "berth", TagValue: "shop" }];
    const { KeyMetadata } = await new KMSClient(root).send(new CreateKeyCommand({ Tags }));
    const KeyId = KeyMetadata?.KeyId;
    const { CiphertextBlob } = await new KMSClient(root).send(
      new EncryptCommand({ KeyId, Plaintext: Buffer.from("x") }),
    );
    const decrypt = new DecryptCommand({ KeyId, CiphertextBlob });
    expect(await answer(new KMSClient(plan).send(decrypt))).toBe("AccessDeniedException");
    await new SSMClient(root).send(
      new PutParameterCommand({ Name: "/berth/shop", Value: "x", Type: "SecureString", KeyId }),
    );
    const get = new GetParameterCommand({ Name: "/berth/shop", WithDecryption: true });
    expect(await answer(new SSMClient(plan).send(get))).toBe("done");
    await new SSMClient(root).send(new DeleteParameterCommand({ Name: "/berth/shop" }));
  });

  it("reads no secret, also if another policy allows it", async () => {
    await new SecretsManagerClient(root).send(
      new CreateSecretCommand({ Name: "password", SecretString: "x" }),
    );
    for (const Name of ["/berth/shop", "/other"])
      await new SSMClient(root).send(
        new PutParameterCommand({ Name, Value: "x", Type: "SecureString" }),
      );
    await new IAMClient(root).send(
      new PutRolePolicyCommand({
        RoleName: "shop-plan",
        PolicyName: "generous",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: { Effect: "Allow", Action: "*", Resource: "*" },
        }),
      }),
    );
    expect(
      await answer(
        new SecretsManagerClient(plan).send(new GetSecretValueCommand({ SecretId: "password" })),
      ),
    ).toBe("AccessDeniedException");
    expect(
      await answer(
        new SSMClient(plan).send(new GetParameterCommand({ Name: "/other", WithDecryption: true })),
      ),
    ).toBe("AccessDeniedException");
    expect(
      await answer(
        new SSMClient(plan).send(
          new GetParameterCommand({ Name: "/berth/shop", WithDecryption: true }),
        ),
      ),
    ).toBe("done");
  });
});

const id = (kind: string, digit: number): string => `${kind}-0123456789abcdef${digit}`;

/** A foundation with the longest name, in an existing VPC and with an existing key. */
const LONGEST: Partial<Config> = {
  name: "shop-of-the-longest-name-there-i",
  loadBalancer: false,
  region: "ap-southeast-2",
  network: {
    vpcId: id("vpc", 0),
    privateSubnetIds: [0, 1, 2, 3, 4, 5].map((digit) => id("subnet", digit)),
    routeTableIds: [0, 1, 2, 3, 4, 5].map((digit) => id("rtb", digit)),
  },
  key: { arn: `arn:aws:kms:ap-southeast-2:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab` },
};

describe("policy documents:", () => {
  const [foundation] = shop().foundations;
  const [longest] = shop(LONGEST).foundations;
  if (!foundation || !longest) throw new TypeError("each bootstrap has one foundation");
  const policies = {
    ...applyPolicies(longest),
    ...Object.fromEntries(
      Object.entries(planPolicies(longest)).map(([name, policy]) => [`plan ${name}`, policy]),
    ),
    boundary: permissionsBoundary(longest),
    image: imagePolicy(longest),
  };

  it.each(Object.entries(policies))(
    "%s is not longer than a managed policy can be",
    (_, policy) => {
      // Source: IAM User Guide, "IAM and AWS STS quotas": 6,144 characters, without white space.
      expect(JSON.stringify(policy).length).toBeLessThanOrEqual(6144);
    },
  );

  describe("of the deploy role", () => {
    const service = { image: { build: "." }, secrets: { URL: { secret: "shop/database" } } };
    const names = Array.from({ length: 20 }, (_, index) => `service-name-${index + 10}`);
    const [large] = shop({
      ...LONGEST,
      services: Object.fromEntries(names.map((name) => [name, service])),
    }).foundations;
    const [small] = shop({ services: { web: service }, jobs: { nightly: service } }).foundations;
    if (!large || !small) throw new TypeError("each bootstrap has one foundation");
    const statements = Object.values(deployPolicies(small)).flatMap(({ Statement }) => Statement);

    it("with many services are not longer than managed policies, and not more than a role can have", () => {
      const documents = Object.values(deployPolicies(large));
      for (const document of documents)
        expect(JSON.stringify(document).length).toBeLessThanOrEqual(6144);
      // Source: IAM User Guide, "IAM and AWS STS quotas": managed policies attached to a role.
      expect(documents.length).toBeLessThanOrEqual(10);
    });

    it("have each recorded action, and no wildcard actions", () => {
      const actions = statements.flatMap((entry) => entry["Action"] as readonly string[]); // statements have lists of actions
      expect(actions.filter((action) => action.includes("*"))).toEqual([]);
      expect(serviceCalls.filter(({ action }) => !actions.includes(action))).toEqual([]);
    });

    it("name each service where a wildcard would include services of another foundation", () => {
      const resources = statements.flatMap((entry) => entry["Resource"] as string | string[]); // statements have resources
      expect(resources.filter((arn) => arn.includes("/shop-*") || arn.includes(":shop-*"))).toEqual(
        [],
      );
      expect(resources).toContain(
        `arn:aws:ecs:eu-west-1:${ACCOUNT}:task-definition/shop-nightly:*`,
      );
    });

    it("do not allow changes of the foundation", () => {
      const own = new Set(statements.flatMap((entry) => entry["Action"] as readonly string[])); // statements have lists of actions
      const changes = foundationCalls.filter(
        ({ action }) => !/:(Describe|Get|List)/.test(action) && /^(ec2|ecr|route53):/.test(action),
      );
      expect(changes.filter(({ action }) => own.has(action))).toEqual([]);
      for (const action of ["ecs:DeleteCluster", "elasticloadbalancing:DeleteLoadBalancer"])
        expect(own).not.toContain(action);
    });
  });

  it("the apply role can use existing resources by their IDs, and cannot change them", () => {
    const statements = Object.values(applyPolicies(longest))
      .flatMap(({ Statement }) => Statement)
      .filter((entry) => longest.existingArns.some((arn) => JSON.stringify(entry).includes(arn)));
    expect(
      statements.map((entry) => [entry["Action"], (entry["Resource"] as string[]).length]),
    ).toEqual([
      [["ec2:CreateSecurityGroup", "ec2:CreateVpcEndpoint"], 1],
      [["ec2:CreateVpcEndpoint", "ec2:ModifyVpcEndpoint"], 12],
      [["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"], 1],
    ]);
  });

  it("the apply role has each recorded action, and no wildcard actions", () => {
    const actions = Object.values(applyPolicies(foundation)).flatMap(({ Statement }) =>
      Statement.flatMap((entry) => entry["Action"] as readonly string[]),
    ); // statements have lists of actions
    expect(actions.filter((action) => action.includes("*"))).toEqual([]);
    expect(foundationCalls.filter(({ action }) => !actions.includes(action))).toEqual([]);
    const [own, extra] = [
      new Set(foundationCalls.map((foundationCall) => foundationCall.action)),
      new Set(actions),
    ];
    // The additional actions are for the state, and for the roles of tasks.
    expect(
      [...extra].filter((value) => !own.has(value) && !/^(s3|iam):/.test(value)).sort(),
    ).toEqual(["kms:GenerateDataKey"]);
  });

  it("there is no image policy for an existing repository", () => {
    const [other] = shop({
      repository: { url: "444455556666.dkr.ecr.eu-west-1.amazonaws.com/app" },
    }).foundations;
    expect(other && imagePolicy(other)).toBeUndefined();
  });
});
