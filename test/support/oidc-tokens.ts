import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Sandbox } from "../../src/sandbox/server.ts";
import { clientOptions } from "./clients.ts";

/** Claims of a job's OIDC token. Source: GitHub Docs, "OpenID Connect reference". */
export interface Claims {
  readonly sub: string;
  readonly [claim: string]: string;
}

const ISSUER = "https://token.actions.githubusercontent.com";

/** A repository, as its tokens identify it. */
export interface TokenRepository {
  readonly owner: string;
  readonly name: string;
  readonly ownerId: number;
  readonly repositoryId: number;
}

export const SHOP: TokenRepository = {
  owner: "harbour",
  name: "shop",
  ownerId: 17,
  repositoryId: 4711,
};

/**
 * The claims of a job's token.
 *
 * @param subjectSuffix the end of the subject: pull_request, ref:…, environment:…
 * @param form whether the subject contains only names, or also IDs, as for repositories created since July 2026
 */
export function claims(
  of: TokenRepository,
  subjectSuffix: string,
  form: "names" | "ids",
  more: Readonly<Record<string, string>> = {},
): Claims {
  const { owner, name, ownerId, repositoryId } = of;
  const repository =
    form === "names" ? `${owner}/${name}` : `${owner}@${ownerId}/${name}@${repositoryId}`;
  return {
    iss: ISSUER,
    aud: "sts.amazonaws.com",
    sub: `repo:${repository}:${subjectSuffix}`,
    repository: `${owner}/${name}`,
    repository_id: String(repositoryId),
    repository_owner_id: String(ownerId),
    ref: "refs/heads/main",
    job_workflow_ref: `${owner}/${name}/.github/workflows/berth.yml@refs/heads/main`,
    ...more,
  };
}

const encodePart = (value: object): string =>
  Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token with these claims. Its signature is not valid: only GitHub has the private key. */
export const token = (tokenClaims: Claims): string =>
  `${encodePart({ alg: "RS256", typ: "JWT" })}.${encodePart({ ...tokenClaims, exp: 4_000_000_000 })}.${encodePart({})}`;

/** Session credentials, as environment variables. */
export interface SessionKeys {
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
  readonly AWS_SESSION_TOKEN: string;
}

/** Assumes a role with a token, like aws-actions/configure-aws-credentials. */
export async function assumeRole(
  { url }: Pick<Sandbox, "url">,
  role: string,
  tokenClaims: Claims,
): Promise<SessionKeys> {
  const { Credentials } = await new STSClient(clientOptions(url, "eu-west-1")).send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: role,
      RoleSessionName: "run-1",
      WebIdentityToken: token(tokenClaims),
    }),
  );
  return {
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? "",
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? "",
    AWS_SESSION_TOKEN: Credentials?.SessionToken ?? "",
  };
}
