import { ListServiceDeploymentsCommand } from "@aws-sdk/client-ecs";
import { join } from "node:path";
import { describe, it } from "vitest";
import {
  apply,
  deploy,
  type OperationEvent,
  type OperationHost,
  rollback,
  type ServiceResult,
} from "../../../src/app/index.ts";
import type { Config } from "../../../src/config/options.ts";
import { startSandbox } from "../../../src/sandbox/index.ts";
import { clientsFor } from "../../support/clients.ts";
import { ACCOUNT, awsAt, project, REGION } from "../../support/foundation-modes.ts";
import { pushImage } from "../../support/push-image.ts";

const BUCKET = "states";
const config: Config = {
  name: "shop",
  region: REGION,
  account: ACCOUNT,
  zones: 1,
  egress: "public",
  loadBalancer: false,
  state: { bucket: BUCKET },
  services: { web: { image: { build: "." }, count: 1 } },
};

/** A host, and when it reports an event for the first time. */
function observed(type: OperationEvent["type"]): {
  readonly host: OperationHost;
  readonly reported: Promise<void>;
  readonly types: readonly string[];
} {
  const types: string[] = [];
  let report = (): void => undefined;
  const reported = new Promise<void>((resolve) => (report = resolve));
  const event = (happened: OperationEvent): void => {
    types.push(happened.type);
    if (happened.type === type) report();
  };
  return { host: { event }, reported, types };
}

describe("two deployments of a service at the same time", () => {
  it("have one that is replaced or rejected, and leave a state without changes", async ({
    expect,
    onTestFinished,
  }) => {
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    const { ecr, ecs } = clientsFor(sandbox.url, REGION);
    const bucket = {
      Bucket: BUCKET,
      CreateBucketConfiguration: { LocationConstraint: REGION },
    };
    sandbox.invoke("s3", "CreateBucket", bucket, { account: ACCOUNT, region: REGION });
    const [mine, other] = [project(config), project(config)];
    const optionsOf = (folder: string): Parameters<typeof deploy>[0] & { yes: true } => ({
      config: join(folder, "berth.config.ts"),
      // A shared provider process would not have these credentials.
      env: { ...process.env, TF_REATTACH_PROVIDERS: undefined, ...awsAt(sandbox) },
      yes: true,
    });
    const deployIn = async (
      folder: string,
      image?: string,
      host?: OperationHost,
    ): Promise<ServiceResult | undefined> => {
      const options = { ...optionsOf(folder), services: ["web"], build: false };
      const result = await deploy({ ...options, ...(image === undefined ? {} : { image }) }, host);
      return result.services[0];
    };
    /** The state, the record and the service have the image, and no deployment is left. */
    const expectComplete = async (image: string): Promise<void> => {
      const run = observed("no-changes");
      expect(await deployIn(mine, undefined, run.host)).toMatchObject({
        outcome: "unchanged",
        image,
      });
      expect(run.types).toContain("no-changes");
      const { serviceDeployments = [] } = await ecs.send(
        new ListServiceDeploymentsCommand({ cluster: "shop", service: "web" }),
      );
      expect(serviceDeployments[0]?.status).toBe("SUCCESSFUL");
    };

    await apply(optionsOf(mine));
    const uris: string[] = [];
    for (const tag of ["v0", "v1", "v2", "v3", "v4", "v5"]) {
      const { image } = await pushImage(ecr, "shop", tag, { architecture: "arm64", note: tag });
      const repository = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/shop`;
      uris.push(`${repository}@${image?.imageId?.imageDigest}`);
    }
    const [, , v2 = "", v3 = "", , v5 = ""] = uris;
    await deployIn(mine, ":v0");
    await deployIn(mine, ":v1");
    // Now, deployments take time.
    sandbox.pace = "real";

    const replaced = observed("deployment-started");
    const first = deployIn(mine, ":v4", replaced.host);
    await replaced.reported;
    const second = await deployIn(other, ":v2");
    expect(second).toMatchObject({ outcome: "deployed", image: v2 });
    const failed = await first;
    expect(failed).toMatchObject({
      outcome: "failed",
      deployment: {
        outcome: "stopped",
        replacedBy: second !== undefined && "taskDefinition" in second && second.taskDefinition,
      },
    });
    expect(failed).not.toHaveProperty("restoreError");
    await expectComplete(v2);

    const waiting = observed("deployment-started");
    const alone = deployIn(mine, ":v3", waiting.host);
    await waiting.reported;
    await expect(deployIn(mine, ":v4")).rejects.toMatchObject({ code: "BERTH-E3006" });
    expect(await alone).toMatchObject({ outcome: "deployed", image: v3 });
    await expectComplete(v3);

    const rolledBack = observed("deployment-started");
    const rollingBack = rollback({ ...optionsOf(mine), service: "web" }, rolledBack.host);
    await rolledBack.reported;
    const last = await deployIn(other, ":v5");
    expect(last).toMatchObject({ outcome: "deployed", image: v5 });
    expect(await rollingBack).toMatchObject({
      outcome: "failed",
      deployment: {
        outcome: "stopped",
        replacedBy: last !== undefined && "taskDefinition" in last && last.taskDefinition,
      },
    });
    await expectComplete(v5);
  });
});
