import { readFileSync } from "node:fs";

/** A resource instance in a state. */
export interface StateInstance {
  readonly address: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A state as Terraform keeps it, format version 4. Holds secrets. */
export interface StateSnapshot {
  readonly serial: number;
  readonly lineage: string;
  /** Managed resources, without those that are only left to be destroyed (deposed). */
  readonly instances: readonly StateInstance[];
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const objectsIn = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);

function instancesOf(resource: Json): StateInstance[] {
  const { mode, module, type, name } = resource;
  if (mode !== "managed") return [];
  return objectsIn(resource["instances"])
    .filter((instance) => instance["deposed"] === undefined)
    .map(({ index_key: key, attributes }) => {
      const own =
        key === undefined || key === null ? name : `${String(name)}[${JSON.stringify(key)}]`;
      return {
        address: [...(module === undefined ? [] : [module]), type, own].join("."),
        attributes: isObject(attributes) ? attributes : {},
      };
    });
}

/** Reads a state; undefined for text that is no whole state, such as an empty or cut file. */
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

/** The state in a file: undefined where there is no file, `damaged` where it holds no whole state. */
export function readStateFile(path: string): StateSnapshot | "damaged" | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    // Node's system errors carry their code.
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : "damaged";
  }
  return parseState(text) ?? "damaged";
}
