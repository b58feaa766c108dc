import { UserError } from "../shared/errors.ts";

/** An object of JSON. */
export type Json = Readonly<Record<string, unknown>>;

export const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const jsonsOf = (value: unknown): Json[] => listOf(value).filter(isJson);

export const textOf = (value: unknown): string | undefined =>
  typeof value === "string" ? value : undefined;

/** A resource instance as a plan or a state shows it. */
export interface PlannedResource {
  readonly address: string;
  readonly module: string;
  readonly mode: "managed" | "data";
  readonly type: string;
  readonly name: string;
  readonly key: string | number | undefined;
  readonly provider: string;
  readonly values: Json;
  /** The shape of what is not known: true where a value is not. */
  readonly unknown: unknown;
  readonly actions: readonly string[];
  readonly before: Json | undefined;
}

/** What `terraform show -json` has said. */
export interface PlanJson {
  readonly kind: "plan" | "state";
  readonly resources: readonly PlannedResource[];
  /** The root module's configuration; none in a state. */
  readonly configuration: Json | undefined;
  readonly providers: Json;
  /** Addresses that the plan takes away. */
  readonly deleted: readonly PlannedResource[];
  /** False where Terraform could not plan everything. */
  readonly isComplete: boolean;
}

const refusal = (what: string, where: string, fix: string): UserError =>
  new UserError("BERTH-E7001", what, { where, fix });

const HOW = "give what terraform show -json prints, for a saved plan or for the state";

function shownIn(
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

/** Resources of a module of a state, and of the modules in it. */
function inModule(module: Json): PlannedResource[] {
  const found: PlannedResource[] = [];
  const stack: Json[] = [module];
  for (let entry = stack.pop(); entry; entry = stack.pop()) {
    for (const resource of jsonsOf(entry["resources"])) {
      const { values } = resource;
      found.push(
        ...shownIn(resource, entry["address"], {
          values: isJson(values) ? values : {},
          unknown: {},
          actions: ["no-op"],
          before: undefined,
        }),
      );
    }
    stack.push(...jsonsOf(entry["child_modules"]));
  }
  return found;
}

const rootOf = (values: unknown): Json => {
  const root = isJson(values) ? values["root_module"] : undefined;
  return isJson(root) ? root : {};
};

function changed(entry: Json): PlannedResource[] {
  const { change, module_address: module } = entry;
  if (!isJson(change)) return [];
  const { after, before, after_unknown: unknown, actions } = change;
  return shownIn(entry, module, {
    values: isJson(after) ? after : {},
    unknown: unknown ?? {},
    before: isJson(before) ? before : undefined,
    actions: listOf(actions).filter((action) => typeof action === "string"),
  });
}

const isDeletion = ({ actions }: PlannedResource): boolean =>
  actions.length > 0 && actions.every((action) => action === "delete" || action === "forget");

/**
 * Reads what `terraform show -json` or `tofu show -json` has said of a plan or a state.
 *
 * @throws UserError BERTH-E7001 where it is something else
 */
export function parsePlanJson(text: string, where: string): PlanJson {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw refusal(`it is not JSON: ${(error as Error).message}`, where, HOW);
  }
  if (!isJson(json)) throw refusal("it holds no JSON object", where, HOW);
  const { format_version: version, resource_changes: changes, values, configuration } = json;
  if (json["version"] === 4 && "lineage" in json)
    throw refusal(
      "it is a state file, whose format is Terraform's own",
      where,
      "give what terraform show -json prints of it",
    );
  if (typeof version !== "string") {
    if (json["@level"] !== undefined)
      throw refusal("it is a log of terraform plan -json", where, HOW);
    throw refusal("it has no format_version", where, HOW);
  }
  if (!/^[01]\./.test(version))
    throw refusal(`its format is ${version}, and Berth reads 1.x`, where, HOW);
  const isPlan = Array.isArray(changes) || "planned_values" in json;
  if (!isPlan && !isJson(values) && !("terraform_version" in json))
    throw refusal("it is neither a plan nor a state", where, HOW);
  const root = isJson(configuration) ? configuration["root_module"] : undefined;
  const providers = isJson(configuration) ? configuration["provider_config"] : undefined;
  const prior = json["prior_state"];
  const resources = isPlan
    ? [
        ...jsonsOf(changes).flatMap(changed),
        // Data that was read while planning is in the state before it.
        ...inModule(rootOf(isJson(prior) ? prior["values"] : undefined)).filter(
          (resource) => resource.mode === "data",
        ),
      ]
    : inModule(rootOf(values));
  const byAddress = new Map<string, PlannedResource>();
  const deleted: PlannedResource[] = [];
  for (const resource of resources) {
    if (isDeletion(resource)) deleted.push(resource);
    else if (!byAddress.has(resource.address)) byAddress.set(resource.address, resource);
  }
  return {
    kind: isPlan ? "plan" : "state",
    resources: [...byAddress.values()],
    configuration: isJson(root) ? root : undefined,
    providers: isJson(providers) ? providers : {},
    deleted,
    isComplete: json["errored"] !== true && json["complete"] !== false,
  };
}
