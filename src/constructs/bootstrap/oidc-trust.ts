/** GitHub's issuer of tokens, as IAM names it. Source: GitHub Docs, "Configuring OpenID Connect in Amazon Web Services". */
export const ISSUER = "token.actions.githubusercontent.com";

/** The audience that aws-actions/configure-aws-credentials asks for. */
export const AUDIENCE = "sts.amazonaws.com";

/** A repository and its branch, by name and by the numbers that no rename and no successor takes over. */
export interface TrustedRepository {
  readonly owner: string;
  readonly repository: string;
  readonly ownerId: number;
  readonly repositoryId: number;
  readonly branch: string;
  /** The workflow that plans and applies, such as .github/workflows/berth.yml. */
  readonly workflow: string;
  /** The workflow that pushes images, such as .github/workflows/image.yml. */
  readonly imageWorkflow: string;
}

/** An IAM policy, as JSON has it. */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Readonly<Record<string, unknown>>[];
}

/**
 * A token's subject in both of its forms: repositories that were made, renamed or moved since 15 July 2026 have their
 * ids in it, older ones their names alone. Source: GitHub Docs, "OpenID Connect reference", immutable subject claims.
 */
const subjects = (of: TrustedRepository, ends: string): string[] => [
  `repo:${of.owner}/${of.repository}:${ends}`,
  `repo:${of.owner}@${of.ownerId}/${of.repository}@${of.repositoryId}:${ends}`,
];

/** Claims of a token, each compared whole or, in `like`, with wildcards. */
interface TrustedClaims {
  readonly equal: Readonly<Record<string, string | readonly string[]>>;
  readonly like?: Readonly<Record<string, string>>;
}

const conditions = (
  claims: Readonly<Record<string, string | readonly string[]>>,
): Readonly<Record<string, string | readonly string[]>> =>
  Object.fromEntries(Object.entries(claims).map(([claim, value]) => [`${ISSUER}:${claim}`, value]));

const trust = (
  provider: string,
  of: TrustedRepository,
  ...tokens: readonly TrustedClaims[]
): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: tokens.map(({ equal, like }) => ({
    Effect: "Allow",
    Principal: { Federated: provider },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: {
      StringEquals: conditions({
        aud: AUDIENCE,
        // A name can be taken over by whoever comes next; its number cannot.
        repository_id: String(of.repositoryId),
        ...equal,
      }),
      ...(like ? { StringLike: conditions(like) } : {}),
    },
  })),
});

/** Claims of a job that a workflow runs on the branch. Without the workflow, any other one on the branch would have them. */
const onBranch = (of: TrustedRepository, workflow: string, ends: string): TrustedClaims => ({
  equal: {
    sub: subjects(of, ends),
    ref: `refs/heads/${of.branch}`,
    job_workflow_ref: `${of.owner}/${of.repository}/${workflow}@refs/heads/${of.branch}`,
  },
});

/** Who may plan: the workflow, for pull requests of the repository itself and on its branch. */
export const planTrust = (provider: string, of: TrustedRepository): PolicyDocument =>
  trust(
    provider,
    of,
    {
      equal: { sub: subjects(of, "pull_request") },
      // The wildcard stands for the pull request's number.
      like: { job_workflow_ref: `${of.owner}/${of.repository}/${of.workflow}@refs/pull/*/merge` },
    },
    onBranch(of, of.workflow, `ref:refs/heads/${of.branch}`),
  );

/** Who may apply: the workflow of the branch, in the environment that people guard. */
export const applyTrust = (
  provider: string,
  of: TrustedRepository,
  environment: string,
): PolicyDocument => trust(provider, of, onBranch(of, of.workflow, `environment:${environment}`));

/** Who may push images: the workflow that builds them, on the branch. */
export const imageTrust = (provider: string, of: TrustedRepository): PolicyDocument =>
  trust(provider, of, onBranch(of, of.imageWorkflow, `ref:refs/heads/${of.branch}`));
