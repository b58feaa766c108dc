import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";
import { clientOptions } from "../support/clients.ts";
import { bootstrapped, shop } from "../support/bootstrapped-account.ts";
import { ACCOUNT, REGION } from "../support/foundation-modes.ts";
import { claims, type Claims, SHOP, token, type TokenRepository } from "../support/oidc-tokens.ts";

let sandbox: Sandbox;
let sts: STSClient;

beforeAll(async () => {
  sandbox = await startSandbox();
  sts = new STSClient(clientOptions(sandbox.url, REGION));
  const withServices = shop({ name: "web", services: { web: { image: { build: "." } } } });
  const { foundations, ...options } = shop();
  await bootstrapped(sandbox, {
    ...options,
    foundations: [...foundations, ...withServices.foundations],
  });
});
afterAll(() => sandbox.close());

const DENIED = "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity";

/** The result of AssumeRoleWithWebIdentity for a role and a token. */
const assume = (role: string, tokenClaims: Claims, name: string = "shop"): Promise<string> =>
  sts
    .send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: `arn:aws:iam::${ACCOUNT}:role/${name}-${role}`,
        RoleSessionName: "run-1",
        WebIdentityToken: token(tokenClaims),
      }),
    )
    .then(
      () => "assumed",
      (error: unknown) => String(error),
    );

const MAIN = "ref:refs/heads/main";
const PULL = {
  ref: "refs/pull/7/merge",
  job_workflow_ref: "harbour/shop/.github/workflows/berth.yml@refs/pull/7/merge",
};
const ELSEWHERE = {
  ref: "refs/heads/feature",
  job_workflow_ref: "harbour/shop/.github/workflows/berth.yml@refs/heads/feature",
};
const FORK: TokenRepository = { owner: "mallory", name: "shop", ownerId: 666, repositoryId: 6666 };
const SIBLING: TokenRepository = { ...SHOP, name: "site", repositoryId: 4712 };
/** A new repository with the same name, after the original one was deleted. */
const SAME_NAME: TokenRepository = { ...SHOP, ownerId: 999, repositoryId: 9999 };

/** The claims of a token, and the roles that it can assume. */
const table: readonly (readonly [description: string, Claims, roles: string])[] = (
  ["names", "ids"] as const
).flatMap((form): [string, Claims, string][] => {
  const row = (
    description: string,
    of: TokenRepository,
    subjectSuffix: string,
    roles: string,
    more = {},
  ): [string, Claims, string] => [
    `${description} (${form})`,
    claims(of, subjectSuffix, form, more),
    roles,
  ];
  return [
    row("a pull request", SHOP, "pull_request", "plan", PULL),
    row("the branch", SHOP, MAIN, "plan"),
    row("the branch, image workflow", SHOP, MAIN, "image", {
      job_workflow_ref: "harbour/shop/.github/workflows/image.yml@refs/heads/main",
    }),
    row("the branch, another workflow", SHOP, MAIN, "", {
      job_workflow_ref: "harbour/shop/.github/workflows/other.yml@refs/heads/main",
    }),
    row("the branch, workflow file of a feature branch", SHOP, MAIN, "", {
      job_workflow_ref: "harbour/shop/.github/workflows/berth.yml@refs/heads/feature",
    }),
    row("a pull request, another workflow", SHOP, "pull_request", "", {
      ...PULL,
      job_workflow_ref: "harbour/shop/.github/workflows/other.yml@refs/pull/7/merge",
    }),
    row("a pull request, reusable workflow of another repository", SHOP, "pull_request", "", {
      ...PULL,
      job_workflow_ref: "mallory/tools/.github/workflows/berth.yml@refs/pull/7/merge",
    }),
    row("the environment, on the branch", SHOP, "environment:production", "apply"),
    row("the environment, on another branch", SHOP, "environment:production", "", ELSEWHERE),
    row("the environment, in a pull request", SHOP, "environment:production", "", PULL),
    row("the environment, another workflow", SHOP, "environment:production", "", {
      job_workflow_ref: "harbour/shop/.github/workflows/other.yml@refs/heads/main",
    }),
    row(
      "the environment, reusable workflow of another repository",
      SHOP,
      "environment:production",
      "",
      {
        job_workflow_ref: "mallory/tools/.github/workflows/berth.yml@refs/heads/main",
      },
    ),
    row("another environment", SHOP, "environment:staging", ""),
    row("an environment with a longer name", SHOP, "environment:production-2", ""),
    row("another branch", SHOP, "ref:refs/heads/feature", "", ELSEWHERE),
    row("a branch with a longer name", SHOP, "ref:refs/heads/main2", "", ELSEWHERE),
    row("a tag called main", SHOP, "ref:refs/tags/main", "", { ref: "refs/tags/main" }),
    row("a fork's pull request", FORK, "pull_request", "", PULL),
    row("a fork's branch", FORK, MAIN, ""),
    row("a fork's environment", FORK, "environment:production", ""),
    row("another repository of the owner", SIBLING, MAIN, ""),
    row("another repository's environment", SIBLING, "environment:production", ""),
    row("a new repository with the same name", SAME_NAME, MAIN, ""),
    row(
      "the environment of a new repository with the same name",
      SAME_NAME,
      "environment:production",
      "",
    ),
    row("another audience", SHOP, "environment:production", "", {
      aud: "https://github.com/harbour",
    }),
  ];
});

describe("roles that a token can assume", () => {
  it.each(table)("%s", async (_, tokenClaims, roles) => {
    for (const role of ["plan", "apply", "image"])
      expect(await assume(role, tokenClaims), role).toBe(
        roles.split(" ").includes(role) ? "assumed" : DENIED,
      );
  });

  it.each([
    ["the branch", claims(SHOP, MAIN, "ids"), ["plan", "image"]],
    [
      "the environment, on the branch",
      claims(SHOP, "environment:production", "ids"),
      ["apply", "deploy"],
    ],
    ["a pull request", claims(SHOP, "pull_request", "ids", PULL), ["plan"]],
    ["the environment, in a pull request", claims(SHOP, "environment:production", "ids", PULL), []],
  ])("with services whose images the pipeline builds: %s", async (_, tokenClaims, roles) => {
    for (const role of ["plan", "apply", "image", "deploy"])
      expect(await assume(role, tokenClaims, "web"), role).toBe(
        roles.includes(role) ? "assumed" : DENIED,
      );
  });

  it("a token without a repository ID cannot assume a role", async () => {
    const { repository_id: _, ...rest } = claims(SHOP, MAIN, "names");
    expect(await assume("plan", rest)).toBe(DENIED);
  });
});
