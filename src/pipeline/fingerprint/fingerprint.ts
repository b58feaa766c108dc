import { createHash } from "node:crypto";
import { UserError } from "../../shared/index.ts";
import { parseExactly, isObject, type Json, jsonsOf, listOf, textOf } from "../../plan/index.ts";
import { PlanConfiguration } from "./configuration.ts";
import {
  canonical,
  canonicalValue,
  differencesOf,
  type MaskedValue,
  pathKeys,
  unknownPaths,
} from "./values.ts";

/** The version of the rules below. A change of the rules needs a new version, and gives other fingerprints. */
const RULES_VERSION = "berth2";

/**
 * Arguments of a provider that determine the account, the region and the role of a plan. They do not include credentials.
 * Source: Terraform Registry, AWS provider, "Argument Reference".
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

/** Actions of a plan that change nothing. */
const ACTIONS_WITHOUT_EFFECT = new Set(["no-op", "read"]);

/** True if a planned change changes a resource or an output. */
export const hasEffect = (change: unknown): change is Json =>
  isObject(change) && !actionsOf(change).every((action) => ACTIONS_WITHOUT_EFFECT.has(action));

/** True for a data source that Terraform reads during the apply, because its configuration is known only after apply. */
export const isRead = (change: unknown): change is Json =>
  isObject(change) && actionsOf(change).includes("read");

/** True if the resource is imported or moved: the state changes, even if the resource does not. */
export const changesState = (resource: Json, change: Json): boolean =>
  isObject(change["importing"]) || textOf(resource["previous_address"]) !== undefined;

/** The value before a change. */
export const beforeOf = (change: Json): MaskedValue => ({
  value: change["before"],
  unknown: false,
  sensitive: change["before_sensitive"],
});

/** The value after a change. */
export const afterOf = (change: Json): MaskedValue => ({
  value: change["after"],
  unknown: change["after_unknown"],
  sensitive: change["after_sensitive"],
});

/** True for an update in place. */
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

/** Identifies the object that an update changes. The changed values alone do not identify it. */
function identityOf(change: Json): string[] {
  const { value, sensitive } = beforeOf(change);
  const named = ["arn", "id"].flatMap((key) =>
    isObject(value) && typeof value[key] === "string"
      ? [
          `${key} ${canonical({ value: value[key], unknown: false, sensitive: isObject(sensitive) ? sensitive[key] : sensitive })}`,
        ]
      : [],
  );
  if (named.length > 0) return named;
  return isObject(change["before_identity"]) ? [canonicalValue(change["before_identity"])] : [];
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
    isObject(change["importing"]) ? canonicalValue(change["importing"]) : "",
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
  const configured = isObject(plan["configuration"]) ? plan["configuration"] : {};
  const providers = isObject(configured["provider_config"]) ? configured["provider_config"] : {};
  return Object.entries(providers).flatMap(([key, provider]) => {
    if (!isObject(provider)) return [];
    const expressions = isObject(provider["expressions"]) ? provider["expressions"] : {};
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

/** An action that Terraform invokes with a change. Source: Terraform docs, "JSON Output Format", action invocations. */
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

const noFingerprint = (problem: string, fix: string): UserError =>
  new UserError("BERTH-E8005", `no fingerprint: ${problem}`, { fix });

/**
 * Parses a plan without rounding numbers.
 *
 * @throws UserError BERTH-E8005 if the text is not a plan, or if the plan failed or is not complete
 */
function parsePlan(jsonText: string): Json {
  const fix = "pass the output of terraform show -json for a saved plan";
  let plan: unknown;
  try {
    plan = parseExactly(jsonText).value;
  } catch (error) {
    throw noFingerprint(`the plan is not JSON: ${(error as Error).message}`, fix);
  }
  if (!isObject(plan)) throw noFingerprint("the plan is not a JSON object", fix);
  const version = textOf(plan["format_version"]);
  if (version === undefined || !/^[01]\./.test(version))
    throw noFingerprint(
      `the plan has format version ${version ?? "unknown"}; Berth supports 1.x`,
      fix,
    );
  if (!Array.isArray(plan["resource_changes"]) && !("planned_values" in plan))
    throw noFingerprint("the JSON is not a Terraform plan", fix);
  const isDeferred = ["deferred_changes", "deferred_action_invocations"].some(
    (key) => listOf(plan[key]).length > 0,
  );
  if (plan["errored"] === true)
    throw noFingerprint("Terraform failed to plan", "fix the error, then plan again");
  if (plan["complete"] === false || isDeferred)
    throw noFingerprint(
      "the plan is not complete: Terraform deferred changes to a later plan",
      "first apply the resources that the deferred changes depend on, then plan again",
    );
  return plan;
}

/**
 * The fingerprint of a plan's changes: a hash that is equal for equal changes, on any machine and at any time, and different
 * for different changes. docs/concepts/fingerprint.md has the rules.
 *
 * @param jsonText the output of `terraform show -json` for a saved plan, as text: parsed JSON has rounded numbers
 * @param rootModule the root module in Terraform's JSON syntax, as `berth synth` prints it. With it, the fingerprint contains
 * the literals in expressions whose value is unknown. Berth's commands pass it. @default only the references of expressions
 * @returns undefined if the plan has no changes
 * @throws UserError BERTH-E8005 if the text is not a plan, or if the plan failed or is not complete
 * @example fingerprintOf(readFileSync("plan.json", "utf8")) // "berth2-9f86d081884c7d65…"
 */
export function fingerprintOf(jsonText: string, rootModule?: string): string | undefined {
  const plan = parsePlan(jsonText);
  const configuration = new PlanConfiguration(
    plan,
    rootModule === undefined ? undefined : JSON.parse(rootModule),
  );
  const resources = jsonsOf(plan["resource_changes"]).flatMap((resource) => {
    const { change } = resource;
    return isObject(change) &&
      (hasEffect(change) || isRead(change) || changesState(resource, change))
      ? [resourceLine(resource, change, configuration)]
      : [];
  });
  const outputs = Object.entries(
    isObject(plan["output_changes"]) ? plan["output_changes"] : {},
  ).flatMap(([name, change]) =>
    hasEffect(change) ? [outputLine(name, change, configuration)] : [],
  );
  const invocations = jsonsOf(plan["action_invocations"]).map(invocationLine);
  const changes = [...resources, ...outputs, ...invocations];
  if (changes.length === 0) return undefined;
  const lines = [...providerLines(plan, configuration), ...changes].sort();
  return `${RULES_VERSION}-${createHash("sha256").update(lines.join("\n")).digest("hex")}`;
}

/** True if a text has the format of a fingerprint. */
export const isFingerprint = (text: string): boolean => /^berth\d+-[0-9a-f]{64}$/.test(text);
