import { type Member, type ServiceModel, shapeAt } from "../../src/service-models/index.ts";

/** A repeatable sequence of numbers from 0 to 1. */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

/**
 * A value of a shape. Lists and maps are never empty, because the query protocol does not distinguish empty and missing
 * ones.
 */
export function valueOf(
  model: ServiceModel,
  index: number,
  next: () => number,
  depth = 0,
): unknown {
  const shape = shapeAt(model, index);
  switch (shape.k) {
    case "structure": {
      if (depth > 8) return {};
      const required = new Set(shape.r);
      const entries = Object.entries(shape.m);
      // A union may contain itself: at a greater depth a simple member is selected.
      const simple = entries.filter(
        ([, member]) => !["structure", "list", "map"].includes(shapeAt(model, member.s).k),
      );
      const candidates = depth > 2 && simple.length > 0 ? simple : entries;
      const chosen = shape.u === 1 ? [candidates[Math.floor(next() * candidates.length)]] : entries;
      const filled = chosen.flatMap((entry) => {
        if (!entry) return [];
        const [name, member] = entry;
        // The client adds a missing token.
        const skip =
          member.token !== 1 && !required.has(name) && shape.u !== 1 && (depth > 2 || next() < 0.3);
        return skip ? [] : [[name, memberOf(model, member, next, depth + 1)] as const];
      });
      const usable = filled.filter(([, value]) => !isEmptyObject(value));
      const [first] = entries;
      if (usable.length > 0 || !first || depth === 0) return Object.fromEntries(usable);
      return depth > 6 ? {} : { [first[0]]: memberOf(model, first[1], next, depth + 1) };
    }
    case "list":
      return [
        valueOf(model, shape.v.s, next, depth + 1),
        valueOf(model, shape.v.s, next, depth + 1),
      ].filter((entry) => !isEmptyObject(entry));
    case "map":
      return {
        one: valueOf(model, shape.v.s, next, depth + 1),
        "two & <2>": valueOf(model, shape.v.s, next, depth + 1),
      };
    case "number":
      return Math.floor(next() * 1000);
    case "boolean":
      return next() < 0.5;
    case "timestamp":
      return new Date(Math.floor(next() * 2 ** 31) * 1000);
    case "blob":
      return new Uint8Array([1, 2, 250, Math.floor(next() * 256)]);
    case "string":
    case "document":
      return `text ${Math.floor(next() * 1e6)} "&<>' ü`;
  }
}

/** A value of a member; for an enumeration one of the allowed values. */
function memberOf(model: ServiceModel, member: Member, next: () => number, depth: number): unknown {
  const allowedValues = member.e === undefined ? undefined : model.enums?.[member.e];
  if (!allowedValues) return valueOf(model, member.s, next, depth);
  const allowedValue = allowedValues[Math.floor(next() * allowedValues.length)];
  const { k } = shapeAt(model, member.s);
  return k === "list" ? [allowedValue] : k === "map" ? { one: allowedValue } : allowedValue;
}

/** True for an empty object or list, which the query protocol cannot encode. */
const isEmptyObject = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  !(value instanceof Date) &&
  !(value instanceof Uint8Array) &&
  Object.keys(value).length === 0;
