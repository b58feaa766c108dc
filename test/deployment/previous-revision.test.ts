import { describe, expect, it } from "vitest";
import { type DeploymentStatus, findRollback } from "../../src/deployment/index.ts";
import { CLUSTER, definition, deploymentArn, fakeClient, revisionArn } from "./fake-client.ts";

const NAME = { cluster: CLUSTER, service: "web" };

/** The revisions of a rollback: from, to. */
async function rollbackOf(
  current: number,
  /** The deployments of revisions, the first one first. */
  deployments: readonly (readonly [revision: number, status?: DeploymentStatus])[],
  /** Images of revisions. @default a different image for each */
  images: Readonly<Record<number, string>> = {},
  inactive: readonly number[] = [],
  isRecorded: boolean = true,
): Promise<readonly [from: string, to: string] | undefined> {
  const records = deployments.map(([revision, status = "SUCCESSFUL"], index) => ({
    serviceDeploymentArn: deploymentArn(String(index)),
    status,
    targetServiceRevisionArn: revisionArn(revision),
    createdAt: new Date(index),
  }));
  const half = Math.ceil(records.length / 2);
  const client = fakeClient({
    // AWS does not state an order: the first page has the older deployments.
    ListServiceDeployments: ({ nextToken }) =>
      nextToken === undefined
        ? { serviceDeployments: records.slice(0, half), nextToken: "2" }
        : { serviceDeployments: records.slice(half) },
    DescribeServiceRevisions: (input) => {
      const id = (input["serviceRevisionArns"] as string[])[0]?.split("/").pop(); // the input of DescribeServiceRevisions
      return { serviceRevisions: [{ taskDefinition: definition(Number(id)) }] };
    },
    DescribeTaskDefinition: ({ taskDefinition }) => {
      const revision = Number(String(taskDefinition).split(":").pop());
      return {
        taskDefinition: {
          taskDefinitionArn: taskDefinition,
          revision,
          registeredAt: new Date(revision),
          status: inactive.includes(revision) ? "INACTIVE" : "ACTIVE",
          containerDefinitions: [{ name: "web", image: images[revision] ?? `web:${revision}` }],
        },
      };
    },
  });
  const rollback = await findRollback(client, NAME, definition(current), () =>
    Promise.resolve(isRecorded),
  );
  return rollback && [rollback.from, rollback.to];
}

/** The revision to which a rollback from `current` returns. */
const previousOf = async (...inputs: Parameters<typeof rollbackOf>): Promise<string | undefined> =>
  (await rollbackOf(...inputs))?.[1];

describe("findRollback", () => {
  it("finds the last successful deployment of another revision, on any page", async () => {
    expect(await previousOf(9, [[5], [7], [8, "ROLLBACK_SUCCESSFUL"], [9]])).toBe(definition(7));
  });

  it("finds the last successful deployment if that of the current revision failed", async () => {
    expect(await previousOf(7, [[5], [7], [9], [7, "STOPPED"]])).toBe(definition(9));
  });

  it("finds the last successful deployment if that of the current revision is older than the history", async () => {
    expect(await previousOf(2, [[5], [7]])).toBe(definition(7));
  });

  it("skips a revision with the content of the current one", async () => {
    const images = { 7: "web:same", 8: "web:same", 9: "web:same" };
    expect(await previousOf(9, [[5], [7], [8], [9]], images)).toBe(definition(5));
    expect(await previousOf(9, [[7], [8], [9]], images)).toBeUndefined();
    // The current revision was deregistered while it runs.
    expect(await previousOf(9, [[5], [8], [9]], images, [9])).toBe(definition(5));
  });

  it("skips a deregistered revision", async () => {
    expect(await previousOf(9, [[5], [7], [9]], {}, [7])).toBe(definition(5));
  });

  it("continues a return to an earlier revision", async () => {
    expect(await rollbackOf(7, [[7], [9], [7, "IN_PROGRESS"]])).toEqual([
      definition(9),
      definition(7),
    ]);
    // ECS itself returns from 7 to 9.
    expect(await rollbackOf(9, [[7], [9], [7, "ROLLBACK_IN_PROGRESS"]])).toEqual([
      definition(9),
      definition(7),
    ]);
  });

  it("continues a return that is not recorded", async () => {
    const deployments = [[7], [9], [7]] as const;
    expect(await rollbackOf(7, deployments)).toEqual([definition(7), definition(9)]);
    expect(await rollbackOf(7, deployments, {}, [], false)).toEqual([definition(9), definition(7)]);
  });

  it("returns from a revision whose first deployment is in progress", async () => {
    expect(await rollbackOf(9, [[5], [7], [9, "IN_PROGRESS"]])).toEqual([
      definition(9),
      definition(7),
    ]);
  });

  it("is undefined without a successful deployment of another revision", async () => {
    expect(await previousOf(9, [])).toBeUndefined();
    expect(await previousOf(9, [[9]])).toBeUndefined();
  });
});
