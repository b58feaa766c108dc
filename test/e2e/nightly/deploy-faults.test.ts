import { DescribeServicesCommand, ListServiceDeploymentsCommand } from "@aws-sdk/client-ecs";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { join } from "node:path";
import { describe, it } from "vitest";
import {
  apply,
  deploy,
  OperationFailedError,
  type OperationEvent,
  type ServiceResult,
} from "../../../src/app/index.ts";
import { isInterruption } from "../../../src/app/host.ts";
import { type Fault, startSandbox } from "../../../src/sandbox/index.ts";
import { clientsFor } from "../../support/clients.ts";
import { writeConfig } from "../../support/config-folder.ts";
import { testFolder } from "../../support/folder.ts";
import { pushImage } from "../../support/push-image.ts";

const THROTTLED: Fault = { kind: "error", code: "ThrottlingException", message: "Rate exceeded" };
const LOST: Fault = { kind: "disconnect", isExecuted: false };
const LOST_RESPONSE: Fault = { kind: "disconnect", isExecuted: true };

/**
 * The faults of each call in the phases of a deployment, one after the other. In a sandbox, the AWS provider makes three attempts,
 * and does not repeat every call after a lost connection: then the next deployment continues.
 */
const PHASES: readonly (readonly [
  phase: string,
  operations: readonly string[],
  faults: readonly Fault[],
])[] = [
  ["plan", ["DescribeTaskDefinition", "GetParameter", "DescribeLogGroups"], [THROTTLED, LOST]],
  ["apply", ["RegisterTaskDefinition"], [THROTTLED, LOST_RESPONSE]],
  ["task before the deployment", ["RunTask", "DescribeTasks"], [THROTTLED, LOST, LOST_RESPONSE]],
  [
    "wait",
    ["UpdateService", "DescribeServiceDeployments", "ListTasks"],
    [THROTTLED, LOST, LOST_RESPONSE],
  ],
  ["record", ["PutParameter"], [THROTTLED, LOST, LOST_RESPONSE]],
];

describe("a deployment with real Terraform", () => {
  it("is completed under throttling and lost connections, and continued after interrupts", async ({
    expect,
    onTestFinished,
  }) => {
    const pending = new Map<string, Fault[]>();
    const faultsLeft = (): number => [...pending.values()].flat().length;
    const sandbox = await startSandbox({
      faultInjector: ({ operation }) => pending.get(operation)?.shift(),
    });
    onTestFinished(() => sandbox.close());
    const folder = testFolder();
    writeConfig(
      folder,
      `zones: 1, egress: "public", loadBalancer: false,
      services: { web: { image: { build: "." }, count: 1, before: { command: ["migrate"] } } }`,
    );
    const scope = { config: join(folder, "berth.config.ts"), sandbox: sandbox.url };
    const { ecr, ecs, ssm } = clientsFor(sandbox.url, "us-east-1");
    const deployImage = async (
      image?: string,
      interruptAt?: OperationEvent["type"],
    ): Promise<{ readonly result: ServiceResult | undefined; readonly types: string[] }> => {
      const types: string[] = [];
      const options = { ...scope, services: ["web"], yes: true, build: false };
      const { services } = await deploy(
        { ...options, ...(image === undefined ? {} : { image }) },
        {
          event: ({ type }) => {
            types.push(type);
            // Calls Berth's listener: a real signal would end the test process.
            if (type === interruptAt) process.listeners("SIGINT").at(-1)?.("SIGINT");
          },
        },
      );
      return { result: services[0], types };
    };
    /** State, service and record have the image, and nothing is left to do. */
    const expectComplete = async (image: string): Promise<void> => {
      const { result, types } = await deployImage();
      expect(result).toMatchObject({ outcome: "unchanged", image });
      expect(types).toContain("no-changes");
      const { Parameter } = await ssm.send(
        new GetParameterCommand({ Name: "/berth/hello/web/image" }),
      );
      expect(Parameter?.Value).toBe(image);
      const { services } = await ecs.send(
        new DescribeServicesCommand({ cluster: "hello", services: ["web"] }),
      );
      expect(services?.[0]).toMatchObject({ runningCount: 1, pendingCount: 0 });
      const { serviceDeployments } = await ecs.send(
        new ListServiceDeploymentsCommand({ cluster: "hello", service: "web" }),
      );
      expect(new Set(serviceDeployments?.map(({ status }) => status))).toEqual(
        new Set(["SUCCESSFUL"]),
      );
    };
    let images = 0;
    const newImage = async (): Promise<{ readonly tag: string; readonly uri: string }> => {
      images += 1;
      const tag = `v${images}`;
      const { image } = await pushImage(ecr, "hello", tag, { architecture: "arm64", note: tag });
      const repository = "111122223333.dkr.ecr.us-east-1.amazonaws.com/hello";
      return { tag: `:${tag}`, uri: `${repository}@${image?.imageId?.imageDigest}` };
    };

    await apply({ ...scope, yes: true });
    const first = await newImage();
    await deployImage(first.tag);
    await expectComplete(first.uri);

    for (const [phase, operations, faults] of PHASES) {
      const { tag, uri } = await newImage();
      for (const operation of operations) pending.set(operation, [...faults]);
      const isTerraform = phase === "plan" || phase === "apply";
      let deployed: Awaited<ReturnType<typeof deployImage>> | undefined;
      while (deployed === undefined) {
        const left = faultsLeft();
        try {
          deployed = await deployImage(tag);
        } catch (error) {
          // A further attempt must have fewer faults, so that the attempts end.
          if (!isTerraform || !(error instanceof OperationFailedError) || faultsLeft() === left)
            throw error;
        }
      }
      expect(deployed.result, phase).toMatchObject({ outcome: "deployed" });
      expect(deployed.result, phase).not.toHaveProperty("recordError");
      const unused = operations.filter((operation) => (pending.get(operation) ?? []).length > 0);
      expect(unused, `calls of the phase ${phase} without faults`).toEqual([]);
      await expectComplete(uri);
    }

    for (const type of ["resource-started", "task-status", "deployment-started"] as const) {
      const { tag, uri } = await newImage();
      await expect(deployImage(tag, type), type).rejects.toSatisfy(isInterruption);
      await deployImage(tag);
      await expectComplete(uri);
    }
  });
});
