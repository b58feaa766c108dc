import { describe, expect, it } from "vitest";
import {
  type DeploymentStatus,
  firstDeployment,
  startDeployment,
  type StartedDeployment,
} from "../../src/deployment/index.ts";
import {
  CLUSTER,
  definition,
  deploymentArn,
  fakeClient,
  revisionArn,
  TestClock,
} from "./fake-client.ts";

interface Situation {
  /** The revision that the service has before. */
  readonly current: number;
  /** Deployments before UpdateService: ID, status, and the revision of the task definition. */
  readonly deployments: readonly (readonly [
    id: string,
    status: DeploymentStatus,
    revision: number,
  ])[];
  /** The deployment in the response of UpdateService. */
  readonly reported?: string;
  /** Calls of ListServiceDeployments after UpdateService, before ECS lists the new deployment. */
  readonly delay?: number;
}

/** Deploys the revision 8. */
async function start({ current, deployments, reported, delay = 0 }: Situation): Promise<{
  readonly started: StartedDeployment;
  readonly updates: readonly unknown[];
}> {
  const clock = new TestClock();
  let lists = 0;
  let isUpdated = false;
  const client = fakeClient(
    {
      ListServiceDeployments: () => {
        if (isUpdated) lists++;
        const listed = [
          ...deployments,
          ...(isUpdated && lists > delay ? [["new", "PENDING", 8] as const] : []),
        ];
        return {
          serviceDeployments: listed.map(([id, status, revision], index) => ({
            serviceDeploymentArn: deploymentArn(id),
            status,
            targetServiceRevisionArn: revisionArn(revision),
            createdAt: new Date(index),
          })),
        };
      },
      DescribeServiceRevisions: (input) => ({
        serviceRevisions: [
          {
            taskDefinition: definition(
              Number((input["serviceRevisionArns"] as string[])[0]?.split("/").pop()), // the input of DescribeServiceRevisions
            ),
          },
        ],
      }),
      UpdateService: () => {
        isUpdated = true;
        return {
          service:
            reported === undefined ? {} : { currentServiceDeployment: deploymentArn(reported) },
        };
      },
    },
    clock,
  );
  const started = await startDeployment(client, {
    cluster: CLUSTER,
    service: "web",
    taskDefinition: definition(8),
    current: { taskDefinition: definition(current) },
    clock,
  });
  return {
    started,
    updates: client.calls
      .filter(({ operation }) => operation === "UpdateService")
      .map(({ input }) => input),
  };
}

const UPDATE = { cluster: CLUSTER, service: "web", taskDefinition: definition(8) };

describe("startDeployment", () => {
  it.each<[string, Situation, StartedDeployment, unknown[]]>([
    [
      "starts the deployment that UpdateService returns",
      { current: 7, deployments: [["old", "SUCCESSFUL", 7]], reported: "new" },
      { kind: "started", arn: deploymentArn("new") },
      [UPDATE],
    ],
    [
      "finds it in the list, if the response still has the earlier one",
      { current: 7, deployments: [["old", "SUCCESSFUL", 7]], reported: "old", delay: 3 },
      { kind: "started", arn: deploymentArn("new") },
      [UPDATE],
    ],
    [
      "continues a deployment that is in progress",
      {
        current: 8,
        deployments: [
          ["old", "SUCCESSFUL", 7],
          ["same", "IN_PROGRESS", 8],
        ],
      },
      { kind: "found", arn: deploymentArn("same") },
      [],
    ],
    [
      "replaces a deployment of another revision",
      { current: 9, deployments: [["other", "IN_PROGRESS", 9]] },
      { kind: "started", arn: deploymentArn("new") },
      [UPDATE],
    ],
    [
      "replaces a rollback of the same revision",
      {
        current: 7,
        deployments: [
          ["old", "SUCCESSFUL", 7],
          ["same", "ROLLBACK_IN_PROGRESS", 8],
        ],
      },
      { kind: "started", arn: deploymentArn("new") },
      [UPDATE],
    ],
    [
      "does nothing if the last deployment of the revision was successful",
      {
        current: 8,
        deployments: [
          ["old", "SUCCESSFUL", 7],
          ["same", "SUCCESSFUL", 8],
        ],
      },
      { kind: "unchanged" },
      [],
    ],
    [
      "deploys the revision of a failed deployment again",
      {
        current: 8,
        deployments: [
          ["old", "SUCCESSFUL", 7],
          ["same", "STOPPED", 8],
        ],
      },
      { kind: "started", arn: deploymentArn("new") },
      [{ ...UPDATE, forceNewDeployment: true }],
    ],
  ])("%s", async (_title, situation, expected, updates) => {
    expect(await start(situation)).toEqual({ started: expected, updates });
  });

  it("fails if ECS does not list a new deployment", async () => {
    await expect(start({ current: 7, deployments: [], delay: 1000 })).rejects.toMatchObject({
      code: "BERTH-E3102",
    });
  });
});

describe("firstDeployment", () => {
  it("waits until ECS lists the deployment of a created service", async () => {
    let lists = 0;
    const client = fakeClient({
      ListServiceDeployments: () => ({
        serviceDeployments:
          ++lists < 4
            ? []
            : [
                {
                  serviceDeploymentArn: deploymentArn("first"),
                  status: "PENDING",
                  targetServiceRevisionArn: revisionArn(1),
                },
              ],
      }),
    });
    const clock = new TestClock();
    expect(await firstDeployment(client, { cluster: CLUSTER, service: "web", clock })).toBe(
      deploymentArn("first"),
    );
    const none = fakeClient({ ListServiceDeployments: () => ({}) });
    await expect(
      firstDeployment(none, { cluster: CLUSTER, service: "web", clock }),
    ).rejects.toMatchObject({ code: "BERTH-E3102" });
  });
});
