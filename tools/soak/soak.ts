import { join } from "node:path";
import type { RehearsalResult } from "../../src/rehearsal/options.ts";
import { rehearse } from "../../src/rehearsal/rehearsal-run.ts";
import { edited, shapes } from "../../test/e2e/stacks/index.ts";

/** Stacks without a load balancer, over which the provider would sleep a minute. */
const QUICK = [
  "endpoints alone",
  "capacity providers with Spot",
  "count, a heredoc, a profile and an S3 state",
  "blue/green by task sets",
  "ECR in another account, two providers",
  "two stacks joined by parameters",
] as const;

/** Lives through a whole life under faults and an interrupt; which stack and which faults, the seed says. */
export async function soak(
  seed: number,
): Promise<{ readonly name: string; readonly rehearsed: RehearsalResult }> {
  const name = QUICK[seed % QUICK.length] ?? QUICK[0];
  const shape = shapes[name];
  if (!shape) throw new Error(`there is no stack ${name}`);
  const root = edited([]);
  const dir = shape.folders.map((folder) => join(root, folder));
  return { name, rehearsed: await rehearse({ ...shape.options, dir, faults: seed }) };
}

/** What is wrong with a life under faults: it must converge, lose nothing from its state, and leave nothing behind. */
export const wrongs = ({
  errors,
  differences,
  remainingResources,
  verdict,
}: RehearsalResult): string[] => [
  ...errors.map(({ phase, address: where, message }) => `${phase}: ${where ?? ""} ${message}`),
  ...differences.map(({ address }) => `the second plan changes ${address}`),
  ...remainingResources.map((value) => `left: ${value}`),
  ...(verdict === "pass" ? [] : [`it ${verdict}`]),
];
