import {
  loadModel,
  type Member,
  type ServiceModel,
  shapeAt,
  type Structure,
  structureAt,
} from "../../service-models/index.ts";

/** The index of a shape by its name, among the shapes that the responses of a service have. */
const indexes = new Map<string, number>();

function indexOfStructure(model: ServiceModel, name: string): number {
  const key = `${model.service}/${name}`;
  const known = indexes.get(key);
  if (known !== undefined) return known;
  const visited = new Set<number>();
  const queue = Object.values(model.operations).map(({ o }) => o);
  for (const index of queue) {
    if (visited.has(index)) continue;
    visited.add(index);
    const shape = shapeAt(model, index);
    if (shape.k === "structure") {
      if (shape.n === name) {
        indexes.set(key, index);
        return index;
      }
      queue.push(...Object.values(shape.m).map(({ s }) => s));
    } else if (shape.k === "list" || shape.k === "map") queue.push(shape.v.s);
  }
  throw new TypeError(`${model.service} has no structure ${name} in a response`);
}

/** A structure in the responses of a service. */
export function responseStructure(service: string, name: string): Structure {
  const model = loadModel(service);
  return structureAt(model, indexOfStructure(model, name));
}

/** The members of the request of an operation. */
export function requestMembers(service: string, operation: string): Structure["m"] {
  const model = loadModel(service);
  return structureAt(model, model.operations[operation]?.i ?? -1).m;
}

/** The member of an operation's response that has the given structure; undefined if no member has it. */
export function memberWithStructure(
  service: string,
  operation: string,
  structure: string,
): string | undefined {
  const model = loadModel(service);
  const { m } = structureAt(model, model.operations[operation]?.o ?? -1);
  const index = indexOfStructure(model, structure);
  return Object.entries(m).find(([, { s }]) => s === index)?.[0];
}

/** Nested structures are compared to this depth, because some contain themselves. */
const MAX_DEPTH = 12;

/** Whether each value of a member of a request is also a value of a member of a response. */
function isReturnable(model: ServiceModel, from: Member, to: Member, depth = 0): boolean {
  if (from.s === to.s || depth > MAX_DEPTH) return true;
  const requested = shapeAt(model, from.s);
  const returned = shapeAt(model, to.s);
  if (requested.k === "structure" && returned.k === "structure")
    return Object.entries(requested.m).every(([name, member]) => {
      const other = returned.m[name];
      return other !== undefined && isReturnable(model, member, other, depth + 1);
    });
  if (requested.k === "list" && returned.k === "list")
    return isReturnable(model, requested.v, returned.v, depth + 1);
  if (requested.k === "map" && returned.k === "map")
    return isReturnable(model, requested.v, returned.v, depth + 1);
  return requested.k === returned.k;
}

/** The members of a request that a structure in the service's responses has too, with the same name and type. */
export function returnableMembers(service: string, operation: string, structure: string): string[] {
  const model = loadModel(service);
  const { m: returned } = responseStructure(service, structure);
  return Object.entries(requestMembers(service, operation)).flatMap(([name, member]) => {
    const other = returned[name];
    return other !== undefined && isReturnable(model, member, other) ? [name] : [];
  });
}
