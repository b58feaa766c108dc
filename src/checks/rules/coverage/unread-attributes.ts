import { type AttributePath, isObject, isUnknown, type Json, type Resource } from "../../../plan/index.ts";
import {
  pullThroughRuleOf,
  ROLE_TYPES,
  TASK_DEFINITION_TYPES,
  taskDefinitionOf,
  type Workload,
} from "../../../topology/index.ts";
import {
  attributeStatus,
  containerKeyCoverage,
  coverageOf,
  entriesOf,
  isBlock,
  type TypeCoverage,
} from "../../attribute-coverage/index.ts";
import {
  type Check,
  type CheckContext,
  type CheckOutcome,
  pass,
  type Question,
  type Severity,
} from "../../engine/check.ts";
import { relatedAddresses } from "../../shared/related-addresses.ts";

export const unreadAttributesCheck: Check = {
  id: "unread-attributes",
  question: "other",
  title: "No resource sets an attribute that Berth does not read and that may change an answer",
  severity: "error",
  ids: [],
  explanation:
    "The checks read some attributes of a resource, and others cannot change an answer. The result is unknown if a resource that matters for a service sets any other attribute, such as one of a newer version of the AWS provider.",
  sources: ["Terraform Registry, the page of each resource type"],
  *run(context) {
    const { network, plan } = context;
    const unread = plan.resources.flatMap((resource) => unreadOf(resource));
    for (const workload of network.workloads) {
      const ofWorkload = unread.filter(({ resource, coverage }) =>
        concerns(context, workload, resource, coverage),
      );
      yield pass(workload.name);
      for (const { resource, path, question } of ofWorkload)
        yield {
          answer: "unknown",
          address: workload.name,
          missingFact:
            path === "*"
              ? `${resource.address}: Berth does not read resources of this type`
              : `${resource.address}: ${path} is set, and Berth does not read it`,
          question,
          severity: severityOf(question),
        } satisfies CheckOutcome;
    }
  },
};

/** A task starts and receives traffic with any answer to these questions. */
const severityOf = (question: Question): Severity =>
  question === "isolation" || question === "other" ? "warning" : "error";

/** An attribute that is set and that no check reads; "*" for a type of which no check reads anything. */
interface UnreadAttribute {
  readonly resource: Resource;
  readonly coverage: TypeCoverage;
  readonly path: string;
  readonly question: Question;
}

function unreadOf(resource: Resource): UnreadAttribute[] {
  const coverage = resource.mode === "managed" ? coverageOf(resource.type) : undefined;
  if (!coverage) return [];
  const { question } = coverage;
  if (entriesOf(coverage).has("*")) return [{ resource, coverage, path: "*", question }];
  const ofContainers = TASK_DEFINITION_TYPES.includes(resource.type)
    ? containersOf(resource).flatMap((json) => unreadIn(json, containerKeyCoverage, CONTAINER))
    : [];
  return [
    ...unreadIn(configuredValues(resource, coverage), coverage, {
      reportsUnlisted: resource.isInPlan,
      isSet: (place) => isSetTo(resource, place),
    }),
    ...ofContainers.map(({ path, ...rest }) => ({ ...rest, path: `container_definitions.${path}` })),
  ].map((attribute) => ({ resource, coverage, ...attribute }));
}

/** Container definitions of a task definition. ECS ignores keys that it does not know: they are failure TD-19. */
function containersOf(resource: Resource): Json[] {
  return taskDefinitionOf(resource.plan, resource).containers.flatMap(({ json }) => (json ? [json] : []));
}

/**
 * The values that the configuration of a resource sets, without those that the checks read. A state has no configuration: it
 * contains values that AWS has set, so only attributes that the table lists are read from it.
 */
function configuredValues(resource: Resource, coverage: TypeCoverage): Json {
  const names = resource.attributeNames.filter(
    (name) =>
      attributeStatus(coverage, name).kind === "unread" &&
      (!resource.isInPlan || resource.isConfigured(name)),
  );
  return Object.fromEntries(names.map((name) => [name, resource.valueWithUnknowns(name)]));
}

interface Reading {
  /** Whether an attribute that the table does not contain counts. */
  readonly reportsUnlisted: boolean;
  /** Whether the configuration sets an attribute with an unknown value. */
  readonly isSet: (place: AttributePath) => boolean;
}

const CONTAINER: Reading = { reportsUnlisted: false, isSet: () => true };

/**
 * Whether the configuration sets an attribute whose value is known after apply. AWS sets an attribute whose expression is null,
 * and such an expression refers to no resource.
 */
function isSetTo(resource: Resource, place: AttributePath): boolean {
  if (!resource.hasExpression(...place)) return false;
  const { references, unresolved } = resource.referencesIn(...place);
  return (
    references.length > 0 ||
    unresolved.some((name) => !/^(var|local|each|count|path|self|terraform)\b/.test(name))
  );
}

function unreadIn(
  values: Json,
  coverage: TypeCoverage,
  { reportsUnlisted, isSet }: Reading,
): Pick<UnreadAttribute, "path" | "question">[] {
  const found = new Map<string, Question>();
  const visit = (value: unknown, path: string, place: AttributePath): void => {
    if (isEmptyValue(value)) return;
    const status = attributeStatus(coverage, path);
    if (status.kind === "irrelevant") return;
    if (isUnknown(value) && isBlock(coverage, path)) {
      for (const [other, entry] of entriesOf(coverage)) {
        const rest = other.startsWith(`${path}.`) ? other.slice(path.length + 1).split(".") : [];
        if (rest.length > 0 && entry.kind === "unread" && isSet([...place, ...rest]))
          found.set(other, entry.question);
      }
      return;
    }
    if (isUnknown(value) && (status.kind === "read" || !isSet(place))) return;
    if (Array.isArray(value) && value.some(isObject)) {
      for (const [index, entry] of value.entries()) visit(entry, path, [...place, index]);
    } else if (isObject(value) && !isUnknown(value) && !isLeaf(coverage, path)) {
      for (const [name, entry] of Object.entries(value))
        visit(entry, `${path}.${name}`, [...place, name]);
    } else if (status.kind === "unread" && (status.isListed || reportsUnlisted)) {
      const hasEffect =
        status.unless.length > 0
          ? !status.unless.some((other) => JSON.stringify(other) === JSON.stringify(value))
          : !status.isListed || hasContent(value);
      if (hasEffect) found.set(path, status.question);
    }
  };
  for (const [name, value] of Object.entries(values)) visit(value, lowerFirst(name), [name]);
  return [...found].map(([path, question]) => ({ path, question }));
}

/** ECS accepts the keys of a container definition with a capital letter. */
const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/** True for a block or a map that the table lists as a whole. */
const isLeaf = (coverage: TypeCoverage, path: string): boolean =>
  entriesOf(coverage).has(path) && !isBlock(coverage, path);

/** False for a value with which most attributes have no effect, and for a block of such values. */
function hasContent(value: unknown): boolean {
  if (isUnknown(value)) return true;
  if (typeof value === "object" && value !== null) return Object.values(value).some(hasContent);
  return value !== undefined && value !== null && value !== false && value !== "";
}

const isEmptyValue = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === "" ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && !isUnknown(value) && Object.keys(value).length === 0);

/** Whether a resource matters for a workload. */
function concerns(
  context: CheckContext,
  workload: Workload,
  resource: Resource,
  { scope }: TypeCoverage,
): boolean {
  const { plan, network } = context;
  switch (scope) {
    case "account":
      return true;
    case "vpc":
      return workload.subnets.items.some(({ vpc }) => {
        const target = vpc === undefined ? undefined : plan.resourceAt(vpc);
        return !target || target === resource || resource.dependsOn(target);
      });
    case "workload":
      return uses(context, workload, resource);
    case "role":
      return ROLE_TYPES.includes(resource.type)
        ? uses(context, workload, resource)
        : resource
            .referencesTo(ROLE_TYPES, resource.value("role_name") === undefined ? "role" : "role_name")
            .references.some((reference) => uses(context, workload, reference.resource));
    case "route-target":
      return workload.subnets.items.some((subnet) => {
        const table = network.routeTables.of(subnet);
        return (
          !isUnknown(table) &&
          table.routes.some(({ target }) =>
            target.references.some((reference) => reference.resource === resource),
          )
        );
      });
    case "pull-through": {
      const { definition } = workload;
      return (
        definition !== undefined &&
        !isUnknown(definition) &&
        definition.containers.some(({ image }) => pullThroughRuleOf(plan, image) !== undefined)
      );
    }
  }
}

/** True if a workload or its task definition depends on a resource, or is related to it in another way. */
function uses(context: CheckContext, workload: Workload, resource: Resource): boolean {
  const { definition } = workload;
  if (relatedAddresses(context, workload).has(resource.address)) return true;
  return [
    workload.resource,
    definition === undefined || isUnknown(definition) ? undefined : definition.resource,
  ].some((user) => user !== undefined && (user === resource || user.dependsOn(resource)));
}
