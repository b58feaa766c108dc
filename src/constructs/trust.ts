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
  /** The workflow that applies, such as .github/workflows/berth.yml. */
  readonly workflow: string;
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

function trust(
  provider: string,
  of: TrustedRepository,
  subject: readonly string[],
  claims: Readonly<Record<string, string>> = {},
): PolicyDocument {
  const exact = Object.fromEntries(
    Object.entries({
      aud: AUDIENCE,
      sub: subject,
      // A name can be taken over by whoever comes next; its number cannot.
      repository_id: String(of.repositoryId),
      ...claims,
    }).map(([claim, value]) => [`${ISSUER}:${claim}`, value]),
  );
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: provider },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: { StringEquals: exact },
      },
    ],
  };
}

/** Who may plan: pull requests of the repository itself, and its branch. */
export const planTrust = (provider: string, of: TrustedRepository): PolicyDocument =>
  trust(provider, of, [
    ...subjects(of, "pull_request"),
    ...subjects(of, `ref:refs/heads/${of.branch}`),
  ]);

/** Who may apply: the workflow of the branch, in the environment that people guard. */
export const applyTrust = (
  provider: string,
  of: TrustedRepository,
  environment: string,
): PolicyDocument =>
  trust(provider, of, subjects(of, `environment:${environment}`), {
    ref: `refs/heads/${of.branch}`,
    job_workflow_ref: `${of.owner}/${of.repository}/${of.workflow}@refs/heads/${of.branch}`,
  });

/** Who may push images: the branch. */
export const imageTrust = (provider: string, of: TrustedRepository): PolicyDocument =>
  trust(provider, of, subjects(of, `ref:refs/heads/${of.branch}`));
