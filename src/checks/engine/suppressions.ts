import { failures } from "../../failures/catalogue/index.ts";
import { UserError } from "../../shared/errors.ts";
import { isJson } from "../../plan/plan-json.ts";
import { checks } from "./registry.ts";
import type { Suppression } from "./evaluate.ts";

const KEYS = ["id", "address", "reason", "until"];

/**
 * Reads suppressions: a JSON list of { id, address, reason, until }.
 *
 * @throws UserError BERTH-E7002 where one has no reason or no last day, or names nothing that is known
 * @example
 * [{ "id": "ALB-13", "address": "module.web.*", "reason": "the image starts in a second", "until": "2027-01-31" }]
 */
export function readSuppressions(text: string, where: string): Suppression[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw refusal(where, `it is not JSON: ${(error as Error).message}`, LIST);
  }
  if (!Array.isArray(json)) throw refusal(where, "it is no list", LIST);
  return suppressionsIn(json, where);
}

const LIST = "write a list of { id, address, reason, until }";

const refusal = (where: string, what: string, fix: string): UserError =>
  new UserError("BERTH-E7002", what, { where, fix, exitCode: 64 });

/**
 * Takes suppressions for what they are, wherever they were written.
 *
 * @throws UserError BERTH-E7002 where one has no reason or no last day, or names nothing that is known
 */
export function suppressionsIn(list: readonly unknown[], where: string): Suppression[] {
  const refuse = (what: string, fix: string): UserError => refusal(where, what, fix);
  return list.map((entry, index) => {
    const at = `suppression ${index + 1}`;
    if (!isJson(entry)) throw refuse(`${at} is no object`, "write { id, address, reason, until }");
    const invalid = Object.keys(entry).find((key) => !KEYS.includes(key));
    if (invalid !== undefined)
      throw refuse(`${at} has ${invalid}`, `only ${KEYS.join(", ")} are known`);
    const { id, address, reason, until } = entry;
    if (typeof id !== "string" || !(id in failures || checks.some((check) => check.id === id)))
      throw refuse(
        `${at} is for ${JSON.stringify(id)}, which is no check and no failure`,
        "take the id that berth check shows",
      );
    if (typeof reason !== "string" || reason.trim() === "")
      throw refuse(`${at} has no reason`, "say why it may be let be");
    if (
      typeof until !== "string" ||
      !/^\d{4}-\d{2}-\d{2}$/.test(until) ||
      Number.isNaN(Date.parse(until))
    )
      throw refuse(`${at} has no last day`, "say until when, as YYYY-MM-DD");
    // Undefined would suppress every address.
    if ("address" in entry && typeof address !== "string")
      throw refuse(
        `${at}: the address is no text`,
        "give Terraform's address; * stands for any characters",
      );
    return { id, reason, until, ...(typeof address === "string" ? { address } : {}) };
  });
}
