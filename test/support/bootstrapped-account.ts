import {
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import type { Config } from "../../src/config/options.ts";
import { type BootstrapOptions, BootstrapStack } from "../../src/constructs/bootstrap/bootstrap.ts";
import { imageWorkflowFile, workflowFile } from "../../src/config/pipeline.ts";
import { foundationScopeOf } from "../../src/constructs/bootstrap/foundation-scope.ts";
import type { Sandbox } from "../../src/sandbox/server.ts";
import { clientOptions } from "./clients.ts";
import { settingsOf } from "./settings.ts";
import { ACCOUNT, REGION } from "./foundation-modes.ts";
import { assumeRole, claims, SHOP, type SessionKeys } from "./oidc-tokens.ts";

export const BUCKET = "shop-states";

/** The bootstrap options for a config. */
export function shop(config: Partial<Config> = {}): BootstrapOptions {
  const settings = {
    ...settingsOf({ name: "shop", region: REGION, ...config }),
    account: ACCOUNT,
  };
  return {
    name: settings.name,
    account: ACCOUNT,
    region: REGION,
    bucket: BUCKET,
    adoptsProvider: true,
    adoptsBucket: false,
    repository: {
      owner: SHOP.owner,
      repository: SHOP.name,
      ownerId: SHOP.ownerId,
      repositoryId: SHOP.repositoryId,
      branch: "main",
      workflow: workflowFile(),
      imageWorkflow: imageWorkflowFile(),
    },
    foundations: [{ ...foundationScopeOf(settings, BUCKET), environment: "production" }],
  };
}

interface Synthesized {
  readonly resource: {
    readonly aws_iam_role: Readonly<
      Record<string, { readonly name: string; readonly assume_role_policy: string }>
    >;
    readonly aws_iam_policy: Readonly<
      Record<string, { readonly name: string; readonly policy: string }>
    >;
    readonly aws_iam_role_policy_attachment: Readonly<
      Record<string, { readonly role: string; readonly policy_arn: string }>
    >;
  };
}

/**
 * Creates the OIDC provider, the roles and the policies of a bootstrap in a sandbox, as they are synthesized.
 *
 * @param change changes the text of a policy before it is created
 */
export async function bootstrapped(
  sandbox: Sandbox,
  options: BootstrapOptions,
  change: (policy: string, name: string) => string = (policy) => policy,
): Promise<void> {
  const iam = new IAMClient(clientOptions(sandbox.url, REGION));
  await iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: "https://token.actions.githubusercontent.com",
      ClientIDList: ["sts.amazonaws.com", "https://github.com/harbour"],
    }),
  );
  const { resource } = new BootstrapStack(options).toTerraform() as Synthesized; // the shape of this stack's output
  const arns = new Map<string, string>();
  for (const [id, { name, policy }] of Object.entries(resource.aws_iam_policy)) {
    const made = await iam.send(
      new CreatePolicyCommand({ PolicyName: name, PolicyDocument: change(policy, name) }),
    );
    arns.set(`\${aws_iam_policy.${id}.arn}`, made.Policy?.Arn ?? "");
  }
  const names = new Map<string, string>();
  for (const [id, { name, assume_role_policy }] of Object.entries(resource.aws_iam_role)) {
    await iam.send(
      new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: assume_role_policy }),
    );
    names.set(`\${aws_iam_role.${id}.name}`, name);
  }
  for (const { role, policy_arn } of Object.values(resource.aws_iam_role_policy_attachment))
    await iam.send(
      new AttachRolePolicyCommand({ RoleName: names.get(role), PolicyArn: arns.get(policy_arn) }),
    );
}

/** For each role, the end of the token's subject, and the workflow. */
const TOKENS = {
  plan: ["pull_request", "berth.yml@refs/pull/7/merge"],
  apply: ["environment:production", "berth.yml@refs/heads/main"],
  deploy: ["environment:production", "berth.yml@refs/heads/main"],
  image: ["ref:refs/heads/main", "image.yml@refs/heads/main"],
} as const;

/** Session credentials for one of the roles, as a job gets them. */
export const sessionOf = (
  sandbox: Pick<Sandbox, "url">,
  name: string,
  role: keyof typeof TOKENS,
): Promise<SessionKeys> => {
  const [subjectSuffix, workflow] = TOKENS[role];
  const tokenClaims = claims(SHOP, subjectSuffix, "ids", {
    job_workflow_ref: `harbour/shop/.github/workflows/${workflow}`,
  });
  return assumeRole(sandbox, `arn:aws:iam::${ACCOUNT}:role/${name}-${role}`, tokenClaims);
};
