import { joinPlans, type RootPlan } from "../../plan/index.ts";
import { mapText } from "../../shared/index.ts";
import { type CheckOptions, evaluateChecks, type Suppression } from "./evaluate.ts";
import type { CheckResult } from "./result.ts";

/** Options of a check of several root modules: the .tf files are given with each of them. */
export type JoinedCheckOptions = Omit<CheckOptions, "sources">;

/**
 * Runs every check on several root modules together, in the order in which they are applied. Values that one root module
 * publishes and a later one reads are resolved: outputs that terraform_remote_state reads, and SSM parameters.
 *
 * Addresses in the result are preceded by the name of the root module, such as `infra: aws_vpc.main`. Suppressions may
 * have such addresses; an address without a name applies to every root module.
 *
 * @throws RangeError if one of them is a state, or if two have the same name
 * @example
 * evaluateJoinedChecks([{ name: "infra", shown: infra }, { name: "deploy", shown: deploy }]);
 */
export function evaluateJoinedChecks(
  roots: readonly RootPlan[],
  { suppressions = [], ...options }: JoinedCheckOptions = {},
): CheckResult {
  const { shown, sources, calls } = joinPlans(roots);
  const result = evaluateChecks(shown, {
    ...options,
    sources,
    suppressions: suppressions.flatMap((suppression) => suppressionsIn(suppression, calls)),
  });
  return mapText(result, (text) =>
    [...calls].reduce(
      (replaced, [name, call]) => replaced.replaceAll(addressPattern(call), () => `${name}: `),
      text,
    ),
  );
}

/**
 * Matches the name of a root module's module call at the start of an address, but not that of a nested module, which follows a
 * dot.
 */
const addressPattern = (call: string): RegExp =>
  new RegExp(`(?<![\\w.\\]-])module\\.${call}\\.`, "g");

function suppressionsIn(
  suppression: Suppression,
  calls: ReadonlyMap<string, string>,
): Suppression[] {
  const { address = "*" } = suppression;
  const named = [...calls].find(([name]) => address.startsWith(`${name}: `));
  if (!named)
    return [...calls.values()].map((call) => ({
      ...suppression,
      address: `module.${call}.${address}`,
    }));
  const [name, call] = named;
  return [{ ...suppression, address: `module.${call}.${address.slice(name.length + 2)}` }];
}
