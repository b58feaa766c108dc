import type * as ecr from "@aws-sdk/client-ecr";
import { nameProblem } from "../../../aws/limits.ts";
import { dnsSuffix } from "../../../aws/regions.ts";
import { parsePolicy, PolicySyntaxError } from "../../../iam/policy.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type Context, operation, page, type Service } from "../../service.ts";
import { table, type TableKey } from "../../store.ts";
import { findKey } from "../kms/keys.ts";

export interface Repository {
  readonly name: string;
  readonly arn: string;
  readonly uri: string;
  readonly mutability: ecr.ImageTagMutability;
  readonly scanOnPush: boolean;
  readonly encryption: { readonly encryptionType: ecr.EncryptionType; readonly kmsKey?: string };
  readonly policy?: string;
  readonly lifecyclePolicy?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly created: Date;
}

export const repositories: TableKey<Repository> = table("ecr/repository");

function need(context: Context, name: string, registryId?: string): Repository {
  const row = context.in(repositories).get(name);
  if (row && (registryId ?? context.account) === context.account) return row;
  throw new AwsError(
    "RepositoryNotFoundException",
    `The repository with name '${name}' does not exist in the registry with id '${registryId ?? context.account}'`,
  );
}

function needByArn(context: Context, arn: string): Repository {
  return need(context, arn.replace(/^.*:repository\//, ""));
}

const describe = (context: Context, row: Repository): ecr.Repository => ({
  repositoryName: row.name,
  repositoryArn: row.arn,
  repositoryUri: row.uri,
  registryId: context.account,
  createdAt: row.created,
  imageTagMutability: row.mutability,
  imageScanningConfiguration: { scanOnPush: row.scanOnPush },
  encryptionConfiguration: { ...row.encryption },
});

/** A key named by the caller must be there and enabled: ECR makes a grant on it. Source: Amazon ECR User Guide, "Encryption at rest". */
function encryptionOf(
  context: Context,
  given: ecr.EncryptionConfiguration | undefined,
): Repository["encryption"] {
  const type = given?.encryptionType ?? "AES256";
  if (type === "AES256") return { encryptionType: type };
  if (given?.kmsKey === undefined) {
    return { encryptionType: type, kmsKey: context.arn("kms", "alias/aws/ecr") };
  }
  const key = findKey(context, given.kmsKey);
  if (key?.state !== "Enabled") {
    throw new AwsError(
      "KmsException",
      `The KMS key '${given.kmsKey}' does not exist or cannot be used`,
      400,
      {
        kmsError: key ? "KMSInvalidStateException" : "NotFoundException",
      },
    );
  }
  return { encryptionType: type, kmsKey: key.arn };
}

const tagMap = (list: readonly ecr.Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((list ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));

const put = (context: Context, row: Repository): Repository =>
  context.in(repositories).put(row.name, row);

/** What ECR asks of a lifecycle policy. Source: Amazon ECR User Guide, "Lifecycle policy properties". */
function checkLifecycle(text: string): void {
  const refuse = (why: string): AwsError =>
    new AwsError(
      "InvalidParameterException",
      `Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: '${why}'`,
    );
  let parsed: {
    rules?: {
      rulePriority?: number;
      selection?: Record<string, unknown>;
      action?: { type?: string };
    }[];
  };
  try {
    parsed = JSON.parse(text) as typeof parsed; // its shape is checked below
  } catch {
    throw refuse("Lifecycle policy validation failure: the text is not JSON");
  }
  const { rules } = parsed;
  if (!Array.isArray(rules) || rules.length === 0)
    throw refuse("Lifecycle policy validation failure: rules are missing");
  const priorities = rules.map((rule) => rule.rulePriority);
  if (
    new Set(priorities).size !== rules.length ||
    priorities.some((one) => !Number.isInteger(one) || (one ?? 0) < 1)
  ) {
    throw refuse(
      "Lifecycle policy validation failure: each rule needs a priority of its own, 1 or more",
    );
  }
  for (const { selection = {}, action } of rules) {
    if (!["tagged", "untagged", "any"].includes(String(selection["tagStatus"]))) {
      throw refuse(
        "Lifecycle policy validation failure: tagStatus must be tagged, untagged or any",
      );
    }
    if (
      !["imageCountMoreThan", "sinceImagePushed"].includes(String(selection["countType"])) ||
      !(Number(selection["countNumber"]) > 0)
    ) {
      throw refuse("Lifecycle policy validation failure: countType and countNumber are needed");
    }
    if (action?.type !== "expire")
      throw refuse("Lifecycle policy validation failure: the action must be expire");
  }
  const any = rules.filter((rule) => rule.selection?.["tagStatus"] === "any");
  if (
    any.length > 1 ||
    any.some((rule) => (rule.rulePriority ?? 0) < Math.max(...priorities.map(Number)))
  ) {
    throw refuse(
      "Lifecycle policy validation failure: the one rule with tagStatus any must have the highest priority number",
    );
  }
}

export const service: Service = {
  name: "ecr",
  operations: {
    CreateRepository: operation<ecr.CreateRepositoryRequest, ecr.CreateRepositoryResponse>()(
      [
        "repositoryName",
        "tags",
        "imageTagMutability",
        "imageScanningConfiguration",
        "encryptionConfiguration",
        "registryId",
      ],
      (context, input) => {
        const name = input.repositoryName;
        const problem = nameProblem("repository", name);
        if (problem !== undefined) {
          throw new AwsError(
            "InvalidParameterException",
            `Invalid parameter at 'repositoryName' failed to satisfy constraint: '${problem}'`,
          );
        }
        if (context.in(repositories).has(name)) {
          throw new AwsError(
            "RepositoryAlreadyExistsException",
            `The repository with name '${name}' already exists in the registry with id '${context.account}'`,
          );
        }
        const row = put(context, {
          name,
          arn: context.arn("ecr", `repository/${name}`),
          uri: `${context.account}.dkr.ecr.${context.region}.${dnsSuffix(context.partition)}/${name}`,
          mutability: input.imageTagMutability ?? "MUTABLE",
          scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
          encryption: encryptionOf(context, input.encryptionConfiguration),
          tags: tagMap(input.tags),
          created: context.now,
        });
        return { repository: describe(context, row) };
      },
    ),

    DescribeRepositories: operation<
      ecr.DescribeRepositoriesRequest,
      ecr.DescribeRepositoriesResponse
    >()(["repositoryNames", "registryId", "maxResults", "nextToken"], (context, input) => {
      const rows =
        input.repositoryNames?.map((name) => need(context, name, input.registryId)) ??
        context.in(repositories).all();
      const { items, next } = page(rows, input.maxResults ?? 100, input.nextToken);
      return {
        repositories: items.map((row) => describe(context, row)),
        ...(next === undefined ? {} : { nextToken: next }),
      };
    }),

    DeleteRepository: operation<ecr.DeleteRepositoryRequest, ecr.DeleteRepositoryResponse>()(
      ["repositoryName", "registryId", "force"],
      (context, input) => {
        const row = need(context, input.repositoryName, input.registryId);
        context.in(repositories).delete(row.name);
        return { repository: describe(context, row) };
      },
    ),

    PutImageTagMutability: operation<
      ecr.PutImageTagMutabilityRequest,
      ecr.PutImageTagMutabilityResponse
    >()(["repositoryName", "registryId", "imageTagMutability"], (context, input) => {
      const row = put(context, {
        ...need(context, input.repositoryName, input.registryId),
        mutability: input.imageTagMutability,
      });
      return {
        registryId: context.account,
        repositoryName: row.name,
        imageTagMutability: row.mutability,
      };
    }),

    PutImageScanningConfiguration: operation<
      ecr.PutImageScanningConfigurationRequest,
      ecr.PutImageScanningConfigurationResponse
    >()(["repositoryName", "registryId", "imageScanningConfiguration"], (context, input) => {
      const row = put(context, {
        ...need(context, input.repositoryName, input.registryId),
        scanOnPush: input.imageScanningConfiguration.scanOnPush ?? false,
      });
      return {
        registryId: context.account,
        repositoryName: row.name,
        imageScanningConfiguration: { scanOnPush: row.scanOnPush },
      };
    }),

    GetLifecyclePolicy: operation<ecr.GetLifecyclePolicyRequest, ecr.GetLifecyclePolicyResponse>()(
      ["repositoryName", "registryId"],
      (context, input) => {
        const row = need(context, input.repositoryName, input.registryId);
        if (row.lifecyclePolicy === undefined) {
          throw new AwsError(
            "LifecyclePolicyNotFoundException",
            `Lifecycle policy does not exist for the repository with name '${row.name}' in the registry with id '${context.account}'`,
          );
        }
        return {
          registryId: context.account,
          repositoryName: row.name,
          lifecyclePolicyText: row.lifecyclePolicy,
        };
      },
    ),

    PutLifecyclePolicy: operation<ecr.PutLifecyclePolicyRequest, ecr.PutLifecyclePolicyResponse>()(
      ["repositoryName", "registryId", "lifecyclePolicyText"],
      (context, input) => {
        const row = need(context, input.repositoryName, input.registryId);
        checkLifecycle(input.lifecyclePolicyText);
        put(context, { ...row, lifecyclePolicy: input.lifecyclePolicyText });
        return {
          registryId: context.account,
          repositoryName: row.name,
          lifecyclePolicyText: input.lifecyclePolicyText,
        };
      },
    ),

    DeleteLifecyclePolicy: operation<
      ecr.DeleteLifecyclePolicyRequest,
      ecr.DeleteLifecyclePolicyResponse
    >()(["repositoryName", "registryId"], (context, input) => {
      const { lifecyclePolicy, ...row } = need(context, input.repositoryName, input.registryId);
      if (lifecyclePolicy === undefined) {
        throw new AwsError(
          "LifecyclePolicyNotFoundException",
          `Lifecycle policy does not exist for the repository with name '${row.name}' in the registry with id '${context.account}'`,
        );
      }
      put(context, row);
      return {
        registryId: context.account,
        repositoryName: row.name,
        lifecyclePolicyText: lifecyclePolicy,
      };
    }),

    GetRepositoryPolicy: operation<
      ecr.GetRepositoryPolicyRequest,
      ecr.GetRepositoryPolicyResponse
    >()(["repositoryName", "registryId"], (context, input) => {
      const row = need(context, input.repositoryName, input.registryId);
      if (row.policy === undefined) throw noPolicy(context, row.name);
      return { registryId: context.account, repositoryName: row.name, policyText: row.policy };
    }),

    SetRepositoryPolicy: operation<
      ecr.SetRepositoryPolicyRequest,
      ecr.SetRepositoryPolicyResponse
    >()(["repositoryName", "registryId", "policyText", "force"], (context, input) => {
      const row = need(context, input.repositoryName, input.registryId);
      try {
        parsePolicy(input.policyText);
      } catch (error) {
        if (!(error instanceof PolicySyntaxError)) throw error;
        throw new AwsError(
          "InvalidParameterException",
          `Invalid parameter at 'PolicyText' failed to satisfy constraint: '${error.message}'`,
        );
      }
      put(context, { ...row, policy: input.policyText });
      return {
        registryId: context.account,
        repositoryName: row.name,
        policyText: input.policyText,
      };
    }),

    DeleteRepositoryPolicy: operation<
      ecr.DeleteRepositoryPolicyRequest,
      ecr.DeleteRepositoryPolicyResponse
    >()(["repositoryName", "registryId"], (context, input) => {
      const { policy, ...row } = need(context, input.repositoryName, input.registryId);
      if (policy === undefined) throw noPolicy(context, row.name);
      put(context, row);
      return { registryId: context.account, repositoryName: row.name, policyText: policy };
    }),

    ListTagsForResource: operation<
      ecr.ListTagsForResourceRequest,
      ecr.ListTagsForResourceResponse
    >()(["resourceArn"], (context, input) => ({
      tags: Object.entries(needByArn(context, input.resourceArn).tags).map(([Key, Value]) => ({
        Key,
        Value,
      })),
    })),

    TagResource: operation<ecr.TagResourceRequest, object>()(
      ["resourceArn", "tags"],
      (context, input) => {
        const row = needByArn(context, input.resourceArn);
        put(context, { ...row, tags: { ...row.tags, ...tagMap(input.tags) } });
        return {};
      },
    ),

    UntagResource: operation<ecr.UntagResourceRequest, object>()(
      ["resourceArn", "tagKeys"],
      (context, input) => {
        const row = needByArn(context, input.resourceArn);
        const left = Object.entries(row.tags).filter(([key]) => !input.tagKeys.includes(key));
        put(context, { ...row, tags: Object.fromEntries(left) });
        return {};
      },
    ),
  },
};

const noPolicy = (context: Context, name: string): AwsError =>
  new AwsError(
    "RepositoryPolicyNotFoundException",
    `Repository policy does not exist for the repository with name '${name}' in the registry with id '${context.account}'`,
  );
