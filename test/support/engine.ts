import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Shell lines for each command of a fake engine. $1 is the command, $out is the plan file. */
export type FakeCommands = Readonly<Record<string, string>>;

/** A shell line that prints an event of Terraform's -json output. */
export const printEvent = (type: string, members: object = {}): string => {
  const line = JSON.stringify({ "@level": "info", "@message": type, type, ...members });
  return `printf '%s\\n' '${line.replaceAll("'", "'\\''")}'`;
};

/** A shell line that prints an event about the creation of a resource. */
export const printCreationEvent = (type: string, address: string, id?: string): string =>
  printEvent(type, {
    hook: {
      resource: { addr: address },
      action: "create",
      ...(id === undefined ? {} : { id_key: "id", id_value: id }),
    },
  });

const DEFAULT_COMMANDS: FakeCommands = {
  version: "echo 'Terraform v1.11.4'",
  init: "exit 0",
  plan: `echo "plan of $$" > "$out"; ${printEvent("change_summary", { changes: { add: 1, change: 0, remove: 0, operation: "plan" } })}; exit 2`,
  show: `case "$2" in -json) printf '{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{}}';; *) echo "the plan";; esac`,
  apply: 'for file; do last="$file"; done; cp "$last" "$here/applied"',
  output: "printf '{}'",
  pull: "exit 0",
  push: 'cp "$3" "$here/pushed"',
  "force-unlock": "echo 'no lock' >&2; exit 1",
};

export interface FakeEngine {
  readonly path: string;
  /** Replaces commands. */
  setCommands(commands: FakeCommands): void;
  /** The arguments of each call. */
  calls(): string[];
  /** The text of a file that a command has written to $here; undefined without such a file. */
  readFile(name: string): string | undefined;
}

/** A shell script that behaves like Terraform, for fast tests of code that runs an engine. */
export function fakeEngine(folder: string, commands: FakeCommands = {}): FakeEngine {
  const path = join(folder, "terraform");
  const callLog = join(folder, "calls.txt");
  const setCommands = (changed: FakeCommands): void => {
    const cases = Object.entries({ ...DEFAULT_COMMANDS, ...changed }).map(
      ([name, body]) => `${name})\n${body}\n;;`,
    );
    writeFileSync(
      path,
      [
        "#!/bin/sh",
        `here='${folder}'`,
        `echo "$*" >> '${callLog}'`,
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
  setCommands(commands);
  return {
    path,
    setCommands: setCommands,
    calls: () => (existsSync(callLog) ? readFileSync(callLog, "utf8").trim().split("\n") : []),
    readFile: (name) => {
      const file = join(folder, name);
      return existsSync(file) ? readFileSync(file, "utf8") : undefined;
    },
  };
}
