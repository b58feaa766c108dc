import { UserError, isObject, type Json } from "../shared/index.ts";

export { type Json, isObject };

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const jsonsOf = (value: unknown): Json[] => listOf(value).filter(isObject);

export const textOf = (value: unknown): string | undefined =>
  typeof value === "string" ? value : undefined;

/** A resource instance in the JSON of a plan or a state. */
export interface PlannedResource {
  readonly address: string;
  /** Address of the module instance; "" for the root module. */
  readonly module: string;
  readonly mode: "managed" | "data";
  readonly type: string;
  readonly name: string;
  /** Key of count or for_each. */
  readonly key: string | number | undefined;
  readonly provider: string;
  readonly values: Json;
  /** The shape of the unknown values: true for each unknown value. */
  readonly unknown: unknown;
  readonly actions: readonly string[];
  readonly before: Json | undefined;
}

/** The parts of the JSON of `terraform show -json` that Berth reads. */
export interface PlanJson {
  readonly kind: "plan" | "state";
  readonly resources: readonly PlannedResource[];
  /** The configuration of the root module; undefined for a state. */
  readonly configuration: Json | undefined;
  /** Provider configurations by their key, such as "aws" or "aws.other". */
  readonly providers: Json;
  /** Values of the variables of the root module, as Terraform has received them. */
  readonly variables: Json;
  /** Resources that the plan deletes or forgets. */
  readonly deleted: readonly PlannedResource[];
  /** False if Terraform did not plan all resources. */
  readonly isComplete: boolean;
}

const invalidPlan = (problem: string, where: string, fix: string): UserError =>
  new UserError("BERTH-E7001", problem, { where, fix });

const FIX = "pass the output of terraform show -json for a saved plan or the state";

function plannedResource(
  { address, mode, type, name, index, provider_name: provider }: Json,
  module: unknown,
  change: Pick<PlannedResource, "values" | "unknown" | "actions" | "before">,
): PlannedResource[] {
  if (typeof address !== "string" || typeof type !== "string" || typeof name !== "string")
    return [];
  return [
    {
      address,
      type,
      name,
      module: textOf(module) ?? "",
      mode: mode === "data" ? "data" : "managed",
      key: typeof index === "string" || typeof index === "number" ? index : undefined,
      provider: textOf(provider) ?? "",
      ...change,
    },
  ];
}

/** The resources of a module in a state, and of the modules that it calls. */
function resourcesIn(module: Json): PlannedResource[] {
  const planned: PlannedResource[] = [];
  const modules: Json[] = [module];
  for (let current = modules.pop(); current; current = modules.pop()) {
    for (const resource of jsonsOf(current["resources"])) {
      const { values } = resource;
      planned.push(
        ...plannedResource(resource, current["address"], {
          values: isObject(values) ? values : {},
          unknown: {},
          actions: ["no-op"],
          before: undefined,
        }),
      );
    }
    modules.push(...jsonsOf(current["child_modules"]));
  }
  return planned;
}

const rootModuleOf = (values: unknown): Json => {
  const root = isObject(values) ? values["root_module"] : undefined;
  return isObject(root) ? root : {};
};

function plannedChange(resourceChange: Json): PlannedResource[] {
  const { change, module_address: module } = resourceChange;
  if (!isObject(change)) return [];
  const { after, before, after_unknown: unknown, actions } = change;
  return plannedResource(resourceChange, module, {
    values: isObject(after) ? after : {},
    unknown: unknown ?? {},
    before: isObject(before) ? before : undefined,
    actions: listOf(actions).filter((action) => typeof action === "string"),
  });
}

const variablesOf = (variables: unknown): Json =>
  isObject(variables)
    ? Object.fromEntries(
        Object.entries(variables).map(([name, variable]) => [
          name,
          isObject(variable) ? variable["value"] : undefined,
        ]),
      )
    : {};

const isDeletion = ({ actions }: PlannedResource): boolean =>
  actions.length > 0 && actions.every((action) => action === "delete" || action === "forget");

/**
 * Parses the output of `terraform show -json` or `tofu show -json` for a plan or a state.
 *
 * @param where the file name for the error
 * @throws UserError BERTH-E7001 if the text is neither a plan nor a state
 */
export function parsePlanJson(text: string, where: string): PlanJson {
  if (text.trim() === "") throw invalidPlan("the input is empty", where, FIX);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    if (/\.(tf|tofu)$/.test(where))
      throw invalidPlan(
        "a source file of Terraform, not a plan",
        where,
        "pass the folder that contains it",
      );
    if (text.includes("\uFFFD")) throw invalidPlan("neither JSON nor a saved plan", where, FIX);
    throw invalidPlan(`not JSON: ${(error as Error).message}`, where, FIX);
  }
  if (!isObject(json)) throw invalidPlan("not a JSON object", where, FIX);
  const { format_version: version, resource_changes: changes, values, configuration } = json;
  if (json["version"] === 4 && "lineage" in json)
    throw invalidPlan(
      "a state file, which has an internal format of Terraform",
      where,
      "pass the output of terraform show -json for the state",
    );
  if (typeof version !== "string") {
    if (json["@level"] !== undefined)
      throw invalidPlan("the log of terraform plan -json, not its plan", where, FIX);
    throw invalidPlan("format_version is missing", where, FIX);
  }
  if (!/^[01]\./.test(version))
    throw invalidPlan(`format_version is ${version}; Berth supports 1.x`, where, FIX);
  const isPlan = Array.isArray(changes) || "planned_values" in json;
  if (!isPlan && !isObject(values) && !("terraform_version" in json))
    throw invalidPlan("neither a plan nor a state", where, FIX);
  const root = isObject(configuration) ? configuration["root_module"] : undefined;
  const providers = isObject(configuration) ? configuration["provider_config"] : undefined;
  const prior = json["prior_state"];
  const resources = isPlan
    ? [
        ...jsonsOf(changes).flatMap(plannedChange),
        // Data sources that were read during the plan are in the prior state.
        ...resourcesIn(rootModuleOf(isObject(prior) ? prior["values"] : undefined)).filter(
          (resource) => resource.mode === "data",
        ),
      ]
    : resourcesIn(rootModuleOf(values));
  const byAddress = new Map<string, PlannedResource>();
  const deleted: PlannedResource[] = [];
  for (const resource of resources) {
    if (isDeletion(resource)) deleted.push(resource);
    else if (!byAddress.has(resource.address)) byAddress.set(resource.address, resource);
  }
  return {
    kind: isPlan ? "plan" : "state",
    resources: [...byAddress.values()],
    configuration: isObject(root) ? root : undefined,
    providers: isObject(providers) ? providers : {},
    variables: variablesOf(json["variables"]),
    deleted,
    isComplete: json["errored"] !== true && json["complete"] !== false,
  };
}
