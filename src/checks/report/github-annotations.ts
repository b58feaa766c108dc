import { workflowCommand } from "../../shared/index.ts";
import type { CheckResult } from "../engine/result.ts";
import { findingText, ruleIdOf } from "./finding-text.ts";

const COMMANDS = { error: "error", warning: "warning", note: "notice" } as const;

/**
 * Each finding as a workflow command, which GitHub Actions shows as an annotation of the workflow run.
 *
 * Source: GitHub Docs, “Workflow commands for GitHub Actions”, setting an error message.
 */
export const githubAnnotationsOf = ({ findings }: CheckResult): string =>
  findings
    .map((finding) =>
      workflowCommand(
        COMMANDS[finding.severity],
        { title: `${ruleIdOf(finding)} ${finding.title}` },
        findingText(finding),
      ),
    )
    .join("\n");
