import { EcrLifecyclePolicy } from "../provider/ecr-lifecycle-policy.generated.ts";
import { EcrRepository } from "../provider/ecr-repository.generated.ts";
import type { Construct } from "../construct.ts";
import { CheckedConstruct } from "./checked-construct.ts";
import type { IKey } from "./encryption-key.ts";
import { checkName } from "../synth/names.ts";

/** An image repository: a `Repository`, or an existing one. */
export interface IRepository {
  /** <account>.dkr.ecr.<region>.amazonaws.com/<name> */
  readonly url: string;
}

/** Properties of a `Repository`. */
export interface RepositoryProps {
  readonly name: string;
  /** Encrypts the images. */
  readonly key: IKey;
  /** Maximum number of images. Older images expire. @default 50 */
  readonly keepImages?: number;
  /** Days until untagged images expire. @default 7 */
  readonly keepUntaggedDays?: number;
  /** Allows destroy to delete a repository that contains images. @default false */
  readonly forceDelete?: boolean;
}

/**
 * An ECR repository with immutable tags, scan on push and encryption with the key. Untagged and old images expire.
 *
 * Cost: $0.10 per GB-month of images (Amazon ECR pricing).
 *
 * @example new Repository(this, "repository", { name: "hello", key });
 */
export class Repository extends CheckedConstruct implements IRepository {
  readonly repository: EcrRepository;
  readonly lifecyclePolicy: EcrLifecyclePolicy;
  readonly url: string;

  constructor(scope: Construct, id: string, props: RepositoryProps) {
    super(scope, id, props);
    this.repository = new EcrRepository(this, "resource", {
      name: checkName("repository", props.name, "name"),
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: [{ encryptionType: "KMS", kmsKey: props.key.arn }],
      forceDelete: props.forceDelete ?? false,
      dependsOn: [...props.key.dependencies],
    });
    this.lifecyclePolicy = new EcrLifecyclePolicy(this, "lifecycle", {
      repository: this.repository.name,
      policy: JSON.stringify({
        rules: [
          {
            rulePriority: 1,
            description: "forget untagged images",
            selection: {
              tagStatus: "untagged",
              countType: "sinceImagePushed",
              countUnit: "days",
              countNumber: props.keepUntaggedDays ?? 7,
            },
            action: { type: "expire" },
          },
          {
            rulePriority: 2,
            description: "keep the newest images",
            selection: {
              tagStatus: "any",
              countType: "imageCountMoreThan",
              countNumber: props.keepImages ?? 50,
            },
            action: { type: "expire" },
          },
        ],
      }),
    });
    this.url = this.repository.repositoryUrl;
  }

  /** An existing repository. */
  static fromUrl(url: string): IRepository {
    return { url };
  }
}
