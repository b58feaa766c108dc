import { FROM_SAME_REPOSITORY, job, runnerOf, type WorkflowContext, type Yaml } from "./shared.ts";
import { script } from "./steps.ts";

export const forkJob = (context: WorkflowContext): Yaml =>
  job(
    runnerOf(context, "pull request"),
    5,
    {},
    {
      if: `github.event_name == 'pull_request' && !(${FROM_SAME_REPOSITORY})`,
      steps: [
        {
          name: "Say what was not run",
          // Nothing is checked out: there may be no such folder.
          "working-directory": ".",
          run: script(
            'echo "This pull request may not have credentials: it was checked and rehearsed without them, and not planned. A maintainer who has read it can push its branch into this repository." >> "$GITHUB_STEP_SUMMARY"',
          ),
        },
      ],
    },
  );
