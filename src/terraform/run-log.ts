import { isObject, type Json } from "../shared/index.ts";
import { parseState } from "./state-file.ts";

/** A resource that Terraform started to create. */
export interface Creation {
  readonly address: string;
  /** The attribute that identifies it; absent if the end of its creation is not in the log. */
  readonly id?: { readonly attribute: string; readonly value: string };
}

/** Information from the `-json` output of a Terraform command. */
export interface RunLog {
  /** Times of the first and the last line, in milliseconds since the epoch. */
  readonly period: { readonly from: number; readonly to: number } | undefined;
  /** Creations that succeeded or have no recorded end. Failed creations are excluded: Terraform handles them. */
  readonly creations: readonly Creation[];
  /** The state that Terraform printed because it could not save it, as JSON. */
  readonly printedState: string | undefined;
}

const object = (value: unknown): Json => (isObject(value) ? value : {});
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/**
 * Parses the output of a plan or an apply.
 *
 * Source: Terraform, "Machine-Readable UI": apply_start, apply_complete and apply_errored. A state that cannot be saved
 * is in the member `state` of a message of type "log" (Terraform 1.11, internal/command/views/json_view.go); other
 * versions may print it without a message.
 */
export function readRunLog(output: string): RunLog {
  const creations = new Map<string, Creation>();
  const otherLines: string[] = [];
  const times: number[] = [];
  let printedState: string | undefined;
  for (const line of output.split("\n")) {
    const event = eventIn(line);
    if (event === undefined) {
      otherLines.push(line);
      continue;
    }
    const time = Date.parse(text(event["@timestamp"]));
    if (!Number.isNaN(time)) times.push(time);
    if (isObject(event["state"])) printedState = JSON.stringify(event["state"]);
    const hook = object(event["hook"]);
    const address = text(object(hook["resource"])["addr"]);
    if (hook["action"] !== "create") continue;
    switch (event["type"]) {
      case "apply_start":
        creations.set(address, { address });
        break;
      case "apply_complete":
        creations.set(address, {
          address,
          id: { attribute: text(hook["id_key"]) || "id", value: text(hook["id_value"]) },
        });
        break;
      case "apply_errored":
        creations.delete(address);
        break;
      default:
        break;
    }
  }
  return {
    period: times.length === 0 ? undefined : { from: Math.min(...times), to: Math.max(...times) },
    creations: [...creations.values()],
    printedState: printedState ?? stateIn(otherLines.join("\n")),
  };
}

/** The event in a line. Only events of Terraform have a level. */
function eventIn(line: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) && "@level" in value ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Finds a state in other text, from the first brace to the last. */
function stateIn(printed: string): string | undefined {
  const candidate = printed.slice(printed.indexOf("{"), printed.lastIndexOf("}") + 1);
  return parseState(candidate) === undefined ? undefined : candidate;
}
