import { createRequire } from "node:module";
import type { XMLParser } from "fast-xml-parser";
import { isObject } from "../../shared/json.ts";
import { MalformedRequest } from "./errors.ts";
import { type Member, type ServiceModel, shapeAt } from "../../service-models/index.ts";
import { scalarFromText, scalarToText } from "./scalars.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#xD;",
  "\n": "&#xA;",
};

export function escapeXml(text: string): string {
  return text.replace(/[&<>"\r\n]/g, (character) => ENTITIES[character] ?? character);
}

/** The XML of the members of a structure, without an enclosing element. `skip` excludes members. */
export function encodeMembers(
  model: ServiceModel,
  shape: number,
  value: Readonly<Record<string, unknown>>,
  skip: (member: Member) => boolean = () => false,
): string {
  const structure = shapeAt(model, shape);
  if (structure.k !== "structure") throw new TypeError("only a structure has members");
  let text = "";
  for (const [key, member] of Object.entries(structure.m)) {
    if (value[key] !== undefined && value[key] !== null && member.attr !== 1 && !skip(member)) {
      text += encodeElement(model, member, value[key], member.x ?? key);
    }
  }
  return text;
}

/** An element with its content. */
export function encodeElement(
  model: ServiceModel,
  member: Member,
  value: unknown,
  element: string,
): string {
  const shape = shapeAt(model, member.s);
  const open = `${element}${namespaceOf(member)}`;
  switch (shape.k) {
    case "structure": {
      if (!isObject(value)) throw new TypeError(`${element} is a structure`);
      const attributes = Object.entries(shape.m)
        .filter(([key, inner]) => inner.attr === 1 && value[key] !== undefined)
        .map(([key, inner]) => ` ${inner.x ?? key}="${escapeXml(String(value[key]))}"`)
        .join("");
      return `<${open}${attributes}>${encodeMembers(model, member.s, value)}</${element}>`;
    }
    case "list": {
      if (!Array.isArray(value)) throw new TypeError(`${element} is a list`);
      if (member.flat === 1)
        return value.map((entry) => encodeElement(model, shape.v, entry, element)).join("");
      const item = shape.v.x ?? "member";
      return `<${open}>${value.map((entry) => encodeElement(model, shape.v, entry, item)).join("")}</${element}>`;
    }
    case "map": {
      if (!isObject(value)) throw new TypeError(`${element} is a map`);
      const entries = Object.entries(value).map(
        ([key, inner]) =>
          encodeElement(model, shape.key, key, shape.key.x ?? "key") +
          encodeElement(model, shape.v, inner, shape.v.x ?? "value"),
      );
      return member.flat === 1
        ? entries.map((entry) => `<${element}>${entry}</${element}>`).join("")
        : `<${open}>${entries.map((entry) => `<entry>${entry}</entry>`).join("")}</${element}>`;
    }
    default:
      return `<${open}>${escapeXml(scalarToText(shape, value, "date-time"))}</${element}>`;
  }
}

function namespaceOf({ ns }: Member): string {
  if (ns === undefined) return "";
  return typeof ns === "string" ? ` xmlns="${ns}"` : ` xmlns:${ns[0]}="${ns[1]}"`;
}

const require = createRequire(import.meta.url);
let parser: XMLParser | undefined;

/**
 * The XML parser. It is loaded at the first XML body, because loading takes a fifth of the start time and most
 * sandboxes do not need it.
 */
function xmlParser(): XMLParser {
  const { XMLParser: Parser } = require("fast-xml-parser") as { XMLParser: typeof XMLParser }; // the type of the package
  parser ??= new Parser({
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    parseTagValue: false,
    parseAttributeValue: false,
    removeNSPrefix: true,
    ignoreDeclaration: true,
    trimValues: false,
  });
  return parser;
}

/** Decodes a REST-XML body whose root element is the structure. */
export function decodeXml(model: ServiceModel, shape: number, body: string, name: string): unknown {
  if (/<!DOCTYPE/i.test(body))
    throw new MalformedRequest("malformed", "a document type is not accepted");
  let root: unknown;
  try {
    const parsed: unknown = xmlParser().parse(body);
    root = isObject(parsed) ? Object.values(parsed)[0] : undefined;
  } catch (error) {
    throw new MalformedRequest(
      "malformed",
      `${name}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return decodeElement(model, { s: shape }, root ?? "", name);
}

const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);
const textOf = (value: unknown): string => String(isObject(value) ? (value["#text"] ?? "") : value);

function decodeElement(model: ServiceModel, member: Member, node: unknown, name: string): unknown {
  const shape = shapeAt(model, member.s);
  switch (shape.k) {
    case "structure": {
      const source = isObject(node) ? node : {};
      const output: Record<string, unknown> = {};
      const knownNames = new Set(["#text", "@xmlns"]);
      for (const [key, inner] of Object.entries(shape.m)) {
        const wire =
          inner.attr === 1 ? `@${(inner.x ?? key).replace(/^.*:/, "")}` : (inner.x ?? key);
        knownNames.add(wire);
        if (source[wire] !== undefined)
          output[key] = decodeElement(model, inner, source[wire], `${name}.${wire}`);
      }
      const invalid = Object.keys(source).find(
        (key) => !knownNames.has(key) && !key.startsWith("@xmlns"),
      );
      if (invalid !== undefined) throw new MalformedRequest("unknown-member", `${name}.${invalid}`);
      return output;
    }
    case "list": {
      const items =
        member.flat === 1 ? node : isObject(node) ? node[shape.v.x ?? "member"] : undefined;
      return items === undefined
        ? []
        : asList(items).map((entry) => decodeElement(model, shape.v, entry, name));
    }
    case "map": {
      const entries = member.flat === 1 ? node : isObject(node) ? node["entry"] : undefined;
      return Object.fromEntries(
        asList(entries ?? [])
          .filter(isObject)
          .map((entry) => [
            textOf(entry[shape.key.x ?? "key"]),
            decodeElement(model, shape.v, entry[shape.v.x ?? "value"], name),
          ]),
      );
    }
    default:
      return scalarFromText(shape, textOf(node), name);
  }
}
