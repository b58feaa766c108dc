import type { LogEvent, ResourceEvent } from "../../app/index.ts";
import type { ErrorCode } from "../../shared/index.ts";

/** A change of a resource. The type is a part of the JSON output. */
export type ResourceMessage = ResourceEvent & { readonly type?: string };

/** Message codes with their meanings. Codes and data are stable; the text may change. */
export const messageCodes = {
  "BERTH-I1001": "a phase starts",
  "BERTH-I1002": "a phase has ended",
  "BERTH-I1003": "information; no problem",
  "BERTH-I2001": "a change of a resource starts",
  "BERTH-I2002": "a change of a resource has ended",
  "BERTH-I2003": "a change of a resource has failed",
  "BERTH-W1001": "warning",
} as const;

export type MessageCode = keyof typeof messageCodes;

/** A problem to report to the user. */
export interface Problem {
  /** What is wrong. */
  readonly what: string;
  readonly code?: ErrorCode;
  /** A file, a config path or a Terraform address. */
  readonly where?: string;
  /** The config path that created the resource. */
  readonly from?: string;
  /** How to solve the problem. */
  readonly fix?: string;
}

/**
 * `text`: the host escapes unsafe characters when it prints the result. `format`: a machine-readable format such as SARIF or
 * Terraform's JSON, which its writer has already escaped. @default "text"
 */
export type ResultFormat = "text" | "format";

/** The destination of Berth's messages: a terminal, a log, or a program. */
export interface Host {
  /** True if the user can answer questions. */
  readonly canAsk: boolean;
  /** True if results may contain colors. */
  readonly hasColor: boolean;
  phase(text: string): void;
  /** Reports that a step starts. Steps that take less than a second share a line. */
  step(text: string): void;
  note(text: string): void;
  warn(text: string): void;
  /** Sets the number of resources that will change, before the first change. */
  expect(count: number): void;
  started(event: ResourceMessage): void;
  finished(event: ResourceMessage): void;
  failed(event: ResourceMessage): void;
  /** Prints an event of a container's log, as a part of the result. */
  log(event: LogEvent): void;
  /** Shows text that the user needs to answer a question. */
  show(text: string): void;
  ask(question: string): Promise<boolean>;
  /** Prints the result: `text` for people, `data` for programs. */
  result(text: string, data: unknown, format?: ResultFormat): void;
  problems(problems: readonly Problem[]): void;
  close(): void;
}
