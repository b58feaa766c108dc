import { isObject } from "../../shared/json.ts";
import {
  type Constraint,
  type Member,
  type ServiceModel,
  type Shape,
  shapeAt,
  type Structure,
  structureAt,
} from "../../service-models/index.ts";

/** A value that a constraint of the model does not allow. */
export interface Violation {
  readonly kind: "required" | "enum" | "length" | "range" | "pattern" | "elements";
  /** Name of the member. */
  readonly member: string;
  /** Path in AWS's error messages, such as tags.1.member.key. */
  readonly path: string;
  /** Path in the spelling of the model, such as Tags.1.Key. */
  readonly parameter: string;
  /** The value as text. Undefined if AWS does not repeat it. */
  readonly value: string | undefined;
  /** The element of a list or map that is not allowed; only for lists and maps of simple values. */
  readonly element?: string;
  /** What the constraint requires, in AWS's words. */
  readonly requirement: string;
  /** The values of the enumeration; only for the kind "enum". */
  readonly allowedValues?: readonly string[];
  /** The exceeded limit; only for the kinds "length" and "range". */
  readonly limit?: { readonly side: "min" | "max"; readonly value: number };
  /** The regular expression; only for the kind "pattern". */
  readonly pattern?: string;
}

/**
 * The violations of required members, enumerations, lengths, ranges and patterns, at every depth.
 *
 * The words are those of AWS: "Member must not be null", "Member must have length less than or equal to 64".
 */
export function findViolations(
  model: ServiceModel,
  shape: number,
  input: Readonly<Record<string, unknown>>,
): Violation[] {
  const violations: Violation[] = [];
  checkStructure({ model, violations }, structureAt(model, shape), input, {
    path: "",
    parameter: "",
  });
  return violations;
}

interface Search {
  readonly model: ServiceModel;
  readonly violations: Violation[];
}

interface Place {
  readonly path: string;
  readonly parameter: string;
}

const join = (prefix: string, name: string): string => (prefix === "" ? name : `${prefix}.${name}`);

function checkStructure(
  search: Search,
  shape: Structure,
  value: Readonly<Record<string, unknown>>,
  { path, parameter }: Place,
): void {
  const placeOf = (name: string): Place => ({
    path: join(path, `${name.charAt(0).toLowerCase()}${name.slice(1)}`),
    parameter: join(parameter, name),
  });
  for (const name of shape.r ?? [])
    if (value[name] === undefined)
      search.violations.push({
        kind: "required",
        member: name,
        ...placeOf(name),
        value: undefined,
        requirement: "Member must not be null",
      });
  for (const [name, member] of Object.entries(shape.m))
    if (value[name] !== undefined) checkMember(search, name, member, value[name], placeOf(name));
}

function checkMember(
  search: Search,
  name: string,
  member: Member,
  value: unknown,
  place: Place,
): void {
  const { model, violations } = search;
  const shape = shapeAt(model, member.s);
  const constraint = member.c === undefined ? undefined : model.constraints?.[member.c];
  const allowedValues = member.e === undefined ? undefined : model.enums?.[member.e];
  const report = (failures: readonly Failure[]): void => {
    for (const failure of failures)
      violations.push({
        member: name,
        ...place,
        value: constraint?.sensitive === true ? undefined : textOf(value),
        ...failure,
      });
  };
  if (shape.k === "structure") {
    if (isObject(value)) checkStructure(search, shape, value, place);
    return;
  }
  if (shape.k !== "list" && shape.k !== "map") {
    report(failuresOf(shape.k, constraint, allowedValues, value));
    return;
  }
  report(failuresOf(shape.k, constraint, undefined, value));
  const entries = Array.isArray(value)
    ? value.map((entry, index): [string, unknown] => [String(index + 1), entry])
    : Object.entries(value ?? {});
  const elementConstraint = constraintAt(model, constraint?.v);
  const elementKind = shapeAt(model, shape.v.s).k;
  // Lists and maps of simple values share a shape, so that their enumeration and constraint are those of the member.
  const fails = (kind: Shape["k"], inner: Constraint | undefined, entry: unknown): boolean =>
    failuresOf(kind, inner, allowedValues, entry).length > 0;
  if (shape.k === "map") {
    const keyConstraint = constraintAt(model, constraint?.key);
    if (entries.some(([key]) => failuresOf("string", keyConstraint, undefined, key).length > 0))
      report([elementFailure("Map keys must", requirementsOf("string", keyConstraint))]);
  }
  if (elementKind === "structure" || elementKind === "list" || elementKind === "map") {
    for (const [key, entry] of entries)
      checkMember(
        search,
        name,
        { ...shape.v, ...(member.e === undefined ? {} : { e: member.e }) },
        entry,
        {
          path: `${place.path}.${key}.member`,
          parameter: `${place.parameter}.${key}`,
        },
      );
    return;
  }
  const failing = entries.find(([, entry]) => fails(elementKind, elementConstraint, entry));
  if (failing)
    report([
      {
        ...elementFailure(
          shape.k === "map" ? "Map value must" : "Member must",
          requirementsOf(elementKind, elementConstraint, allowedValues),
        ),
        parameter: `${place.parameter}.${failing[0]}`,
        element: String(failing[1]),
        ...(allowedValues?.includes(String(failing[1])) === false
          ? { kind: "enum", allowedValues }
          : {}),
      },
    ]);
}

const constraintAt = (model: ServiceModel, index: number | undefined): Constraint | undefined =>
  index === undefined ? undefined : model.constraints?.[index];

type Failure = Pick<Violation, "kind" | "requirement"> & Partial<Violation>;

const elementFailure = (subject: string, requirements: readonly string[]): Failure => ({
  kind: "elements",
  requirement: `${subject} satisfy constraint: [${requirements.join(", ")}]`,
});

/** The requirements of a constraint in the order of AWS: maximum, minimum, pattern, enumeration. */
function requirementsOf(
  kind: Shape["k"],
  constraint: Constraint | undefined,
  allowedValues?: readonly string[],
): string[] {
  const what = kind === "number" ? "value" : "length";
  return [
    ...(constraint?.max === undefined
      ? []
      : [`Member must have ${what} less than or equal to ${constraint.max}`]),
    ...(constraint?.min === undefined
      ? []
      : [`Member must have ${what} greater than or equal to ${constraint.min}`]),
    ...(constraint?.pattern === undefined
      ? []
      : [`Member must satisfy regular expression pattern: ${constraint.pattern}`]),
    ...(allowedValues === undefined
      ? []
      : [`Member must satisfy enum value set: [${allowedValues.join(", ")}]`]),
  ];
}

function failuresOf(
  kind: Shape["k"],
  constraint: Constraint | undefined,
  allowedValues: readonly string[] | undefined,
  value: unknown,
): Failure[] {
  if (allowedValues && typeof value === "string" && !allowedValues.includes(value))
    return [
      {
        kind: "enum",
        allowedValues,
        requirement: requirementsOf(kind, undefined, allowedValues)[0] ?? "",
      },
    ];
  if (constraint === undefined) return [];
  const { min, max, pattern } = constraint;
  const size = sizeOf(value);
  const limitKind = kind === "number" ? "range" : "length";
  if (max !== undefined && size !== undefined && size > max)
    return [
      {
        kind: limitKind,
        limit: { side: "max", value: max },
        requirement: requirementsOf(kind, { max })[0] ?? "",
      },
    ];
  const failures: Failure[] = [];
  if (min !== undefined && size !== undefined && size < min)
    failures.push({
      kind: limitKind,
      limit: { side: "min", value: min },
      requirement: requirementsOf(kind, { min })[0] ?? "",
    });
  // A text that is too long has been rejected above, so that the length of what a pattern is applied to is limited.
  if (pattern !== undefined && typeof value === "string" && !expressionOf(pattern).test(value))
    failures.push({
      kind: "pattern",
      pattern,
      requirement: requirementsOf(kind, { pattern })[0] ?? "",
    });
  return failures;
}

/** The number itself, or the length of a text, blob, list or map. */
function sizeOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "string" || Array.isArray(value) || value instanceof Uint8Array)
    return value.length;
  return isObject(value) ? Object.keys(value).length : undefined;
}

const expressions = new Map<string, RegExp>();

/**
 * Translates a pattern of a model, which has Java's syntax and applies to the whole string. Some patterns have escapes that
 * JavaScript allows only without the flag u.
 */
function expressionOf(pattern: string): RegExp {
  const known = expressions.get(pattern);
  if (known) return known;
  const isCaseInsensitive = pattern.startsWith("(?i)");
  const source = `^(?:${pattern.slice(isCaseInsensitive ? 4 : 0).replaceAll(String.raw`\p{Print}`, "[ -~]")})$`;
  const flags = isCaseInsensitive ? "i" : "";
  let expression: RegExp;
  try {
    expression = new RegExp(source, `${flags}u`);
  } catch {
    expression = new RegExp(source, flags);
  }
  expressions.set(pattern, expression);
  return expression;
}

/** A value in the notation of AWS's messages: [a, b] and {key=value}. Undefined for blobs and lists of structures. */
function textOf(value: unknown): string | undefined {
  if (Array.isArray(value))
    return value.some((entry) => typeof entry === "object") ? undefined : `[${value.join(", ")}]`;
  if (value instanceof Uint8Array) return undefined;
  if (!isObject(value)) return String(value);
  const entries = Object.entries(value);
  return entries.some(([, entry]) => typeof entry === "object")
    ? undefined
    : `{${entries.map(([key, entry]) => `${key}=${String(entry)}`).join(", ")}}`;
}
