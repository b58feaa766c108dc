import type * as route53 from "@aws-sdk/client-route-53";
import { AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, page, type Service } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/store.ts";
import { tagList, tagMap, without } from "../../core/tags.ts";
import { vpcs } from "../ec2/tables.ts";
import { checkedRecord, normalName, sameRecord } from "./records.ts";
import { type HostedZone, hostedZones, makeZone, putZone } from "./tables.ts";

interface Change {
  readonly id: string;
  readonly at: Date;
}

const changes: TableKey<Change> = table("route53/change", {
  scope: "account",
  exists: () => false,
});

const idOf = (text: string): string => text.split("/").pop() ?? "";

function need(context: Context, id: string): HostedZone {
  const zone = context.in(hostedZones).get(idOf(id));
  if (zone) return zone;
  throw new AwsError("NoSuchHostedZone", `No hosted zone found with ID: ${idOf(id)}`, 404);
}

/** A zone that its owner may change: Cloud Map keeps its own. */
function needOwn(context: Context, id: string): HostedZone {
  const zone = need(context, id);
  if (zone.keptBy === undefined) return zone;
  throw new AwsError(
    "AccessDenied",
    `The resource hostedzone/${zone.id} can only be managed through ${zone.keptBy}`,
    403,
  );
}

/** Changes are seen everywhere at once here. */
function changed(context: Context): route53.ChangeInfo {
  const row = { id: `C${context.hex(20).toUpperCase()}`, at: context.now };
  context.in(changes).put(row.id, row);
  return { Id: `/change/${row.id}`, Status: "INSYNC", SubmittedAt: row.at };
}

const describe = (zone: HostedZone): route53.HostedZone => ({
  Id: `/hostedzone/${zone.id}`,
  Name: zone.name,
  CallerReference: zone.reference,
  Config: {
    PrivateZone: zone.isPrivate,
    ...(zone.comment === undefined ? {} : { Comment: zone.comment }),
  },
  ResourceRecordSetCount: zone.records.length,
  ...(zone.keptBy === undefined
    ? {}
    : { LinkedService: { ServicePrincipal: `${zone.keptBy}.amazonaws.com` } }),
});

const detail = (zone: HostedZone): Pick<route53.GetHostedZoneResponse, "DelegationSet" | "VPCs"> =>
  zone.isPrivate
    ? {
        VPCs: zone.vpcs.map((vpc) => ({
          VPCId: vpc.id,
          VPCRegion: vpc.region as route53.VPCRegion, // checked when it came in
        })),
      }
    : { DelegationSet: { NameServers: zone.nameServers.map((name) => name.replace(/\.$/, "")) } };

function vpcOf(context: Context, vpc: route53.VPC): HostedZone["vpcs"][number] {
  const [id = "", region = context.region] = [vpc.VPCId, vpc.VPCRegion];
  if (!context.at({ region }).in(vpcs).has(id))
    throw new AwsError("InvalidVPCId", `The VPC: ${id} in region ${region} does not exist`);
  return { id, region };
}

/** Names compare from their end: com.example.www. Source: Amazon Route 53 API Reference, ListResourceRecordSets. */
const sortKey = (name: string): string => name.split(".").toReversed().join(".");

const byName = (
  a: Pick<route53.ResourceRecordSet, "Name" | "Type">,
  b: Pick<route53.ResourceRecordSet, "Name" | "Type">,
): number => {
  const [left, right] = [
    `${sortKey(a.Name ?? "")} ${a.Type}`,
    `${sortKey(b.Name ?? "")} ${b.Type}`,
  ];
  return left < right ? -1 : left > right ? 1 : 0;
};

function applied(
  zone: HostedZone,
  records: readonly route53.ResourceRecordSet[],
  { Action, ResourceRecordSet: given }: route53.Change,
): route53.ResourceRecordSet[] {
  const record = checkedRecord(zone.name, given);
  const known = records.find((resourceRecordSet) => sameRecord(resourceRecordSet, record));
  const refuse = (why: string): AwsError => new AwsError("InvalidChangeBatch", `[${why}]`);
  const what = `resource record set [name='${record.Name}', type='${record.Type}']`;
  switch (Action) {
    case "CREATE":
      if (known) throw refuse(`Tried to create ${what} but it already exists`);
      if (
        records.some(
          (resourceRecordSet) =>
            resourceRecordSet.Name === record.Name &&
            (resourceRecordSet.Type === "CNAME") !== (record.Type === "CNAME"),
        )
      )
        throw refuse(
          `RRSet of type ${record.Type} with DNS name ${record.Name} is not permitted as it conflicts with other records with the same DNS name in zone ${zone.name}`,
        );
      return [...records, record];
    case "UPSERT":
      return [...records.filter((resourceRecordSet) => resourceRecordSet !== known), record];
    case "DELETE":
      if (!known) throw refuse(`Tried to delete ${what} but it was not found`);
      if (JSON.stringify(checkedRecord(zone.name, known)) !== JSON.stringify(record))
        throw refuse(
          `Tried to delete ${what} but the values provided do not match the current values`,
        );
      if (record.Name === zone.name && ["NS", "SOA"].includes(record.Type ?? ""))
        throw refuse(
          `A HostedZone must contain at least one ${record.Type} record for the zone itself.`,
        );
      return records.filter((resourceRecordSet) => resourceRecordSet !== known);
    default:
      throw refuse(`The action ${Action} is not known`);
  }
}

export const service: Service = {
  name: "route53",
  operations: {
    CreateHostedZone: operation<
      route53.CreateHostedZoneRequest,
      route53.CreateHostedZoneResponse
    >()(["Name", "VPC", "CallerReference", "HostedZoneConfig"], (context, input) => {
      const name = normalName(input.Name);
      if (!/^([a-z0-9_*-]{1,63}\.)+$/.test(name))
        throw new AwsError("InvalidDomainName", `${input.Name} is not a valid domain name`);
      if (context.in(hostedZones).find((zone) => zone.reference === input.CallerReference))
        throw new AwsError(
          "HostedZoneAlreadyExists",
          `A hosted zone has already been created with the specified caller reference.`,
          409,
        );
      const zone = putZone(
        context,
        makeZone(context, {
          name,
          reference: input.CallerReference,
          isPrivate: input.VPC !== undefined,
          vpcs: input.VPC ? [vpcOf(context, input.VPC)] : [],
          tags: {},
          ...(input.HostedZoneConfig?.Comment === undefined
            ? {}
            : { comment: input.HostedZoneConfig.Comment }),
        }),
      );
      return {
        HostedZone: describe(zone),
        ChangeInfo: changed(context),
        Location: `https://route53.amazonaws.com/2013-04-01/hostedzone/${zone.id}`,
        ...(zone.isPrivate
          ? { VPC: input.VPC, DelegationSet: { NameServers: [...zone.nameServers] } }
          : { DelegationSet: detail(zone).DelegationSet }),
      };
    }),

    GetHostedZone: operation<route53.GetHostedZoneRequest, route53.GetHostedZoneResponse>()(
      ["Id"],
      (context, input) => {
        const zone = need(context, input.Id);
        return { HostedZone: describe(zone), ...detail(zone) };
      },
    ),

    ListHostedZones: operation<route53.ListHostedZonesRequest, route53.ListHostedZonesResponse>()(
      ["Marker", "MaxItems"],
      (context, input) => {
        const { items, next } = page(
          context.in(hostedZones).all(),
          input.MaxItems ?? 100,
          input.Marker,
        );
        return {
          HostedZones: items.map(describe),
          Marker: input.Marker ?? "",
          IsTruncated: next !== undefined,
          MaxItems: input.MaxItems ?? 100,
          ...(next === undefined ? {} : { NextMarker: next }),
        };
      },
    ),

    ListHostedZonesByName: operation<
      route53.ListHostedZonesByNameRequest,
      route53.ListHostedZonesByNameResponse
    >()(["DNSName", "MaxItems"], (context, input) => {
      const from = sortKey(normalName(input.DNSName ?? ""));
      const most = input.MaxItems ?? 100;
      const rows = context
        .in(hostedZones)
        .all()
        .sort((a, b) => (sortKey(a.name) < sortKey(b.name) ? -1 : 1))
        .filter((zone) => input.DNSName === undefined || sortKey(zone.name) >= from);
      const next = rows[most];
      return {
        HostedZones: rows.slice(0, most).map(describe),
        IsTruncated: next !== undefined,
        MaxItems: most,
        ...(input.DNSName === undefined ? {} : { DNSName: input.DNSName }),
        ...(next ? { NextDNSName: next.name, NextHostedZoneId: next.id } : {}),
      };
    }),

    UpdateHostedZoneComment: operation<
      route53.UpdateHostedZoneCommentRequest,
      route53.UpdateHostedZoneCommentResponse
    >()(["Id", "Comment"], (context, input) => {
      const { comment: _, ...zone } = needOwn(context, input.Id);
      const row = putZone(context, {
        ...zone,
        ...(input.Comment === undefined ? {} : { comment: input.Comment }),
      });
      return { HostedZone: describe(row) };
    }),

    DeleteHostedZone: operation<
      route53.DeleteHostedZoneRequest,
      route53.DeleteHostedZoneResponse
    >()(["Id"], (context, input) => {
      const zone = needOwn(context, input.Id);
      const own = zone.records.filter(
        (record) => record.Name === zone.name && ["NS", "SOA"].includes(record.Type ?? ""),
      );
      if (own.length < zone.records.length)
        throw new AwsError(
          "HostedZoneNotEmpty",
          "The specified hosted zone contains non-required resource record sets and so cannot be deleted.",
        );
      context.in(hostedZones).delete(zone.id);
      return { ChangeInfo: changed(context) };
    }),

    AssociateVPCWithHostedZone: operation<
      route53.AssociateVPCWithHostedZoneRequest,
      route53.AssociateVPCWithHostedZoneResponse
    >()(["HostedZoneId", "VPC", "Comment"], (context, input) => {
      const zone = needOwn(context, input.HostedZoneId);
      if (!zone.isPrivate)
        throw new AwsError(
          "PublicZoneVPCAssociation",
          "You're trying to associate a VPC with a public hosted zone.",
        );
      const vpc = vpcOf(context, input.VPC);
      putZone(context, {
        ...zone,
        vpcs: [...zone.vpcs.filter((otherVpc) => otherVpc.id !== vpc.id), vpc],
      });
      return { ChangeInfo: changed(context) };
    }),

    DisassociateVPCFromHostedZone: operation<
      route53.DisassociateVPCFromHostedZoneRequest,
      route53.DisassociateVPCFromHostedZoneResponse
    >()(["HostedZoneId", "VPC", "Comment"], (context, input) => {
      const zone = needOwn(context, input.HostedZoneId);
      const left = zone.vpcs.filter((vpc) => vpc.id !== input.VPC.VPCId);
      if (left.length === zone.vpcs.length)
        throw new AwsError(
          "VPCAssociationNotFound",
          `The VPC ${input.VPC.VPCId} is not associated with the hosted zone ${zone.id}.`,
          404,
        );
      if (left.length === 0)
        throw new AwsError(
          "LastVPCAssociation",
          "The VPC is the last one associated with the private hosted zone.",
        );
      putZone(context, { ...zone, vpcs: left });
      return { ChangeInfo: changed(context) };
    }),

    ChangeResourceRecordSets: operation<
      route53.ChangeResourceRecordSetsRequest,
      route53.ChangeResourceRecordSetsResponse
    >()(["HostedZoneId", "ChangeBatch"], (context, input) => {
      const zone = needOwn(context, input.HostedZoneId);
      const batch = input.ChangeBatch.Changes ?? [];
      if (batch.length === 0) throw new AwsError("InvalidInput", "A change batch needs changes");
      const records = batch.reduce<readonly route53.ResourceRecordSet[]>(
        (left, change) => applied(zone, left, change),
        zone.records,
      );
      putZone(context, { ...zone, records });
      return { ChangeInfo: changed(context) };
    }),

    ListResourceRecordSets: operation<
      route53.ListResourceRecordSetsRequest,
      route53.ListResourceRecordSetsResponse
    >()(["HostedZoneId", "StartRecordName", "StartRecordType", "MaxItems"], (context, input) => {
      const zone = need(context, input.HostedZoneId);
      const start =
        input.StartRecordName === undefined
          ? undefined
          : { Name: normalName(input.StartRecordName), Type: input.StartRecordType };
      const rows = zone.records.toSorted(byName).filter(
        (record) =>
          start === undefined ||
          (start.Type === undefined
            ? sortKey(record.Name ?? "") >= sortKey(start.Name)
            : byName(record, start as route53.ResourceRecordSet) >= 0), // it has a name and a type
      );
      const most = input.MaxItems ?? 300;
      const next = rows[most];
      return {
        ResourceRecordSets: rows.slice(0, most),
        IsTruncated: next !== undefined,
        MaxItems: most,
        ...(next ? { NextRecordName: next.Name, NextRecordType: next.Type } : {}),
      };
    }),

    GetChange: operation<route53.GetChangeRequest, route53.GetChangeResponse>()(
      ["Id"],
      (context, input) => {
        const row = context.in(changes).get(idOf(input.Id));
        if (!row)
          throw new AwsError(
            "NoSuchChange",
            `Could not find resource with ID: ${idOf(input.Id)}`,
            404,
          );
        return { ChangeInfo: { Id: `/change/${row.id}`, Status: "INSYNC", SubmittedAt: row.at } };
      },
    ),

    ListTagsForResource: operation<
      route53.ListTagsForResourceRequest,
      route53.ListTagsForResourceResponse
    >()(["ResourceType", "ResourceId"], (context, input) => ({
      ResourceTagSet: {
        ResourceType: input.ResourceType,
        ResourceId: input.ResourceId,
        Tags: tagList(need(context, input.ResourceId).tags),
      },
    })),

    ChangeTagsForResource: operation<route53.ChangeTagsForResourceRequest, object>()(
      ["ResourceType", "ResourceId", "AddTags", "RemoveTagKeys"],
      (context, input) => {
        if (input.ResourceType !== "hostedzone") throw notImplemented("Route 53's health checks");
        const zone = need(context, input.ResourceId);
        const tags = without({ ...zone.tags, ...tagMap(input.AddTags) }, input.RemoveTagKeys ?? []);
        putZone(context, { ...zone, tags });
        return {};
      },
    ),
  },
};
