import { it } from "vitest";
import type { Settings } from "../../src/config/options.ts";
import type { Sandbox } from "../../src/sandbox/server.ts";
import type { Clients } from "./clients.ts";
import { FoundationLifecycle } from "./foundation-lifecycle.ts";
import { runTestService } from "./test-service.ts";
import { verifyFoundation } from "./verification/foundation.ts";
import { testFolder } from "./folder.ts";
import { givenCertificate, givenNetwork } from "./given.ts";
import { requireValue } from "./named.ts";
import { settingsOf } from "./settings.ts";

/** Settings, or a function that creates existing resources and returns the settings. */
type FoundationSettings = Settings | ((clients: Clients, sandbox: Sandbox) => Promise<Settings>);

export const region: string = "us-east-1";
const allowFrom = ["0.0.0.0/0"];

/** Foundations by their name in the tests. Their tests run at the same time, because the provider waits for long. */
const foundations: Readonly<Record<string, FoundationSettings>> = {
  "endpoints, two zones": settingsOf(),
  "endpoints, three zones, all options": settingsOf({
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
    const lifecycle = await FoundationLifecycle.start(
      testFolder(),
      requireValue(foundations, name),
    );
    onTestFinished(() => lifecycle.close());
    const before = lifecycle.remainingResources();

    await lifecycle.plan();
    await lifecycle.apply();
    const properties = await verifyFoundation(
      lifecycle.clients,
      lifecycle.settings,
      await lifecycle.outputs(),
    );
    expect(properties.filter((property) => !property.isAsExpected)).toEqual([]);
    expect(properties.length).toBeGreaterThan(20);
    const { loadBalancer } = lifecycle.settings;
    const isPublic = loadBalancer !== false && loadBalancer.scheme !== "internal";
    expect(await runTestService(lifecycle, await lifecycle.outputs())).toMatchObject({
      running: 2,
      health: loadBalancer === false ? [] : ["healthy", "healthy"],
      status: isPublic ? 200 : undefined,
    });
    expect(await lifecycle.plan()).toEqual([]);

    await lifecycle.plan({ destroy: true });
    await lifecycle.apply();
    expect(lifecycle.remainingResources()).toEqual(before);
    expect(lifecycle.sandbox.calls.filter((call) => call.error === "NotImplemented")).toEqual([]);
  });
}
