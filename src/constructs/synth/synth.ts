import { TerraformElement, TerraformResource } from "cdktn";
import type { FoundationOptions, ProjectOptions } from "../../config/index.ts";
import { FoundationStack } from "./foundation-stack.ts";
import type { RootModule } from "./root-module.ts";
import type { IsBlock } from "./hcl.ts";
import { hclFiles } from "./hcl-files.ts";

/** Synthesizes Terraform JSON for a foundation. The same options always give the same bytes. */
export function synthJson(options: FoundationOptions & ProjectOptions): string {
  return synthStack(new FoundationStack(options));
}

/** Synthesizes Terraform JSON for a root module. */
export function synthStack(stack: RootModule): string {
  return `${JSON.stringify(withoutMetadata(stack.toTerraform()), undefined, 2)}\n`;
}

/** Synthesizes HCL for a foundation, for reading or for manual editing: the files of a Terraform folder, by name. */
export function synthHcl(options: FoundationOptions & ProjectOptions): ReadonlyMap<string, string> {
  const stack = new FoundationStack(options);
  const order = stack.node
    .findAll()
    .filter((node) => TerraformResource.isTerraformResource(node))
    .map((resource) => `${resource.terraformResourceType}.${resource.friendlyUniqueId}`);
  return hclFiles(withoutMetadata(stack.toTerraform()), blocksOf(stack), order);
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
function blocksOf(stack: FoundationStack): IsBlock {
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
    (path[0] === "resource" || path.join("/") === "terraform/required_providers");
}
