import { TerraformResource } from "cdktn";
import type { Construct } from "constructs";
import type { Overrides } from "../../config/options.ts";
import { UserError } from "../../shared/errors.ts";

const resourcesIn = (scope: Construct): TerraformResource[] =>
  scope.node.findAll().filter((node) => TerraformResource.isTerraformResource(node));

const addressOf = (resource: TerraformResource): string =>
  `${resource.terraformResourceType}.${resource.friendlyUniqueId}`;

/**
 * Sets attributes on the resources below a scope, by type or by address.
 *
 * @throws UserError where a key meets no resource
 */
export function applyOverrides(scope: Construct, overrides: Overrides): void {
  const resources = resourcesIn(scope);
  for (const [key, attributes] of Object.entries(overrides)) {
    const met = resources.filter(
      (resource) => resource.terraformResourceType === key || addressOf(resource) === key,
    );
    if (met.length === 0) {
      const known = [
        ...new Set(resources.map((resource) => resource.terraformResourceType)),
      ].sort();
      throw new UserError("BERTH-E2001", `override: there is no resource "${key}" to change`, {
        fix: `use a type (${known.join(", ")}) or an address such as ${resources[0] ? addressOf(resources[0]) : ""}`,
      });
    }
    for (const resource of met) {
      for (const [attribute, value] of Object.entries(attributes)) {
        if (Array.isArray(value)) setList(resource, attribute, value);
        else resource.addOverride(attribute, value);
      }
    }
  }
}

/** Sets a list: an override of cdktn's would add to the one that is there. */
function setList(resource: TerraformResource, attribute: string, value: readonly unknown[]): void {
  const toTerraform = resource.toTerraform.bind(resource);
  resource.toTerraform = () => {
    const made = toTerraform() as { readonly resource: Record<string, Record<string, object>> }; // as cdktn makes a resource
    const { terraformResourceType: type, friendlyUniqueId: name } = resource;
    const own = made.resource[type]?.[name];
    if (!own) throw new TypeError(`cdktn made no ${type}.${name}`);
    Object.assign(own, { [attribute]: value });
    return made;
  };
}

/** A resource whose type takes tags: the bindings give exactly those this property. */
interface Taggable {
  readonly tagsInput: Record<string, string> | undefined;
  tags: Record<string, string>;
}

const isTaggable = (resource: object): resource is Taggable => "tagsInput" in resource;

/** Puts tags on every resource below a scope that takes them; a resource's own tag wins. */
export function applyTags(scope: Construct, tags: Readonly<Record<string, string>>): void {
  if (Object.keys(tags).length === 0) return;
  for (const resource of resourcesIn(scope)) {
    if (isTaggable(resource)) resource.tags = { ...tags, ...resource.tagsInput };
  }
}
