import { createInterface } from "node:readline/promises";
import { styleText } from "node:util";
import { UserError } from "../../shared/errors.ts";
import { styledLines, terminalLines, terminalText } from "../../shared/escape.ts";
import type { Host, Problem, ResourceEvent, ResultForm } from "./host.ts";
import { bare, doing, done, duration, waitOf } from "./words.ts";

export interface TextHostOptions {
  readonly out: NodeJS.WriteStream;
  readonly err: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** Only results, warnings and problems. */
  readonly quiet: boolean;
}

type Style = Parameters<typeof styleText>[0];

/** What a stream can show, by its kind and by NO_COLOR, FORCE_COLOR and CI. */
function colorOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean {
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  if ((env["FORCE_COLOR"] ?? "") !== "" && env["FORCE_COLOR"] !== "0") return true;
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

interface Running extends ResourceEvent {
  readonly since: number;
}

/** Terraform's addresses hold the keys of for_each, which are anyone's text. */
const shown = (event: ResourceEvent): ResourceEvent => ({
  ...event,
  address: terminalText(event.address),
});

const SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
const ROWS = 6;

/**
 * For people. On a terminal the resources at work stand in a small table that moves along, with our own clock; in a
 * log each change of state is one plain line.
 */
export class TextHost implements Host {
  readonly canAsk: boolean;
  readonly hasColor: boolean;
  readonly #options: TextHostOptions;
  readonly #isLive: boolean;
  readonly #errColor: boolean;
  readonly #running = new Map<string, Running>();
  #timer: NodeJS.Timeout | undefined;
  #drawn = 0;
  #frame = 0;
  #total = 0;
  #ended = 0;

  constructor(options: TextHostOptions) {
    const { out, err, env } = options;
    this.#options = options;
    this.canAsk = process.stdin.isTTY === true && err.isTTY === true;
    this.hasColor = colorOf(out, env);
    this.#errColor = colorOf(err, env);
    this.#isLive =
      err.isTTY === true && (env["CI"] ?? "") === "" && env["TERM"] !== "dumb" && !options.quiet;
  }

  phase(text: string): void {
    if (!this.#options.quiet) this.#line(this.#style("bold", terminalText(text)));
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

  started(given: ResourceEvent): void {
    const event = shown(given);
    this.#running.set(event.address, { ...event, since: Date.now() });
    if (this.#isLive) this.#animate();
    else if (!this.#options.quiet) {
      const why = waitOf(event.action, event.address);
      this.#line(`  ${doing(event.action)} ${event.address}${why === undefined ? "" : `: ${why}`}`);
    }
  }

  finished(event: ResourceEvent): void {
    this.#end(shown(event), this.#style("green", "✓"), done(event.action));
  }

  failed(event: ResourceEvent): void {
    this.#end(shown(event), this.#style("red", "✗"), `could not ${bare(event.action)}`);
  }

  #end(event: ResourceEvent, mark: string, words: string): void {
    const since = this.#running.get(event.address)?.since;
    this.#running.delete(event.address);
    this.#ended++;
    if (this.#options.quiet) return;
    const seconds = since === undefined ? (event.seconds ?? 0) : (Date.now() - since) / 1000;
    this.#line(`  ${mark} ${words} ${event.address} ${this.#style("dim", duration(seconds))}`);
  }

  show(text: string): void {
    this.#line(styledLines(text, this.#errColor));
  }

  async ask(question: string): Promise<boolean> {
    this.#clear();
    const reader = createInterface({ input: process.stdin, output: this.#options.err });
    try {
      return await new Promise<boolean>((resolve, reject) => {
        // Ctrl-C is an interrupt, Ctrl-D a no; each ends the line that the question stands on.
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

  result(text: string, _data: unknown, form: ResultForm = "text"): void {
    this.#stop();
    const safe = form === "text" ? styledLines(text, this.hasColor) : text;
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

  #style(style: Style, text: string): string {
    return this.#errColor ? styleText(style, text, { validateStream: false }) : text;
  }

  #line(text: string): void {
    this.#clear();
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
    const rows = [...this.#running.values()];
    if (rows.length === 0) return;
    const width = this.#options.err.columns ?? 80;
    const spin = SPINNER[this.#frame % SPINNER.length] ?? "";
    const lines = rows.slice(0, ROWS).map((row) => {
      const why = waitOf(row.action, row.address);
      const seconds = duration((Date.now() - row.since) / 1000);
      return `  ${spin} ${doing(row.action)} ${row.address} ${seconds}${why === undefined ? "" : ` · ${why}`}`;
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
    this.#clear();
    this.#running.clear();
  }
}
