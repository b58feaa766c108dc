import { createInterface } from "node:readline/promises";
import { styleText } from "node:util";
import {
  UserError,
  duration,
  styledLines,
  terminalLines,
  terminalText,
} from "../../shared/index.ts";
import type { LogEvent, ResourceEvent } from "../../app/index.ts";
import type { Host, Problem, ResultFormat } from "./host.ts";
import { actionName, actionInProgress, actionDone, fixedWait } from "./action-text.ts";

export interface TextHostOptions {
  readonly out: NodeJS.WriteStream;
  readonly err: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** Print only results, warnings and problems. */
  readonly quiet: boolean;
}

/** True if a stream supports colors, by its type and by NO_COLOR, FORCE_COLOR and TERM. */
function supportsColor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean {
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  if ((env["FORCE_COLOR"] ?? "") !== "" && env["FORCE_COLOR"] !== "0") return true;
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

interface RunningChange extends ResourceEvent {
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** Reports the change in a log, if it does not end before. */
  readonly report: NodeJS.Timeout | undefined;
}

/** Escapes the address: it may contain keys of for_each, which are arbitrary text. */
const sanitized = (event: ResourceEvent): ResourceEvent => ({
  ...event,
  address: terminalText(event.address),
});

const SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
const ROWS = 6;
/** Steps and changes that take less time share a line. */
const SHORT_MS = 1000;

/**
 * Prints text for people. On a terminal, a table below the output shows the running changes with their durations. In a log,
 * each change that takes at least a second is a line when it starts and a line when it ends.
 */
export class TextHost implements Host {
  readonly canAsk: boolean;
  readonly hasColor: boolean;
  readonly #options: TextHostOptions;
  readonly #isLive: boolean;
  readonly #errColor: boolean;
  readonly #running = new Map<string, RunningChange>();
  #timer: NodeJS.Timeout | undefined;
  #drawn = 0;
  #frame = 0;
  #total = 0;
  #ended = 0;
  /** The steps of a line that has no line break yet. */
  #openLine: { readonly lastStep: number } | undefined;
  /** Texts of short changes that are not printed yet, by what was done. */
  readonly #short = new Map<string, string[]>();

  constructor(options: TextHostOptions) {
    const { out, err, env } = options;
    this.#options = options;
    this.canAsk = process.stdin.isTTY === true && err.isTTY === true;
    this.hasColor = supportsColor(out, env);
    this.#errColor = supportsColor(err, env);
    this.#isLive =
      err.isTTY === true && (env["CI"] ?? "") === "" && env["TERM"] !== "dumb" && !options.quiet;
  }

  phase(text: string): void {
    if (!this.#options.quiet) this.#line(this.#style("bold", terminalText(text)));
  }

  step(text: string): void {
    if (this.#options.quiet) return;
    const now = Date.now();
    const isShared = this.#openLine !== undefined && now - this.#openLine.lastStep < SHORT_MS;
    if (!isShared) this.#startLine();
    this.#options.err.write(`${isShared ? " · " : ""}${terminalText(text)}`);
    this.#openLine = { lastStep: now };
  }

  note(text: string): void {
    if (!this.#options.quiet) this.#line(`  ${terminalText(text)}`);
  }

  warn(text: string): void {
    this.#line(`${this.#style("yellow", "warning:")} ${terminalText(text)}`);
  }

  expect(count: number): void {
    this.#total = count;
    this.#ended = 0;
  }

  started(unsafeEvent: ResourceEvent): void {
    const event = sanitized(unsafeEvent);
    const report =
      this.#isLive || this.#options.quiet
        ? undefined
        : setTimeout(() => this.#reportRunning(event), SHORT_MS).unref();
    this.#running.set(event.address, { ...event, since: Date.now(), report });
    if (this.#isLive) this.#animate();
  }

  #reportRunning({ action, address }: ResourceEvent): void {
    const wait = fixedWait(action, address);
    this.#line(`  ${actionInProgress(action)} ${address}${wait === undefined ? "" : `: ${wait}`}`);
  }

  finished(event: ResourceEvent): void {
    this.#end(sanitized(event), this.#style("green", "✓"), actionDone(event.action), true);
  }

  failed(event: ResourceEvent): void {
    this.#end(
      sanitized(event),
      this.#style("red", "✗"),
      `could not ${actionName(event.action)}`,
      false,
    );
  }

  #end(event: ResourceEvent, mark: string, text: string, hasSucceeded: boolean): void {
    const { since, report } = this.#running.get(event.address) ?? {};
    clearTimeout(report);
    this.#running.delete(event.address);
    this.#ended++;
    if (this.#options.quiet) return;
    const seconds = since === undefined ? (event.seconds ?? 0) : (Date.now() - since) / 1000;
    if (hasSucceeded && seconds * 1000 < SHORT_MS) {
      const start = `${mark} ${text}`;
      this.#short.set(start, [...(this.#short.get(start) ?? []), event.address]);
      return;
    }
    this.#line(`  ${mark} ${text} ${event.address} ${this.#style("dim", duration(seconds))}`);
  }

  log({ task, container, timestamp, message }: LogEvent): void {
    this.#startLine();
    const source = `${timestamp.toISOString()} ${container}/${task.slice(0, 8)}`;
    const { out } = this.#options;
    for (const line of terminalLines(message.trimEnd()).split("\n"))
      out.write(
        `${this.hasColor ? styleText("dim", source, { validateStream: false }) : source}  ${line}\n`,
      );
  }

  show(text: string): void {
    this.#line(styledLines(text, this.#errColor));
  }

  async ask(question: string): Promise<boolean> {
    this.#startLine();
    const reader = createInterface({ input: process.stdin, output: this.#options.err });
    try {
      return await new Promise<boolean>((resolve, reject) => {
        // Ctrl-C interrupts, Ctrl-D means no. Both need a line break after the question.
        reader.once("SIGINT", () => {
          this.#options.err.write("\n");
          reject(new UserError("BERTH-E3004", "interrupted", { exitCode: 130 }));
        });
        reader.question(`${terminalText(question)} [y/N] `).then(
          (answer) => resolve(/^y(es)?$/i.test(answer.trim())),
          () => {
            this.#options.err.write("\n");
            resolve(false);
          },
        );
      });
    } finally {
      reader.close();
    }
  }

  result(text: string, _data: unknown, format: ResultFormat = "text"): void {
    this.#stop();
    const safe = format === "text" ? styledLines(text, this.hasColor) : text;
    if (text !== "") this.#options.out.write(`${safe.trimEnd()}\n`);
  }

  problems(problems: readonly Problem[]): void {
    this.#stop();
    for (const { what, code, where, from, fix } of problems) {
      this.#line(`${this.#style("red", "error:")} ${terminalLines(what)}`);
      const rows = [
        ["at", where],
        ["from", from],
        ["fix", fix],
        ["code", code],
      ] as const;
      for (const [label, text] of rows) {
        if (text !== undefined)
          this.#line(`  ${this.#style("dim", label.padEnd(5))} ${terminalText(text)}`);
      }
    }
  }

  close(): void {
    this.#stop();
  }

  #style(style: "bold" | "cyan" | "dim" | "green" | "red" | "yellow", text: string): string {
    return this.#errColor ? styleText(style, text, { validateStream: false }) : text;
  }

  /** Ends the line of the steps, and prints the short changes that are not printed yet. */
  #startLine(): void {
    this.#clear();
    if (this.#openLine !== undefined) this.#options.err.write("\n");
    this.#openLine = undefined;
    for (const [start, addresses] of this.#short)
      this.#options.err.write(
        `  ${start} ${addresses.join(", ")}${this.#style("dim", addresses.length > 1 ? " in less than 1s each" : " in less than 1s")}\n`,
      );
    this.#short.clear();
  }

  #line(text: string): void {
    this.#startLine();
    this.#options.err.write(`${text}\n`);
    if (this.#isLive && this.#running.size > 0) this.#draw();
  }

  #animate(): void {
    this.#timer ??= setInterval(() => {
      this.#frame++;
      this.#clear();
      this.#draw();
    }, 120).unref();
  }

  #draw(): void {
    if (this.#openLine !== undefined) this.#startLine();
    const rows = [...this.#running.values()];
    if (rows.length === 0) return;
    const width = this.#options.err.columns ?? 80;
    const spinner = SPINNER[this.#frame % SPINNER.length] ?? "";
    const lines = rows.slice(0, ROWS).map((row) => {
      const wait = fixedWait(row.action, row.address);
      const seconds = duration((Date.now() - row.since) / 1000);
      return `  ${spinner} ${actionInProgress(row.action)} ${row.address} ${seconds}${wait === undefined ? "" : ` · ${wait}`}`;
    });
    if (rows.length > ROWS) lines.push(`    and ${rows.length - ROWS} more`);
    if (this.#total > 0) lines.push(`  ${this.#ended} of ${this.#total} done`);
    this.#options.err.write(
      `${lines.map((line) => this.#style("cyan", line.slice(0, width - 1))).join("\n")}\n`,
    );
    this.#drawn = lines.length;
  }

  #clear(): void {
    if (this.#drawn > 0) this.#options.err.write(`\u001B[${this.#drawn}A\u001B[J`);
    this.#drawn = 0;
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#startLine();
    for (const { report } of this.#running.values()) clearTimeout(report);
    this.#running.clear();
  }
}
