import type * as ecr from "@aws-sdk/client-ecr";
import type { Caller } from "../../authorization/callers.ts";
import { operation, type Operations } from "../../core/operation.ts";
import type { AccountRegion, Store } from "../../core/store.ts";
import { table, type TableKey } from "../../core/tables.ts";

/** The password of a registry login. It has the permissions of the caller that requested it. */
export interface AuthorizationToken {
  readonly token: string;
  readonly caller: Caller;
  /** The region of the registry. Its account is the account of the caller. */
  readonly region: string;
  readonly expires: Date;
}

const tokens: TableKey<AuthorizationToken> = table("ecr/authorization-token", {
  scope: "world",
  exists: () => false,
});

/** Source: Amazon ECR API Reference, GetAuthorizationToken. */
const TOKEN_LIFETIME_MS = 12 * 60 * 60 * 1000;

/** Number of tokens that are kept. Older ones become invalid. */
const MAX_TOKENS = 1000;

const NO_ACCOUNT: AccountRegion = { account: "", region: "" };

/** Finds a token, which may have expired. Returns undefined if the sandbox did not issue it. */
export const findToken = (store: Store, token: string): AuthorizationToken | undefined =>
  store.in(tokens, NO_ACCOUNT).get(token);

export const tokenOperations: Operations = {
  GetAuthorizationToken: operation<
    ecr.GetAuthorizationTokenRequest,
    ecr.GetAuthorizationTokenResponse
  >()([], (context) => {
    const token = context.hex(64);
    const expires = new Date(context.now.getTime() + TOKEN_LIFETIME_MS);
    const { caller, region } = context;
    context.in(tokens).put(token, { token, caller, region, expires });
    context.in(tokens).keepNewest(MAX_TOKENS);
    return {
      authorizationData: [
        {
          authorizationToken: Buffer.from(`AWS:${token}`).toString("base64"),
          expiresAt: expires,
          proxyEndpoint: context.settings.url,
        },
      ],
    };
  }),
};
