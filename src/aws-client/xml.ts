import { XMLParser } from "fast-xml-parser";
import { isObject, type Json } from "../shared/index.ts";

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  removeNSPrefix: true,
  ignoreDeclaration: true,
  trimValues: false,
  processEntities: true,
});

/**
 * The content of the root element.
 *
 * @throws Error if the text is not XML with a root element
 */
export function parseXml(text: string): Json {
  const parsed: unknown = parser.parse(text);
  const [root] = isObject(parsed) ? Object.values(parsed) : [];
  if (!isObject(root)) throw new TypeError("no root element in the XML");
  return root;
}

/** The text of an element; empty for an absent element. */
export function textOf(node: unknown): string {
  const text = isObject(node) ? node["#text"] : node;
  return typeof text === "string" ? text : "";
}
