import { describe, it } from "vitest";
import type { Settings } from "../../src/config/options.ts";
import type { Sandbox } from "../../src/sandbox/server.ts";
import type { Clients } from "../../start/clients.ts";
import { Life } from "../../start/life.ts";
import { probe } from "../../start/probe.ts";
import { verify } from "../../start/verify.ts";
import { testFolder } from "../support/folder.ts";
import { givenCertificate, givenNetwork } from "../support/given.ts";
import { settingsOf } from "../support/settings.ts";

type Given = Settings | ((clients: Clients, sandbox: Sandbox) => Promise<Settings>);

const region = "us-east-1";
const allowFrom = ["0.0.0.0/0"];

/** Every way to live: the provider waits long, so they live side by side. */
const lives: Readonly<Record<string, Given>> = {
  "endpoints, two zones": settingsOf(),
  "endpoints, three zones, everything asked for": settingsOf({
    zones: 3,
    network: { cidr: "172.20.0.0/18" },
    tasks: {
      containerPort: 3000,
      uses: ["secretsmanager", "ssm", "dynamodb"],
      egressRules: [{ to: "10.1.0.0/16", port: 5432 }],
    },
    cluster: { exec: true, namespace: "hello.internal", containerInsights: "enhanced" },
    logs: { retentionDays: 30 },
    repository: { keepImages: 3 },
    publish: true,
    tags: { team: "harbour" },
    defaultTags: { origin: "test" },
    loadBalancer: {
      allowFrom: ["10.0.0.0/8", "192.168.0.0/16"],
      scheme: "internal",
      healthCheck: { path: "/well", matcher: "200-299" },
    },
  }),
  "nat, three zones": settingsOf({ egress: "nat", zones: 3 }),
  "nat in each zone, HTTPS": async (_, { url }) =>
    settingsOf({
      egress: "nat-per-zone",
      loadBalancer: { allowFrom, certificateArn: await givenCertificate(url, region) },
    }),
  public: settingsOf({ egress: "public" }),
  "one zone without a load balancer": settingsOf({ zones: 1, loadBalancer: false }),
  "a VPC, a key and a repository that exist": async ({ ec2, kms }) => {
    const { CreateKeyCommand } = await import("@aws-sdk/client-kms");
    const statement = (Principal: object): object => ({
      Effect: "Allow",
      Principal,
      Action: "kms:*",
      Resource: "*",
    });
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({
        Policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            statement({ AWS: "arn:aws:iam::111122223333:root" }),
            statement({ Service: `logs.${region}.amazonaws.com` }),
          ],
        }),
      }),
    );
    return settingsOf({
      key: { arn: KeyMetadata?.Arn ?? "" },
      network: await givenNetwork(ec2, region),
      repository: { url: `111122223333.dkr.ecr.${region}.amazonaws.com/shared` },
    });
  },
};

describe.concurrent("the life of a foundation, by real Terraform", () => {
  it.for(Object.entries(lives))("%s", async ([, given], { expect, onTestFinished }) => {
    const life = await Life.begin(testFolder(), given);
    onTestFinished(() => life.end());
    const before = life.left();

    await life.plan();
    await life.apply();
    const facts = await verify(life.clients, life.settings, await life.outputs());
    expect(facts.filter((fact) => !fact.holds)).toEqual([]);
    expect(facts.length).toBeGreaterThan(20);
    const { loadBalancer } = life.settings;
    const isPublic = loadBalancer !== false && loadBalancer.scheme !== "internal";
    expect(await probe(life, await life.outputs())).toMatchObject({
      running: 2,
      health: loadBalancer === false ? [] : ["healthy", "healthy"],
      status: isPublic ? 200 : undefined,
    });
    expect(await life.plan()).toEqual([]);

    await life.plan({ destroy: true });
    await life.apply();
    expect(life.left()).toEqual(before);
    expect(life.sandbox.calls.filter((call) => call.error === "NotImplemented")).toEqual([]);
  });

  it("adding a zone replaces nothing, and removing it takes away that zone alone", async ({
    expect,
    onTestFinished,
  }) => {
    // Without a load balancer it is quick; with one, test/constructs holds its addresses.
    const settings = settingsOf({ zones: 2, loadBalancer: false });
    const life = await Life.begin(testFolder(), settings);
    onTestFinished(() => life.end());
    await life.plan();
    await life.apply();

    life.rewrite(settingsOf({ zones: 3, loadBalancer: false }));
    const grown = await life.plan();
    expect(grown.filter(({ action }) => action === "delete" || action === "replace")).toEqual([]);
    const created = grown.filter(({ action }) => action === "create").map(({ address }) => address);
    expect(created.length).toBeGreaterThan(0);
    expect(created.filter((address) => !address.includes("us_east_1c"))).toEqual([]);
    await life.apply();

    life.rewrite(settingsOf({ zones: ["us-east-1a", "us-east-1c"], loadBalancer: false }));
    const shrunk = await life.plan();
    const gone = shrunk.filter(({ action }) => action === "delete").map(({ address }) => address);
    expect(gone.filter((address) => !address.includes("us_east_1b"))).toEqual([]);
    expect(shrunk.filter(({ action }) => action === "replace" || action === "create")).toEqual([]);
    await life.apply();
    expect(await life.plan()).toEqual([]);
    await life.plan({ destroy: true });
    await life.apply();
    expect(life.left()).toEqual([]);
  });

  it("adding a third zone under a load balancer replaces nothing", async ({
    expect,
    onTestFinished,
  }) => {
    const life = await Life.begin(testFolder(), settingsOf());
    onTestFinished(() => life.end());
    await life.plan();
    await life.apply();
    life.rewrite(settingsOf({ zones: 3 }));
    const grown = await life.plan();
    expect(grown.map(({ action }) => action)).toEqual(expect.arrayContaining(["create", "update"]));
    expect(grown.filter(({ action }) => action !== "create" && action !== "update")).toEqual([]);
  });

  it("keeps its state in S3, locked and encrypted", async ({ expect, onTestFinished }) => {
    const { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } =
      await import("@aws-sdk/client-s3");
    const { clientOptions } = await import("../../start/clients.ts");
    let s3: InstanceType<typeof S3Client> | undefined;
    const life = await Life.begin(testFolder(), async (_, { url }) => {
      s3 = new S3Client({ ...clientOptions(url, region), forcePathStyle: true });
      await s3.send(new CreateBucketCommand({ Bucket: "states" }));
      return settingsOf({ zones: 1, loadBalancer: false, state: { bucket: "states" } });
    });
    onTestFinished(() => life.end());
    await life.plan();
    await life.apply();
    const state = await s3?.send(
      new GetObjectCommand({ Bucket: "states", Key: "hello/terraform.tfstate" }),
    );
    expect(state?.ServerSideEncryption).toBe("AES256");
    expect(JSON.parse((await state?.Body?.transformToString()) ?? "{}")).toMatchObject({
      version: 4,
    });
    const listed = await s3?.send(new ListObjectsV2Command({ Bucket: "states" }));
    expect(listed?.Contents?.map((one) => one.Key)).toEqual(["hello/terraform.tfstate"]);
    const locks = life.sandbox.calls.filter(
      (call) => call.service === "s3" && call.operation === "PutObject",
    );
    expect(locks.length).toBeGreaterThan(1);
    expect(await life.plan()).toEqual([]);
    await life.plan({ destroy: true });
    await life.apply();
    expect(life.left()).toEqual(["s3/bucket states", "s3/object states/hello/terraform.tfstate"]);
  });
});
