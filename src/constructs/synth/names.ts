import { Token } from "cdktn";
import { nameProblem, type NamedResource } from "../../aws/index.ts";
import { UserError } from "../../shared/index.ts";

/**
 * Checks a name against AWS's naming rule before Terraform runs. Accepts a value that is known only after apply.
 *
 * @throws UserError with the option and the rule
 */
export function checkName(kind: NamedResource, name: string, option: string): string {
  const problem = Token.isUnresolved(name) ? undefined : nameProblem(kind, name);
  if (problem !== undefined) throw new UserError("BERTH-E2001", `${option}: ${problem}`);
  return name;
}
