import { TerraformElement, TerraformResource } from "cdktn";
import type { FoundationOptions, ProjectOptions } from "../../config/index.ts";
import { FoundationStack } from "./foundation-stack.ts";
import type { RootModule } from "./root-module.ts";
import type { IsBlock } from "./hcl.ts";
import { FOUNDATION_LAYOUT, type HclLayout, hclFiles, WORKLOAD_LAYOUT } from "./hcl-files.ts";
import { JobStack, ServiceStack } from "./workload-stack.ts";

type Options = FoundationOptions & ProjectOptions;

/** Synthesizes Terraform JSON for a foundation. The same options always give the same bytes. */
export function synthJson(options: Options): string {
  return synthStack(new FoundationStack(options));
}

/** Synthesizes Terraform JSON for a root module. */
export function synthStack(stack: RootModule): string {
  return `${JSON.stringify(withoutMetadata(stack.toTerraform()), undefined, 2)}\n`;
}

/** Synthesizes HCL for a foundation, for reading or for manual editing: the files of a Terraform folder, by name. */
export const synthHcl = (options: Options): ReadonlyMap<string, string> =>
  hclOf(new FoundationStack(options), FOUNDATION_LAYOUT);

/**
 * Synthesizes Terraform JSON for a service in `services` of the config.
 *
 * @throws UserError if the config has no such service
 */
export const synthServiceJson = (options: Options, service: string): string =>
  synthStack(new ServiceStack(options, service));

/** Synthesizes HCL for a service, as `synthHcl` does for a foundation. */
export const synthServiceHcl = (options: Options, service: string): ReadonlyMap<string, string> =>
  hclOf(new ServiceStack(options, service), WORKLOAD_LAYOUT);

/**
 * Synthesizes Terraform JSON for a job in `jobs` of the config.
 *
 * @throws UserError if the config has no such job
 */
export const synthJobJson = (options: Options, job: string): string =>
  synthStack(new JobStack(options, job));

/** Synthesizes HCL for a job, as `synthHcl` does for a foundation. */
export const synthJobHcl = (options: Options, job: string): ReadonlyMap<string, string> =>
  hclOf(new JobStack(options, job), WORKLOAD_LAYOUT);

function hclOf(stack: RootModule, layout: HclLayout): ReadonlyMap<string, string> {
  const order = stack.node
    .findAll()
    .filter((node) => TerraformResource.isTerraformResource(node))
    .map((resource) => `${resource.terraformResourceType}.${resource.friendlyUniqueId}`);
  return hclFiles(withoutMetadata(stack.toTerraform()), blocksOf(stack), order, layout);
}

/** Removes the metadata of cdktn, and sorts the keys. */
function withoutMetadata(value: object): Record<string, unknown> {
  const sorted = (inner: unknown): unknown => {
    if (Array.isArray(inner)) return inner.map(sorted);
    return typeof inner === "object" && inner !== null ? withoutMetadata(inner) : inner;
  };
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "//")
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** The bindings' metadata of an attribute. Providers and resources use different names for the same property. */
interface AttributeMetadata {
  readonly value: unknown;
  readonly isBlock?: unknown;
  readonly is_block?: unknown;
}

const isAttributeMetadata = (value: unknown): value is AttributeMetadata =>
  typeof value === "object" &&
  value !== null &&
  "value" in value &&
  ("isBlock" in value || "is_block" in value);

/**
 * Whether an attribute is a block, from the bindings' metadata. Attributes without metadata (meta arguments, overrides) count
 * as blocks if they are objects, like nearly all nested attributes of the provider.
 */
function blocksOf(stack: RootModule): IsBlock {
  const blocks = new Map<string, boolean>();
  const collect = (node: unknown, path: string): void => {
    if (typeof node !== "object" || node === null) return;
    if (Array.isArray(node)) {
      for (const entry of node) collect(entry, path);
      return;
    }
    for (const [key, inner] of Object.entries(node)) {
      const attributePath = path === "" ? key : `${path}/${key}`;
      const metadata: unknown = inner;
      if (isAttributeMetadata(metadata)) {
        blocks.set(attributePath, metadata.isBlock === true || metadata.is_block === true);
        collect(metadata.value, attributePath);
      } else {
        collect(metadata, attributePath);
      }
    }
  };
  for (const element of stack.node.findAll()) {
    if (TerraformElement.isTerraformElement(element)) collect(element.toHclTerraform(), "");
  }
  return (path) =>
    blocks.get(path.join("/")) ??
    (path[0] === "resource" ||
      path[0] === "data" ||
      path.join("/") === "terraform/required_providers");
}
