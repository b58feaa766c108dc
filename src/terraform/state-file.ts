import { readFileSync } from "node:fs";
import { isObject, type Json } from "../shared/index.ts";

/** A resource instance in a state. */
export interface StateInstance {
  readonly address: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A Terraform state, format version 4. Contains secrets. */
export interface StateSnapshot {
  readonly serial: number;
  readonly lineage: string;
  /** Managed resources, without deposed ones, which Terraform will destroy. */
  readonly instances: readonly StateInstance[];
}

const objectsIn = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);

function instancesOf(resource: Json): StateInstance[] {
  const { mode, module, type, name } = resource;
  if (mode !== "managed") return [];
  return objectsIn(resource["instances"])
    .filter((instance) => instance["deposed"] === undefined)
    .map(({ index_key: key, attributes }) => {
      const nameWithKey =
        key === undefined || key === null ? name : `${String(name)}[${JSON.stringify(key)}]`;
      return {
        address: [...(module === undefined ? [] : [module]), type, nameWithKey].join("."),
        attributes: isObject(attributes) ? attributes : {},
      };
    });
}

/** Parses a state; undefined if the text is not a complete state, such as an empty or truncated file. */
export function parseState(text: string): StateSnapshot | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || value["version"] !== 4) return undefined;
  const { serial, lineage } = value;
  if (typeof serial !== "number" || typeof lineage !== "string") return undefined;
  return { serial, lineage, instances: objectsIn(value["resources"]).flatMap(instancesOf) };
}

/** The state in a file: undefined if the file does not exist, `damaged` if it is not a complete state. */
export function readStateFile(path: string): StateSnapshot | "damaged" | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    // System errors of Node have a code.
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : "damaged";
  }
  return parseState(text) ?? "damaged";
}
