import type { Config } from "../../src/config/options.ts";
import type { Sandbox } from "../../src/sandbox/server.ts";
import { ACCOUNT, REGION } from "./foundation-modes.ts";

/** A config with everything that `berth bootstrap` requires. */
export const bootstrapConfig: Config = {
  name: "shop",
  region: REGION,
  account: ACCOUNT,
  loadBalancer: false,
  zones: 1,
  state: { bucket: "shop-states" },
  pipeline: { repository: "harbour/shop", ownerId: 17, repositoryId: 4711 },
};

/** Creates GitHub's OIDC provider with an audience. */
export function givenOidcProvider(sandbox: Sandbox, audience: string): void {
  sandbox.invoke("iam", "CreateOpenIDConnectProvider", {
    Url: "https://token.actions.githubusercontent.com",
    ClientIDList: [audience],
  });
}
