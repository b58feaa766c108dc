import type * as ecr from "@aws-sdk/client-ecr";
import { nameProblem, dnsSuffix } from "../../../aws/index.ts";
import { evaluate, type Policy } from "../../../iam/index.ts";
import { parseResourcePolicy } from "../../authorization/policy-documents.ts";
import { AwsError, invalidParameter, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, page } from "../../core/operation.ts";
import type { Service } from "../../core/service.ts";
import { addTags, tagList, tagMap, without } from "../../core/tags.ts";
import { findKey } from "../kms/keys.ts";
import { accountSettingOperations } from "./account-settings.ts";
import { tokenOperations } from "./authorization-token.ts";
import { imageOperations, putImages } from "./images.ts";
import { deleteLayers, deleteUploads, layerOperations } from "./layers.ts";
import { expireImages, parseLifecycle } from "./lifecycle.ts";
import { pullThroughCacheOperations } from "./pull-through-cache.ts";
import { registryPolicyOperations } from "./registry-policy.ts";
import {
  putRepository,
  repositories,
  type Repository,
  requireOwnRegistry,
  requireRepository,
} from "./tables.ts";
import { scanOperations } from "./scanning.ts";
import { ecrPermissions, ecrResources } from "./permissions.ts";
import { ecrTagRules } from "./tag-rules.ts";

function requireRepositoryByArn(context: Context, arn: string): Repository {
  return requireRepository(context, arn.replace(/^.*:repository\//, ""));
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

/** A customer's key must exist and be enabled, because ECR creates a grant on it. Source: Amazon ECR User Guide, "Encryption at rest". */
function encryptionOf(
  context: Context,
  configuration: ecr.EncryptionConfiguration | undefined,
): Repository["encryption"] {
  const type = configuration?.encryptionType ?? "AES256";
  if (type === "AES256") {
    // Source: Amazon ECR API Reference, EncryptionConfiguration. No public source of the text is known.
    if (configuration?.kmsKey !== undefined)
      throw invalidParameter(
        "Invalid parameter at 'kmsKey': a key requires the encryption type KMS",
      );
    return { encryptionType: type };
  }
  if (configuration?.kmsKey === undefined) {
    return { encryptionType: type, kmsKey: context.arn("kms", "alias/aws/ecr") };
  }
  const key = findKey(context, configuration.kmsKey);
  if (key?.state !== "Enabled") {
    throw new AwsError(
      "KmsException",
      `The KMS key '${configuration.kmsKey}' does not exist or cannot be used`,
      400,
      {
        kmsError: key ? "KMSInvalidStateException" : "NotFoundException",
      },
    );
  }
  return { encryptionType: type, kmsKey: key.arn };
}

/** Tags that are excluded from immutability need filters, which the sandbox does not have. */
function requireMutability(mutability: ecr.ImageTagMutability | undefined): void {
  if (mutability === "MUTABLE_WITH_EXCLUSION" || mutability === "IMMUTABLE_WITH_EXCLUSION")
    throw notImplemented(`the image tag mutability ${mutability}`);
}

export const service: Service = {
  name: "ecr",
  tagRules: ecrTagRules,
  permissions: ecrPermissions,
  resources: ecrResources,
  unsupportedMembers: {
    // Archived images.
    DescribeImagesFilter: ["imageStatus"],
    ListImagesFilter: ["imageStatus"],
  },
  operations: {
    ...imageOperations,
    ...layerOperations,
    ...scanOperations,
    ...tokenOperations,
    ...accountSettingOperations,
    ...pullThroughCacheOperations,
    ...registryPolicyOperations,

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
        requireOwnRegistry(context, input.registryId);
        requireMutability(input.imageTagMutability);
        const nameError = nameProblem("repository", name);
        if (nameError !== undefined) {
          throw new AwsError(
            "InvalidParameterException",
            `Invalid parameter at 'repositoryName' failed to satisfy constraint: '${nameError}'`,
          );
        }
        if (context.in(repositories).has(name)) {
          throw new AwsError(
            "RepositoryAlreadyExistsException",
            `The repository with name '${name}' already exists in the registry with id '${context.account}'`,
          );
        }
        if (context.in(repositories).all().length >= context.settings.quotas.repositories) {
          throw new AwsError(
            "LimitExceededException",
            `The registry with id '${context.account}' already has the maximum allowed number of repositories, ${context.settings.quotas.repositories}`,
          );
        }
        const row = putRepository(context, {
          name,
          arn: context.arn("ecr", `repository/${name}`),
          uri: `${context.account}.dkr.ecr.${context.region}.${dnsSuffix(context.partition)}/${name}`,
          mutability: input.imageTagMutability ?? "MUTABLE",
          scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
          encryption: encryptionOf(context, input.encryptionConfiguration),
          images: [],
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
        input.repositoryNames?.map((name) => requireRepository(context, name, input.registryId)) ??
        context.in(repositories).all();
      if (input.repositoryNames === undefined) requireOwnRegistry(context, input.registryId);
      const { items, next } = page(rows, input.maxResults ?? 100, input.nextToken);
      return {
        repositories: items.map((row) => describe(context, row)),
        ...(next === undefined ? {} : { nextToken: next }),
      };
    }),

    DeleteRepository: operation<ecr.DeleteRepositoryRequest, ecr.DeleteRepositoryResponse>()(
      ["repositoryName", "registryId", "force"],
      (context, input) => {
        const row = requireRepository(context, input.repositoryName, input.registryId);
        if (row.images.length > 0 && input.force !== true) {
          throw new AwsError(
            "RepositoryNotEmptyException",
            `The repository with name '${row.name}' in registry with id '${context.account}' cannot be deleted because it still contains images`,
          );
        }
        context.in(repositories).delete(row.name);
        deleteLayers(context, row.name, () => false);
        deleteUploads(context, row.name);
        return { repository: describe(context, row) };
      },
    ),

    PutImageTagMutability: operation<
      ecr.PutImageTagMutabilityRequest,
      ecr.PutImageTagMutabilityResponse
    >()(["repositoryName", "registryId", "imageTagMutability"], (context, input) => {
      requireMutability(input.imageTagMutability);
      const row = putRepository(context, {
        ...requireRepository(context, input.repositoryName, input.registryId),
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
      const row = putRepository(context, {
        ...requireRepository(context, input.repositoryName, input.registryId),
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
        const row = requireRepository(context, input.repositoryName, input.registryId);
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
        const row = requireRepository(context, input.repositoryName, input.registryId);
        parseLifecycle(input.lifecyclePolicyText);
        putImages(
          context,
          expireImages(context, { ...row, lifecyclePolicy: input.lifecyclePolicyText }),
        );
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
      const { lifecyclePolicy, ...row } = requireRepository(
        context,
        input.repositoryName,
        input.registryId,
      );
      if (lifecyclePolicy === undefined) {
        throw new AwsError(
          "LifecyclePolicyNotFoundException",
          `Lifecycle policy does not exist for the repository with name '${row.name}' in the registry with id '${context.account}'`,
        );
      }
      putRepository(context, row);
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
      const row = requireRepository(context, input.repositoryName, input.registryId);
      if (row.policy === undefined) throw repositoryPolicyNotFound(context, row.name);
      return { registryId: context.account, repositoryName: row.name, policyText: row.policy };
    }),

    SetRepositoryPolicy: operation<
      ecr.SetRepositoryPolicyRequest,
      ecr.SetRepositoryPolicyResponse
    >()(["repositoryName", "registryId", "policyText", "force"], (context, input) => {
      const row = requireRepository(context, input.repositoryName, input.registryId);
      const policy = parseResourcePolicy(context, input.policyText, "repository");
      if (input.force !== true) checkLockout(context, row, policy);
      putRepository(context, { ...row, policy: input.policyText });
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
      const { policy, ...row } = requireRepository(context, input.repositoryName, input.registryId);
      if (policy === undefined) throw repositoryPolicyNotFound(context, row.name);
      putRepository(context, row);
      return { registryId: context.account, repositoryName: row.name, policyText: policy };
    }),

    ListTagsForResource: operation<
      ecr.ListTagsForResourceRequest,
      ecr.ListTagsForResourceResponse
    >()(["resourceArn"], (context, input) => ({
      tags: tagList(requireRepositoryByArn(context, input.resourceArn).tags),
    })),

    TagResource: operation<ecr.TagResourceRequest, object>()(
      ["resourceArn", "tags"],
      (context, input) => {
        const row = requireRepositoryByArn(context, input.resourceArn);
        putRepository(context, {
          ...row,
          tags: addTags(ecrTagRules, "TagResource", row.tags, tagMap(input.tags)),
        });
        return {};
      },
    ),

    UntagResource: operation<ecr.UntagResourceRequest, object>()(
      ["resourceArn", "tagKeys"],
      (context, input) => {
        const row = requireRepositoryByArn(context, input.resourceArn);
        putRepository(context, { ...row, tags: without(row.tags, input.tagKeys) });
        return {};
      },
    ),
  },
};

/**
 * Checks that a policy does not deny the caller to set another policy.
 *
 * Source: Amazon ECR API Reference, SetRepositoryPolicy, force.
 *
 * @throws AwsError InvalidParameterException
 */
function checkLockout({ caller }: Context, { arn }: Repository, policy: Policy): void {
  const { effect } = evaluate(policy, {
    principal: {
      arn: caller.arn,
      ...(caller.session === undefined ? {} : { session: caller.session }),
    },
    action: "ecr:SetRepositoryPolicy",
    resource: arn,
    context: { "aws:PrincipalArn": caller.arn, "aws:PrincipalAccount": caller.account },
  });
  if (effect !== "deny") return;
  throw new AwsError(
    "InvalidParameterException",
    "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
  );
}

const repositoryPolicyNotFound = (context: Context, name: string): AwsError =>
  new AwsError(
    "RepositoryPolicyNotFoundException",
    `Repository policy does not exist for the repository with name '${name}' in the registry with id '${context.account}'`,
  );
