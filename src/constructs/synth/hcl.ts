import { isObject, type Json } from "../../shared/index.ts";

/** Whether the attribute at a path (such as resource, aws_lb, main, access_logs) is a block. */
export type IsBlock = (path: readonly string[]) => boolean;

const isObjectList = (value: unknown): value is Json[] =>
  Array.isArray(value) && value.length > 0 && value.every(isObject);

const REFERENCES = new Set(["depends_on", "ignore_changes"]);

/**
 * A top-level block in the canonical style of `terraform fmt`.
 *
 * @param header such as resource "aws_lb" "main"
 * @param path the path of the body in the Terraform JSON
 */
export const renderHclBlock = (
  header: string,
  body: Json,
  path: readonly string[],
  isBlock: IsBlock,
): string => block(header, body, path, isBlock, 0);

/** Attributes and blocks that are written after all others, in this order. Source: Terraform docs, "Style Guide". */
const LAST = ["tags", "backend", "lifecycle", "depends_on"];

const inConventionalOrder = (body: Json): [string, unknown][] =>
  Object.entries(body).sort(([a], [b]) => LAST.indexOf(a) - LAST.indexOf(b));

function block(
  header: string,
  body: Json,
  path: readonly string[],
  isBlock: IsBlock,
  depth: number,
): string {
  const indent = "  ".repeat(depth + 1);
  const attributes: [string, string][] = [];
  const blocks: string[] = [];
  for (const [key, value] of inConventionalOrder(body)) {
    const attributePath = [...path, key];
    if (key === "backend" && isObject(value)) {
      for (const [type, inner] of Object.entries(value)) {
        blocks.push(
          block(
            `backend ${quote(type)}`,
            isObject(inner) ? inner : {},
            attributePath,
            isBlock,
            depth + 1,
          ),
        );
      }
    } else if (isBlock(attributePath) && (isObject(value) || isObjectList(value))) {
      for (const entry of isObject(value) ? [value] : value) {
        blocks.push(block(key, entry, attributePath, isBlock, depth + 1));
      }
    } else {
      const text =
        REFERENCES.has(key) && Array.isArray(value)
          ? references(value)
          : expression(value, depth + 1);
      attributes.push([key, text]);
    }
  }
  const dependencies = attributes.filter(([key]) => key === "depends_on");
  const parts = [
    aligned(
      attributes.filter(([key]) => key !== "depends_on"),
      indent,
    ),
    ...blocks.map((text) => indent + text),
    aligned(dependencies, indent),
  ].filter((part) => part !== "");
  return parts.length === 0
    ? `${header} {\n${"  ".repeat(depth)}}`
    : `${header} {\n${parts.join("\n\n")}\n${"  ".repeat(depth)}}`;
}

/** Aligns the equals signs of consecutive single-line attributes. */
function aligned(attributes: readonly [string, string][], indent: string): string {
  const lines: string[] = [];
  let run: [string, string][] = [];
  const flush = (): void => {
    const width = Math.max(0, ...run.map(([key]) => key.length));
    for (const [key, text] of run) lines.push(`${indent}${key.padEnd(width)} = ${text}`);
    run = [];
  };
  for (const attribute of attributes) {
    if (attribute[1].includes("\n")) {
      flush();
      lines.push(`${indent}${attribute[0]} = ${attribute[1]}`);
    } else {
      run.push(attribute);
    }
  }
  flush();
  return lines.join("\n");
}

const references = (values: readonly unknown[]): string => `[${values.map(String).join(", ")}]`;

export const quote = (text: string): string => JSON.stringify(text);

function expression(value: unknown, depth: number): string {
  if (typeof value === "string") return stringExpression(value, depth);
  if (Array.isArray(value)) {
    return value.some((entry) => isObject(entry) || Array.isArray(entry))
      ? listing(
          "[",
          value.map((entry) => `${expression(entry, depth + 1)},`),
          "]",
          depth,
        )
      : `[${value.map((entry) => expression(entry, depth)).join(", ")}]`;
  }
  if (isObject(value)) {
    const entries = Object.entries(value).map(([key, inner]): [string, string] => [
      /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) ? key : quote(key),
      expression(inner, depth + 1),
    ]);
    return entries.length === 0
      ? "{}"
      : `{\n${aligned(entries, "  ".repeat(depth + 1))}\n${"  ".repeat(depth)}}`;
  }
  return String(value);
}

const listing = (open: string, items: readonly string[], close: string, depth: number): string =>
  `${open}\n${items.map((item) => "  ".repeat(depth + 1) + item).join("\n")}\n${"  ".repeat(depth)}${close}`;

function stringExpression(text: string, depth: number): string {
  const whole = /^\$\{([^{}]*)\}$/s.exec(text);
  if (whole?.[1] !== undefined) return whole[1];
  if (text.startsWith("{") || text.startsWith("[")) {
    try {
      const parsed: unknown = JSON.parse(text);
      return `jsonencode(${expression(parsed, depth)})`;
    } catch {
      // The string is not JSON after all: it stays a string.
    }
  }
  return quote(text);
}
