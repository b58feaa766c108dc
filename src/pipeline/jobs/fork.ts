import { FROM_SAME_REPOSITORY, job, runnerOf, type WorkflowContext, type Yaml } from "./shared.ts";
import { script } from "./steps.ts";

/** Explains in the job's summary why a pull request from a fork or from Dependabot has no plan. */
export const forkJob = (context: WorkflowContext): Yaml =>
  job(
    runnerOf(context, "pull request"),
    5,
    {},
    {
      if: `github.event_name == 'pull_request' && !(${FROM_SAME_REPOSITORY})`,
      steps: [
        {
          name: "Explain why there is no plan",
          // The job does not check out the repository, so that the workflow's default folder does not exist.
          "working-directory": ".",
          run: script(
            'echo "Pull requests from forks and from Dependabot get no AWS credentials. Berth checked and rehearsed this one without credentials, and did not plan it. To get a plan, a maintainer reviews the code and pushes the branch to this repository." >> "$GITHUB_STEP_SUMMARY"',
          ),
        },
      ],
    },
  );
