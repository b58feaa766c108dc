import { TerraformResource } from "cdktn";
import type { Construct } from "../construct.ts";
import type { Overrides } from "../../config/index.ts";
import { UserError } from "../../shared/index.ts";
import { AwsResource } from "../provider/aws-resource.ts";

const resourcesIn = (scope: Construct): TerraformResource[] =>
  scope.node.findAll().filter((node) => TerraformResource.isTerraformResource(node));

const addressOf = (resource: TerraformResource): string =>
  `${resource.terraformResourceType}.${resource.friendlyUniqueId}`;

/**
 * Sets attributes of the resources below a scope, by type or by address.
 *
 * @throws UserError if no resource matches a key
 */
export function applyOverrides(scope: Construct, overrides: Overrides): void {
  const resources = resourcesIn(scope);
  for (const [key, attributes] of Object.entries(overrides)) {
    const matching = resources.filter(
      (resource) => resource.terraformResourceType === key || addressOf(resource) === key,
    );
    if (matching.length === 0) {
      const types = [
        ...new Set(resources.map((resource) => resource.terraformResourceType)),
      ].sort();
      throw new UserError("BERTH-E2003", `override: no resource matches "${key}"`, {
        fix: `use a type (${types.join(", ")}) or an address such as ${resources[0] ? addressOf(resources[0]) : ""}`,
      });
    }
    for (const resource of matching) {
      for (const [attribute, value] of Object.entries(attributes)) {
        if (Array.isArray(value)) setList(resource, attribute, value);
        else resource.addOverride(attribute, value);
      }
    }
  }
}

/** Replaces a list. An override of cdktn would append to the existing list. */
function setList(resource: TerraformResource, attribute: string, value: readonly unknown[]): void {
  const toTerraform = resource.toTerraform.bind(resource);
  resource.toTerraform = () => {
    const output = toTerraform() as { readonly resource: Record<string, Record<string, object>> }; // as cdktn makes a resource
    const { terraformResourceType: type, friendlyUniqueId: name } = resource;
    const attributes = output.resource[type]?.[name];
    if (!attributes) throw new TypeError(`cdktn did not synthesize ${type}.${name}`);
    Object.assign(attributes, { [attribute]: value });
    return output;
  };
}

/** Adds tags to all resources below a scope that support tags. A tag of the resource itself has precedence. */
export function applyTags(scope: Construct, tags: Readonly<Record<string, string>>): void {
  if (Object.keys(tags).length === 0) return;
  for (const resource of resourcesIn(scope)) {
    if (resource instanceof AwsResource) resource.addTags(tags);
  }
}
