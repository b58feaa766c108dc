import type { Action, Diagnostic } from "../../terraform/events.ts";

/** Every message Berth sends, by its stable code: codes and data are the contract, the text may change. */
export const messageCodes = {
  "BERTH-I1001": "a phase of the work begins",
  "BERTH-I1002": "a phase of the work is done",
  "BERTH-I1003": "something a person should know, and nothing is wrong",
  "BERTH-I2001": "a resource is being changed",
  "BERTH-I2002": "a resource has been changed",
  "BERTH-I2003": "a resource could not be changed",
  "BERTH-W1001": "something a person should look at",
} as const;

export type MessageCode = keyof typeof messageCodes;

/** A resource on its way. */
export interface ResourceEvent {
  readonly address: string;
  readonly action: Action;
  readonly seconds?: number;
}

/** A problem, settled for a person: what, where, why, what next. */
export interface Problem {
  readonly what: string;
  readonly code?: string;
  readonly where?: string;
  readonly from?: string;
  readonly fix?: string;
}

/**
 * What a result's text is: `text` that is made safe for terminals and logs where it is shown, or a `format` of its own, such as
 * SARIF or Terraform's JSON, whose writer has seen to that. @default "text"
 */
export type ResultForm = "text" | "format";

/** Where Berth's messages go: a terminal, a log, or a program. */
export interface Host {
  /** True where a person can be asked. */
  readonly canAsk: boolean;
  /** True where results may be coloured. */
  readonly hasColor: boolean;
  phase(text: string): void;
  note(text: string): void;
  warn(text: string): void;
  /** How many resources will change, before the first does. */
  expect(count: number): void;
  started(event: ResourceEvent): void;
  finished(event: ResourceEvent): void;
  failed(event: ResourceEvent): void;
  /** Text that a person must see before a question. */
  show(text: string): void;
  ask(question: string): Promise<boolean>;
  /** The result: text for people, data for programs. */
  result(text: string, data: unknown, form?: ResultForm): void;
  problems(problems: readonly Problem[]): void;
  close(): void;
}

/** The same problem may be reported for several resources; each is shown once. */
export function unique(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter((diagnostic) => {
    const key = JSON.stringify(diagnostic);
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}
