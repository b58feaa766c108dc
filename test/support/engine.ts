import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Shell scripts of a fake engine by command; $1 is the command and $out the plan file. */
export type FakeCommands = Readonly<Record<string, string>>;

/** A shell command that prints an event of Terraform's -json output. */
export const event = (type: string, more: object = {}): string => {
  const line = JSON.stringify({ "@level": "info", "@message": type, type, ...more });
  return `printf '%s\\n' '${line.replaceAll("'", "'\\''")}'`;
};

/** A shell command that prints an event about the creation of a resource. */
export const creating = (type: string, address: string, id?: string): string =>
  event(type, {
    hook: {
      resource: { addr: address },
      action: "create",
      ...(id === undefined ? {} : { id_key: "id", id_value: id }),
    },
  });

const DEFAULT_COMMANDS: FakeCommands = {
  version: "echo 'Terraform v1.11.4'",
  init: "exit 0",
  plan: `echo "plan of $$" > "$out"; ${event("change_summary", { changes: { add: 1, change: 0, remove: 0, operation: "plan" } })}; exit 2`,
  show: `case "$2" in -json) printf '{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{}}';; *) echo "the plan";; esac`,
  apply: 'for file; do last="$file"; done; cp "$last" "$here/applied"',
  output: "printf '{}'",
  pull: "exit 0",
  push: 'cp "$3" "$here/pushed"',
  "force-unlock": "echo 'no lock' >&2; exit 1",
};

export interface FakeEngine {
  readonly path: string;
  /** Overrides the default commands. */
  does(commands: FakeCommands): void;
  /** The command lines of all calls. */
  calls(): string[];
  /** The content of a file that a command has written to $here; undefined if it does not exist. */
  wrote(name: string): string | undefined;
}

/** Creates a shell script in place of Terraform, for fast tests of Berth's handling of Terraform. */
export function fakeEngine(folder: string, commands: FakeCommands = {}): FakeEngine {
  const path = join(folder, "terraform");
  const log = join(folder, "calls.txt");
  const does = (overrides: FakeCommands): void => {
    const cases = Object.entries({ ...DEFAULT_COMMANDS, ...overrides }).map(
      ([name, body]) => `${name})\n${body}\n;;`,
    );
    writeFileSync(
      path,
      [
        "#!/bin/sh",
        `here='${folder}'`,
        `echo "$*" >> '${log}'`,
        'for word; do case "$word" in -out=*) out="${word#-out=}";; esac; done',
        'name="$1"; if [ "$1" = state ]; then name="$2"; fi',
        'case "$name" in',
        ...cases,
        "esac",
        "",
      ].join("\n"),
    );
    chmodSync(path, 0o755);
  };
  does(commands);
  return {
    path,
    does,
    calls: () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []),
    wrote: (name) => {
      const file = join(folder, name);
      return existsSync(file) ? readFileSync(file, "utf8") : undefined;
    },
  };
}
