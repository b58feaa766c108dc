import { isObject } from "./plan-json.ts";
import type { AttributePath, Resource } from "./resource.ts";
import type { ResourceIndex } from "./resource-index.ts";
import type { SymbolicValue } from "./symbolic-value.ts";
import { isUnknown } from "./unknown.ts";

/** The argument of a data source that is the `name` of the resource. @default name */
const NAME_ARGUMENTS: Readonly<Record<string, string>> = { aws_ecs_cluster: "cluster_name" };

/** Data sources that list the IDs of resources: the type of the resources. */
const LISTED_TYPES: Readonly<Record<string, string>> = {
  aws_subnets: "aws_subnet",
  aws_security_groups: "aws_security_group",
};

/** The resources that a data source finds. */
export interface PublishedResources {
  readonly resources: readonly Resource[];
  /** Whether the data source has their IDs as a list, in any order. */
  readonly isList: boolean;
}

/** Whether a data source finds a resource; undefined if it depends on unknown values. */
type Criterion = (resource: Resource) => boolean | undefined;

type Evaluate = (resource: Resource, path: AttributePath) => SymbolicValue | undefined;

/**
 * The planned resources that a data source of the same type finds, by name, tags and VPC. A list is only known for a VPC of
 * the plan: an existing VPC can contain more resources.
 *
 * @param argumentNames the arguments in the configuration of the data source
 * @param isCandidate whether a managed resource exists when the data source is read
 * @returns undefined if the plan does not determine them
 */
export function publishedResources(
  dataSource: Resource,
  {
    argumentNames,
    resources,
    isCandidate,
    evaluate,
  }: {
    readonly argumentNames: readonly string[];
    readonly resources: ResourceIndex;
    readonly isCandidate: (resource: Resource) => boolean;
    readonly evaluate: Evaluate;
  },
): PublishedResources | undefined {
  const listed = LISTED_TYPES[dataSource.type];
  const candidates = resources
    .ofTypes([listed ?? dataSource.type])
    .filter((resource) => resource.mode === "managed" && isCandidate(resource));
  if (candidates.length === 0) return undefined;
  const criteria = new Criteria(dataSource, evaluate);
  if (argumentNames.length === 0 || !argumentNames.every((name) => criteria.add(name)))
    return undefined;
  const found: Resource[] = [];
  for (const candidate of candidates) {
    const isFound = criteria.match(candidate);
    if (isFound === undefined) return undefined;
    if (isFound) found.push(candidate);
  }
  if (listed !== undefined)
    return criteria.hasPlannedVpc ? { resources: found, isList: true } : undefined;
  return found.length === 1 ? { resources: found, isList: false } : undefined;
}

/** The criteria of a data source. */
class Criteria {
  /** Whether the resources must be in a VPC of the plan. */
  hasPlannedVpc = false;
  readonly #criteria: Criterion[] = [];
  readonly #dataSource: Resource;
  readonly #evaluate: Evaluate;

  constructor(dataSource: Resource, evaluate: Evaluate) {
    this.#dataSource = dataSource;
    this.#evaluate = evaluate;
  }

  match(resource: Resource): boolean | undefined {
    const results = new Set(this.#criteria.map((criterion) => criterion(resource)));
    if (results.has(false)) return false;
    return results.has(undefined) ? undefined : true;
  }

  /** Adds the criterion of an argument. Returns false if it is unknown. */
  add(argument: string): boolean {
    const value = this.#dataSource.value(argument);
    switch (argument) {
      case "tags":
        return (
          isObject(value) && Object.entries(value).every(([key, tag]) => this.#addTag(key, [tag]))
        );
      case "filter":
        return Array.isArray(value) && value.every((_, index) => this.#addFilter(index));
      case "vpc_id":
        return this.#addVpc(["vpc_id"]);
      case NAME_ARGUMENTS[this.#dataSource.type] ?? "name":
        if (typeof value !== "string") return false;
        this.#criteria.push((resource) => equals(resource.value("name"), [value]));
        return true;
      default:
        return false;
    }
  }

  #addFilter(index: number): boolean {
    const name = this.#dataSource.value("filter", index, "name");
    const values = this.#dataSource.value("filter", index, "values");
    if (name === "vpc-id") return this.#addVpc(["filter", index, "values", 0]);
    return (
      typeof name === "string" &&
      name.startsWith("tag:") &&
      Array.isArray(values) &&
      this.#addTag(name.slice("tag:".length), values)
    );
  }

  /** A tag with one of these values. A value with a wildcard is unknown. */
  #addTag(key: string, values: readonly unknown[]): boolean {
    if (!values.every((value) => typeof value === "string" && !/[*?\\]/.test(value))) return false;
    this.#criteria.push((resource) => {
      const own = resource.value("tags", key);
      return own === undefined || own === null
        ? equals(resource.value("tags_all", key), values)
        : equals(own, values);
    });
    return true;
  }

  #addVpc(path: AttributePath): boolean {
    const vpc = this.#plannedVpc(this.#dataSource, path);
    if (vpc === undefined) return false;
    this.hasPlannedVpc = true;
    this.#criteria.push((resource) => {
      const own = this.#plannedVpc(resource, ["vpc_id"]);
      return own === undefined ? undefined : own === vpc;
    });
    return true;
  }

  /** The managed resource whose ID an attribute has. */
  #plannedVpc(resource: Resource, path: AttributePath): Resource | undefined {
    const value = this.#evaluate(resource, path);
    const [owner, ...others] = new Set(value ? idOwners(value) : []);
    return others.length === 0 && owner?.mode === "managed" ? owner : undefined;
  }
}

/** The resources whose IDs are parts of a value. Another part has no resource. */
function idOwners(value: SymbolicValue): readonly (Resource | undefined)[] {
  switch (value.kind) {
    case "attribute":
      return [value.path[0] === "id" ? value.resource : undefined];
    case "list":
      return value.elements.flatMap(idOwners);
    case "mixed":
      return [...value.parts.flatMap(idOwners), ...value.unresolved.map(() => undefined)];
    default:
      return [undefined];
  }
}

const equals = (value: unknown, expected: readonly unknown[]): boolean | undefined =>
  isUnknown(value) ? undefined : expected.includes(value);
