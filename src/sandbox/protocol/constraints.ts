import { isObject } from "../../shared/index.ts";
import { MalformedRequest } from "./errors.ts";
import { type Member, type ServiceModel, shapeAt, type Structure, structureAt } from "./model.ts";

/**
 * Checks required members at every depth and the allowed values of enumerations.
 *
 * @throws MalformedRequest
 */
export function checkConstraints(
  model: ServiceModel,
  shape: number,
  input: Readonly<Record<string, unknown>>,
): void {
  checkStructure(model, structureAt(model, shape), input, "");
}

function checkStructure(
  model: ServiceModel,
  shape: Structure,
  value: Readonly<Record<string, unknown>>,
  path: string,
): void {
  const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const missing = (shape.r ?? []).filter((name) => value[name] === undefined);
  if (missing.length > 0) throw new MalformedRequest("missing", missing.map(at).join(", "));
  for (const [name, member] of Object.entries(shape.m))
    if (value[name] !== undefined) checkMember(model, member, value[name], at(name));
}

function checkMember(model: ServiceModel, member: Member, value: unknown, path: string): void {
  const values = member.e === undefined ? undefined : model.enums?.[member.e];
  const shape = shapeAt(model, member.s);
  if (typeof value === "string" && values && !values.includes(value))
    throw new MalformedRequest("enum", path, { value, allowedValues: values });
  // The allowed values are defined at the member, because lists and maps of strings share a shape.
  const inner = (of: Member): Member => (member.e === undefined ? of : { ...of, e: member.e });
  if (shape.k === "structure" && isObject(value)) checkStructure(model, shape, value, path);
  else if (shape.k === "list" && Array.isArray(value))
    for (const [index, entry] of value.entries())
      checkMember(model, inner(shape.v), entry, `${path}.${index + 1}`);
  else if (shape.k === "map" && isObject(value))
    for (const [key, entry] of Object.entries(value))
      checkMember(model, inner(shape.v), entry, `${path}.${key}`);
}
