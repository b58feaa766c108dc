type Json = Readonly<Record<string, unknown>>;

const pick = (from: Json, names: readonly string[]): Json =>
  Object.fromEntries(names.flatMap((name) => (name in from ? [[name, from[name]]] : [])));

const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null;

/** Modules of prior_state with their data resources alone: the managed ones are in resource_changes. */
function dataOnly(module: Json): Json {
  const { resources, child_modules: children } = module;
  return {
    ...pick(module, ["address"]),
    ...(Array.isArray(resources)
      ? {
          resources: resources.filter(
            (resource) => isJson(resource) && resource["mode"] === "data",
          ),
        }
      : {}),
    ...(Array.isArray(children) ? { child_modules: children.filter(isJson).map(dataOnly) } : {}),
  };
}

/** What the prover reads of terraform show -json: the rest of it says the same again. */
export function cutDown(shown: unknown): unknown {
  if (!isJson(shown)) throw new TypeError("terraform show -json has said no object");
  const { prior_state: prior, resource_changes: changes } = shown;
  const values = isJson(prior) ? prior["values"] : undefined;
  const root = isJson(values) ? values["root_module"] : undefined;
  return {
    ...pick(shown, ["format_version", "terraform_version", "configuration", "values"]),
    ...(Array.isArray(changes)
      ? {
          resource_changes: changes.filter(isJson).map((change) => ({
            ...change,
            change: pick(change["change"] as Json, ["actions", "after", "after_unknown", "before"]), // always an object
          })),
        }
      : {}),
    ...(isJson(prior) && isJson(root)
      ? {
          prior_state: {
            ...pick(prior, ["format_version"]),
            values: { root_module: dataOnly(root) },
          },
        }
      : {}),
  };
}
