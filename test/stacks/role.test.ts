import { describe, it } from "vitest";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";
import { bootstrapped, sessionOf, shop } from "../pipeline/bootstrapped.ts";
import { awsAt, live, MODES, NAMES, small } from "../pipeline/lives.ts";

/** A sandbox with a bootstrap's roles in it, and what it has refused for want of a permission. */
async function guarded(config: Parameters<typeof shop>[0]): Promise<{
  readonly sandbox: Sandbox;
  readonly refused: string[];
}> {
  const refused: string[] = [];
  const sandbox = await startSandbox({
    onCall: ({ error = "", message = "" }) => {
      if (/Denied|Unauthorized/.test(error)) refused.push(message);
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
      expect(refused).toEqual([]);
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
