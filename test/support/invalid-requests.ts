import { readFileSync } from "node:fs";
import {
  loadModel,
  type Member,
  type ServiceModel,
  shapeAt,
  structureAt,
} from "../../src/service-models/index.ts";
import { services } from "../../src/sandbox/services/all.ts";

/** A request that the model of a service does not allow. */
export interface InvalidRequest {
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly kind: "required" | "enum" | "length" | "range" | "pattern" | "elements";
  /** Path of the invalid member, in AWS's spelling. */
  readonly path: string;
  /** What the constraint requires, in AWS's words. */
  readonly requirement: string;
  /** False if another member of the request may be invalid too, because no valid value of it is known. */
  readonly isOnly: boolean;
}

/** A constraint as constraints.json of the service has it. */
interface Constraint {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly key?: string;
  readonly value?: string;
}
interface Constraints {
  readonly constraints: Readonly<Record<string, Constraint>>;
  readonly members: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const constraintsOf = (service: string): Constraints =>
  service === "s3"
    ? { constraints: {}, members: {} }
    : (JSON.parse(
        readFileSync(
          new URL(`../../src/sandbox/services/${service}/constraints.json`, import.meta.url),
          "utf8",
        ),
      ) as Constraints); // a generated file of this repository

/** Longer texts are not generated, because a request has a limited size. */
const MAX_GENERATED = 200_000;
/** Structures below this depth are left out, because some contain themselves. */
const MAX_DEPTH = 6;

/**
 * For every operation of the sandbox and every constraint of its supported parameters, the request that violates this
 * constraint: required members, enumerations, lengths, ranges and patterns.
 */
export function invalidRequests(): InvalidRequest[] {
  return services.flatMap(({ name, operations }) => {
    const generator = new Generator(loadModel(name), constraintsOf(name));
    return Object.entries(operations).flatMap(([operation, { supportedParameters }]) =>
      generator.requestsFor(operation, new Set(supportedParameters)),
    );
  });
}

type Build = (value: unknown) => Record<string, unknown>;

class Generator {
  readonly #model: ServiceModel;
  readonly #constraints: Constraints;

  constructor(model: ServiceModel, constraints: Constraints) {
    this.#model = model;
    this.#constraints = constraints;
  }

  requestsFor(operation: string, supported: ReadonlySet<string>): InvalidRequest[] {
    const index = this.#model.operations[operation]?.i ?? -1;
    // A request without a required query parameter is another operation.
    const { missing } = this.#validStructure(index, 0);
    const { m } = structureAt(this.#model, index);
    if (missing.some((name) => m[name]?.httpQuery !== undefined)) return [];
    return this.#requestsIn(
      index,
      "",
      (value) => value as Record<string, unknown>,
      0,
      true,
    ).flatMap(({ top, ...request }) =>
      supported.has(top) && !isChangedByClient(operation, request)
        ? [{ service: this.#model.service, operation, ...request }]
        : [],
    );
  }

  #requestsIn(
    index: number,
    prefix: string,
    build: Build,
    depth: number,
    isOuterComplete: boolean,
    topName?: string,
  ): (Omit<InvalidRequest, "service" | "operation"> & { readonly top: string })[] {
    if (depth > MAX_DEPTH) return [];
    const structure = structureAt(this.#model, index);
    const { input: valid, missing: unknownMembers } = this.#validStructure(index, depth);
    return Object.entries(structure.m).flatMap(([name, member]) => {
      const top = topName ?? name;
      const isComplete =
        isOuterComplete && unknownMembers.every((unknownMember) => unknownMember === name);
      const path = `${prefix}${name.charAt(0).toLowerCase()}${name.slice(1)}`;
      const { [name]: _, ...others } = valid;
      // Clients add a missing token, and do not send a request without a label.
      const isTransmitted =
        member.httpLabel !== 1 && member.httpPayload !== 1 && member.token !== 1;
      const request = (
        value: unknown,
        kind: InvalidRequest["kind"],
        requirement: string,
      ): Omit<InvalidRequest, "service" | "operation"> & { top: string } => ({
        top,
        input: build(value === undefined ? others : { ...others, [name]: value }),
        kind,
        path,
        requirement,
        isOnly: isComplete,
      });
      const shape = shapeAt(this.#model, member.s);
      const own = this.#invalidValues(structure.n ?? "", name, member).map(
        ([value, kind, requirement]) => request(value, kind, requirement),
      );
      const missing =
        structure.r?.includes(name) === true && isTransmitted && this.#canBeMissing(depth, others)
          ? [request(undefined, "required", "Member must not be null")]
          : [];
      const inner = (value: unknown): Record<string, unknown> =>
        build({ ...others, [name]: value });
      const nested =
        shape.k === "structure"
          ? this.#requestsIn(member.s, `${path}.`, inner, depth + 1, isComplete, top)
          : shape.k === "list" && shapeAt(this.#model, shape.v.s).k === "structure"
            ? this.#requestsIn(
                shape.v.s,
                `${path}.1.member.`,
                (value) => inner([value]),
                depth + 1,
                isComplete && (this.#constraint(structure.n ?? "", name)?.min ?? 0) <= 1,
                top,
              )
            : [];
      return [...missing, ...(isTransmitted ? own : []), ...nested];
    });
  }

  /** The query protocol does not transmit a structure without members. */
  #canBeMissing(depth: number, others: Readonly<Record<string, unknown>>): boolean {
    return depth === 0 || !this.#isQuery || Object.keys(others).length > 0;
  }

  get #isQuery(): boolean {
    return (
      this.#model.protocol.endsWith("Query") || this.#model.dialects?.includes("awsQuery") === true
    );
  }

  #constraint(structure: string, member: string): Constraint | undefined {
    const name = this.#constraints.members[structure]?.[member];
    return name === undefined ? undefined : this.#constraints.constraints[name];
  }

  #invalidValues(
    structure: string,
    name: string,
    member: Member,
  ): (readonly [value: unknown, kind: InvalidRequest["kind"], requirement: string])[] {
    const { k } = shapeAt(this.#model, member.s);
    const shape = shapeAt(this.#model, member.s);
    const constraint = this.#constraint(structure, name);
    const allowed = member.e === undefined ? undefined : this.#model.enums?.[member.e];
    const enumText = `Member must satisfy enum value set: [${allowed?.join(", ")}]`;
    if (k === "string" && allowed) return [["no-such-value", "enum", enumText]];
    if (k === "list" && allowed && shape.k === "list") {
      const isSimple = shapeAt(this.#model, shape.v.s).k === "string";
      return isSimple
        ? [[["no-such-value"], "elements", `Member must satisfy constraint: [${enumText}]`]]
        : [];
    }
    if (!constraint) return [];
    if (k === "number") return rangeViolations(constraint);
    if (k === "string") return textViolations(constraint);
    if (k === "list" && shape.k === "list" && constraint.value !== undefined) {
      const element = this.#constraints.constraints[constraint.value];
      const isText = shapeAt(this.#model, shape.v.s).k === "string";
      const [violation] = isText && element ? textViolations(element) : [];
      return violation && element
        ? [
            [
              [violation[0]],
              "elements",
              `Member must satisfy constraint: [${requirements(element).join(", ")}]`,
            ],
          ]
        : [];
    }
    return [];
  }

  #validStructure(
    index: number,
    depth: number,
  ): { readonly input: Record<string, unknown>; readonly missing: readonly string[] } {
    const structure = structureAt(this.#model, index);
    const missing: string[] = [];
    const input: Record<string, unknown> = {};
    for (const name of structure.r ?? []) {
      const member = structure.m[name];
      const value = member && this.#validValue(structure.n ?? "", name, member, depth);
      if (value === undefined) missing.push(name);
      else input[name] = value;
    }
    return { input, missing };
  }

  #validValue(structure: string, name: string, member: Member, depth: number): unknown {
    const shape = shapeAt(this.#model, member.s);
    const constraint = this.#constraint(structure, name);
    const allowed = member.e === undefined ? undefined : this.#model.enums?.[member.e];
    switch (shape.k) {
      case "string":
        return allowed?.[0] ?? validText(constraint ?? {});
      case "number":
        return constraint?.min ?? Math.min(1, constraint?.max ?? 1);
      case "boolean":
        return true;
      case "timestamp":
        return new Date(1_767_225_600_000);
      case "blob":
        return new Uint8Array(constraint?.min ?? 1).fill(97);
      case "structure": {
        if (depth > MAX_DEPTH) return undefined;
        const { input, missing } = this.#validStructure(member.s, depth + 1);
        return missing.length === 0 && (Object.keys(input).length > 0 || !this.#isQuery)
          ? input
          : undefined;
      }
      case "list": {
        const element = constraint?.value;
        const entry =
          shapeAt(this.#model, shape.v.s).k === "string"
            ? (allowed?.[0] ??
              validText(
                element === undefined ? {} : (this.#constraints.constraints[element] ?? {}),
              ))
            : this.#validValue("", "", shape.v, depth + 1);
        return entry === undefined
          ? undefined
          : Array.from({ length: constraint?.min || 1 }, () => entry);
      }
      case "map":
        return { name: "value" };
      case "document":
        return {};
    }
  }
}

/** Members that a client of AWS checks or changes, so that the sandbox does not receive the invalid value. */
function isChangedByClient(
  operation: string,
  { path, kind }: { path: string; kind: string },
): boolean {
  if (path === "checksumAlgorithm" || path === "checksumMode") return true;
  return operation === "ChangeResourceRecordSets" && kind === "required";
}

const CANDIDATES = [
  "aaaa",
  "111122223333",
  "arn:aws:iam::111122223333:role/app",
  "arn:aws:acm:us-east-1:111122223333:certificate/app",
  "arn:aws:application-autoscaling:us-east-1:111122223333:scalable-target/app",
  "arn:aws:events:us-east-1:111122223333:event-bus/app",
  "arn:aws:scheduler:us-east-1:111122223333:schedule-group/app",
  "arn:aws:sqs:us-east-1:111122223333:app",
  "sha256:abcdef",
  "12345678-1234-1234-1234-123456789012",
  "v1",
  "/",
  "app.example.com",
  "true",
];

const matches = (pattern: string | undefined, text: string): boolean =>
  pattern === undefined || expressionOf(pattern).test(text);

function expressionOf(pattern: string): RegExp {
  const isCaseInsensitive = pattern.startsWith("(?i)");
  const source = `^(?:${(isCaseInsensitive ? pattern.slice(4) : pattern).replaceAll(String.raw`\p{Print}`, "[ -~]")})$`;
  try {
    return new RegExp(source, isCaseInsensitive ? "iu" : "u");
  } catch {
    return new RegExp(source, isCaseInsensitive ? "i" : "");
  }
}

const isWithin = ({ min = 0, max = Infinity }: Constraint, text: string): boolean =>
  text.length >= min && text.length <= max;

const validText = (constraint: Constraint): string | undefined =>
  [...CANDIDATES, "a".repeat(Math.min(constraint.min ?? 1, MAX_GENERATED))].find(
    (text) => isWithin(constraint, text) && matches(constraint.pattern, text),
  );

const requirements = ({ min, max, pattern }: Constraint): string[] => [
  ...(max === undefined ? [] : [`Member must have length less than or equal to ${max}`]),
  ...(min === undefined ? [] : [`Member must have length greater than or equal to ${min}`]),
  ...(pattern === undefined ? [] : [`Member must satisfy regular expression pattern: ${pattern}`]),
];

type Violation = readonly [value: unknown, kind: InvalidRequest["kind"], requirement: string];

function textViolations({ min, max, pattern }: Constraint): Violation[] {
  const violations: Violation[] = [];
  if (max !== undefined && max < MAX_GENERATED)
    violations.push([
      "a".repeat(max + 1),
      "length",
      `Member must have length less than or equal to ${max}`,
    ]);
  const short =
    validText({ max: (min ?? 0) - 1, ...(pattern === undefined ? {} : { pattern }) }) ?? "";
  if (min !== undefined && min > 0 && matches(pattern, short) && short !== "")
    violations.push([short, "length", `Member must have length greater than or equal to ${min}`]);
  const filler = Math.max(min ?? 0, 1);
  const invalid = ["!", " ", "*", "~", "\u0001", "\u{1F600}"]
    .map((character) => character.repeat(filler))
    .find((text) => isWithin(max === undefined ? {} : { max }, text) && !matches(pattern, text));
  if (pattern !== undefined && invalid !== undefined)
    violations.push([
      invalid,
      "pattern",
      `Member must satisfy regular expression pattern: ${pattern}`,
    ]);
  return violations;
}

const rangeViolations = ({ min, max }: Constraint): Violation[] => [
  ...(max === undefined
    ? []
    : [[max + 1, "range", `Member must have value less than or equal to ${max}`] as const]),
  ...(min === undefined
    ? []
    : [[min - 1, "range", `Member must have value greater than or equal to ${min}`] as const]),
];
