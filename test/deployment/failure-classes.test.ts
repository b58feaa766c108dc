import { describe, expect, it } from "vitest";
import { AwsClient } from "../../src/aws-client/index.ts";
import {
  causesOf,
  type CompletedDeployment,
  findService,
  firstDeployment,
  waitForDeployment,
} from "../../src/deployment/index.ts";
import { failures } from "../sandbox/failures/index.ts";
import { account, type Stage } from "../sandbox/failures/stage.ts";
import { REGION, TestClock } from "./fake-client.ts";

const NAME = { cluster: "app", service: "app" };
const CIRCUIT_BREAKER = {
  deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
};

/** Failures with the same text of AWS as another one, which a deployment names. The failure is one of its alternatives. */
const NAMED_AS: Readonly<Record<string, string>> = {
  "NET-01": "NET-09",
  "NET-04": "NET-09",
  "NET-05": "NET-09",
  "NET-06": "NET-09",
  "NET-08": "NET-09",
  "NET-12": "NET-11",
  "NET-19": "NET-09",
  "NET-24": "NET-09",
  "NET-25": "NET-11",
  "NET-34": "NET-10",
  "IAM-06": "IAM-05",
  "KMS-03": "IAM-10",
  "RACE-03": "IAM-04",
  "ECR-02": "ECR-01",
  "ECR-09": "ECR-01",
  "LOG-02": "LOG-01",
  "ALB-10": "ALB-11",
  "SVC-10": "ALB-11",
};

/** The circuit breaker is what stops a deployment, and not why its tasks fail. */
const TRIGGER = "SVC-05";

/** Waits for the first deployment of the service, as `berth deploy` does. */
async function deploymentOf({ sandbox }: Stage): Promise<CompletedDeployment> {
  const client = new AwsClient({
    region: REGION,
    endpoint: sandbox.url,
    credentials: { accessKeyId: account, secretAccessKey: "sandbox" },
  });
  const clock = new TestClock();
  const service = await findService(client, NAME);
  return waitForDeployment(client, {
    ...NAME,
    deploymentArn: await firstDeployment(client, { ...NAME, clock }),
    taskDefinition: service?.taskDefinition ?? "",
    region: REGION,
    clock,
  });
}

describe("a deployment that fails", () => {
  it.each(
    failures.flatMap(({ id, title, withBrokenService }) =>
      withBrokenService === undefined || id === TRIGGER ? [] : [{ id, title, withBrokenService }],
    ),
  )("is explained by $id $title", async ({ id, withBrokenService }) => {
    const { outcome, causes } = await withBrokenService(CIRCUIT_BREAKER, deploymentOf);
    // A first deployment has no revision to return to.
    expect(outcome).toBe("rollback-failed");
    const [cause] = causes;
    expect(cause?.failure?.id).toBe(NAMED_AS[id] ?? id);
    expect([cause?.failure?.id, ...(cause?.alternatives ?? [])]).toContain(id);
  });
});

/** Failures of a service that the sandbox shows by messages only. */
const SHOWN_BY_MESSAGES = new Set(["NET-02", "NET-03", "NET-26", "CIDR-04", "ECR-06"]);

describe("the causes of a deployment, from the messages of AWS", () => {
  it.each(failures.filter(({ id }) => SHOWN_BY_MESSAGES.has(id)))(
    "contain $id $title",
    async ({ id, broken }) => {
      const messages = (await broken()).split("\n");
      const causes = causesOf({
        stoppedTasks: messages.map((stoppedReason, index) => ({
          taskArn: `task/${index}`,
          stopCode: "TaskFailedToStart",
          stoppedReason,
        })),
        events: messages,
        targets: [],
        region: REGION,
      });
      expect(
        causes.flatMap(({ failure, alternatives }) => [failure?.id, ...alternatives]),
      ).toContain(id);
    },
  );
});
