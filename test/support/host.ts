import type { LogEvent } from "../../src/app/index.ts";
import type { Host, Problem } from "../../src/cli/host/host.ts";

/** A host that records all output, and answers questions with a function of the test. */
export class RecordingHost implements Host {
  readonly canAsk: boolean;
  readonly hasColor = false;
  readonly lines: string[] = [];
  readonly reported: Problem[] = [];
  readonly questions: string[] = [];
  readonly #answer: (question: string) => boolean | Promise<boolean>;

  /** @param answer answers each question. Without it, the host has no terminal */
  constructor(answer?: (question: string) => boolean | Promise<boolean>) {
    this.canAsk = answer !== undefined;
    this.#answer = answer ?? (() => false);
  }

  get text(): string {
    return this.lines.join("\n");
  }

  phase(text: string): void {
    this.lines.push(text);
  }
  step(text: string): void {
    this.lines.push(text);
  }
  note(text: string): void {
    this.lines.push(text);
  }
  warn(text: string): void {
    this.lines.push(text);
  }
  log({ message }: LogEvent): void {
    this.lines.push(message);
  }
  show(text: string): void {
    this.lines.push(text);
  }
  async ask(question: string): Promise<boolean> {
    this.questions.push(question);
    return this.#answer(question);
  }
  result(text: string): void {
    this.lines.push(text);
  }
  problems(problems: readonly Problem[]): void {
    this.reported.push(...problems);
  }
  expect(): void {}
  started: Host["started"] = () => {};
  finished(): void {}
  failed(): void {}
  close(): void {}
}
