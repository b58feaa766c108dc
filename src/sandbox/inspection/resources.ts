import { parseArn } from "../../aws/index.ts";
import type { Context } from "../core/operation.ts";
import type { AccountRegion } from "../core/store.ts";
import type { TableKey } from "../core/tables.ts";
import type { Sandbox } from "../server.ts";
import { certificates } from "../services/acm/tables.ts";
import {
  type ManagedPrefixList,
  managedPrefixLists,
  type NetworkInterface,
  networkInterfaces,
  type RouteTable,
  routeTables,
  type SecurityGroup,
  type SecurityGroupRule,
  securityGroupRules,
  securityGroups,
  type Subnet,
  subnets,
  type Vpc,
  type VpcEndpoint,
  vpcEndpoints,
  vpcs,
} from "../services/ec2/tables.ts";
import { repositories } from "../services/ecr/tables.ts";
import { clusters } from "../services/ecs/tables.ts";
import { loadBalancers } from "../services/elasticloadbalancing/tables.ts";
import { roles } from "../services/iam/tables.ts";
import { keys } from "../services/kms/keys.ts";
import { buckets } from "../services/s3/buckets.ts";

/** A repository of Amazon ECR. */
export interface RepositoryView {
  readonly name: string;
  readonly arn: string;
  /** The name of its images without the tag. */
  readonly uri: string;
  readonly imageCount: number;
}

/** A resource with a name and an ARN. */
export interface NamedResource {
  readonly name: string;
  readonly arn: string;
}

/** The resources that `Inspection.resources` returns, by kind. */
export interface ResourceViews {
  readonly vpc: Vpc;
  readonly subnet: Subnet;
  readonly "route-table": RouteTable;
  readonly "network-interface": NetworkInterface;
  readonly "security-group": SecurityGroup;
  readonly "security-group-rule": SecurityGroupRule;
  readonly "vpc-endpoint": VpcEndpoint;
  readonly "prefix-list": ManagedPrefixList;
  readonly repository: RepositoryView;
  readonly cluster: NamedResource;
  readonly role: NamedResource;
  readonly "kms-key": { readonly id: string };
  readonly certificate: { readonly arn: string; readonly domain: string };
  readonly bucket: { readonly name: string };
  readonly "load-balancer": NamedResource & { readonly hasDeletionProtection: boolean };
}

/** The kinds of resources that can be listed. */
export type ResourceKind = keyof ResourceViews;

/** A resource with its account and region. The region of a global resource is empty. */
export type Located<View> = AccountRegion & View;

/** Reads one kind of resource in an account and region. */
interface Reader<View> {
  readonly table: { readonly name: string };
  readonly read: (context: Context, id: string) => View | undefined;
  readonly readAll: (context: Context) => readonly View[];
}

function reader<Row, View>(
  table: TableKey<Row>,
  view: (row: Row) => View,
  exists: (row: Row) => boolean = () => true,
): Reader<View> {
  return {
    table,
    read(context, id) {
      const row = context.in(table).get(id);
      return row !== undefined && exists(row) ? view(row) : undefined;
    },
    readAll: (context) => context.in(table).filter(exists).map(view),
  };
}

const same = <Row>(row: Row): Row => row;
const named = ({ name, arn }: NamedResource): NamedResource => ({ name, arn });

const readers: { readonly [Kind in ResourceKind]: Reader<ResourceViews[Kind]> } = {
  vpc: reader(vpcs, same),
  subnet: reader(subnets, same),
  "route-table": reader(routeTables, same),
  "network-interface": reader(networkInterfaces, same),
  "security-group": reader(securityGroups, same),
  "security-group-rule": reader(securityGroupRules, same),
  "vpc-endpoint": reader(vpcEndpoints, same),
  "prefix-list": reader(managedPrefixLists, same),
  repository: reader(repositories, ({ name, arn, uri, images }) => ({
    name,
    arn,
    uri,
    imageCount: images.length,
  })),
  cluster: reader(clusters, named, (row) => row.status === "ACTIVE"),
  role: reader(roles, named),
  "kms-key": reader(keys, ({ id }) => ({ id })),
  certificate: reader(certificates, ({ arn, domain }) => ({ arn, domain })),
  bucket: reader(buckets, ({ name }) => ({ name })),
  "load-balancer": reader(loadBalancers, ({ name, arn, attributes }) => ({
    name,
    arn,
    hasDeletionProtection: attributes["deletion_protection.enabled"] === "true",
  })),
};

/** The contexts of all accounts and regions that have rows in a table. */
export const contextsWith = (sandbox: Sandbox, table: { readonly name: string }): Context[] =>
  sandbox.store.accountRegionsOf(table).map((place) => sandbox.contextFor(place));

/** The account and region in an ARN. */
export function locationOf(arn: string): AccountRegion {
  const { account = "", region = "" } = parseArn(arn) ?? {};
  return { account, region };
}

export function resourcesOf<Kind extends ResourceKind>(
  sandbox: Sandbox,
  kind: Kind,
): Located<ResourceViews[Kind]>[] {
  const { table, readAll } = readers[kind];
  return sandbox.store
    .accountRegionsOf(table)
    .flatMap((place) => readAll(sandbox.contextFor(place)).map((view) => ({ ...place, ...view })));
}

export function resourceOf<Kind extends ResourceKind>(
  sandbox: Sandbox,
  kind: Kind,
  id: string,
  place?: Partial<AccountRegion>,
): Located<ResourceViews[Kind]> | undefined {
  const { table, read } = readers[kind];
  for (const candidate of sandbox.store.accountRegionsOf(table)) {
    const isElsewhere =
      // A bucket has no account, and a global resource no region.
      (place?.account !== undefined &&
        candidate.account !== "" &&
        place.account !== candidate.account) ||
      (place?.region !== undefined && candidate.region !== "" && place.region !== candidate.region);
    const view = isElsewhere ? undefined : read(sandbox.contextFor(candidate), id);
    if (view !== undefined) return { ...candidate, ...view };
  }
  return undefined;
}
