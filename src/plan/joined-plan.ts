import { childModule } from "./module-address.ts";
import { isObject, type Json, jsonsOf, type PlanJson, type PlannedResource } from "./plan-json.ts";
import type { SourceBodies, SourceExpressions } from "./source-expressions.ts";

/** The plan of a root module that is checked together with others. */
export interface RootPlan {
  /** Name of the root module, such as its folder. It is unique. */
  readonly name: string;
  readonly shown: PlanJson;
  readonly sources?: SourceExpressions;
}

/** Several root modules as one plan: each is a module of an empty root module. */
export interface JoinedPlan {
  readonly shown: PlanJson;
  readonly sources: SourceExpressions;
  /** Names of the modules in the joined plan, by the names of the root modules. */
  readonly calls: ReadonlyMap<string, string>;
}

/** The name of a module call for a root module. A name in an address must not contain dots or brackets. */
const callName = (name: string): string => name.replaceAll(/[^\p{L}\p{N}_-]/gu, "_");

/**
 * Joins plans in the order in which they are applied. A root module reads the outputs of an earlier one by
 * terraform_remote_state, and its parameters by the data source aws_ssm_parameter.
 *
 * @throws RangeError if one of them is a state, or if two have the same name
 */
export function joinPlans(roots: readonly RootPlan[]): JoinedPlan {
  const calls = new Map(roots.map(({ name }) => [name, callName(name)]));
  if (new Set(calls.values()).size !== roots.length)
    throw new RangeError("two root modules have the same name");
  if (roots.some(({ shown }) => shown.kind === "state"))
    throw new RangeError("a state cannot be joined with other root modules");
  const joined = roots.map((root) => ({ ...root, call: callName(root.name) }));
  return {
    calls,
    shown: {
      kind: "plan",
      resources: joined.flatMap(({ call, shown }) => shown.resources.map(within(call))),
      deleted: joined.flatMap(({ call, shown }) => shown.deleted.map(within(call))),
      configuration: {
        module_calls: Object.fromEntries(
          joined.map(({ call, shown }, index) => [
            call,
            {
              expressions: Object.fromEntries(
                Object.entries(shown.variables).map(([name, value]) => [
                  name,
                  { constant_value: value },
                ]),
              ),
              module: withRemoteStates(shown.configuration ?? {}, joined.slice(0, index)),
            },
          ]),
        ),
        outputs: Object.assign(
          {},
          ...joined.map(({ call, shown }) =>
            Object.fromEntries(
              Object.keys(outputsOf(shown.configuration)).map((name) => [
                name,
                { expression: { references: [`module.${call}.${name}`] } },
              ]),
            ),
          ),
        ) as Json, // an object of outputs
      },
      providers: Object.assign(
        {},
        ...joined.map(({ shown }) => shown.providers).toReversed(),
      ) as Json, // the first one wins
      variables: {},
      isComplete: roots.every(({ shown }) => shown.isComplete),
    },
    sources: joinSources(joined),
  };
}

const within =
  (call: string) =>
  (resource: PlannedResource): PlannedResource => {
    const module = `module.${call}`;
    return {
      ...resource,
      address: `${module}.${resource.address}`,
      module: resource.module === "" ? module : `${module}.${resource.module}`,
    };
  };

function outputsOf(configuration: Json | undefined): Json {
  const outputs = configuration?.["outputs"];
  return isObject(outputs) ? outputs : {};
}

/** The member of a configured data source that names the module whose outputs it reads. */
export const REMOTE_STATE_CALL = "berth_remote_state_call";

/**
 * Marks each terraform_remote_state of the root module with the earlier root module that has all outputs that the configuration
 * reads from it. A data source is not marked if no root module, or more than one, has these outputs.
 */
function withRemoteStates(
  configuration: Json,
  earlier: readonly { readonly call: string; readonly shown: PlanJson }[],
): Json {
  const text = JSON.stringify(configuration);
  const resources = jsonsOf(configuration["resources"]).map((resource) => {
    const { address, type, name } = resource;
    if (type !== "terraform_remote_state") return resource;
    const read = [
      ...text.matchAll(
        new RegExp(`"data\\.terraform_remote_state\\.${String(name)}\\.outputs\\.([\\w-]+)`, "g"),
      ),
    ].map(([, output = ""]) => output);
    const [root, ...others] = earlier.filter(({ shown }) =>
      read.every((output) => output in outputsOf(shown.configuration)),
    );
    return address !== undefined && read.length > 0 && root && others.length === 0
      ? { ...resource, [REMOTE_STATE_CALL]: root.call }
      : resource;
  });
  return { ...configuration, resources };
}

const EMPTY_BODIES: SourceBodies = { locals: {}, outputs: {}, calls: {}, resources: {} };

function joinSources(
  roots: readonly { readonly call: string; readonly sources?: SourceExpressions }[],
): SourceExpressions {
  const merge = <T>(
    entriesOf: (sources: SourceExpressions) => Readonly<Record<string, T>>,
  ): Record<string, T> =>
    Object.fromEntries(
      roots.flatMap(({ call, sources }) =>
        Object.entries(sources ? entriesOf(sources) : {}).map(([key, value]) => [
          key.startsWith("module.") ? `module.${call}.${key}` : `${childModule("", call)}${key}`,
          value,
        ]),
      ),
    );
  return {
    locals: merge(({ locals }) => locals),
    attributes: merge(({ attributes }) => attributes),
    // The keys of this record contain only the module, without "|".
    secretKeys: merge(({ secretKeys }) => secretKeys),
    bodies: {
      locals: merge(({ bodies = EMPTY_BODIES }) => bodies.locals),
      outputs: merge(({ bodies = EMPTY_BODIES }) => bodies.outputs),
      calls: merge(({ bodies = EMPTY_BODIES }) => bodies.calls),
      resources: merge(({ bodies = EMPTY_BODIES }) => bodies.resources),
    },
  };
}
