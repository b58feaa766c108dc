import { createHash } from "node:crypto";
import { formatArn } from "../../aws/arn.ts";
import { type Partition, partitionOf } from "../../aws/regions.ts";
import type { Caller } from "../authorization/callers.ts";
import type { SandboxSettings } from "../settings.ts";
import type { AccountRegion, Store, TableKey } from "./store.ts";
import type { Table } from "./table.ts";

/** What an operation may use: its place, the tables, the clock, ids, who calls, and the laws. */
export class Context implements AccountRegion {
  readonly account: string;
  readonly region: string;
  readonly partition: Partition;
  /** The moment of the request, by the sandbox's clock. */
  readonly now: Date;
  readonly caller: Caller;
  readonly settings: SandboxSettings;
  readonly #store: Store;

  constructor(
    store: Store,
    accountRegion: AccountRegion,
    now: Date,
    caller: Caller,
    settings: SandboxSettings,
  ) {
    this.account = accountRegion.account;
    this.region = accountRegion.region;
    this.partition = partitionOf(accountRegion.region);
    this.now = now;
    this.caller = caller;
    this.settings = settings;
    this.#store = store;
  }

  /** The same moment in another account or region. */
  at(accountRegion: Partial<AccountRegion>): Context {
    const accountAndRegion = { account: this.account, region: this.region, ...accountRegion };
    return new Context(this.#store, accountAndRegion, this.now, this.caller, this.settings);
  }

  /** The same place at another moment. */
  when(now: Date): Context {
    return new Context(this.#store, this, now, this.caller, this.settings);
  }

  /** True once so many seconds have gone by since a moment; at the pace `instant` they have. */
  isPast(since: Date, seconds: number): boolean {
    return (
      this.settings.pace === "instant" || this.now.getTime() >= since.getTime() + seconds * 1000
    );
  }

  in<Row>(key: TableKey<Row>): Table<Row> {
    return this.#store.in(key, this);
  }

  /** Hexadecimal digits never given before in this world. */
  hex(length: number): string {
    const { count, salt } = this.#store.unique();
    return createHash("sha256").update(`${salt}/${count}`).digest("hex").slice(0, length);
  }

  /** An id as EC2 gives them: vpc-0a1b2c3d4e5f60718. */
  id(prefix: string): string {
    return this.#store.takeExpectedId(prefix) ?? `${prefix}-0${this.hex(16)}`;
  }

  uuid(): string {
    const expected = this.#store.takeExpectedId("uuid");
    if (expected !== undefined) return expected;
    return this.hex(32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  arn(service: string, resource: string): string {
    return formatArn(service, this.region, this.account, resource);
  }
}

/** An input after the wire has checked it: required members are there. */
export type ValidInput<Input> = {
  [Key in keyof Input]: object extends Pick<Input, Key>
    ? Input[Key]
    : Exclude<Input[Key], undefined>;
};

/** An operation, and the members of its input that it heeds: any other that a client sends is refused by name. */
export interface Operation {
  readonly supportedParameters: readonly string[];
  run(context: Context, input: Record<string, unknown>): Readonly<Record<string, unknown>>;
}

export type Operations = Readonly<Record<string, Operation>>;

type OperationMaker<Input, Output> = <Key extends keyof Input & string>(
  supportedParameters: readonly Key[],
  run: (context: Context, input: Pick<ValidInput<Input>, Key>) => Output,
) => Operation;

/**
 * Makes an operation of a function. The function sees only the members it says it heeds, so that nothing a client
 * asks for is passed over in silence.
 *
 * @example
 * const DeleteVpc = operation<DeleteVpcRequest, object>()(["VpcId"], (context, { VpcId }) => { … });
 */
export function operation<Input extends object, Output extends object>(): OperationMaker<
  Input,
  Output
> {
  return (supportedParameters, run) => ({
    supportedParameters,
    // The wire has decoded the input against the model of this very operation.
    run: (context, input) => run(context, input as never) as Readonly<Record<string, unknown>>,
  });
}

/** A service: its name in AWS signatures (also the name of its model) and what it does. */
export interface Service {
  readonly name: string;
  readonly operations: Operations;
  /** Operations by which clients wait: at the pace `instant`, each call lets the time pass that is waited for. */
  readonly waiterOperations?: readonly string[];
}

/** One page of a list; AWS's tokens are opaque, ours is the place in the list. */
export function page<Item>(
  items: readonly Item[],
  limit: number | undefined,
  token: string | undefined,
): { readonly items: Item[]; readonly next: string | undefined } {
  const start = token === undefined ? 0 : Number(Buffer.from(token, "base64url").toString());
  const end = limit === undefined ? items.length : start + limit;
  return {
    items: items.slice(start, end),
    next: end < items.length ? Buffer.from(String(end)).toString("base64url") : undefined,
  };
}
