import type { LogEvent } from "../../app/index.ts";
import { jsonText } from "../../shared/index.ts";
import type { Host, MessageCode, Problem, ResourceMessage } from "./host.ts";

/** Version of the output format. An incompatible change increases it. */
const PROTOCOL = 1;

/** Prints one JSON object per line to stdout, for programs. The last line has the type "result" or "error". */
export class JsonHost implements Host {
  readonly canAsk = false;
  readonly hasColor = false;
  readonly #out: NodeJS.WritableStream;

  constructor(out: NodeJS.WritableStream) {
    this.#out = out;
  }

  phase(text: string): void {
    this.#message("BERTH-I1001", text);
  }
  step(text: string): void {
    this.#message("BERTH-I1001", text);
  }
  note(text: string): void {
    this.#message("BERTH-I1003", text);
  }
  warn(text: string): void {
    this.#message("BERTH-W1001", text);
  }
  expect(count: number): void {
    this.#line({ type: "expect", resources: count });
  }
  started(event: ResourceMessage): void {
    this.#message("BERTH-I2001", `${event.action} ${event.address}`, event);
  }
  finished(event: ResourceMessage): void {
    this.#message("BERTH-I2002", `${event.action} ${event.address}`, event);
  }
  failed(event: ResourceMessage): void {
    this.#message("BERTH-I2003", `${event.action} ${event.address}`, event);
  }
  log(event: LogEvent): void {
    this.#line({ type: "log", ...event });
  }
  show(_text: string): void {
    // The result contains this information as data.
  }
  ask(_question: string): Promise<boolean> {
    return Promise.resolve(false);
  }
  result(_text: string, data: unknown): void {
    this.#line({ type: "result", data });
  }
  problems(problems: readonly Problem[]): void {
    this.#line({ type: "error", errors: problems });
  }
  close(): void {
    // Lines are not buffered.
  }

  #message(code: MessageCode, text: string, data?: unknown): void {
    this.#line({ type: "message", code, text, ...(data === undefined ? {} : { data }) });
  }

  #line(value: object): void {
    this.#out.write(`${jsonText({ protocol: PROTOCOL, ...value })}\n`);
  }
}
