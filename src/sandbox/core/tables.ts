/** Where the rows of a table are visible: in a region, in a whole account, or in all accounts (bucket names). */
export type Scope = "region" | "account" | "world";

/** An AWS account and a region, which own a resource. */
export interface AccountRegion {
  readonly account: string;
  readonly region: string;
}

/** The name of a table and the type of its rows. Services declare their tables with `table`. */
export interface TableKey<Row> {
  /** The namespace of a service and a kind, such as ec2/vpc. */
  readonly name: string;
  readonly scope: Scope;
  /**
   * Whether a row is an existing resource. False for internal records and for resources that AWS shows after their
   * deletion.
   */
  readonly exists: (row: Row) => boolean;
  /** True if a row may have no members, such as a map of tags. Any other empty row in a state file is an error. */
  readonly mayBeEmpty: boolean;
  /** Carries the type of the rows; undefined at run time. */
  readonly row?: Row;
}

const declaredTables = new Map<string, TableKey<never>>();

/**
 * Declares a table. Do not modify a row in place; put a new row.
 *
 * @example const vpcs: TableKey<Vpc> = table("ec2/vpc");
 */
export function table<Row>(
  name: string,
  {
    scope = "region",
    exists = () => true,
    mayBeEmpty = false,
  }: {
    readonly scope?: Scope;
    readonly exists?: (row: Row) => boolean;
    readonly mayBeEmpty?: boolean;
  } = {},
): TableKey<Row> {
  const key = { name, scope, exists, mayBeEmpty };
  declaredTables.set(name, key);
  return key;
}

/** The declaration of a table. Undefined if no loaded module declares it. */
export const declarationOf = (name: string): TableKey<never> | undefined =>
  declaredTables.get(name);

/** The number of declared tables. It grows when a service is loaded. */
export const declaredTableCount = (): number => declaredTables.size;

/** The namespaces of the declared tables. */
export const declaredNamespaces = (): ReadonlySet<string> =>
  new Set([...declaredTables.keys()].map(namespaceOf));

/** The namespace in the name of a table, such as ec2 in ec2/vpc. */
export const namespaceOf = (name: string): string => name.split("/", 1)[0] ?? "";
