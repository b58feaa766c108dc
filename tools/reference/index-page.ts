/** The pages of docs/reference, by what a reader looks for. A test requires that every page is listed. */
const SECTIONS: Readonly<
  Record<string, readonly (readonly [file: string, title: string, content: string])[]>
> = {
  "Command line and config": [
    ["commands.md", "Commands", "every command with its arguments and options"],
    ["exit-codes.md", "Exit codes", "the exit codes of every command"],
    ["errors.md", "Errors", "every error code with its meaning"],
    ["json-output.md", "JSON output", "the output of `--json`, with JSON Schemas"],
    [
      "config.md",
      "Options of the config",
      "every option of `berth.config.ts` with its type and default",
    ],
  ],
  Library: [
    [
      "api.md",
      "Public API",
      "the exports of `berth-ecs`, `berth-ecs/sandbox`, `berth-ecs/sandbox/inspection` and `berth-ecs/vitest`, with their doc comments",
    ],
  ],
  "Check and rehearsal": [
    ["checks.md", "Checks", "every check, with its failures, fixes and sources"],
    ["failures.md", "Failures", "every failure ID with its fix, and how Berth finds it"],
    [
      "outside-the-sandbox.md",
      "What runs outside the sandbox",
      "the accepted providers, local code and environment variables",
    ],
    [
      "attribute-coverage.md",
      "Attributes that the checks read",
      "the attributes of each resource type that the checks read, that cannot change an answer, and that make an answer unknown",
    ],
    [
      "agreement.md",
      "Agreement of the check and the sandbox",
      "the verdicts of both for the same configurations",
    ],
    [
      "mutants.md",
      "Mutants of the foundation",
      "what fails if a resource of the foundation is removed or weakened",
    ],
  ],
  Sandbox: [
    [
      "sandbox-coverage.md",
      "Operations of the sandbox",
      "the supported operations and members of each service",
    ],
    [
      "sandbox-failures.md",
      "Failures that the sandbox reproduces",
      "failure IDs with the message of AWS",
    ],
    ["sandbox-limits.md", "Limits of the sandbox", "limits of memory, disk and connections"],
  ],
  Pipeline: [
    ["workflow.md", "The workflow", "the generated GitHub Actions workflow of an example"],
    ["roles.md", "The roles", "the IAM roles of an example, with their policies"],
    [
      "apply-role.md",
      "Actions of the apply role",
      "what fails if the apply role lacks one of its actions",
    ],
    [
      "deploy-role.md",
      "Actions of the deploy role",
      "what fails if the deploy role lacks one of its actions",
    ],
  ],
};

/** The index of docs/reference. */
export function indexPage(): string {
  const sections = Object.entries(SECTIONS).map(([section, entries]) =>
    [
      `## ${section}`,
      "",
      ...entries.map(([file, title, content]) => `- [${title}](${file}): ${content}`),
    ].join("\n"),
  );
  return `# Reference

Except for the exit codes, these pages are generated: most of them by \`npm run reference\`, the actions of the roles by
\`npm run permissions:minimal\` and \`npm run permissions:minimal-services\`.

${sections.join("\n\n")}
`;
}
