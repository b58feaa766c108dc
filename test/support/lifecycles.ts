import { it } from "vitest";
import type { Settings } from "../../src/config/options.ts";
import type { Sandbox } from "../../src/sandbox/server.ts";
import type { Clients } from "../../start/clients.ts";
import { Life } from "../../start/life.ts";
import { probe } from "../../start/probe.ts";
import { verify } from "../../start/verify.ts";
import { testFolder } from "./folder.ts";
import { givenCertificate, givenNetwork } from "./given.ts";
import { named } from "./named.ts";
import { settingsOf } from "./settings.ts";

type Given = Settings | ((clients: Clients, sandbox: Sandbox) => Promise<Settings>);

export const region: string = "us-east-1";
const allowFrom = ["0.0.0.0/0"];

/** Foundations by what they show. The provider waits long, so that their tests run at the same time. */
const foundations: Readonly<Record<string, Given>> = {
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

/** Runs the lifecycle of foundations: plan, apply, read back, run tasks, plan again, destroy. */
export function testLifecycles(names: readonly string[]): void {
  it.concurrent.for(names)("%s", async (name, { expect, onTestFinished }) => {
    const life = await Life.begin(testFolder(), named(foundations, name));
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
}
