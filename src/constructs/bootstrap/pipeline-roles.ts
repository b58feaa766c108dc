import { IamPolicy } from "../provider/iam-policy.generated.ts";
import { IamRole } from "../provider/iam-role.generated.ts";
import { IamRolePolicyAttachment } from "../provider/iam-role-policy-attachment.generated.ts";
import type { Construct } from "../construct.ts";
import { type PipelineRole, roleName } from "../../config/index.ts";
import { CheckedConstruct } from "../foundation/checked-construct.ts";
import { deployPolicies } from "./deploy-role-permissions.ts";
import type { FoundationScope } from "./foundation-scope.ts";
import {
  applyPolicies,
  permissionsBoundary,
  imagePolicy,
  planPolicies,
} from "./apply-role-permissions.ts";
import {
  applyTrust,
  imageTrust,
  planTrust,
  type PolicyDocument,
  type TrustedRepository,
} from "./oidc-trust.ts";

/** Properties of `PipelineRoles`. */
export interface PipelineRolesProps {
  /** The foundation that the roles are for. */
  readonly foundation: FoundationScope;
  /** The GitHub environment of an apply. */
  readonly environment: string;
  /** ARN of GitHub's OIDC provider in the account. */
  readonly provider: string;
  readonly repository: TrustedRepository;
}

/**
 * The roles of a foundation's pipeline. GitHub Actions assumes them with OpenID Connect, without long-lived credentials:
 *
 * - `<name>-plan` can read what a plan reads. The workflow can assume it, for pull requests of the repository and on the branch.
 * - `<name>-apply` can manage this foundation, and no other. It creates roles only below `/<name>/` and with the permissions
 *   boundary. Only the workflow on the branch can assume it, in the GitHub environment.
 * - `<name>-image` can push to a single image repository. The image workflow on the branch can assume it, and the workflow on the
 *   branch if it builds images.
 * - `<name>-deploy` can deploy, roll back and scale the foundation's services and jobs, and cannot change the foundation. Only the
 *   workflow on the branch can assume it, in the GitHub environment. It exists if the config has services or jobs.
 *
 * Cost: none (IAM is free).
 *
 * @example
 * new PipelineRoles(this, "roles", {
 *   foundation: {
 *     name: "hello", region: "eu-west-1", account: "111122223333",
 *     logGroup: "/ecs/hello", repository: "hello", existingArns: [], parameter: "/berth/hello",
 *     imageRepositoryArn: "arn:aws:ecr:eu-west-1:111122223333:repository/hello",
 *     services: [], buildsImages: false, secretArns: [],
 *     state: { bucket: "hello-states", key: "hello/terraform.tfstate", serviceKeys: [], region: "eu-west-1" },
 *   },
 *   environment: "production",
 *   provider: "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
 *   repository: {
 *     owner: "us", repository: "hello", ownerId: 17, repositoryId: 4711, branch: "main",
 *     workflow: ".github/workflows/berth.yml", imageWorkflow: ".github/workflows/image.yml",
 *   },
 * });
 */
export class PipelineRoles extends CheckedConstruct {
  readonly plan: IamRole;
  readonly apply: IamRole;
  readonly image: IamRole | undefined;
  /** Undefined if the foundation has neither services nor jobs. */
  readonly deploy: IamRole | undefined;

  constructor(scope: Construct, id: string, props: PipelineRolesProps) {
    super(scope, id, props);
    const { foundation, provider, repository, environment } = props;
    const { name } = foundation;
    new IamPolicy(this, "boundary", {
      name: `${name}-boundary`,
      description: `The most that roles made for ${name} may do`,
      policy: JSON.stringify(permissionsBoundary(foundation)),
    });
    this.plan = this.role("plan", name, planTrust(provider, repository), planPolicies(foundation));
    this.apply = this.role(
      "apply",
      name,
      applyTrust(provider, repository, environment),
      applyPolicies(foundation),
    );
    const image = imagePolicy(foundation);
    this.image =
      image &&
      this.role("image", name, imageTrust(provider, repository, foundation.buildsImages), {
        push: image,
      });
    this.deploy =
      foundation.services.length === 0
        ? undefined
        : this.role(
            "deploy",
            name,
            applyTrust(provider, repository, environment),
            deployPolicies(foundation),
          );
  }

  private role(
    kind: PipelineRole,
    name: string,
    trust: PolicyDocument,
    policies: Readonly<Record<string, PolicyDocument>>,
  ): IamRole {
    const role = new IamRole(this, kind, {
      name: roleName(name, kind),
      description: `GitHub Actions: ${kind} of ${name}`,
      maxSessionDuration: 3600,
      assumeRolePolicy: JSON.stringify(trust),
    });
    for (const [part, document] of Object.entries(policies)) {
      const policy = new IamPolicy(this, `${kind}-${part}`, {
        name: `${roleName(name, kind)}-${part}`,
        description: `GitHub Actions: ${kind} of ${name}, ${part}`,
        policy: JSON.stringify(document),
      });
      new IamRolePolicyAttachment(this, `${kind}-${part}-attached`, {
        role: role.name,
        policyArn: policy.arn,
      });
    }
    return role;
  }
}
