import { join } from "node:path";
import type { RehearsalResult } from "../../src/rehearsal/options.ts";
import { rehearse } from "../../src/rehearsal/rehearsal-run.ts";
import { copyStacks, stackExamples } from "../../test/e2e/stacks/index.ts";

/** Stacks without a load balancer: the provider waits a minute for each load balancer. */
const FAST_STACKS = [
  "endpoints alone",
  "capacity providers with Spot",
  "count, a heredoc, a profile and an S3 state",
  "blue/green by task sets",
  "ECR in another account, two providers",
  "two stacks joined by parameters",
] as const;

/** Rehearses a stack with injected faults and an interrupt. The seed determines the stack and the faults. */
export async function rehearseWithFaults(
  seed: number,
): Promise<{ readonly name: string; readonly result: RehearsalResult }> {
  const name = FAST_STACKS[seed % FAST_STACKS.length] ?? FAST_STACKS[0];
  const example = stackExamples[name];
  if (!example) throw new Error(`there is no stack ${name}`);
  const root = copyStacks([]);
  const dir = example.folders.map((folder) => join(root, folder));
  return { name, result: await rehearse({ ...example.options, dir, faults: seed }) };
}

/** The problems of a rehearsal with faults: errors, a changed second plan, remaining resources. */
export const problemsOf = ({
  errors,
  differences,
  remainingResources,
  verdict,
}: RehearsalResult): string[] => [
  ...errors.map(({ phase, address, message }) => `${phase}: ${address ?? ""} ${message}`),
  ...differences.map(({ address }) => `the second plan changes ${address}`),
  ...remainingResources.map((resource) => `remaining resource: ${resource}`),
  ...(verdict === "pass" ? [] : [`verdict: ${verdict}`]),
];
