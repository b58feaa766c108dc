import type * as ecr from "@aws-sdk/client-ecr";
import { isEcrRegistry } from "../../../aws/index.ts";
import { type Context, operation, type Operations, page } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { AwsError, invalidParameter } from "../../protocol/errors.ts";
import { findSecret } from "../secretsmanager/secrets.ts";
import { requireOwnRegistry } from "./tables.ts";

/** A pull-through cache rule: repositories with its prefix contain images that ECR imports from an upstream registry. */
interface PullThroughCacheRule {
  readonly prefix: string;
  /** Host name of the upstream registry. */
  readonly upstream: string;
  readonly registry: ecr.UpstreamRegistry;
  readonly credentialArn?: string;
  readonly created: Date;
  readonly updated: Date;
}

const rules: TableKey<PullThroughCacheRule> = table("ecr/pull-through-cache-rule");

/** The prefix of a rule for every repository. */
const ROOT = "ROOT";

interface Upstream {
  readonly name: ecr.UpstreamRegistry;
  readonly hasHost: (host: string) => boolean;
  readonly needsCredentials: boolean;
}

const upstreamAt = (
  host: string,
  name: ecr.UpstreamRegistry,
  needsCredentials: boolean,
): Upstream => ({ name, hasHost: (candidate) => candidate === host, needsCredentials });

/** Source: Amazon ECR API Reference, CreatePullThroughCacheRule; Amazon ECR User Guide, "Creating a pull through cache rule". */
const UPSTREAMS: readonly Upstream[] = [
  { name: "ecr", hasHost: isEcrRegistry, needsCredentials: false },
  upstreamAt("public.ecr.aws", "ecr-public", false),
  upstreamAt("registry.k8s.io", "k8s", false),
  upstreamAt("quay.io", "quay", false),
  upstreamAt("registry-1.docker.io", "docker-hub", true),
  upstreamAt("ghcr.io", "github-container-registry", true),
  upstreamAt("registry.gitlab.com", "gitlab-container-registry", true),
  upstreamAt("cgr.dev", "chainguard", true),
  {
    name: "azure-container-registry",
    hasHost: (host) => host.endsWith(".azurecr.io"),
    needsCredentials: true,
  },
];

const upstreamOf = (host: string): Upstream | undefined =>
  UPSTREAMS.find(({ hasHost }) => hasHost(host));

/** ECR reads a prefix as if it ended with a slash. Source: Amazon ECR API Reference, CreatePullThroughCacheRule. */
const folderOf = (prefix: string): string => (prefix.endsWith("/") ? prefix : `${prefix}/`);

/**
 * The rule through which ECR imports the images of a repository: the rule with the longest prefix that matches. Undefined if no
 * rule matches.
 */
export const pullThroughCacheRuleOf = (
  context: Context,
  repository: string,
): { readonly upstream: string } | undefined =>
  context
    .in(rules)
    .filter(({ prefix }) => prefix === ROOT || repository.startsWith(folderOf(prefix)))
    .toSorted((a, b) => lengthOf(b) - lengthOf(a))[0];

const lengthOf = ({ prefix }: PullThroughCacheRule): number =>
  prefix === ROOT ? 0 : prefix.length;

function requireRule(context: Context, prefix: string): PullThroughCacheRule {
  const rule = context.in(rules).get(prefix);
  if (rule) return rule;
  // No public source of the text is known.
  throw new AwsError(
    "PullThroughCacheRuleNotFoundException",
    `The pull through cache rule with the prefix '${prefix}' does not exist in the registry with id '${context.account}'`,
  );
}

/** Source: Amazon ECR API Reference, CreatePullThroughCacheRule, SecretNotFoundException. No public source of the text is known. */
function requireSecret(context: Context, credentialArn: string | undefined): void {
  if (credentialArn === undefined || findSecret(context, credentialArn) !== undefined) return;
  throw new AwsError(
    "SecretNotFoundException",
    `The secret '${credentialArn}' of the pull through cache rule was not found`,
  );
}

/** The members of a rule in every response. */
const identityOf = (context: Context, { prefix, credentialArn }: PullThroughCacheRule) => ({
  ecrRepositoryPrefix: prefix,
  registryId: context.account,
  ...(credentialArn === undefined ? {} : { credentialArn }),
});

export const pullThroughCacheOperations: Operations = {
  CreatePullThroughCacheRule: operation<
    ecr.CreatePullThroughCacheRuleRequest,
    ecr.CreatePullThroughCacheRuleResponse
  >()(
    [
      "ecrRepositoryPrefix",
      "upstreamRegistryUrl",
      "registryId",
      "upstreamRegistry",
      "credentialArn",
    ],
    (context, input) => {
      requireOwnRegistry(context, input.registryId);
      const { ecrRepositoryPrefix: prefix, upstreamRegistryUrl, credentialArn } = input;
      const registry = upstreamOf(upstreamRegistryUrl);
      if (
        registry === undefined ||
        (input.upstreamRegistry !== undefined && input.upstreamRegistry !== registry.name)
      )
        throw new AwsError(
          "UnsupportedUpstreamRegistryException",
          `The upstream registry '${upstreamRegistryUrl}' is not supported`,
        );
      if (context.in(rules).has(prefix))
        throw new AwsError(
          "PullThroughCacheRuleAlreadyExistsException",
          `The pull through cache rule with the prefix '${prefix}' already exists in the registry with id '${context.account}'`,
        );
      // No public source of the text is known.
      if (registry.needsCredentials && credentialArn === undefined)
        throw invalidParameter(
          `Invalid parameter at 'credentialArn': the upstream registry ${registry.name} requires the ARN of a secret with credentials`,
        );
      requireSecret(context, credentialArn);
      const rule = context.in(rules).put(prefix, {
        prefix,
        upstream: upstreamRegistryUrl,
        registry: registry.name,
        ...(credentialArn === undefined ? {} : { credentialArn }),
        created: context.now,
        updated: context.now,
      });
      return {
        ...identityOf(context, rule),
        upstreamRegistry: rule.registry,
        upstreamRegistryUrl: rule.upstream,
        createdAt: rule.created,
      };
    },
  ),

  DescribePullThroughCacheRules: operation<
    ecr.DescribePullThroughCacheRulesRequest,
    ecr.DescribePullThroughCacheRulesResponse
  >()(["registryId", "ecrRepositoryPrefixes", "maxResults", "nextToken"], (context, input) => {
    requireOwnRegistry(context, input.registryId);
    const found =
      input.ecrRepositoryPrefixes?.map((prefix) => requireRule(context, prefix)) ??
      context.in(rules).all();
    const { items, next } = page(found, input.maxResults ?? 100, input.nextToken);
    return {
      pullThroughCacheRules: items.map((rule) => ({
        ...identityOf(context, rule),
        upstreamRegistry: rule.registry,
        upstreamRegistryUrl: rule.upstream,
        createdAt: rule.created,
        updatedAt: rule.updated,
      })),
      ...(next === undefined ? {} : { nextToken: next }),
    };
  }),

  UpdatePullThroughCacheRule: operation<
    ecr.UpdatePullThroughCacheRuleRequest,
    ecr.UpdatePullThroughCacheRuleResponse
  >()(["registryId", "ecrRepositoryPrefix", "credentialArn"], (context, input) => {
    requireOwnRegistry(context, input.registryId);
    const { credentialArn: previous, ...rule } = requireRule(context, input.ecrRepositoryPrefix);
    requireSecret(context, input.credentialArn);
    const credentialArn = input.credentialArn ?? previous;
    const updated = context.in(rules).put(rule.prefix, {
      ...rule,
      ...(credentialArn === undefined ? {} : { credentialArn }),
      updated: context.now,
    });
    return { ...identityOf(context, updated), updatedAt: updated.updated };
  }),

  DeletePullThroughCacheRule: operation<
    ecr.DeletePullThroughCacheRuleRequest,
    ecr.DeletePullThroughCacheRuleResponse
  >()(["ecrRepositoryPrefix", "registryId"], (context, input) => {
    requireOwnRegistry(context, input.registryId);
    const rule = requireRule(context, input.ecrRepositoryPrefix);
    context.in(rules).delete(rule.prefix);
    return {
      ...identityOf(context, rule),
      upstreamRegistryUrl: rule.upstream,
      createdAt: rule.created,
    };
  }),
};
