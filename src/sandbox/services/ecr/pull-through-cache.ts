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
 * The rule through which ECR imports the images of a repository; undefined if there is none. The rule with the longest prefix
 * applies.
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

/** Source of the errors: Amazon ECR API Reference, CreatePullThroughCacheRule. No public source of the texts is known. */
function checkCredentials(
  context: Context,
  { name, needsCredentials }: Upstream,
  credentialArn: string | undefined,
): void {
  if (credentialArn === undefined) {
    if (needsCredentials)
      throw invalidParameter(
        `Invalid parameter at 'credentialArn': the upstream registry ${name} requires the ARN of a secret with credentials`,
      );
  } else if (findSecret(context, credentialArn) === undefined)
    throw new AwsError(
      "SecretNotFoundException",
      `The secret '${credentialArn}' of the pull through cache rule was not found`,
    );
}

function descriptionOf(
  context: Context,
  { prefix, upstream, credentialArn, created, updated }: PullThroughCacheRule,
): ecr.PullThroughCacheRule {
  const name = upstreamOf(upstream)?.name;
  return {
    ecrRepositoryPrefix: prefix,
    upstreamRegistryUrl: upstream,
    registryId: context.account,
    ...(name === undefined ? {} : { upstreamRegistry: name }),
    ...(credentialArn === undefined ? {} : { credentialArn }),
    createdAt: created,
    updatedAt: updated,
  };
}

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
      checkCredentials(context, registry, credentialArn);
      const rule = context.in(rules).put(prefix, {
        prefix,
        upstream: upstreamRegistryUrl,
        ...(credentialArn === undefined ? {} : { credentialArn }),
        created: context.now,
        updated: context.now,
      });
      const { updatedAt, ...response } = descriptionOf(context, rule);
      return response;
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
      pullThroughCacheRules: items.map((rule) => descriptionOf(context, rule)),
      ...(next === undefined ? {} : { nextToken: next }),
    };
  }),

  UpdatePullThroughCacheRule: operation<
    ecr.UpdatePullThroughCacheRuleRequest,
    ecr.UpdatePullThroughCacheRuleResponse
  >()(["registryId", "ecrRepositoryPrefix", "credentialArn"], (context, input) => {
    requireOwnRegistry(context, input.registryId);
    const { credentialArn: previous, ...rule } = requireRule(context, input.ecrRepositoryPrefix);
    const registry = upstreamOf(rule.upstream);
    const credentialArn = input.credentialArn ?? previous;
    if (registry) checkCredentials(context, registry, credentialArn);
    const updated = context.in(rules).put(rule.prefix, {
      ...rule,
      ...(credentialArn === undefined ? {} : { credentialArn }),
      updated: context.now,
    });
    const { createdAt, upstreamRegistryUrl, upstreamRegistry, ...response } = descriptionOf(
      context,
      updated,
    );
    return response;
  }),

  DeletePullThroughCacheRule: operation<
    ecr.DeletePullThroughCacheRuleRequest,
    ecr.DeletePullThroughCacheRuleResponse
  >()(["ecrRepositoryPrefix", "registryId"], (context, input) => {
    requireOwnRegistry(context, input.registryId);
    const rule = requireRule(context, input.ecrRepositoryPrefix);
    context.in(rules).delete(rule.prefix);
    const { updatedAt, upstreamRegistry, ...response } = descriptionOf(context, rule);
    return response;
  }),
};
