import { describe, it } from "vitest";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";
import { bootstrapped, sessionOf, shop } from "../pipeline/bootstrapped.ts";
import { awsAt, live, MODES, NAMES, NOT_MISSED, small } from "../pipeline/lives.ts";

/** A sandbox with a bootstrap's roles in it, and the actions that it has refused for want of a permission. */
async function guarded(config: Parameters<typeof shop>[0]): Promise<{
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
  await bootstrapped(sandbox, shop(config));
  return { sandbox, refused };
}

describe.concurrent("with the apply role's credentials, and not the root's", () => {
  it.for(MODES)(
    "the foundation with %s is created, changed and destroyed",
    async (mode, { expect }) => {
      const { sandbox, refused } = await guarded({ ...small(mode), publish: NAMES.parameter });
      const keys = await sessionOf(sandbox, NAMES.name, "apply");
      await live(mode, awsAt(sandbox, { ...keys }));
      expect([...refused].filter((one) => !NOT_MISSED.has(one))).toEqual([]);
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
