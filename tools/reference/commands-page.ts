import type { Argument, Command, Option } from "commander";
import { createProgram } from "../../src/cli/program.ts";
import { escapeHtml, table } from "./markdown.ts";

/** A description ends with its default if the command computes it: "set the AWS region (default: AWS_REGION, else us-east-1)". */
const DEFAULT = / \(default: (?<text>[^()]*)\)$/;

interface Described {
  readonly description: string;
  readonly defaultValue?: unknown;
}

const descriptionOf = ({ description }: Described): string =>
  escapeHtml(description.replace(DEFAULT, ""));

/** The default; empty for a flag that is not set. A flag such as --no-lock has the value true without the flag. */
function defaultOf({ description, defaultValue }: Described): string {
  if (typeof defaultValue === "string") return `\`${defaultValue}\``;
  return escapeHtml(DEFAULT.exec(description)?.groups?.["text"] ?? "");
}

const choicesOf = ({ argChoices = [] }: Pick<Option, "argChoices">): string =>
  argChoices.map((choice) => `\`${choice}\``).join(", ");

const HEADER = ["description", "default", "choices"];

const optionTable = (options: readonly Option[]): string =>
  table(
    ["option", ...HEADER],
    options.map((option) => [
      `\`${option.flags}\``,
      descriptionOf(option),
      defaultOf(option),
      choicesOf(option),
    ]),
  );

/** An argument as the usage line has it, such as `<file...>` or `[name]`. */
function argumentUsage(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

const argumentTable = (args: readonly Argument[]): string =>
  table(
    ["argument", ...HEADER],
    args.map((argument) => [
      `\`${argumentUsage(argument)}\``,
      descriptionOf(argument),
      defaultOf(argument),
      choicesOf(argument),
    ]),
  );

const groupTitle = (heading: string): string => heading.replace(/:$/, "");
const anchor = (heading: string): string => groupTitle(heading).toLowerCase().replaceAll(" ", "-");

const visibleOptions = (command: Command): readonly Option[] =>
  command.createHelp().visibleOptions(command);

/** The headings of the groups of shared options. The options of the command itself have none. */
const headingsOf = (options: readonly Option[]): readonly string[] => [
  ...new Set(options.flatMap(({ helpGroupHeading }) => helpGroupHeading ?? [])),
];

/** Options that several commands share, by the heading of their group in the help. */
function sharedGroups(commands: readonly Command[]): ReadonlyMap<string, readonly Option[]> {
  const groups = new Map<string, Option[]>();
  // A command with all groups is first, so that the groups have their order in the help.
  const options = commands
    .map(visibleOptions)
    .sort((a, b) => headingsOf(b).length - headingsOf(a).length)
    .flat();
  for (const option of options) {
    if (option.helpGroupHeading === undefined) continue;
    const group = groups.get(option.helpGroupHeading) ?? [];
    groups.set(option.helpGroupHeading, group);
    const same = group.find(({ flags }) => flags === option.flags);
    if (same === undefined) group.push(option);
    else if (same.description !== option.description)
      throw new Error(`commands describe the shared option ${option.flags} differently`);
  }
  return groups;
}

/** One line for each group of shared options that a command has. */
function sharedLines(options: readonly Option[]): readonly string[] {
  return headingsOf(options).map((heading) => {
    const names = options
      .filter((option) => option.helpGroupHeading === heading)
      .map((option) => `\`${option.long ?? option.flags}\``);
    return `- [${groupTitle(heading)}](#${anchor(heading)}): ${names.join(", ")}`;
  });
}

/** The usage, arguments and options of a command. */
function commandSection(command: Command): string {
  const options = visibleOptions(command);
  const own = options.filter((option) => option.helpGroupHeading === undefined);
  const args = command.registeredArguments.filter(({ description }) => description !== "");
  const shared = sharedLines(options);
  return [
    `### berth ${command.name()}`,
    `\`berth ${command.name()} ${command.usage()}\``,
    escapeHtml(command.description()),
    ...(args.length === 0 ? [] : [argumentTable(args)]),
    ...(own.length === 0 ? [] : [optionTable(own)]),
    ...(shared.length === 0 ? [] : [shared.join("\n")]),
  ].join("\n\n");
}

/** Every command with its arguments and options, in the groups of the help. */
export function commandsPage(): string {
  const program = createProgram();
  const commands = program.createHelp().visibleCommands(program);
  const headings = [...new Set(commands.map((command) => command.helpGroup()))];
  const sections = headings.flatMap((heading) => [
    `## ${groupTitle(heading)}`,
    ...commands.filter((command) => command.helpGroup() === heading).map(commandSection),
  ]);
  const shared = [...sharedGroups(commands)].flatMap(([heading, options]) => [
    `### ${groupTitle(heading)}`,
    optionTable(options),
  ]);
  return `# Commands

Generated by \`npm run reference\` from \`src/cli/program.ts\`. \`berth <command> --help\` prints the same text. See also:
[exit codes](exit-codes.md).

Options of \`berth\` without a command:

${optionTable(visibleOptions(program))}

${sections.join("\n\n")}

## Shared options

A command has the options of these groups that its section lists.

${shared.join("\n\n")}
`;
}
