import { CreateVpcEndpointCommand } from "@aws-sdk/client-ec2";
import * as ecr from "@aws-sdk/client-ecr";
import { PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { describe, expect, it } from "vitest";
import { AddressIndex } from "../../../src/rehearsal/diagnosis/address-index.ts";
import { activeServices, probeService } from "../../../src/rehearsal/probes/service.ts";
import type { Apps } from "../../../src/sandbox/index.ts";
import { inspect } from "../../../src/sandbox/inspection/index.ts";
import { useSandbox } from "../../support/sandbox-calls.ts";
import { account, allow, type Egress, givenStage, region, type Stage } from "../failures/stage.ts";

const RULE = { ecrRepositoryPrefix: "mirror", upstreamRegistryUrl: "public.ecr.aws" };

describe("pull-through cache rules", () => {
  const fixture = useSandbox();
  const create = (input: Partial<ecr.CreatePullThroughCacheRuleRequest> = {}) =>
    fixture.aws.ecr.send(new ecr.CreatePullThroughCacheRuleCommand({ ...RULE, ...input }));
  const describeRules = async (...ecrRepositoryPrefixes: string[]) =>
    (
      await fixture.aws.ecr.send(
        new ecr.DescribePullThroughCacheRulesCommand(
          ecrRepositoryPrefixes.length === 0 ? {} : { ecrRepositoryPrefixes },
        ),
      )
    ).pullThroughCacheRules;

  it("are created, described, updated and deleted", async () => {
    const { ARN: credentialArn } = await new SecretsManagerClient(fixture.clientOptions).send(
      new CreateSecretCommand({ Name: "ecr-pullthroughcache/hub" }),
    );
    const rule = { ...RULE, registryId: account, upstreamRegistry: "ecr-public" };
    expect(await create()).toMatchObject(rule);
    expect(await describeRules()).toEqual([
      { ...rule, createdAt: expect.any(Date), updatedAt: expect.any(Date) },
    ]);
    const hub = { ecrRepositoryPrefix: "hub", upstreamRegistryUrl: "registry-1.docker.io" };
    await create({ ...hub, credentialArn });
    await fixture.aws.ecr.send(
      new ecr.UpdatePullThroughCacheRuleCommand({ ecrRepositoryPrefix: "hub", credentialArn }),
    );
    expect(await describeRules("hub")).toMatchObject([{ ...hub, credentialArn }]);
    const remove = () =>
      fixture.aws.ecr.send(
        new ecr.DeletePullThroughCacheRuleCommand({ ecrRepositoryPrefix: "mirror" }),
      );
    expect(await remove()).toMatchObject(RULE);
    expect(await fixture.errorOf(remove)).toMatch(/^PullThroughCacheRuleNotFoundException: /);
    expect(await fixture.errorOf(() => describeRules("mirror"))).toMatch(
      /^PullThroughCacheRuleNotFoundException: /,
    );
  });

  it.each([
    [{ upstreamRegistryUrl: "registry.example.com" }, /^UnsupportedUpstreamRegistryException: /],
    [{ upstreamRegistry: "quay" as const }, /^UnsupportedUpstreamRegistryException: /],
    [{ upstreamRegistryUrl: "ghcr.io" }, /^InvalidParameterException: .*credentialArn/],
    [
      {
        upstreamRegistryUrl: "ghcr.io",
        credentialArn: `arn:aws:secretsmanager:${region}:${account}:secret:ecr-pullthroughcache/no-AbCdEf`,
      },
      /^SecretNotFoundException: /,
    ],
    [{ customRoleArn: `arn:aws:iam::${account}:role/ecr` }, /^NotImplemented: .*customRoleArn/],
  ])("are rejected with %o", async (input, message) => {
    expect(await fixture.errorOf(() => create(input))).toMatch(message);
  });

  it("have different prefixes", async () => {
    await create();
    expect(await fixture.errorOf(() => create())).toMatch(
      /^PullThroughCacheRuleAlreadyExistsException: /,
    );
  });
});

describe("the registry policy", () => {
  const fixture = useSandbox();
  const put = (policyText: string) =>
    fixture.aws.ecr.send(new ecr.PutRegistryPolicyCommand({ policyText }));
  const get = () => fixture.aws.ecr.send(new ecr.GetRegistryPolicyCommand({}));

  it("is stored, read and deleted", async () => {
    const policyText = registryPolicy(`arn:aws:iam::${account}:root`);
    expect(await fixture.errorOf(get)).toMatch(/^RegistryPolicyNotFoundException: /);
    await put(policyText);
    expect(await get()).toMatchObject({ registryId: account, policyText });
    await fixture.aws.ecr.send(new ecr.DeleteRegistryPolicyCommand({}));
    expect(await fixture.errorOf(get)).toMatch(/^RegistryPolicyNotFoundException: /);
  });

  it("needs principals and resources", async () => {
    expect(await fixture.errorOf(() => put(allow(["ecr:CreateRepository"])))).toBe(
      "InvalidParameterException: Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid registry policy provided'",
    );
  });
});

const IMPORT_ACTIONS: readonly string[] = ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"];

const registryPolicy = (
  principal: string,
  {
    Effect = "Allow",
    Action = IMPORT_ACTIONS,
    Resource = `arn:aws:ecr:${region}:${account}:repository/mirror/*`,
  } = {},
): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect,
        Principal: { AWS: principal },
        Action,
        Resource,
      },
    ],
  });

/** The failure IDs of a service whose image is imported through a rule; none if its tasks run. */
async function failuresOf(
  egress: Egress,
  prepare: (stage: Stage) => Promise<unknown>,
  registry = `${account}.dkr.ecr.${region}.amazonaws.com`,
  apps?: Apps,
): Promise<readonly (string | undefined)[]> {
  const stage = await givenStage(egress, apps && { apps });
  try {
    await stage.aws.ecr.send(new ecr.CreatePullThroughCacheRuleCommand(RULE));
    await prepare(stage);
    await stage.launch({ container: { image: `${registry}/mirror/nginx/nginx:1` } });
    await stage.poll();
    const inspection = inspect(stage.sandbox);
    return activeServices(inspection).flatMap((service) =>
      probeService(inspection, service, new AddressIndex()).findings.map(({ id }) => id),
    );
  } finally {
    await stage.close();
  }
}

const allowImport =
  (...actions: readonly string[]) =>
  (stage: Stage): Promise<unknown> =>
    stage.aws.iam.send(
      new PutRolePolicyCommand({
        RoleName: "execution",
        PolicyName: "import",
        PolicyDocument: allow(actions),
      }),
    );

describe("the first pull through a rule", () => {
  it.each(IMPORT_ACTIONS)("needs more than %s", async (action) => {
    expect(await failuresOf("nat", allowImport(action))).toEqual(["ECR-09"]);
  });

  it("is allowed by the policy of the role", async () => {
    expect(await failuresOf("nat", allowImport(...IMPORT_ACTIONS))).toEqual([]);
  });

  const createRepository = (stage: Stage): Promise<unknown> =>
    stage.aws.ecr.send(new ecr.CreateRepositoryCommand({ repositoryName: "mirror/nginx/nginx" }));
  const putRegistryPolicy = (stage: Stage, policyText: string): Promise<unknown> =>
    stage.aws.ecr.send(new ecr.PutRegistryPolicyCommand({ policyText }));
  const EXECUTION_ROLE = `arn:aws:iam::${account}:role/execution`;

  it("is allowed by the policy of the registry", async () => {
    expect(
      await failuresOf("nat", (stage) => putRegistryPolicy(stage, registryPolicy(EXECUTION_ROLE))),
    ).toEqual([]);
  });

  it("is allowed by the policy of the registry for a repository that exists", async () => {
    expect(
      await failuresOf("nat", async (stage) => {
        await createRepository(stage);
        await putRegistryPolicy(stage, registryPolicy(EXECUTION_ROLE));
      }),
    ).toEqual([]);
  });

  it.each<[string, string, string, string | undefined]>([
    ["the import", "ecr:BatchImportUpstreamImage", "ECR-09", undefined],
    ["the pull", "ecr:BatchGetImage", "IAM-05", undefined],
    ["the login", "ecr:GetAuthorizationToken", "IAM-05", "*"],
  ])("is denied if the policy of the registry denies %s", async (_, action, id, Resource) => {
    expect(
      await failuresOf("nat", async (stage) => {
        await createRepository(stage);
        await allowImport(...IMPORT_ACTIONS)(stage);
        await putRegistryPolicy(
          stage,
          registryPolicy(EXECUTION_ROLE, {
            Effect: "Deny",
            Action: [action],
            ...(Resource === undefined ? {} : { Resource }),
          }),
        );
      }),
    ).toEqual([id]);
  });

  it("is not supported by a FIPS endpoint", async () => {
    expect(
      await failuresOf(
        "nat",
        allowImport(...IMPORT_ACTIONS),
        `${account}.dkr.ecr-fips.${region}.amazonaws.com`,
      ),
    ).toEqual(["ECR-01"]);
  });

  it("is an import also where every image exists, as in a rehearsal", async () => {
    const everyImage: Apps = { images: { "*": { exists: true } } };
    expect(await failuresOf("nat", async () => {}, undefined, everyImage)).toEqual(["ECR-09"]);
    expect(await failuresOf("nat", createRepository, undefined, everyImage)).toEqual([]);
  });

  it("creates no repository that exists", async () => {
    expect(
      await failuresOf("nat", async (stage) => {
        await createRepository(stage);
        await allowImport("ecr:BatchImportUpstreamImage")(stage);
      }),
    ).toEqual([]);
  });

  it("needs a route to the internet behind an interface endpoint", async () => {
    expect(await failuresOf("endpoints", allowImport(...IMPORT_ACTIONS))).toEqual(["NET-33"]);
  });

  it("uses the rule with the longest prefix", async () => {
    expect(
      await failuresOf("endpoints", async (stage) => {
        for (const [ecrRepositoryPrefix, upstreamRegistryUrl] of [
          ["ROOT", "quay.io"],
          // The tasks reach this registry through the endpoint.
          ["mirror/nginx", `444455556666.dkr.ecr.${region}.amazonaws.com`],
          ["mirror/nginx/ngi", "quay.io"],
        ] as const)
          await stage.aws.ecr.send(
            new ecr.CreatePullThroughCacheRuleCommand({ ecrRepositoryPrefix, upstreamRegistryUrl }),
          );
        await allowImport(...IMPORT_ACTIONS)(stage);
      }),
    ).toEqual([]);
  });
});

it("pulls the layers of an image with a dual-stack host name from the bucket of its region", async () => {
  const found = await failuresOf(
    "nat",
    async (stage) => {
      await allowImport(...IMPORT_ACTIONS)(stage);
      await stage.aws.ec2.send(
        new CreateVpcEndpointCommand({
          VpcId: stage.ids.vpc,
          ServiceName: `com.amazonaws.${region}.s3`,
          RouteTableIds: [stage.ids.privateTable],
          PolicyDocument: JSON.stringify({
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Principal: "*",
                Action: "s3:*",
                Resource: "arn:aws:s3:::another-bucket/*",
              },
            ],
          }),
        }),
      );
    },
    `${account}.dkr-ecr.${region}.on.aws`,
  );
  expect(found).toEqual(["NET-28"]);
});
