import { workflowCommand } from "../../shared/index.ts";
import type { CheckResult } from "../engine/result.ts";
import { findingText, ruleIdOf } from "./finding-text.ts";

const COMMANDS = { error: "error", warning: "warning", note: "notice" } as const;

/**
 * Each finding as a workflow command, which GitHub Actions shows as an annotation: of a line in the diff of a pull request, or of
 * the workflow run if the location is unknown.
 *
 * Source: GitHub Docs, “Workflow commands for GitHub Actions”, setting an error message.
 *
 * @param result with locations whose files are relative to the folder of the repository
 */
export const githubAnnotationsOf = ({ findings }: CheckResult): string =>
  findings
    .map((finding) =>
      workflowCommand(
        COMMANDS[finding.severity],
        {
          ...(finding.location && {
            file: finding.location.file,
            line: String(finding.location.line),
          }),
          title: `${ruleIdOf(finding)} ${finding.title}`,
        },
        findingText(finding),
      ),
    )
    .join("\n");
