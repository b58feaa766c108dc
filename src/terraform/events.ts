import { isObject, type Json, type SourceLocation } from "../shared/index.ts";

/** An action of Terraform on a resource. */
export type Action =
  | "create"
  | "read"
  | "update"
  | "replace"
  | "delete"
  | "move"
  | "import"
  | "forget";

/** A problem that Terraform reports. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly detail: string;
  /** Address of the resource that the problem belongs to. */
  readonly address?: string;
  /** The line that Terraform reports. The file is relative to the folder of the root module. */
  readonly location?: SourceLocation;
}

/** An output value of Terraform. */
export interface OutputValue {
  /** Undefined for a sensitive value in an event of Terraform. */
  readonly value?: unknown;
  readonly sensitive: boolean;
}

/** A line of Terraform's `-json` output that Berth uses. */
export type TerraformEvent =
  | {
      readonly type: "planned";
      readonly address: string;
      readonly action: Action;
      readonly reason?: string;
    }
  | { readonly type: "started"; readonly address: string; readonly action: Action }
  | {
      readonly type: "finished";
      readonly address: string;
      readonly action: Action;
      readonly seconds: number;
      readonly id?: string;
    }
  | {
      readonly type: "failed";
      readonly address: string;
      readonly action: Action;
      readonly seconds: number;
    }
  | {
      readonly type: "summary";
      readonly operation: string;
      readonly add: number;
      readonly change: number;
      readonly remove: number;
    }
  | { readonly type: "diagnostic"; readonly diagnostic: Diagnostic }
  /** The outputs after an apply, by name. */
  | { readonly type: "outputs"; readonly outputs: Readonly<Record<string, OutputValue>> }
  | { readonly type: "message"; readonly text: string }
  /** A line that is not an event, such as a state that Terraform prints because it cannot save it. */
  | { readonly type: "unstructured"; readonly line: string };

const object = (value: unknown): Json => (isObject(value) ? value : {});
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number => (typeof value === "number" ? value : 0);

const ACTIONS: readonly Action[] = [
  "create",
  "read",
  "update",
  "replace",
  "delete",
  "move",
  "import",
  "forget",
];
const actionOf = (value: unknown): Action => {
  const name = value === "remove" ? "forget" : value;
  return ACTIONS.find((action) => action === name) ?? "update";
};

/** Events that users do not need. */
const IGNORED_EVENTS = new Set([
  "version",
  "log",
  "refresh_start",
  "refresh_complete",
  "apply_progress",
  "provision_progress",
  // This event lists every attribute that AWS has filled in. The plan shows the relevant ones.
  "resource_drift",
]);

/** The outputs of an event; undefined for an event of a plan, which has actions instead of values. */
function outputsOf(value: unknown): Readonly<Record<string, OutputValue>> | undefined {
  const outputs = Object.entries(object(value)).map(([name, output]) => {
    return [name, object(output)] as const;
  });
  if (outputs.some(([, output]) => "action" in output)) return undefined;
  return Object.fromEntries(
    outputs.map(([name, output]) => [
      name,
      { value: output["value"], sensitive: output["sensitive"] === true },
    ]),
  );
}

/**
 * Parses one line; undefined for a line to ignore. For an unknown event type, the event is its message.
 *
 * Source: Terraform, "Machine-Readable UI".
 */
export function parseEvent(line: string): TerraformEvent | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return line.trim() === "" ? undefined : { type: "unstructured", line };
  }
  if (!isObject(parsed) || !("@level" in parsed)) return { type: "unstructured", line };
  const event = object(parsed);
  const change = object(event["change"]);
  const hook = object(event["hook"]);
  const address = text(object(change["resource"] ?? hook["resource"])["addr"]);
  switch (event["type"]) {
    case "planned_change": {
      const reason = text(change["reason"]);
      return {
        type: "planned",
        address,
        action: actionOf(change["action"]),
        ...(reason === "" ? {} : { reason }),
      };
    }
    case "apply_start":
      return { type: "started", address, action: actionOf(hook["action"]) };
    case "apply_complete": {
      const id = text(hook["id_value"]);
      return {
        type: "finished",
        address,
        action: actionOf(hook["action"]),
        seconds: number(hook["elapsed_seconds"]),
        ...(id === "" ? {} : { id }),
      };
    }
    case "apply_errored":
      return {
        type: "failed",
        address,
        action: actionOf(hook["action"]),
        seconds: number(hook["elapsed_seconds"]),
      };
    case "change_summary": {
      const changes = object(event["changes"]);
      return {
        type: "summary",
        operation: text(changes["operation"]),
        add: number(changes["add"]),
        change: number(changes["change"]),
        remove: number(changes["remove"]),
      };
    }
    case "diagnostic": {
      const diagnostic = object(event["diagnostic"]);
      const at = text(diagnostic["address"]);
      const range = object(diagnostic["range"]);
      const file = text(range["filename"]);
      const line = number(object(range["start"])["line"]);
      return {
        type: "diagnostic",
        diagnostic: {
          severity: diagnostic["severity"] === "warning" ? "warning" : "error",
          summary: text(diagnostic["summary"]),
          detail: text(diagnostic["detail"]),
          ...(at === "" ? {} : { address: at }),
          ...(file === "" || line === 0 ? {} : { location: { file, line } }),
        },
      };
    }
    case "outputs": {
      const outputs = outputsOf(event["outputs"]);
      return outputs && { type: "outputs", outputs };
    }
    default: {
      const message = text(event["@message"]);
      return IGNORED_EVENTS.has(text(event["type"])) || message === ""
        ? undefined
        : { type: "message", text: message };
    }
  }
}
