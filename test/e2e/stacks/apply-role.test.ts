import { describe, it } from "vitest";
import type { Config } from "../../../src/config/options.ts";
import { applyPolicies } from "../../../src/constructs/bootstrap/apply-role-permissions.ts";
import { seedExistingResources } from "../../../src/sandbox-seed/existing-resources.ts";
import { type Sandbox, startSandbox } from "../../../src/sandbox/server.ts";
import { bootstrapped, sessionOf, shop } from "../../support/bootstrapped-account.ts";
import {
  ACCOUNT,
  awsAt,
  runLifecycle,
  MODES,
  NAMES,
  UNNECESSARY_ACTIONS,
  project,
  small,
} from "../../support/foundation-modes.ts";
import { withoutAction } from "../../support/without-action.ts";
import { berth } from "../../support/berth.ts";

/** A sandbox with the roles of a bootstrap, and the actions that it denied. */
async function sandboxWithRoles(
  config: Parameters<typeof shop>[0],
  change?: Parameters<typeof bootstrapped>[2],
): Promise<{
  readonly sandbox: Sandbox;
  readonly deniedActions: Set<string>;
}> {
  const deniedActions = new Set<string>();
  const sandbox = await startSandbox({
    onCall: ({ error = "", message = "" }) => {
      if (/Denied|Unauthorized/.test(error))
        deniedActions.add(/allows the (\S+) action/.exec(message)?.[1] ?? message);
    },
  });
  await bootstrapped(sandbox, shop(config), change);
  return { sandbox, deniedActions };
}

const unexpectedDenials = (deniedActions: ReadonlySet<string>): string[] =>
  [...deniedActions].filter((value) => !UNNECESSARY_ACTIONS.has(value));

describe.concurrent("with the credentials of the apply role", () => {
  it.for(MODES)(
    "the foundation with %s is created, changed and destroyed",
    async (mode, { expect }) => {
      const { sandbox, deniedActions } = await sandboxWithRoles({
        ...small(mode),
        publish: NAMES.parameter,
      });
      const keys = await sessionOf(sandbox, NAMES.name, "apply");
      await runLifecycle(mode, awsAt(sandbox, { ...keys }));
      expect(unexpectedDenials(deniedActions)).toEqual([]);
      expect(
        sandbox
          .contents()
          .map(({ kind }) => kind)
          .sort(),
      ).toEqual(["iam/oidc-provider", "iam/policy", "iam/role"]);
      await sandbox.close();
    },
  );
});

const id = (kind: string, digit: number): string => `${kind}-0123456789abcdef${digit}`;

/** A foundation with an existing VPC and an existing KMS key, in this number of subnets. */
const foundationInExistingVpc = (subnets: number): Config => ({
  ...small("endpoints"),
  loadBalancer: false,
  publish: NAMES.parameter,
  network: {
    vpcId: id("vpc", 0),
    privateSubnetIds: [0, 1].slice(0, subnets).map((digit) => id("subnet", digit)),
    routeTableIds: [0, 1].slice(0, subnets).map((digit) => id("rtb", digit)),
  },
  key: { arn: `arn:aws:kms:eu-west-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab` },
});

/** Creates, changes and destroys that foundation, up to the first error. Returns the denied actions. */
async function applyInExistingVpc(change?: Parameters<typeof bootstrapped>[2]): Promise<string[]> {
  const { sandbox, deniedActions } = await sandboxWithRoles(foundationInExistingVpc(2), change);
  seedExistingResources(sandbox, foundationInExistingVpc(2), ACCOUNT);
  const keys = await sessionOf(sandbox, NAMES.name, "apply");
  const env = awsAt(sandbox, { ...keys });
  const folder = project(foundationInExistingVpc(1));
  for (const [config, verb] of [
    [foundationInExistingVpc(1), "apply"],
    [foundationInExistingVpc(2), "apply"],
    [foundationInExistingVpc(2), "destroy"],
  ] as const) {
    project(config, folder);
    const ran = await berth([verb, "--yes"], { cwd: folder, env });
    if (ran.code !== 0) break;
  }
  await sandbox.close();
  return unexpectedDenials(deniedActions);
}

const EXISTING_RESOURCE_ACTIONS = shop(foundationInExistingVpc(2)).foundations.flatMap((scope) =>
  (applyPolicies(scope)["state"]?.Statement ?? []).flatMap(({ Sid, Action }) =>
    String(Sid).startsWith("Given")
      ? (Action as readonly string[]).map((action): [string, string] => [action, String(Sid)]) // a list of strings, as written by applyPolicies
      : [],
  ),
);

describe.concurrent("with the credentials of the apply role and existing resources", () => {
  it("the foundation is created, changed and destroyed", async ({ expect }) => {
    expect(await applyInExistingVpc()).toEqual([]);
  });

  it.for(EXISTING_RESOURCE_ACTIONS)("%s is required (%s)", async ([action, sid], { expect }) => {
    const deniedActions = await applyInExistingVpc((policy, name) =>
      name === `${NAMES.name}-apply-state` ? withoutAction(policy, action, sid) : policy,
    );
    expect(deniedActions).toContain(action);
  });
});
