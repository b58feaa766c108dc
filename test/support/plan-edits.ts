import { type Json, isObject, jsonsOf } from "../../src/plan/plan-json.ts";

const objectAt = (json: Json, name: string): Json => {
  const value = json[name];
  return isObject(value) ? value : {};
};

/** A resource change with an attribute that is known after apply. */
export function withoutValue(resource: Json, attribute: string): Json {
  const change = objectAt(resource, "change");
  const { [attribute]: _, ...after } = objectAt(change, "after");
  const unknown = objectAt(change, "after_unknown");
  return {
    ...resource,
    change: { ...change, after, after_unknown: { ...unknown, [attribute]: true } },
  };
}

/** The plan with an attribute of a resource that is known after apply. */
export const hideAttribute =
  (address: string, attribute: string) =>
  (plan: Json): Json => {
    const resources = jsonsOf(plan["resource_changes"]);
    const resource = resources.find((planned) => planned["address"] === address);
    if (!resource || !(attribute in objectAt(objectAt(resource, "change"), "after")))
      throw new TypeError(`the plan has no value for ${attribute} of ${address}`);
    return {
      ...plan,
      resource_changes: resources.map((planned) =>
        planned === resource ? withoutValue(planned, attribute) : planned,
      ),
    };
  };

/** The plan without a resource: another root module created it. */
export const withoutResource =
  (address: string) =>
  (plan: Json): Json => ({
    ...plan,
    resource_changes: jsonsOf(plan["resource_changes"]).filter(
      (planned) => planned["address"] !== address,
    ),
  });

/** The plan with a data source. Attributes without a value are known after apply. */
export const withDataSource =
  (type: string, name: string, values: Json) =>
  (plan: Json): Json => ({
    ...plan,
    resource_changes: [
      ...jsonsOf(plan["resource_changes"]),
      {
        address: `data.${type}.${name}`,
        mode: "data",
        type,
        name,
        change: {
          actions: ["read"],
          before: null,
          after: values,
          after_unknown: "names" in values ? {} : { names: true },
        },
      },
    ],
  });

/** The plan with one more resource in the root module. */
export const withResource =
  (
    address: string,
    {
      values,
      unknown,
      expressions,
    }: { readonly values: Json; readonly unknown: Json; readonly expressions: Json },
  ) =>
  (plan: Json): Json => {
    const [type, name] = address.split(".");
    const resource = { address, mode: "managed", type, name };
    const change = { actions: ["create"], after: values, after_unknown: unknown };
    const configuration = objectAt(plan, "configuration");
    const root = objectAt(configuration, "root_module");
    return {
      ...plan,
      resource_changes: [...jsonsOf(plan["resource_changes"]), { ...resource, change }],
      configuration: {
        ...configuration,
        root_module: {
          ...root,
          resources: [
            ...jsonsOf(root["resources"]),
            { ...resource, provider_config_key: "aws", expressions },
          ],
        },
      },
    };
  };

/** The plan with another value of an attribute. */
export const withAttribute =
  (address: string, attribute: string, value: unknown) =>
  (plan: Json): Json => ({
    ...plan,
    resource_changes: jsonsOf(plan["resource_changes"]).map((planned) => {
      if (planned["address"] !== address) return planned;
      const change = objectAt(planned, "change");
      return {
        ...planned,
        change: { ...change, after: { ...objectAt(change, "after"), [attribute]: value } },
      };
    }),
  });

/** The plan with a known value of an attribute that the configuration of a root module sets. */
export const withConfiguredAttribute =
  (address: string, attribute: string, value: unknown) =>
  (plan: Json): Json => {
    const configuration = objectAt(plan, "configuration");
    const root = objectAt(configuration, "root_module");
    return {
      ...plan,
      resource_changes: jsonsOf(plan["resource_changes"]).map((planned) => {
        if (planned["address"] !== address) return planned;
        const change = objectAt(planned, "change");
        const { [attribute]: _, ...unknown } = objectAt(change, "after_unknown");
        const after = { ...objectAt(change, "after"), [attribute]: value };
        return { ...planned, change: { ...change, after, after_unknown: unknown } };
      }),
      configuration: {
        ...configuration,
        root_module: {
          ...root,
          resources: jsonsOf(root["resources"]).map((resource) =>
            resource["address"] === address
              ? {
                  ...resource,
                  expressions: {
                    ...objectAt(resource, "expressions"),
                    [attribute]: { constant_value: value },
                  },
                }
              : resource,
          ),
        },
      },
    };
  };

/** The plan with another provider configuration for a resource, such as one of another region. */
export const withProvider =
  (address: string, alias: string, expressions: Json) =>
  (plan: Json): Json => {
    const configuration = objectAt(plan, "configuration");
    const root = objectAt(configuration, "root_module");
    const key = `aws.${alias}`;
    return {
      ...plan,
      configuration: {
        ...configuration,
        provider_config: {
          ...objectAt(configuration, "provider_config"),
          [key]: { name: "aws", alias, expressions },
        },
        root_module: {
          ...root,
          resources: jsonsOf(root["resources"]).map((resource) =>
            resource["address"] === address ? { ...resource, provider_config_key: key } : resource,
          ),
        },
      },
    };
  };

/**
 * The plan with other members of a container definition. The container definitions are the input of the companion resource of
 * `container_definitions`.
 */
export const withContainer =
  (companion: string, index: number, members: Json) =>
  (plan: Json): Json => ({
    ...plan,
    resource_changes: jsonsOf(plan["resource_changes"]).map((planned) => {
      if (planned["address"] !== companion) return planned;
      const change = objectAt(planned, "change");
      const [after, unknown] = [objectAt(change, "after"), objectAt(change, "after_unknown")];
      const known = Object.fromEntries(Object.keys(members).map((name) => [name, undefined]));
      const edit = (list: unknown, edits: Json): Json[] =>
        jsonsOf(list).map((entry, position) =>
          position === index ? { ...entry, ...edits } : entry,
        );
      return {
        ...planned,
        change: {
          ...change,
          after: { ...after, input: edit(after["input"], members) },
          after_unknown: { ...unknown, input: edit(unknown["input"], known) },
        },
      };
    }),
  });
