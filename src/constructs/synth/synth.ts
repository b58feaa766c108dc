import { TerraformElement } from "cdktn";
import type { FoundationOptions, ProjectOptions } from "../../config/options.ts";
import { FoundationStack } from "./foundation-stack.ts";
import type { RootModule } from "./root-module.ts";
import { type IsBlock, renderHcl } from "./hcl.ts";

/** Terraform JSON for a root module, the same bytes for the same options. */
export function synthJson(options: FoundationOptions & ProjectOptions): string {
  return synthStack(new FoundationStack(options));
}

/** Terraform JSON for any root module of ours. */
export function synthStack(stack: RootModule): string {
  return `${JSON.stringify(withoutMetadata(stack.toTerraform()), undefined, 2)}\n`;
}

/** The same as HCL, to read or to go on with by hand. */
export function synthHcl(options: FoundationOptions & ProjectOptions): string {
  const stack = new FoundationStack(options);
  return renderHcl(withoutMetadata(stack.toTerraform()), blocksOf(stack));
}

/** Without cdktn's bookkeeping, and with sorted keys. */
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

/** What the bindings say of an attribute; a provider's say it in another spelling than a resource's. */
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
 * The bindings know of each attribute whether it is a block. What they do not know of (meta arguments, overrides)
 * counts as a block where it is an object: so it is with nearly all of the provider's nested attributes.
 */
function blocksOf(stack: FoundationStack): IsBlock {
  const known = new Map<string, boolean>();
  const learn = (node: unknown, path: string): void => {
    if (typeof node !== "object" || node === null) return;
    if (Array.isArray(node)) {
      for (const entry of node) learn(entry, path);
      return;
    }
    for (const [key, inner] of Object.entries(node)) {
      const here = path === "" ? key : `${path}/${key}`;
      const note: unknown = inner;
      if (isAttributeMetadata(note)) {
        known.set(here, note.isBlock === true || note.is_block === true);
        learn(note.value, here);
      } else {
        learn(note, here);
      }
    }
  };
  for (const element of stack.node.findAll()) {
    if (TerraformElement.isTerraformElement(element)) learn(element.toHclTerraform(), "");
  }
  return (path) =>
    known.get(path.join("/")) ??
    (path[0] === "resource" || path.join("/") === "terraform/required_providers");
}
