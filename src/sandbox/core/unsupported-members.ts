import { isObject } from "../../shared/json.ts";
import { type ServiceModel, shapeAt } from "../../service-models/index.ts";
import { ownProperty } from "./own-property.ts";

/** The members that the sandbox does not implement, by the name of the structure in the service's model. */
export type UnsupportedMembers = Readonly<Record<string, readonly string[]>>;

/**
 * Whether a value of a nested member changes nothing on AWS. Clients such as the AWS provider of Terraform send these values for
 * members that their users have not set.
 */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === "" || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && !(value instanceof Date) && !(value instanceof Uint8Array)
    ? Object.values(value).every(isEmpty)
    : false;
}

/**
 * The first nested member of a request that the sandbox does not implement, in the spelling of the model, such as
 * `LifecycleConfiguration.Rules.Filter.ObjectSizeLessThan`.
 */
export function unsupportedMember(
  model: ServiceModel,
  shape: number,
  value: unknown,
  unsupported: UnsupportedMembers,
  path = "",
): string | undefined {
  if (value === undefined || value === null) return undefined;
  const described = shapeAt(model, shape);
  if (described.k === "list" || described.k === "map") {
    for (const entry of Object.values(value)) {
      const found = unsupportedMember(model, described.v.s, entry, unsupported, path);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (described.k !== "structure") return undefined;
  const names = ownProperty(unsupported, described.n ?? "") ?? [];
  for (const [name, inner] of Object.entries(value)) {
    const innerPath = path === "" ? name : `${path}.${name}`;
    if (names.includes(name) && !isEmpty(inner)) return innerPath;
    const member = described.m[name];
    const found = member && unsupportedMember(model, member.s, inner, unsupported, innerPath);
    if (found !== undefined) return found;
  }
  return undefined;
}
