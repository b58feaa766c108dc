import { describe, it } from "vitest";
import { startSandbox } from "../../../src/sandbox/server.ts";
import { bootstrapped, sessionOf, shop } from "../../support/bootstrapped-account.ts";
import { berth } from "../../support/berth.ts";
import { testFolder } from "../../support/folder.ts";
import { awsAt, NAMES } from "../../support/foundation-modes.ts";
import { firstServices, runServiceLifecycle, serviceApps } from "../../support/service-modes.ts";
import { withoutAction } from "../../support/without-action.ts";

/** Runs the life of the services with the credentials of the deploy role. Returns the first unexpected failure. */
async function runWithDeployRole(
  change?: Parameters<typeof bootstrapped>[2],
): Promise<{ readonly failure: string | undefined; readonly deniedActions: readonly string[] }> {
  const deniedActions = new Set<string>();
  const sandbox = await startSandbox({
    apps: serviceApps,
    onCall: ({ error = "", message = "" }) => {
      if (/Denied|Unauthorized/.test(error))
        deniedActions.add(/allows the (\S+) action/.exec(message)?.[1] ?? message);
    },
  });
  await bootstrapped(sandbox, shop(firstServices), change);
  const keys = await sessionOf(sandbox, NAMES.name, "deploy");
  const folder = testFolder();
  const failure = await runServiceLifecycle(sandbox, folder, (args) =>
    berth(args, { cwd: folder, env: awsAt(sandbox, { ...keys }) }),
  );
  await sandbox.close();
  return { failure, deniedActions: [...deniedActions] };
}

/** Without this action, the command that starts the given text fails. */
const NEEDED: readonly (readonly [action: string, command: string])[] = [
  ["ecs:DescribeServiceDeployments", "berth deploy qxweb --image :v1"],
  ["ecs:RunTask", "berth deploy qxweb --image :v1"],
  ["iam:PassRole", "berth deploy qxweb --image :v1"],
  ["ssm:PutParameter", "berth deploy qxweb --image :v1"],
];

describe.concurrent("with the credentials of the deploy role", () => {
  it("services and a job are deployed, changed, rolled back, scaled and destroyed", async ({
    expect,
  }) => {
    expect(await runWithDeployRole()).toEqual({ failure: undefined, deniedActions: [] });
  });

  it.for(NEEDED)("without %s, %s fails", async ([action, command], { expect }) => {
    const { failure, deniedActions } = await runWithDeployRole((policy, name) =>
      name.startsWith(`${NAMES.name}-deploy-`) ? withoutAction(policy, action) : policy,
    );
    expect(failure?.startsWith(command), failure).toBe(true);
    expect(deniedActions).toContain(action);
  });
});
