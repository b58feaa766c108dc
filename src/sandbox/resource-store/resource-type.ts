import type { Context, Operation, Operations, ValidInput } from "../core/operation.ts";
import { page } from "../core/operation.ts";
import { isNamedBy } from "../core/named-by.ts";
import type { Input } from "../core/service.ts";
import type { Table } from "../core/table.ts";
import { type Scope, table, type TableKey } from "../core/tables.ts";
import { tagEntries } from "../core/tags.ts";
import type { AwsError } from "../protocol/errors.ts";
import {
  memberWithStructure,
  requestMembers,
  responseStructure,
  returnableMembers,
} from "./model-members.ts";

type Output = Readonly<Record<string, unknown>>;
type TagMap = Readonly<Record<string, string>>;

/** A change that AWS completes in the background. */
export type Transition = "create" | "change" | "delete";

/** A resource of which the sandbox keeps the members. */
export interface StoredResource<Members extends object = object> {
  /** Its key in the table: the name, or the ID that the service has given to it. */
  readonly id: string;
  readonly arn: string;
  /** The members of accepted requests and those that AWS adds, by their names in responses. */
  readonly members: Readonly<Partial<Members>>;
  readonly tags: TagMap;
  readonly created: Date;
  /** The change that is not complete, and when it started. */
  readonly pending?: { readonly change: Transition; readonly since: Date };
}

/** The states of a resource whose changes take time. */
export interface States {
  /** The member of the structure with the state. */
  readonly member: string;
  /** State of a resource without a pending change. */
  readonly ready: string;
  /** State and duration in seconds of each change that is not immediate. */
  readonly pending: Readonly<
    Partial<Record<Transition, { readonly state: string; readonly seconds: number }>>
  >;
  /** The error for a change of a resource that is not ready. Undefined if the service accepts the change. */
  readonly busy?: (id: string, state: string) => AwsError;
}

/** A type of resources that the sandbox stores without their effects. */
export interface ResourceDeclaration<Members extends object> {
  /** Signing name of the service. */
  readonly service: string;
  /** Name of the table, such as rds/db-instance. */
  readonly table: string;
  /** @default region */
  readonly scope?: Scope;
  /** The structure in responses that describes a resource, such as DBInstance. */
  readonly structure: string;
  /** The member that identifies a resource in requests. */
  readonly identifier: string;
  /** The ID of a resource by what a request contains. @default the value itself */
  readonly normalize?: (identifier: string) => string;
  /**
   * The ID by the whole request, if several members identify a resource. For a request that creates one, the ID ends with
   * `*`.
   *
   * @default the identifier
   */
  readonly identify?: (input: Input) => string;
  readonly arn: (context: Context, id: string) => string;
  readonly notFound: (identifier: string) => AwsError;
  /** The error for the identifier of an existing resource. Undefined if the service gives the ID. */
  readonly exists?: (id: string) => AwsError;
  readonly states?: States;
  /** Members of a response that are determined when they are read. */
  readonly describe?: (
    context: Context,
    resource: StoredResource<Members>,
  ) => Readonly<Partial<Members>>;
  /** Runs when the resource has disappeared, such as to delete its network interfaces. */
  readonly removed?: (context: Context, resource: StoredResource<Members>) => void;
  /** False for a resource that every account has, such as a default parameter group. */
  readonly isCreated?: (resource: StoredResource<Members>) => boolean;
}

/** What is specific to one operation. */
interface OperationOptions<Request extends object> {
  /** Members of the request that `values` and other functions handle. They are not kept under their names. */
  readonly supports?: readonly (keyof Request & string)[];
  /** Members that are kept and that the sandbox acts on. All other kept members have no effect. */
  readonly effective?: readonly (keyof Request & string)[];
  /** Members that the structure returns, and that the sandbox rejects. */
  readonly rejects?: readonly (keyof Request & string)[];
  /** Other resources that the caller needs permission for: member of the request, and type. */
  readonly alsoUses?: readonly (readonly [keyof Request & string, AnyResourceType])[];
}

interface RespondOptions<Request extends object, Members extends object> {
  /** @default the structure in the member of the response that has this type */
  readonly respond?: (
    context: Context,
    resource: StoredResource<Members>,
    input: ValidInput<Request>,
  ) => object;
}

/** The operation that creates a resource. */
export interface CreateOptions<Request extends object, Members extends object>
  extends OperationOptions<Request>, RespondOptions<Request, Members> {
  /** The ID of the new resource. @default the identifier in the request */
  readonly id?: (context: Context, input: ValidInput<Request>) => string;
  /** Checks the request. Returns the members that AWS adds, or whose names differ from those in the request. */
  readonly values?: (
    context: Context,
    input: ValidInput<Request>,
    id: string,
  ) => Readonly<Partial<Members>>;
  /** The tags in a request. @default those in the member Tags or tags */
  readonly tagsIn?: (input: ValidInput<Request>) => unknown;
  /** Runs when the resource is stored. */
  readonly created?: (
    context: Context,
    resource: StoredResource<Members>,
    input: ValidInput<Request>,
  ) => void;
}

/** An operation that changes a resource. */
export interface ChangeOptions<Request extends object, Members extends object>
  extends OperationOptions<Request>, RespondOptions<Request, Members> {
  /** Checks the request. Returns the members that change in addition to those of the request. */
  readonly values?: (
    context: Context,
    input: ValidInput<Request>,
    resource: StoredResource<Members>,
  ) => Readonly<Partial<Members>>;
  /** Members that a request removes. */
  readonly removes?: (input: ValidInput<Request>) => readonly (keyof Members & string)[];
  /** True if a request replaces all members that it can have: those that it omits are removed. */
  readonly replaces?: true;
}

/** The operation that deletes a resource. */
export interface DeleteOptions<Request extends object, Members extends object>
  extends OperationOptions<Request>, RespondOptions<Request, Members> {
  /** Rejects the deletion, such as of a resource in use. */
  readonly check?: (
    context: Context,
    input: ValidInput<Request>,
    resource: StoredResource<Members>,
  ) => void;
}

/** An operation that reads one resource. */
export interface ReadOptions<Request extends object, Members extends object>
  extends OperationOptions<Request>, RespondOptions<Request, Members> {}

/** An operation that lists resources. */
export interface ListOptions<
  Request extends object,
  Members extends object,
> extends OperationOptions<Request> {
  /** The member of the response with the list. */
  readonly result: string;
  /** The members of request and response with the token, and the number of resources in a page. */
  readonly page: {
    readonly token: string;
    readonly nextToken?: string;
    readonly size: string;
    readonly defaultSize: number;
    /** Checks the size of a request. @throws AwsError */
    readonly checkSize?: (size: number) => void;
  };
  /** True if a request never has the identifier of one resource. */
  readonly isOfAll?: true;
  /** Whether a request selects a resource. */
  readonly selects?: (resource: StoredResource<Members>, input: ValidInput<Request>) => boolean;
  /** @default the structure */
  readonly entry?: (
    context: Context,
    resource: StoredResource<Members>,
    input: ValidInput<Request>,
  ) => object;
}

/** What the permissions, the tags and the background work of a service need of its types. */
export interface AnyResourceType {
  readonly table: { readonly name: string };
  readonly arn: (context: Context, identifier: string) => string;
  /** The ARNs for which an operation needs permission. Undefined for an operation of another type. */
  arnsFor(context: Context, operation: string, input: Input): readonly string[] | undefined;
  /** Completes the changes of resources that have taken their time. */
  completeChanges(context: Context): void;
  /** The tags of the resource with an ARN; undefined if it does not exist. */
  tagsOf(context: Context, arn: string): TagMap | undefined;
  setTags(context: Context, arn: string, tags: TagMap): void;
}

const withoutUndefined = (values: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

const pick = (input: Output, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    names.flatMap((name) => (input[name] === undefined ? [] : [[name, input[name]]])),
  );

/**
 * A type of resources whose operations are generated from the model of the service: members of a request that the
 * description of the resource also has are kept and returned. Any other member is rejected, unless the operation
 * declares it.
 *
 * @example
 * const groups = new ResourceType<DBParameterGroup>({ service: "rds", structure: "DBParameterGroup", … });
 * const operations = { ...groups.create("CreateDBParameterGroup"), ...groups.delete("DeleteDBParameterGroup") };
 */
export class ResourceType<Members extends object> implements AnyResourceType {
  readonly table: TableKey<StoredResource<Members>>;
  readonly #declaration: ResourceDeclaration<Members>;
  /** The ARNs of the resources of a request, by operation. */
  readonly #arns = new Map<string, (context: Context, input: Input) => readonly string[]>();

  constructor(declaration: ResourceDeclaration<Members>) {
    this.#declaration = declaration;
    this.table = table(declaration.table, {
      scope: declaration.scope ?? "region",
      exists: (row: StoredResource<Members>) => declaration.isCreated?.(row) ?? true,
    });
  }

  in(context: Context): Table<StoredResource<Members>> {
    return context.in(this.table);
  }

  readonly arn = (context: Context, identifier: string): string =>
    this.#declaration.arn(context, this.#normalize(identifier));

  #normalize(identifier: string): string {
    return this.#declaration.normalize?.(identifier) ?? identifier;
  }

  find(context: Context, identifier: string): StoredResource<Members> | undefined {
    const resource = this.in(context).get(this.#normalize(identifier));
    return resource && isNamedBy(resource, identifier) ? resource : undefined;
  }

  /** @throws AwsError the NotFound error of the type */
  require(context: Context, identifier: string): StoredResource<Members> {
    const resource = this.find(context, identifier);
    if (resource === undefined) throw this.#declaration.notFound(identifier);
    return resource;
  }

  /** Stores a resource. */
  put(context: Context, resource: StoredResource<Members>): StoredResource<Members> {
    return this.in(context).put(resource.id, resource);
  }

  /** Changes members of a resource. A member that is undefined keeps its value. */
  update(
    context: Context,
    resource: StoredResource<Members>,
    members: Readonly<Partial<Members>>,
  ): StoredResource<Members> {
    return this.put(context, {
      ...resource,
      members: { ...resource.members, ...(withoutUndefined(members) as Partial<Members>) },
    });
  }

  /** The state of a resource. Empty if the type has no states. */
  stateOf(resource: StoredResource<Members>): string {
    const { states } = this.#declaration;
    if (states === undefined) return "";
    const pending = resource.pending && states.pending[resource.pending.change];
    return pending?.state ?? states.ready;
  }

  /** The structure that describes a resource in responses. */
  describe(context: Context, resource: StoredResource<Members>): Record<string, unknown> {
    const { service, structure, identifier, states, describe } = this.#declaration;
    const described: Record<string, unknown> = {
      [identifier]: resource.id,
      ...resource.members,
      ...(states === undefined ? {} : { [states.member]: this.stateOf(resource) }),
      ...describe?.(context, resource),
    };
    const { m } = responseStructure(service, structure);
    return Object.fromEntries(Object.entries(described).filter(([name]) => Object.hasOwn(m, name)));
  }

  arnsFor(context: Context, operation: string, input: Input): readonly string[] | undefined {
    return this.#arns.get(operation)?.(context, input);
  }

  #withArn(context: Context, arn: string): StoredResource<Members> | undefined {
    return this.in(context).find((resource) => resource.arn === arn);
  }

  tagsOf(context: Context, arn: string): TagMap | undefined {
    return this.#withArn(context, arn)?.tags;
  }

  setTags(context: Context, arn: string, tags: TagMap): void {
    const resource = this.#withArn(context, arn);
    if (resource) this.put(context, { ...resource, tags });
  }

  completeChanges(context: Context): void {
    const { states, removed } = this.#declaration;
    if (states === undefined) return;
    for (const resource of this.in(context).all()) {
      const { pending, ...completed } = resource;
      if (pending === undefined) continue;
      const seconds = states.pending[pending.change]?.seconds ?? 0;
      if (!context.isPast(pending.since, seconds)) continue;
      if (pending.change !== "delete") {
        this.put(context, completed);
        continue;
      }
      this.in(context).delete(resource.id);
      removed?.(context, resource);
    }
  }

  create<Request extends object>(
    name: string,
    options: CreateOptions<Request, Members> = {},
  ): Operations {
    const { identifier, exists } = this.#declaration;
    const run = (context: Context, input: ValidInput<Request> & Input): Output => {
      const id = options.id?.(context, input) ?? this.#normalize(String(input[identifier]));
      const values = options.values?.(context, input, id) ?? {};
      if (exists && this.in(context).has(id)) throw exists(id);
      const resource = this.put(context, {
        id,
        arn: this.#declaration.arn(context, id),
        members: {
          ...pick(input, this.#kept(name, options)),
          ...withoutUndefined(values),
        } as Partial<Members>, // the model has the same types in the request and in the structure
        tags: Object.fromEntries(
          tagEntries(options.tagsIn?.(input) ?? input["Tags"] ?? input["tags"]),
        ),
        created: context.now,
        ...this.#pending(context, "create"),
      });
      options.created?.(context, resource, input);
      return this.#response(context, name, options, resource, input);
    };
    return this.#operation(name, options, ["Tags", "tags", identifier], run);
  }

  read<Request extends object>(
    name: string,
    options: ReadOptions<Request, Members> = {},
  ): Operations {
    return this.#operation<Request>(
      name,
      { ...options, rejects: [] },
      [this.#declaration.identifier],
      (context, input) =>
        this.#response(context, name, options, this.#requireIn(context, input), input),
      () => [],
    );
  }

  change<Request extends object>(
    name: string,
    options: ChangeOptions<Request, Members> = {},
  ): Operations {
    const run = (context: Context, input: ValidInput<Request> & Input): Output => {
      const resource = this.#requireReady(context, input);
      const values = options.values?.(context, input, resource) ?? {};
      const kept = this.#kept(name, options);
      const removed = new Set<string>([
        ...(options.replaces ? kept : []),
        ...(options.removes?.(input) ?? []),
      ]);
      const others = Object.entries(resource.members).filter(([member]) => !removed.has(member));
      const changed = this.update(
        context,
        {
          ...resource,
          members: Object.fromEntries(others) as Partial<Members>, // some of the members
          ...this.#pending(context, "change"),
        },
        { ...pick(input, kept), ...withoutUndefined(values) } as Partial<Members>, // as in create
      );
      return this.#response(context, name, options, changed, input);
    };
    return this.#operation(name, options, [this.#declaration.identifier], run);
  }

  delete<Request extends object>(
    name: string,
    options: DeleteOptions<Request, Members> = {},
  ): Operations {
    const { removed, identifier } = this.#declaration;
    const run = (context: Context, input: ValidInput<Request> & Input): Output => {
      const resource = this.#requireReady(context, input);
      options.check?.(context, input, resource);
      const pending = this.#pending(context, "delete");
      const deleted = { ...resource, ...pending };
      if (pending.pending) this.put(context, deleted);
      else this.in(context).delete(resource.id);
      const response = this.#response(context, name, options, deleted, input);
      if (!pending.pending) removed?.(context, resource);
      return response;
    };
    return this.#operation(name, options, [identifier], run, () => []);
  }

  list<Request extends object>(name: string, options: ListOptions<Request, Members>): Operations {
    const { identifier } = this.#declaration;
    const { token, size, defaultSize, nextToken = token } = options.page;
    const describeEntry: NonNullable<ListOptions<Request, Members>["entry"]> = (
      context,
      resource,
    ) => this.describe(context, resource);
    const entry = options.entry ?? describeEntry;
    return this.#operation<Request>(
      name,
      options,
      [identifier, token, size],
      (context, input) => {
        const selected =
          options.isOfAll || input[identifier] === undefined
            ? this.in(context).all()
            : [this.#requireIn(context, input)];
        const limit = input[size];
        if (typeof limit === "number") options.page.checkSize?.(limit);
        const { items, next } = page(
          selected.filter((resource) => options.selects?.(resource, input) ?? true),
          typeof limit === "number" ? limit : defaultSize,
          typeof input[token] === "string" ? input[token] : undefined,
        );
        return {
          [options.result]: items.map((item) => entry(context, item, input)),
          ...(next === undefined ? {} : { [nextToken]: next }),
        };
      },
      () => [],
    );
  }

  /** The identifier in a request; `*` if it has none. */
  #identifierIn(input: Input): string {
    const { identify, identifier } = this.#declaration;
    const value = input[identifier];
    return identify?.(input) ?? (typeof value === "string" ? value : "*");
  }

  #requireIn(context: Context, input: Input): StoredResource<Members> {
    return this.require(context, this.#identifierIn(input));
  }

  #requireReady(context: Context, input: Input): StoredResource<Members> {
    const resource = this.#requireIn(context, input);
    const busy = this.#declaration.states?.busy;
    if (busy && resource.pending) throw busy(resource.id, this.stateOf(resource));
    return resource;
  }

  #pending(context: Context, change: Transition): Pick<StoredResource, "pending"> {
    return this.#declaration.states?.pending[change] === undefined
      ? {}
      : { pending: { change, since: context.now } };
  }

  /** The members of a request that are kept under their names. */
  #kept(name: string, { rejects = [], supports = [] }: OperationOptions<never>): string[] {
    const { service, structure } = this.#declaration;
    const excluded = new Set<string>([...rejects, ...supports]);
    return returnableMembers(service, name, structure).filter((member) => !excluded.has(member));
  }

  #response<Request extends object>(
    context: Context,
    name: string,
    { respond }: RespondOptions<Request, Members>,
    resource: StoredResource<Members>,
    input: ValidInput<Request>,
  ): Output {
    if (respond) return respond(context, resource, input) as Output;
    const { service, structure } = this.#declaration;
    const member = memberWithStructure(service, name, structure);
    return member === undefined ? {} : { [member]: this.describe(context, resource) };
  }

  #operation<Request extends object>(
    name: string,
    options: OperationOptions<Request>,
    standard: readonly string[],
    run: (context: Context, input: ValidInput<Request> & Input) => Output,
    kept: () => readonly string[] = () => this.#kept(name, options),
  ): Operations {
    const { service } = this.#declaration;
    this.#arns.set(name, (context, input) => [
      this.arn(context, this.#identifierIn(input)),
      ...(options.alsoUses ?? []).flatMap(([member, type]) => {
        const value = (input as Record<string, unknown>)[member];
        return typeof value === "string" ? [type.arn(context, value)] : [];
      }),
    ]);
    const effective: readonly string[] = options.effective ?? [];
    let stored: readonly string[] | undefined;
    let supported: readonly string[] | undefined;
    const storedParameters = (): readonly string[] =>
      (stored ??= kept().filter(
        (member) => !standard.includes(member) && !effective.includes(member),
      ));
    const operation: Operation = {
      get storedParameters() {
        return storedParameters();
      },
      get supportedParameters() {
        return (supported ??= [
          ...new Set([
            ...standard.filter((member) => Object.hasOwn(requestMembers(service, name), member)),
            ...(options.supports ?? []),
            ...effective,
            ...storedParameters(),
          ]),
        ]);
      },
      run: (context, input) => run(context, input as never), // decoded against the model of this operation
    };
    return { [name]: operation };
  }
}
