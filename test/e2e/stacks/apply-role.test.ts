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
import { without } from "../../support/without-action.ts";
import { berth } from "../../support/berth.ts";

/** A sandbox with a bootstrap's roles in it, and the actions that it has refused for want of a permission. */
async function guarded(
  config: Parameters<typeof shop>[0],
  change?: Parameters<typeof bootstrapped>[2],
): Promise<{
  readonly sandbox: Sandbox;
  readonly refused: Set<string>;
}> {
  const refused = new Set<string>();
  const sandbox = await startSandbox({
    onCall: ({ error = "", message = "" }) => {
      if (/Denied|Unauthorized/.test(error))
        refused.add(/allows the (\S+) action/.exec(message)?.[1] ?? message);
    },
  });
  await bootstrapped(sandbox, shop(config), change);
  return { sandbox, refused };
}

const missed = (refused: ReadonlySet<string>): string[] =>
  [...refused].filter((value) => !UNNECESSARY_ACTIONS.has(value));

describe.concurrent("with the apply role's credentials, and not the root's", () => {
  it.for(MODES)(
    "the foundation with %s is created, changed and destroyed",
    async (mode, { expect }) => {
      const { sandbox, refused } = await guarded({ ...small(mode), publish: NAMES.parameter });
      const keys = await sessionOf(sandbox, NAMES.name, "apply");
      await runLifecycle(mode, awsAt(sandbox, { ...keys }));
      expect(missed(refused)).toEqual([]);
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

/** A foundation in so many subnets of a VPC that is there already, and with a key that is. */
const elsewhere = (subnets: number): Config => ({
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

/** Creates, changes and destroys it, as far as it goes. */
async function liveElsewhere(change?: Parameters<typeof bootstrapped>[2]): Promise<string[]> {
  const { sandbox, refused } = await guarded(elsewhere(2), change);
  seedExistingResources(sandbox, elsewhere(2), ACCOUNT);
  const keys = await sessionOf(sandbox, NAMES.name, "apply");
  const env = awsAt(sandbox, { ...keys });
  const folder = project(elsewhere(1));
  for (const [config, verb] of [
    [elsewhere(1), "apply"],
    [elsewhere(2), "apply"],
    [elsewhere(2), "destroy"],
  ] as const) {
    project(config, folder);
    const ran = await berth([verb, "--yes"], { cwd: folder, env });
    if (ran.code !== 0) break;
  }
  await sandbox.close();
  return missed(refused);
}

const GIVEN = shop(elsewhere(2)).foundations.flatMap((foothold) =>
  (applyPolicies(foothold)["state"]?.Statement ?? []).flatMap(({ Sid, Action }) =>
    String(Sid).startsWith("Given")
      ? (Action as readonly string[]).map((action): [string, string] => [action, String(Sid)]) // a list of texts, as it is written
      : [],
  ),
);

describe.concurrent("with the apply role's credentials, on what is there already", () => {
  it("the foundation is created, changed and destroyed", async ({ expect }) => {
    expect(await liveElsewhere()).toEqual([]);
  });

  it.for(GIVEN)("not without %s (%s)", async ([action, sid], { expect }) => {
    const refused = await liveElsewhere((policy, name) =>
      name === `${NAMES.name}-apply-state` ? without(policy, action, sid) : policy,
    );
    expect(refused).toContain(action);
  });
});
