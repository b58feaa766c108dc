/** The issuer of GitHub's OIDC tokens, without https://. Source: GitHub Docs, "Configuring OpenID Connect in Amazon Web Services". */
export const ISSUER = "token.actions.githubusercontent.com";

/** The audience of the tokens that aws-actions/configure-aws-credentials requests. */
export const AUDIENCE = "sts.amazonaws.com";

/** A repository and its branch, by name and by GitHub's numeric IDs. The IDs do not change, and are never reused. */
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

/** An IAM policy document. */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Readonly<Record<string, unknown>>[];
}

/**
 * The two possible formats of a token's subject. For repositories that were created, renamed or transferred since
 * 15 July 2026 it contains the IDs; for older repositories only the names. Source: GitHub Docs, "OpenID Connect reference", immutable subject claims.
 */
const subjects = (of: TrustedRepository, suffix: string): string[] => [
  `repo:${of.owner}/${of.repository}:${suffix}`,
  `repo:${of.owner}@${of.ownerId}/${of.repository}@${of.repositoryId}:${suffix}`,
];

/** Required claims of a token: exact values, or patterns with wildcards in `like`. */
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
        // After a repository is deleted, its name can be reused. Its ID cannot.
        repository_id: String(of.repositoryId),
        ...equal,
      }),
      ...(like ? { StringLike: conditions(like) } : {}),
    },
  })),
});

/** Claims of a job of a workflow on the branch. Without `job_workflow_ref`, any other workflow on the branch would match. */
const onBranch = (
  of: TrustedRepository,
  workflow: string,
  subjectSuffix: string,
): TrustedClaims => ({
  equal: {
    sub: subjects(of, subjectSuffix),
    ref: `refs/heads/${of.branch}`,
    job_workflow_ref: `${of.owner}/${of.repository}/${workflow}@refs/heads/${of.branch}`,
  },
});

/** Trust policy of the plan role: the workflow, for pull requests from the repository itself and on the branch. */
export const planTrust = (provider: string, of: TrustedRepository): PolicyDocument =>
  trust(
    provider,
    of,
    {
      equal: { sub: subjects(of, "pull_request") },
      // The wildcard matches the pull request's number.
      like: { job_workflow_ref: `${of.owner}/${of.repository}/${of.workflow}@refs/pull/*/merge` },
    },
    onBranch(of, of.workflow, `ref:refs/heads/${of.branch}`),
  );

/** Trust policy of the apply role: the workflow on the branch, in the protected GitHub environment. */
export const applyTrust = (
  provider: string,
  of: TrustedRepository,
  environment: string,
): PolicyDocument => trust(provider, of, onBranch(of, of.workflow, `environment:${environment}`));

/**
 * Trust policy of the image role: the image workflow on the branch.
 *
 * @param trustsPipeline whether the workflow that plans and applies builds images too
 */
export const imageTrust = (
  provider: string,
  of: TrustedRepository,
  trustsPipeline: boolean,
): PolicyDocument =>
  trust(
    provider,
    of,
    ...[of.imageWorkflow, ...(trustsPipeline ? [of.workflow] : [])].map((workflow) =>
      onBranch(of, workflow, `ref:refs/heads/${of.branch}`),
    ),
  );
