import { createHash } from "node:crypto";
import { UserError } from "../../shared/errors.ts";
import { parseExactly } from "../../plan/exact-numbers.ts";
import { isJson, type Json, jsonsOf, listOf, textOf } from "../../plan/plan-json.ts";
import { PlanConfiguration } from "./configuration.ts";
import {
  canonical,
  canonicalValue,
  differencesOf,
  type MaskedValue,
  pathKeys,
  unknownPaths,
} from "./values.ts";

/** The rules below, by their number: another number is another fingerprint. */
const RULES_VERSION = "berth2";

/**
 * What of a provider's configuration says in which account, in which region and as whom a plan acts. Credentials are not
 * among it. Source: Terraform Registry, AWS provider, "Argument Reference".
 */
const PROVIDER_ARGUMENTS = [
  "allowed_account_ids",
  "assume_role",
  "assume_role_with_web_identity",
  "endpoints",
  "forbidden_account_ids",
  "profile",
  "region",
  "shared_config_files",
  "shared_credentials_files",
  "sts_region",
  "use_dualstack_endpoint",
  "use_fips_endpoint",
];

const actionsOf = (change: Json): string[] =>
  listOf(change["actions"]).map((action) => textOf(action) ?? "");

/** Actions that change nothing. */
const ACTIONS_WITHOUT_EFFECT = new Set(["no-op", "read"]);

/** True where a planned change does something to a resource or an output. */
export const hasEffect = (change: unknown): change is Json =>
  isJson(change) && !actionsOf(change).every((action) => ACTIONS_WITHOUT_EFFECT.has(action));

/** True for a data source that is read during the apply, since its configuration is not known before. */
export const isRead = (change: unknown): change is Json =>
  isJson(change) && actionsOf(change).includes("read");

/** True where the state changes, though nothing else does: what is imported or moved is Terraform's from then on. */
export const changesState = (resource: Json, change: Json): boolean =>
  isJson(change["importing"]) || textOf(resource["previous_address"]) !== undefined;

export const beforeOf = (change: Json): MaskedValue => ({
  value: change["before"],
  unknown: false,
  sensitive: change["before_sensitive"],
});

export const afterOf = (change: Json): MaskedValue => ({
  value: change["after"],
  unknown: change["after_unknown"],
  sensitive: change["after_sensitive"],
});

/** True where an object stays and some of its values change. */
export function isUpdate(change: Json): boolean {
  const actions = actionsOf(change);
  return actions.length === 1 && actions[0] === "update";
}

function contentOf(change: Json): string[] {
  const actions = actionsOf(change);
  const [before, after] = [beforeOf(change), afterOf(change)];
  if (isUpdate(change))
    return differencesOf(before, after)
      .map((difference) => {
        const key = difference.path?.key;
        return JSON.stringify([
          pathKeys(difference.path),
          canonical(difference.before, key),
          canonical(difference.after, key),
        ]);
      })
      .sort();
  return [
    ...(actions.includes("delete") || actions.includes("forget") ? [`- ${canonical(before)}`] : []),
    ...(actions.includes("create") || actions.includes("read") ? [`+ ${canonical(after)}`] : []),
  ];
}

/** Which object of the account an update changes: the values that differ do not say it. */
function identityOf(change: Json): string[] {
  const { value, sensitive } = beforeOf(change);
  const named = ["arn", "id"].flatMap((key) =>
    isJson(value) && typeof value[key] === "string"
      ? [
          `${key} ${canonical({ value: value[key], unknown: false, sensitive: isJson(sensitive) ? sensitive[key] : sensitive })}`,
        ]
      : [],
  );
  if (named.length > 0) return named;
  return isJson(change["before_identity"]) ? [canonicalValue(change["before_identity"])] : [];
}

function resourceLine(resource: Json, change: Json, configuration: PlanConfiguration): string {
  const configured = configuration.resource(resource);
  const unknown = unknownPaths(afterOf(change)).map(pathKeys);
  return JSON.stringify([
    "resource",
    textOf(resource["address"]) ?? "",
    textOf(resource["provider_name"]) ?? "",
    textOf(configured?.json["provider_config_key"]) ?? "",
    textOf(resource["deposed"]) ?? "",
    textOf(resource["previous_address"]) ?? "",
    isJson(change["importing"]) ? canonicalValue(change["importing"]) : "",
    textOf(change["generated_config"]) ?? "",
    actionsOf(change),
    listOf(change["replace_paths"]).map(canonicalValue).sort(),
    identityOf(change),
    contentOf(change),
    configured ? configuration.expressionsBehind(configured, unknown) : [],
  ]);
}

function outputLine(name: string, change: Json, configuration: PlanConfiguration): string {
  const isUnknown = unknownPaths(afterOf(change)).length > 0;
  return JSON.stringify([
    "output",
    name,
    actionsOf(change),
    contentOf(change),
    isUnknown ? configuration.expressionsBehindOutput(name) : [],
  ]);
}

function providerLines(plan: Json, configuration: PlanConfiguration): string[] {
  const configured = isJson(plan["configuration"]) ? plan["configuration"] : {};
  const providers = isJson(configured["provider_config"]) ? configured["provider_config"] : {};
  return Object.entries(providers).flatMap(([key, provider]) => {
    if (!isJson(provider)) return [];
    const expressions = isJson(provider["expressions"]) ? provider["expressions"] : {};
    const names = ["full_name", "alias", "module_address"].map((name) => textOf(provider[name]));
    return [
      JSON.stringify(["provider", key, ...names]),
      ...PROVIDER_ARGUMENTS.filter((name) => name in expressions).map((name) =>
        JSON.stringify([
          "provider",
          key,
          name,
          canonicalValue(expressions[name]),
          configuration.expressionsBehindArgument(name, expressions[name]),
        ]),
      ),
    ];
  });
}

/** An action that Terraform runs beside a change. Source: Terraform docs, "JSON Output Format", action invocations. */
function invocationLine(invocation: Json): string {
  const {
    config_values: value,
    config_unknown: unknown,
    config_sensitive: sensitive,
    ...rest
  } = invocation;
  return JSON.stringify([
    "action",
    canonicalValue(rest),
    canonical({ value, unknown: unknown ?? false, sensitive: sensitive ?? false }),
  ]);
}

const noFingerprint = (what: string, fix: string): UserError =>
  new UserError("BERTH-E8005", `no fingerprint: ${what}`, { fix });

/**
 * Reads a plan exactly.
 *
 * @throws UserError BERTH-E8005 where it is no plan, or one that Terraform could not finish
 */
function readPlan(shown: string): Json {
  const how = "give what terraform show -json prints of a saved plan";
  let plan: unknown;
  try {
    plan = parseExactly(shown).value;
  } catch (error) {
    throw noFingerprint(`the plan is not JSON: ${(error as Error).message}`, how);
  }
  if (!isJson(plan)) throw noFingerprint("the plan is not a JSON object", how);
  const version = textOf(plan["format_version"]);
  if (version === undefined || !/^[01]\./.test(version))
    throw noFingerprint(`the plan's format is ${version ?? "not named"}, and must be 1.x`, how);
  if (!Array.isArray(plan["resource_changes"]) && !("planned_values" in plan))
    throw noFingerprint("the JSON is not a plan's", how);
  const isDeferred = ["deferred_changes", "deferred_action_invocations"].some(
    (key) => listOf(plan[key]).length > 0,
  );
  if (plan["errored"] === true)
    throw noFingerprint("Terraform failed while planning", "fix the error and plan again");
  if (plan["complete"] === false || isDeferred)
    throw noFingerprint(
      "the plan is not complete: an apply would need another one after it",
      "apply what the deferred changes wait for first, and plan again",
    );
  return plan;
}

/**
 * The fingerprint of what a plan would do: the same for the same change on two machines and two days, another for any
 * change that matters. Its rules are in docs/explain/fingerprint.md.
 *
 * @param shown what `terraform show -json` prints of a saved plan: the text, since parsing it would round large numbers
 * @param source the root module in Terraform's JSON syntax, as `berth synth` prints it: with it, literals inside an
 * expression whose value is not known are told apart. The verbs of Berth give it
 * @returns undefined where the plan would do nothing: there is nothing to approve
 * @throws UserError BERTH-E8005 where the text is no plan, or a plan that failed or is not complete
 * @example fingerprintOf(readFileSync("plan.json", "utf8")) // "berth2-9f86d081884c7d65…"
 */
export function fingerprintOf(shown: string, source?: string): string | undefined {
  const plan = readPlan(shown);
  const configuration = new PlanConfiguration(
    plan,
    source === undefined ? undefined : JSON.parse(source),
  );
  const resources = jsonsOf(plan["resource_changes"]).flatMap((resource) => {
    const { change } = resource;
    return isJson(change) && (hasEffect(change) || isRead(change) || changesState(resource, change))
      ? [resourceLine(resource, change, configuration)]
      : [];
  });
  const outputs = Object.entries(
    isJson(plan["output_changes"]) ? plan["output_changes"] : {},
  ).flatMap(([name, change]) =>
    hasEffect(change) ? [outputLine(name, change, configuration)] : [],
  );
  const invocations = jsonsOf(plan["action_invocations"]).map(invocationLine);
  const changes = [...resources, ...outputs, ...invocations];
  if (changes.length === 0) return undefined;
  const lines = [...providerLines(plan, configuration), ...changes].sort();
  return `${RULES_VERSION}-${createHash("sha256").update(lines.join("\n")).digest("hex")}`;
}

/** True for what a fingerprint looks like. */
export const isFingerprint = (text: string): boolean => /^berth\d+-[0-9a-f]{64}$/.test(text);
