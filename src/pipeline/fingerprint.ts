import { createHash } from "node:crypto";
import { isJson, type Json, jsonsOf, listOf, textOf } from "../plan/shown.ts";

/** The rules below, by their number: another number is another fingerprint. */
const RULES = "berth1";

/** What of a provider's configuration says where a plan would act. */
const PLACE = ["region", "allowed_account_ids"];

/** Actions that change nothing. */
const IDLE = new Set(["no-op", "read"]);

const SENSITIVE = "!sensitive";
const UNKNOWN = "!unknown";

const inside = (mask: unknown, key: string | number): unknown =>
  typeof mask === "object" && mask !== null
    ? (mask as Record<string | number, unknown>)[key]
    : mask; // an array or an object, by Terraform's masks

/** Every mask of Terraform's: true for a whole value, or a shape in which something is true. */
const says = (mask: unknown): boolean =>
  mask === true || (typeof mask === "object" && mask !== null && Object.values(mask).some(says));

/**
 * A value as text that does not depend on the order of keys. What is sensitive or unknown is a word that no JSON can be,
 * so that no value can pass for it; a null is what is not there.
 */
function canonical(value: unknown, unknown: unknown, sensitive: unknown): string {
  if (sensitive === true) return SENSITIVE;
  if (unknown === true) return UNKNOWN;
  if (Array.isArray(value) || Array.isArray(unknown)) {
    const length = Math.max(listOf(value).length, listOf(unknown).length);
    const items = Array.from({ length }, (_, at) =>
      canonical(listOf(value)[at], inside(unknown, at), inside(sensitive, at)),
    );
    return `[${items.join(",")}]`;
  }
  if (isJson(value) || says(unknown)) {
    const known = isJson(value) ? value : {};
    const keys = new Set([...Object.keys(known), ...(isJson(unknown) ? Object.keys(unknown) : [])]);
    const entries = [...keys]
      .sort()
      .map((key) => [key, canonical(known[key], inside(unknown, key), inside(sensitive, key))])
      .filter(([, text]) => text !== "null");
    return `{${entries.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(",")}}`;
  }
  return JSON.stringify(value ?? null);
}

/** One side of a change, with Terraform's masks over it. */
interface Side {
  readonly value: unknown;
  readonly unknown: unknown;
  readonly sensitive: unknown;
}

const enter = ({ value, unknown, sensitive }: Side, key: string): Side => ({
  value: isJson(value) ? value[key] : undefined,
  unknown: inside(unknown, key),
  sensitive: inside(sensitive, key),
});

const bare = ({ value, unknown }: Side): string => canonical(value, unknown, false);
const masked = ({ value, unknown, sensitive }: Side): string =>
  canonical(value, unknown, sensitive);

/** What differs, leaf by leaf: a secret that changes is a change, but neither its old nor its new value is in it. */
function differences(before: Side, after: Side, path: string): string[] {
  if (bare(before) === bare(after)) return [];
  const isWhole = [before, after].some(
    ({ unknown, sensitive }) => unknown === true || sensitive === true,
  );
  if (isWhole || !isJson(before.value) || !isJson(after.value))
    return [`${path} ${masked(before)} ${masked(after)}`];
  const keys = new Set([
    ...Object.keys(before.value),
    ...Object.keys(after.value),
    ...(isJson(after.unknown) ? Object.keys(after.unknown) : []),
  ]);
  return [...keys]
    .sort()
    .flatMap((key) =>
      differences(enter(before, key), enter(after, key), `${path}/${JSON.stringify(key)}`),
    );
}

const actionsOf = (change: Json): string[] =>
  listOf(change["actions"]).map((one) => textOf(one) ?? "");

/** True where a planned change does something. */
export const acts = (change: unknown): change is Json =>
  isJson(change) && !actionsOf(change).every((one) => IDLE.has(one));

/** True where the state changes, though nothing else does: what is imported or moved is Terraform's from then on. */
const changesState = (one: Json, change: Json): boolean =>
  isJson(change["importing"]) || textOf(one["previous_address"]) !== undefined;

function contentOf(change: Json): string[] {
  const actions = actionsOf(change);
  const before: Side = {
    value: change["before"],
    unknown: false,
    sensitive: change["before_sensitive"],
  };
  const after: Side = {
    value: change["after"],
    unknown: change["after_unknown"],
    sensitive: change["after_sensitive"],
  };
  if (actions.length === 1 && actions[0] === "update") return differences(before, after, "");
  return [
    ...(actions.includes("delete") || actions.includes("forget") ? [`- ${masked(before)}`] : []),
    ...(actions.includes("create") ? [`+ ${masked(after)}`] : []),
  ];
}

function lineOf(kind: string, name: string, one: Json, change: Json): string {
  const paths = listOf(change["replace_paths"]).map((path) => canonical(path, false, false));
  const importing = isJson(change["importing"]) ? canonical(change["importing"], false, false) : "";
  return JSON.stringify([
    kind,
    name,
    textOf(one["deposed"]) ?? "",
    textOf(one["previous_address"]) ?? "",
    importing,
    actionsOf(change),
    paths.sort(),
    contentOf(change),
  ]);
}

function placesOf(plan: Json): string[] {
  const configuration = isJson(plan["configuration"]) ? plan["configuration"] : {};
  const providers = isJson(configuration["provider_config"])
    ? configuration["provider_config"]
    : {};
  return Object.entries(providers).flatMap(([key, provider]) => {
    const said = isJson(provider) && isJson(provider["expressions"]) ? provider["expressions"] : {};
    return PLACE.filter((name) => isJson(said[name])).map((name) =>
      JSON.stringify(["provider", key, name, canonical(said[name], false, false)]),
    );
  });
}

/**
 * The fingerprint of what a plan would do: the same for the same change on two machines and two days, another for any
 * change that matters. Its rules are in docs/explain/fingerprint.md.
 *
 * @param plan what `terraform show -json` says of a saved plan
 * @example fingerprintOf(JSON.parse(shown)) // "berth1-9f86d081884c7d65…"
 */
export function fingerprintOf(plan: unknown): string {
  const json = isJson(plan) ? plan : {};
  const resources = jsonsOf(json["resource_changes"]).flatMap((one) => {
    const { change } = one;
    return isJson(change) && (acts(change) || changesState(one, change))
      ? [lineOf("resource", textOf(one["address"]) ?? "", one, change)]
      : [];
  });
  const outputs = Object.entries(
    isJson(json["output_changes"]) ? json["output_changes"] : {},
  ).flatMap(([name, change]) => (acts(change) ? [lineOf("output", name, {}, change)] : []));
  const lines = [...placesOf(json), ...resources, ...outputs].sort();
  return `${RULES}-${createHash("sha256").update(lines.join("\n")).digest("hex")}`;
}

/** True for what a fingerprint looks like. */
export const isFingerprint = (text: string): boolean => /^berth\d+-[0-9a-f]{64}$/.test(text);
