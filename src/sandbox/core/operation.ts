import { createHash } from "node:crypto";
import { formatArn } from "../../aws/arn.ts";
import { type Partition, partitionOf } from "../../aws/regions.ts";
import type { Caller } from "../authorization/callers.ts";
import type { SandboxSettings } from "../settings.ts";
import type { BlobStore } from "./blob-store.ts";
import type { AccountRegion, Store } from "./store.ts";
import type { TableKey } from "./tables.ts";
import type { Table } from "./table.ts";

/** What an operation may use: account and region, tables, time, IDs, caller and settings. */
export class Context implements AccountRegion {
  readonly account: string;
  readonly region: string;
  readonly partition: Partition;
  /** Time of the request, by the clock of the sandbox. */
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

  /** The same context in another account or region. */
  at(accountRegion: Partial<AccountRegion>): Context {
    const accountAndRegion = { account: this.account, region: this.region, ...accountRegion };
    return new Context(this.#store, accountAndRegion, this.now, this.caller, this.settings);
  }

  /** The same context with another time. */
  when(now: Date): Context {
    return new Context(this.#store, this, now, this.caller, this.settings);
  }

  /** The same context with another caller. */
  as(caller: Caller): Context {
    return new Context(this.#store, this, this.now, caller, this.settings);
  }

  /** Content that is too large for a table. */
  get blobs(): BlobStore {
    return this.#store.blobs;
  }

  /** Runs a part of a change. If it throws, this part has changed nothing. */
  attempt<Result>(part: () => Result): Result {
    return this.#store.transact(part).result;
  }

  /** True if the given seconds have passed since a time. Always true at the pace `instant`. */
  isPast(since: Date, seconds: number): boolean {
    return (
      this.settings.pace === "instant" || this.now.getTime() >= since.getTime() + seconds * 1000
    );
  }

  in<Row>(key: TableKey<Row>): Table<Row> {
    return this.#store.in(key, this);
  }

  /** The rows of a table in all accounts and regions. */
  inEveryAccount<Row>(key: TableKey<Row>): Row[] {
    return this.#store
      .accountRegionsOf(key)
      .flatMap((accountRegion) => this.#store.in(key, accountRegion).all());
  }

  /** Hexadecimal digits that were never returned before. */
  hex(length: number): string {
    const { count, salt } = this.#store.unique();
    return createHash("sha256").update(`${salt}/${count}`).digest("hex").slice(0, length);
  }

  /** An ID in the format of EC2, such as vpc-0a1b2c3d4e5f60718. */
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

/** An input after validation: required members are defined. */
export type ValidInput<Input> = {
  [Key in keyof Input]: object extends Pick<Input, Key>
    ? Input[Key]
    : Exclude<Input[Key], undefined>;
};

/** An operation and the parameters that it supports. A call with any other parameter is rejected. */
export interface Operation {
  readonly supportedParameters: readonly string[];
  /** Those of the supported parameters that are stored and returned, and have no other effect. */
  readonly storedParameters?: readonly string[];
  run(context: Context, input: Record<string, unknown>): Readonly<Record<string, unknown>>;
}

export type Operations = Readonly<Record<string, Operation>>;

type OperationMaker<Input, Output> = <Key extends keyof Input & string>(
  supportedParameters: readonly Key[],
  run: (context: Context, input: Pick<ValidInput<Input>, Key>) => Output,
) => Operation;

/**
 * Creates an operation from a function. The function receives only the supported parameters, so that no parameter is
 * ignored silently.
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
    // The input was decoded against the model of this operation.
    run: (context, input) => run(context, input as never) as Readonly<Record<string, unknown>>,
  });
}

/** A token that no earlier page has returned. The service determines the error. */
export class InvalidPageToken extends Error {}

/**
 * A page of a list. The token encodes the position in the list.
 *
 * @throws InvalidPageToken
 */
export function page<Item>(
  items: readonly Item[],
  limit: number | undefined,
  token: string | undefined,
): { readonly items: Item[]; readonly next: string | undefined } {
  const start = token === undefined || token === "" ? 0 : positionOf(token, items.length);
  const end = limit === undefined ? items.length : start + limit;
  return {
    items: items.slice(start, end),
    next: end < items.length ? Buffer.from(String(end)).toString("base64url") : undefined,
  };
}

function positionOf(token: string, length: number): number {
  const text = Buffer.from(token, "base64url").toString();
  // A list can have become shorter since the token was returned. Its page is then empty.
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidPageToken();
  return Math.min(Number(text), length);
}
