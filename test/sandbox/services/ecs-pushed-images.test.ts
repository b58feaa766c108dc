import { BatchDeleteImageCommand, CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import {
  type ContainerDefinition,
  DescribeServiceRevisionsCommand,
  DescribeTasksCommand,
  ListServiceDeploymentsCommand,
  ListTasksCommand,
  StopTaskCommand,
  type Task,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { taskFailureIn } from "../../../src/failures/index.ts";
import { OCI_INDEX, OCI_MANIFEST, RegistryClient } from "../../support/registry-client.ts";
import { givenStage, type Stage } from "../failures/stage.ts";

let stage: Stage;
let registry: RegistryClient;

beforeEach(async () => {
  stage = await givenStage();
  await stage.aws.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
  registry = await RegistryClient.login(stage.aws.ecr);
});
afterEach(() => stage.close());

async function tasks(desiredStatus: "RUNNING" | "STOPPED" = "RUNNING"): Promise<readonly Task[]> {
  const { taskArns = [] } = await stage.aws.ecs.send(
    new ListTasksCommand({ cluster: "app", desiredStatus }),
  );
  const described = await stage.aws.ecs.send(
    new DescribeTasksCommand({ cluster: "app", tasks: taskArns }),
  );
  return described.tasks ?? [];
}

const digests = async (): Promise<readonly (string | undefined)[]> =>
  (await tasks()).map(({ containers }) => containers?.[0]?.imageDigest);

const service = { desiredCount: 1 };

const launch = (container: Partial<ContainerDefinition> = {}, architecture?: "ARM64") =>
  stage.launch({
    service,
    container,
    ...(architecture === undefined
      ? {}
      : { definition: { runtimePlatform: { cpuArchitecture: architecture } } }),
  });

/** Pushes an index of images for amd64 and arm64. */
async function pushIndex(tag: string): Promise<string> {
  const images = await Promise.all(
    ["amd64", "arm64"].map(async (architecture) => ({
      mediaType: OCI_MANIFEST,
      ...(await registry.pushImage("app", `${tag}-${architecture}`, { architecture })),
      platform: { os: "linux", architecture },
    })),
  );
  const index = { mediaType: OCI_INDEX, schemaVersion: 2, manifests: images };
  return (await registry.pushManifest("app", tag, index)).digest;
}

describe("a pushed image", () => {
  it("runs, and its task has the digest", async () => {
    const { digest } = await registry.pushImage("app", "1");
    expect((await launch()).running).toBe(1);
    expect(await digests()).toEqual([digest]);
  });

  it("for ARM64 only does not start on X86_64, with AWS's reason and Berth's ID", async () => {
    await registry.pushImage("app", "1", { architecture: "arm64" });
    const { running, reasons } = await launch();
    expect(running).toBe(0);
    expect(reasons[0]).toBe(
      "CannotPullContainerError: pull image manifest has been retried 1 time(s): image Manifest does not contain descriptor matching platform 'linux/amd64'",
    );
    expect(taskFailureIn(reasons[0] ?? "")?.id).toBe("ECR-05");
    const [task] = await tasks("STOPPED");
    expect(task?.containers?.[0]?.imageDigest).toBeUndefined();
  });

  it.each([undefined, "ARM64"] as const)(
    "with an index runs on the architecture %s, with the digest of the index",
    async (architecture) => {
      const digest = await pushIndex("1");
      expect((await launch({}, architecture)).running).toBe(1);
      expect(await digests()).toEqual([digest]);
    },
  );
});

describe("the tasks of a service deployment", () => {
  const replaceTask = async (): Promise<void> => {
    const [task] = await tasks();
    await stage.aws.ecs.send(new StopTaskCommand({ cluster: "app", task: task?.taskArn }));
    await stage.poll();
  };

  it("keep the image of the first task when the tag moves", async () => {
    const first = await registry.pushImage("app", "1");
    await launch();
    const second = await registry.pushImage("app", "1", { content: "second" });
    await replaceTask();
    expect(await digests()).toEqual([first.digest]);
    const { serviceDeployments = [] } = await stage.aws.ecs.send(
      new ListServiceDeploymentsCommand({ cluster: "app", service: "app" }),
    );
    const { serviceRevisions } = await stage.aws.ecs.send(
      new DescribeServiceRevisionsCommand({
        serviceRevisionArns: [serviceDeployments[0]?.targetServiceRevisionArn ?? ""],
      }),
    );
    expect(serviceRevisions?.[0]?.containerImages).toEqual([
      {
        containerName: "app",
        image: "111122223333.dkr.ecr.us-east-1.amazonaws.com/app:1",
        imageDigest: first.digest,
      },
    ]);
    await stage.aws.ecs.send(
      new UpdateServiceCommand({ cluster: "app", service: "app", forceNewDeployment: true }),
    );
    await stage.poll(3);
    expect(await digests()).toEqual([second.digest]);
  });

  it("pull the tag each time if version consistency is disabled", async () => {
    await registry.pushImage("app", "1");
    await launch({ versionConsistency: "disabled" });
    const second = await registry.pushImage("app", "1", { content: "second" });
    await replaceTask();
    expect(await digests()).toEqual([second.digest]);
  });

  it("do not start after their image was deleted", async () => {
    const { digest } = await registry.pushImage("app", "1");
    await launch();
    await registry.pushImage("app", "1", { content: "second" });
    await stage.aws.ecr.send(
      new BatchDeleteImageCommand({ repositoryName: "app", imageIds: [{ imageDigest: digest }] }),
    );
    await replaceTask();
    const reasons = (await tasks("STOPPED")).map(({ stoppedReason }) => stoppedReason);
    expect(reasons).toContainEqual(expect.stringContaining(`app@${digest}: not found`));
  });
});
