import {
  type Member,
  type ServiceModel,
  shapeAt,
  type Structure,
  structureAt,
} from "../../src/service-models/index.ts";

/** The name of an element of a list or of a value of a map in a path. */
export const ELEMENT = "*";

/** A nested member of a request, such as `networkConfiguration.awsvpcConfiguration.subnets`. */
export interface NestedMember {
  readonly path: readonly string[];
  readonly member: Member;
}

/** What the sandbox does with a nested member, in the calls of the tests. */
export interface Observation {
  /** Such as ecs:CreateService. */
  readonly operation: string;
  /** Such as loadBalancers.*.containerName. */
  readonly path: string;
  /**
   * `read` if the member is read, stored or returned, `ignored` if a request with it is accepted and the member is not read,
   * `rejected` if each request with it is rejected before it is read.
   */
  readonly result: "read" | "ignored" | "rejected" | "not-tried";
  /** The error of the last rejected request. */
  readonly error?: string | undefined;
}

/** The nested members of the given members of an operation's request, at every depth, outer members first. */
export function nestedMembers(
  model: ServiceModel,
  operation: string,
  accepted: readonly string[],
): NestedMember[] {
  const found: NestedMember[] = [];
  const addMembersOf = (shape: number, path: readonly string[], outer: readonly number[]): void => {
    const described = shapeAt(model, shape);
    if (described.k === "list" || described.k === "map")
      addMembersOf(described.v.s, [...path, ELEMENT], outer);
    // A structure occurs once in a path. Statements of WAF contain statements.
    if (described.k !== "structure" || outer.includes(shape)) return;
    for (const [name, member] of Object.entries(described.m)) {
      found.push({ path: [...path, name], member });
      addMembersOf(member.s, [...path, name], [...outer, shape]);
    }
  };
  const request = requestOf(model, operation);
  for (const name of accepted) {
    const member = request.m[name];
    if (member) addMembersOf(member.s, [name], []);
  }
  return found;
}

/** The structure of an operation's request. */
export const requestOf = (model: ServiceModel, operation: string): Structure =>
  structureAt(model, model.operations[operation]?.i ?? -1);

/** A value for a member, with the required members of structures, or the first one. It is not empty and not zero. */
export function exampleOf(
  model: ServiceModel,
  member: Member,
  outer: readonly number[] = [],
): unknown {
  const shape = shapeAt(model, member.s);
  switch (shape.k) {
    case "structure": {
      if (outer.includes(member.s)) return {};
      const { r: names = [] } = shape;
      const required = names.length === 0 ? Object.keys(shape.m).slice(0, 1) : names;
      return Object.fromEntries(
        required.flatMap((name) => {
          const inner = shape.m[name];
          return inner ? [[name, exampleOf(model, inner, [...outer, member.s])]] : [];
        }),
      );
    }
    case "list":
      return [exampleOf(model, { ...shape.v, ...enumerationOf(member) }, outer)];
    case "map":
      return { example: exampleOf(model, { ...shape.v, ...enumerationOf(member) }, outer) };
    case "timestamp":
      return new Date("2026-06-01T00:00:00Z");
    case "blob":
      return new Uint8Array([1]);
    case "boolean":
      return true;
    case "number":
      return Math.max(1, model.constraints?.[member.c ?? -1]?.min ?? 1);
    case "string":
      return model.enums?.[member.e ?? -1]?.[0] ?? "example";
    case "document":
      return { example: "example" };
  }
}

const enumerationOf = ({ e }: Member): { readonly e?: number } => (e === undefined ? {} : { e });

/**
 * A copy of a request in which a nested member is set, and reports that it is read. Structures around it that the request does not
 * have are added; of lists and maps, the first element has the member.
 */
export function withMember(
  model: ServiceModel,
  operation: string,
  input: Readonly<Record<string, unknown>>,
  { path, member }: NestedMember,
  onRead: () => void,
): Record<string, unknown> {
  const copyInto = (
    value: unknown,
    shape: Member,
    [name = "", ...rest]: readonly string[],
  ): unknown => {
    const { s } = shape;
    const kind = shapeAt(model, s);
    const start = value ?? exampleOf(model, shape);
    if (kind.k === "list") {
      const [first, ...others] = start as readonly unknown[];
      return [copyInto(first, kind.v, rest), ...others];
    }
    if (kind.k === "map") {
      const entries = Object.entries(start as object);
      const [key, first] = entries[0] ?? ["example", undefined];
      return { ...(start as object), [key]: copyInto(first, kind.v, rest) };
    }
    const structure = structureAt(model, s);
    const copy =
      structure.u === 1 && !Object.hasOwn(start as object, name) ? {} : { ...(start as object) };
    const inner = structure.m[name];
    if (!inner) throw new TypeError(`${model.service}: ${path.join(".")} does not exist`);
    const current = (copy as Record<string, unknown>)[name];
    if (rest.length > 0) return { ...copy, [name]: copyInto(current, inner, rest) };
    const example = current ?? exampleOf(model, member);
    Object.defineProperty(copy, name, {
      enumerable: true,
      configurable: true,
      get: () => {
        onRead();
        return example;
      },
    });
    return copy;
  };
  const [top = ""] = path;
  const topMember = requestOf(model, operation).m[top];
  if (!topMember) throw new TypeError(`${model.service}:${operation} has no member ${top}`);
  return { ...input, [top]: copyInto(input[top], topMember, path.slice(1)) };
}
