import type { Configuration } from "./configuration.ts";
import { childModule } from "./module-address.ts";
import { isObject, type Json, jsonsOf, type PlanJson, type PlannedResource } from "./plan-json.ts";
import type { SourceBodies, SourceExpressions } from "./source-expressions.ts";

/** The plan of a root module that is checked together with others. */
export interface RootPlan {
  /** Name of the root module, such as its folder. It is unique. */
  readonly name: string;
  readonly shown: PlanJson;
  readonly sources?: SourceExpressions;
  /**
   * The file in which the plans of later root modules expect its state. A terraform_remote_state of such a plan reads the
   * root module with this file. @default unknown: the outputs that it reads decide
   */
  readonly stateFile?: string;
}

/** Several root modules as one plan: each is a module of an empty root module. */
export interface JoinedPlan {
  readonly shown: PlanJson;
  readonly sources: SourceExpressions;
  /** Names of the modules in the joined plan, by the names of the root modules. */
  readonly calls: ReadonlyMap<string, string>;
}

/** The names of the module calls for root modules: addresses contain no dots or brackets in names. */
function callsOf(roots: readonly RootPlan[]): Map<string, string> {
  const calls = new Map<string, string>();
  for (const { name } of roots) {
    if (calls.has(name)) throw new RangeError(`two root modules have the name ${name}`);
    let call = name.replaceAll(/[^\p{L}\p{N}_-]/gu, "_");
    while ([...calls.values()].includes(call)) call += "_";
    calls.set(name, call);
  }
  return calls;
}

/**
 * Joins plans in the order in which they are applied. A root module reads the outputs of an earlier one by
 * terraform_remote_state, and its parameters by the data source aws_ssm_parameter.
 *
 * @throws RangeError if one of them is a state, or if two have the same name
 */
export function joinPlans(roots: readonly RootPlan[]): JoinedPlan {
  const calls = callsOf(roots);
  if (roots.some(({ shown }) => shown.kind === "state"))
    throw new RangeError("a state cannot be joined with other root modules");
  const joined = roots.map((root) => ({ ...root, call: calls.get(root.name) ?? root.name }));
  return {
    calls,
    shown: {
      kind: "plan",
      resources: joined.flatMap(({ call, shown }) => shown.resources.map(within(call))),
      deleted: joined.flatMap(({ call, shown }) => shown.deleted.map(within(call))),
      configuration: {
        module_calls: Object.fromEntries(
          joined.map(({ call, shown, stateFile }, index) => [
            call,
            {
              [ROOT_ORDER]: index,
              expressions: Object.fromEntries(
                Object.entries(shown.variables).map(([name, value]) => [
                  name,
                  { constant_value: value },
                ]),
              ),
              module:
                stateFile === undefined
                  ? withLikelyStates(shown.configuration ?? {}, joined.slice(0, index))
                  : withKnownStates(shown.configuration ?? {}, joined.slice(0, index)),
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

/** The member of the call of a joined root module with its position in the order in which they are applied. */
const ROOT_ORDER = "berth_root_order";

/**
 * The position of the root module that contains a module, in the order in which they are applied; undefined if the plan is not joined.
 *
 * @param module the address of a module, with or without keys
 */
export function rootOrderOf(configuration: Configuration, module: string): number | undefined {
  const [, call = ""] = /^module\.([^.[]+)/.exec(module) ?? [];
  const order = configuration.moduleCall("", call)?.[ROOT_ORDER];
  return typeof order === "number" ? order : undefined;
}

/** The member of a configured data source that names the module whose outputs it reads. */
export const REMOTE_STATE_CALL = "berth_remote_state_call";

interface EarlierRoot {
  readonly call: string;
  readonly shown: PlanJson;
  readonly stateFile?: string;
}

/** Marks each terraform_remote_state of a module with the call of the root module that it reads. */
const withRemoteStates = (
  module: Json,
  callFor: (dataSource: Json) => string | undefined,
): readonly Json[] =>
  jsonsOf(module["resources"]).map((resource) => {
    if (resource["type"] !== "terraform_remote_state") return resource;
    const call = callFor(resource);
    return call === undefined ? resource : { ...resource, [REMOTE_STATE_CALL]: call };
  });

/** Marks the data sources of a planned folder, which read a state file of an earlier root module. */
function withKnownStates(module: Json, earlier: readonly EarlierRoot[]): Json {
  const calls = module["module_calls"];
  return {
    ...module,
    resources: withRemoteStates(module, ({ expressions }) => {
      const path = constantIn(expressions, "config", "path");
      return earlier.find(({ stateFile }) => stateFile !== undefined && stateFile === path)?.call;
    }),
    ...(isObject(calls)
      ? {
          module_calls: Object.fromEntries(
            Object.entries(calls).map(([name, call]) => [
              name,
              isObject(call) && isObject(call["module"])
                ? { ...call, module: withKnownStates(call["module"], earlier) }
                : call,
            ]),
          ),
        }
      : {}),
  };
}

/** A key of an argument whose value is a constant object. */
function constantIn(expressions: unknown, argument: string, key: string): unknown {
  const expression = isObject(expressions) ? expressions[argument] : undefined;
  const value = isObject(expression) ? expression["constant_value"] : undefined;
  return isObject(value) ? value[key] : undefined;
}

/**
 * Marks each terraform_remote_state of the root module with the earlier root module that has all outputs that the configuration
 * reads from it. A data source is not marked if no root module, or more than one, has these outputs.
 */
function withLikelyStates(configuration: Json, earlier: readonly EarlierRoot[]): Json {
  const text = JSON.stringify(configuration);
  const resources = withRemoteStates(configuration, ({ name }) => {
    const read = [
      ...text.matchAll(
        new RegExp(`"data\\.terraform_remote_state\\.${String(name)}\\.outputs\\.([\\w-]+)`, "g"),
      ),
    ].map(([, output = ""]) => output);
    const [root, ...others] = earlier.filter(({ shown }) =>
      read.every((output) => output in outputsOf(shown.configuration)),
    );
    return read.length > 0 && others.length === 0 ? root?.call : undefined;
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
    // The keys of these records contain only the module, without "|".
    secretKeys: merge(({ secretKeys }) => secretKeys),
    secretSelectors: merge(({ secretSelectors = {} }) => secretSelectors),
    bodies: {
      locals: merge(({ bodies = EMPTY_BODIES }) => bodies.locals),
      outputs: merge(({ bodies = EMPTY_BODIES }) => bodies.outputs),
      calls: merge(({ bodies = EMPTY_BODIES }) => bodies.calls),
      resources: merge(({ bodies = EMPTY_BODIES }) => bodies.resources),
      templates: merge(({ bodies = EMPTY_BODIES }) => bodies.templates ?? {}),
    },
  };
}
