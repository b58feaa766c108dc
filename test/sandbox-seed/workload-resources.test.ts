import { expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { Seeder } from "../../src/sandbox/seeding.ts";
import {
  parameterNameOf,
  removeSeededImages,
  seedWorkloadResources,
} from "../../src/sandbox-seed/index.ts";
import type { FoundationOptions } from "../../src/config/index.ts";

const account = "111122223333";
const region = "eu-west-1";
const KEY = `arn:aws:kms:${region}:${account}:key/0a1b2c3d-1111-2222-3333-444455556666`;
const VERSION = "0a1b2c3d-1111-2222-3333-444455557777";

const options: FoundationOptions = {
  name: "shop",
  region,
  loadBalancer: false,
  services: {
    web: {
      image: { tag: "v1" },
      secrets: {
        PASSWORD: { secret: "shop/database", key: "password" },
        USER: { secret: "shop/database", key: "user", versionId: VERSION },
        TOKEN: { parameter: `arn:aws:ssm:${region}:${account}:parameter/shop/token` },
        SIGNING: { parameter: "/shop/signing", kmsKeyArn: KEY },
      },
      sidecars: { log: { image: "log:1", secrets: { LICENSE: { secret: "license" } } } },
      deployment: { alarms: { names: ["orders"] } },
    },
  },
  jobs: { nightly: { image: { tag: "v1" } } },
};

it("creates what services and jobs name, and changes nothing that exists", async ({
  onTestFinished,
}) => {
  const sandbox: Sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  const call = (service: string, operation: string, input: object): Readonly<object> =>
    sandbox.invoke(service, operation, { ...input }, { account, region });
  call("ecr", "CreateRepository", { repositoryName: "shop" });
  expect(await seedWorkloadResources(sandbox, options, account)).toEqual([
    `the key ${KEY} exists, and account ${account} and CloudWatch Logs may use it`,
    "the secret shop/database exists, with the keys password, user",
    "the secret license exists",
    `the parameter arn:aws:ssm:${region}:${account}:parameter/shop/token exists`,
    "the parameter /shop/signing exists",
    "the repository shop has an image with the tag v1",
    "the alarm orders exists, and is not in the state ALARM",
  ]);
  expect(
    call("secretsmanager", "GetSecretValue", { SecretId: "shop/database", VersionId: VERSION }),
  ).toMatchObject({ SecretString: '{"password":"assumed","user":"assumed"}' });
  expect(
    call("ssm", "GetParameters", {
      Names: ["/shop/token", "/shop/signing"],
      WithDecryption: true,
    }),
  ).toMatchObject({ InvalidParameters: [] });
  expect(await seedWorkloadResources(sandbox, options, account)).toEqual([]);

  // The image is complete: ECR has its configuration and its layer.
  const { images } = call("ecr", "BatchGetImage", {
    repositoryName: "shop",
    imageIds: [{ imageTag: "v1" }],
  }) as { images: readonly { imageManifest: string }[] }; // by its model
  const { config, layers } = JSON.parse(images[0]?.imageManifest ?? "") as {
    config: { digest: string };
    layers: readonly { digest: string }[];
  };
  expect(layers).toHaveLength(1);
  expect(
    call("ecr", "BatchCheckLayerAvailability", {
      repositoryName: "shop",
      layerDigests: [config, ...layers].map(({ digest }) => digest),
    }),
  ).toMatchObject({
    layers: [{ layerAvailability: "AVAILABLE" }, { layerAvailability: "AVAILABLE" }],
    failures: [],
  });

  removeSeededImages(sandbox, options, account);
  expect(call("ecr", "DescribeImages", { repositoryName: "shop" })).toMatchObject({
    imageDetails: [],
  });
});

it("removes a secret and a parameter, and restores them unchanged", async ({ onTestFinished }) => {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  await seedWorkloadResources(sandbox, options, account);
  const seeder = new Seeder(sandbox, { account, region });
  const before = sandbox.snapshot();
  const restoreSecret = seeder.removeSecret("shop/database");
  const restoreParameter = seeder.removeParameter("/shop/token");
  expect(seeder.succeeds("secretsmanager", "GetSecretValue", { SecretId: "shop/database" })).toBe(
    false,
  );
  expect(seeder.succeeds("ssm", "GetParameter", { Name: "/shop/token" })).toBe(false);
  restoreSecret?.();
  restoreParameter?.();
  expect(seeder.succeeds("secretsmanager", "GetSecretValue", { SecretId: "shop/database" })).toBe(
    true,
  );
  expect(sandbox.snapshot().length).toBe(before.length);
  expect(seeder.removeSecret("another")).toBeUndefined();
  expect(seeder.removeParameter("another")).toBeUndefined();
});

it.each([
  ["token", "token"],
  ["/shop/token", "/shop/token"],
  ["arn:aws:ssm:eu-west-1:111122223333:parameter/shop/token", "/shop/token"],
  ["arn:aws:ssm:eu-west-1:111122223333:parameter/token", "token"],
])("finds the name of the parameter %s", (parameter, name) => {
  expect(parameterNameOf(parameter)).toBe(name);
});
