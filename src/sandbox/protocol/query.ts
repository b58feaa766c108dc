import { MalformedRequest } from "./errors.ts";
import { type Member, type ServiceModel, shapeAt } from "../../service-models/index.ts";
import { scalarFromText } from "./scalars.ts";

interface Tree {
  [key: string]: Tree | string;
}

/** Parses a form with names such as `a.b.1.c` into a tree. */
export function parseForm(body: string): Tree {
  const root: Tree = Object.create(null) as Tree;
  for (const [path, value] of new URLSearchParams(body)) {
    const parts = path.split(".");
    const last = parts.pop() ?? "";
    let node = root;
    for (const part of parts) {
      const next = node[part];
      if (typeof next === "object") {
        node = next;
      } else {
        const child = Object.create(null) as Tree;
        node[part] = child;
        node = child;
      }
    }
    node[last] = value;
  }
  return root;
}

/** Parameters of the protocol, not of the operation. */
const ENVELOPE = new Set(["Action", "Version"]);

/** Decodes the input of a query request (AWS query or EC2 query protocol). */
export function decodeQuery(
  model: ServiceModel,
  shape: number,
  form: Tree,
): Record<string, unknown> {
  const top = Object.fromEntries(Object.entries(form).filter(([key]) => !ENVELOPE.has(key)));
  return decodeNode(model, { s: shape }, top, "") as Record<string, unknown>; // an operation's input is a structure
}

function decodeNode(
  model: ServiceModel,
  member: Member,
  node: Tree | string,
  name: string,
): unknown {
  const shape = shapeAt(model, member.s);
  const isEc2 = model.protocol === "ec2Query";
  switch (shape.k) {
    case "structure": {
      if (typeof node === "string") {
        if (node === "") return {};
        throw new MalformedRequest("malformed", `${name} is a structure, not '${node}'`);
      }
      const output: Record<string, unknown> = {};
      const knownNames = new Set<string>();
      for (const [key, inner] of Object.entries(shape.m)) {
        const wire = inner.q ?? key;
        const value = node[wire];
        knownNames.add(wire);
        if (value !== undefined)
          output[key] = decodeNode(model, inner, value, name === "" ? wire : `${name}.${wire}`);
      }
      for (const wire of Object.keys(node)) {
        if (!knownNames.has(wire)) {
          throw new MalformedRequest("unknown-member", name === "" ? wire : `${name}.${wire}`);
        }
      }
      return output;
    }
    case "list": {
      if (typeof node === "string") {
        if (node === "") return [];
        throw new MalformedRequest("malformed", `${name} is a list, not '${node}'`);
      }
      const isFlat = isEc2 || member.flat === 1;
      const items = isFlat ? node : (node[shape.v.x ?? "member"] ?? node);
      return typeof items === "string"
        ? []
        : numbered(items, name).map((item, index) =>
            decodeNode(model, shape.v, item, `${name}.${index + 1}`),
          );
    }
    case "map": {
      if (typeof node === "string") return {};
      const entries = member.flat === 1 ? node : node["entry"];
      if (entries === undefined || typeof entries === "string") return {};
      return Object.fromEntries(
        numbered(entries, name).map((entry) => {
          if (typeof entry === "string")
            throw new MalformedRequest("malformed", `${name} is a map`);
          const key = entry[shape.key.x ?? "key"];
          const value = entry[shape.v.x ?? "value"];
          return [
            typeof key === "string" ? key : "",
            decodeNode(model, shape.v, value ?? "", name),
          ];
        }),
      );
    }
    default:
      if (typeof node !== "string")
        throw new MalformedRequest("malformed", `${name} is a single value`);
      return scalarFromText(shape, node, name);
  }
}

function numbered(node: Tree, name: string): (Tree | string)[] {
  const keys = Object.keys(node);
  const invalidKey = keys.find((key) => !/^\d+$/.test(key));
  if (invalidKey !== undefined)
    throw new MalformedRequest("unknown-member", `${name}.${invalidKey}`);
  return keys.sort((a, b) => Number(a) - Number(b)).map((key) => node[key] ?? "");
}
