import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testFolder } from "./folder.ts";
import { type Event, type Outcome, runJob, simulate, type Workflow } from "./workflow-simulator.ts";

/** What the fake Berth does for a command line. */
export interface FakeAnswer {
  /** Outputs of the step. */
  readonly outputs?: Readonly<Record<string, string>>;
  readonly stdout?: string;
  /** @default 0 */
  readonly code?: number;
}

const shellText = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * Runs the jobs of an event with their real scripts, and with a fake Berth that records its arguments.
 *
 * @param answers by command line, without npx and berth. @default a success without output
 */
export async function runWithFakeBerth(
  workflow: Workflow,
  event: Event,
  answers: Readonly<Record<string, FakeAnswer>>,
): Promise<{
  readonly outcomes: Readonly<Record<string, Outcome>>;
  /** Command lines of Berth, in their order, each after the name of the role of the job; "-" without a role. */
  readonly calls: readonly string[];
  readonly printed: string;
}> {
  const [folder, artifacts, bin] = [testFolder(), testFolder(), testFolder()];
  const calls = join(bin, "calls");
  // The images that the fake build has built.
  mkdirSync(join(folder, ".berth", "images"), { recursive: true });
  writeFileSync(calls, "");
  const cases = Object.entries(answers).map(([command, { outputs = {}, stdout = "", code = 0 }]) =>
    [
      `  ${shellText(command)})`,
      ...Object.entries(outputs).map(
        ([name, value]) => `    echo ${shellText(`${name}=${value}`)} >> "$GITHUB_OUTPUT"`,
      ),
      `    printf '%s' ${shellText(stdout)}`,
      `    exit ${code};;`,
    ].join("\n"),
  );
  writeFileSync(
    join(bin, "npx"),
    [
      "#!/bin/bash",
      "shift 2",
      `printf '%s\\n' "\${FAKE_ROLE:--} $*" >> '${calls}'`,
      'case "$*" in',
      ...cases,
      "esac",
      "",
    ].join("\n"),
  );
  for (const program of ["sudo", "docker"]) writeFileSync(join(bin, program), "#!/bin/sh\n");
  for (const program of ["npx", "sudo", "docker"]) chmodSync(join(bin, program), 0o755);
  const printed: string[] = [];
  const runner = {
    folder,
    artifacts,
    env: {
      PATH: `${bin}:${process.env["PATH"] ?? ""}`,
      GITHUB_STEP_SUMMARY: join(bin, "summary.md"),
    },
    credentials: (options: Readonly<Record<string, unknown>>) =>
      Promise.resolve({
        FAKE_ROLE: String(options["role-to-assume"]).replace(/^.*:role\//, ""),
      }),
    onOutput: (text: string) => void printed.push(text),
  };
  const outcomes = await simulate(workflow, event, (_, job, contexts) =>
    runJob(runner, workflow, job, contexts),
  );
  return {
    outcomes,
    calls: readFileSync(calls, "utf8").trimEnd().split("\n"),
    printed: printed.join(""),
  };
}
