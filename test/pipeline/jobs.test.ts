import { describe, expect, it } from "vitest";
import { type FakeAnswer, runWithFakeBerth } from "../support/fake-berth.ts";
import { generateWorkflow, pipelineConfig } from "../support/pipeline-config.ts";
import { manualRun, EVENTS } from "../support/workflow-policy.ts";
import { type Event, type Outcome, readWorkflow } from "../support/workflow-simulator.ts";

const workflow = readWorkflow(
  generateWorkflow({ ...pipelineConfig, environments: { dev: {}, prod: {} } }),
);

const DEV = `berth2-${"1".repeat(64)}`;
const PROD = `berth2-${"2".repeat(64)}`;
const OTHER = `berth2-${"3".repeat(64)}`;

/**
 * Results of the fake Berth: fingerprints of plans and of approvals, by environment. A missing fingerprint makes the command
 * fail; an empty one means no changes.
 */
interface Answers {
  readonly planned: Readonly<Record<string, string>>;
  readonly approved?: Readonly<Record<string, string>>;
}

/** Runs the jobs of an event with a fake Berth. */
async function run(
  event: Event,
  { planned, approved = {} }: Answers,
): Promise<{ outcomes: Readonly<Record<string, Outcome>>; calls: string[]; printed: string }> {
  const answers: Record<string, FakeAnswer> = {};
  for (const environment of ["dev", "prod"]) {
    const { [environment]: fingerprint } = planned;
    answers[`plan --env ${environment} --no-lock --markdown --github-output`] =
      fingerprint === undefined ? { code: 1 } : { outputs: { fingerprint }, stdout: "## plan\n" };
    const { [environment]: approval } = approved;
    answers[`approved --env ${environment}`] =
      approval === undefined ? { code: 4 } : { stdout: approval };
  }
  const { calls, ...ran } = await runWithFakeBerth(workflow, event, answers);
  return { ...ran, calls: calls.map((call) => call.replace(/^\S+ /, "")) };
}

describe("a pull request", () => {
  it("passes each plan's fingerprint to the comment as an output of the plan job", async () => {
    const { calls, outcomes, printed } = await run(EVENTS["pull request"], {
      planned: { dev: DEV, prod: "" },
    });
    expect(outcomes, printed).toMatchObject({ "plan-dev": "success", comment: "success" });
    expect(calls.at(-1)).toBe(
      `comment --name shop --workflow berth.yml --approve dev=${DEV} --approve prod= ` +
        "report/report-plan-dev/1-plan-dev.md report/report-plan-prod/1-plan-prod.md " +
        "report/report-check-dev/2-check-dev.md report/report-check-dev/3-rehearse-dev.md " +
        "report/report-check-prod/2-check-prod.md report/report-check-prod/3-rehearse-prod.md",
    );
  });
});

describe("a merge", () => {
  const push = EVENTS["push to main"];

  it("plans each environment, then applies the planned fingerprint", async () => {
    const answers = { dev: DEV, prod: PROD };
    const { calls, printed } = await run(push, { planned: answers, approved: answers });
    expect(
      calls.filter((call) => !call.includes("--detailed-exitcode")),
      printed,
    ).toEqual([
      "plan --env dev --no-lock --markdown --github-output",
      "approved --env dev",
      `apply --env dev --yes --approved ${DEV}`,
      "plan --env prod --no-lock --markdown --github-output",
      "approved --env prod",
      `apply --env prod --yes --approved ${PROD}`,
    ]);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ["differs from the approved plan", { dev: OTHER }],
    ["has no approval", {}],
  ])("fails before a review is requested if the plan %s", async (_, approved) => {
    const { outcomes, calls, printed } = await run(push, {
      planned: { dev: DEV, prod: PROD },
      approved,
    });
    expect(outcomes).toMatchObject({
      "preview-dev": "failure",
      "apply-dev": "skipped",
      "preview-prod": "skipped",
      "apply-prod": "skipped",
    });
    expect(printed).toContain("Process completed with exit code 4.");
    expect(calls.filter((call) => call.startsWith("apply"))).toEqual([]);
  });

  it("requests no review for a plan without changes", async () => {
    const { outcomes, calls, printed } = await run(push, { planned: { dev: "", prod: "" } });
    expect(outcomes, printed).toMatchObject({
      "preview-dev": "success",
      "apply-dev": "skipped",
      "preview-prod": "success",
      "apply-prod": "skipped",
    });
    expect(calls).toHaveLength(2);
  });
});

describe("a manual apply", () => {
  const byHand = (approved: string): Event => {
    const event = manualRun("apply", "prod");
    return { ...event, inputs: { ...event.inputs, approved } };
  };

  it("applies only a plan with the given fingerprint", async () => {
    const planned = { dev: DEV, prod: PROD };
    const { calls } = await run(byHand(PROD), { planned });
    expect(calls).toContain(`apply --env prod --yes --approved ${PROD}`);
    expect(calls.join("\n")).not.toContain("--env dev");
    const refused = await run(byHand(`${OTHER}\n::warning::typed`), { planned });
    expect(refused.outcomes).toMatchObject({ "preview-prod": "failure", "apply-prod": "skipped" });
    expect(refused.printed).toContain("this is not the plan that was approved");
    expect(refused.printed).not.toContain("::warning::");
  });
});
