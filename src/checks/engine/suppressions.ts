import { failures } from "../../failures/index.ts";
import { isObject } from "../../plan/index.ts";
import { UserError } from "../../shared/index.ts";
import type { Suppression } from "./evaluate.ts";
import { checks } from "./registry.ts";

const KEYS = ["id", "address", "reason", "until"];

const FIX_LIST =
  'write a list of { id, address, reason, until }, or { "$schema": "…", "suppressions": [ … ] }';

const invalidSuppressions = (where: string, problem: string, fix: string): UserError =>
  new UserError("BERTH-E7002", problem, { where, fix, exitCode: 64 });

/**
 * Reads suppressions: a JSON list of { id, address, reason, until }, or an object with the list and the key $schema, with which
 * editors complete it.
 *
 * @param where the source of the text, for errors
 * @throws UserError BERTH-E7002 for a suppression without a reason or an expiry date, or with an unknown id
 * @example
 * [{ "id": "ALB-13", "address": "module.web.*", "reason": "the image starts in a second", "until": "2027-01-31" }]
 */
export function readSuppressions(text: string, where: string): Suppression[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw invalidSuppressions(where, `it is not JSON: ${(error as Error).message}`, FIX_LIST);
  }
  const list = isObject(json) ? listIn(json, where) : json;
  if (!Array.isArray(list)) throw invalidSuppressions(where, "it is not a list", FIX_LIST);
  return suppressionsIn(list, where);
}

/** The list in an object that also has a $schema. */
function listIn(file: Readonly<Record<string, unknown>>, where: string): unknown {
  const unknownKey = Object.keys(file).find((key) => key !== "$schema" && key !== "suppressions");
  if (unknownKey !== undefined)
    throw invalidSuppressions(where, `the file has the unknown key ${unknownKey}`, FIX_LIST);
  return file["suppressions"];
}

/**
 * Validates suppressions of a config, a file or the options of `check()`.
 *
 * @param where the source of the list, for errors
 * @throws UserError BERTH-E7002 for a suppression without a reason or an expiry date, or with an unknown id
 */
export function suppressionsIn(list: readonly unknown[], where: string): Suppression[] {
  const invalid = (problem: string, fix: string): UserError =>
    invalidSuppressions(where, problem, fix);
  return list.map((entry, index) => {
    const name = `suppression ${index + 1}`;
    if (!isObject(entry))
      throw invalid(`${name} is not an object`, "write { id, address, reason, until }");
    const unknownKey = Object.keys(entry).find((key) => !KEYS.includes(key));
    if (unknownKey !== undefined)
      throw invalid(`${name} has the unknown key ${unknownKey}`, `use only ${KEYS.join(", ")}`);
    const { id, address, reason, until } = entry;
    if (typeof id !== "string" || !(id in failures || checks.some((check) => check.id === id)))
      throw invalid(
        `${name} has the unknown id ${JSON.stringify(id)}`,
        "use the id of a check or a failure, as berth check shows it",
      );
    if (typeof reason !== "string" || reason.trim() === "")
      throw invalid(`${name} has no reason`, "add a reason");
    if (
      typeof until !== "string" ||
      !/^\d{4}-\d{2}-\d{2}$/.test(until) ||
      Number.isNaN(Date.parse(until))
    )
      throw invalid(`${name} has no expiry date`, "set until to a date, as YYYY-MM-DD");
    // An undefined address would suppress every address.
    if ("address" in entry && typeof address !== "string")
      throw invalid(
        `${name} has an address that is not text`,
        "set address to Terraform's address of the resource; * matches any characters",
      );
    return { id, reason, until, ...(typeof address === "string" ? { address } : {}) };
  });
}
