import type * as route53 from "@aws-sdk/client-route-53";
import { accessDenied, AwsError, notImplemented } from "../../protocol/errors.ts";
import { type Context, operation, page } from "../../core/operation.ts";
import type { Service } from "../../core/service.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { addTags, tagList, tagMap, without } from "../../core/tags.ts";
import { vpcs } from "../ec2/tables.ts";
import { escapeName, validateRecord, normalizeName, isSameRecord, routingOf } from "./records.ts";
import { type HostedZone, hostedZones, nameConflict, newZone, putZone } from "./tables.ts";
import { arnsFrom } from "../../authorization/request-members.ts";
import { route53TagRules } from "./tag-rules.ts";

interface Change {
  readonly id: string;
  readonly at: Date;
  readonly comment?: string;
}

const changes: TableKey<Change> = table("route53/change", {
  scope: "account",
  exists: () => false,
});

const idOf = (text: string): string => text.split("/").pop() ?? "";

function requireZone(context: Context, id: string): HostedZone {
  const zone = context.in(hostedZones).get(idOf(id));
  if (zone) return zone;
  throw new AwsError("NoSuchHostedZone", `No hosted zone found with ID: ${idOf(id)}`, 404);
}

/**
 * A zone that the customer can change.
 *
 * @throws AwsError AccessDenied for a zone that Cloud Map manages
 */
function requireModifiableZone(context: Context, id: string): HostedZone {
  const zone = requireZone(context, id);
  if (zone.managedBy === undefined) return zone;
  throw new AwsError(
    "AccessDenied",
    `The resource hostedzone/${zone.id} can only be managed through ${zone.managedBy}`,
    403,
  );
}

const describeChange = ({ id, at, comment }: Change): route53.ChangeInfo => ({
  Id: `/change/${id}`,
  Status: "INSYNC",
  SubmittedAt: at,
  ...(comment === undefined ? {} : { Comment: comment }),
});

/** Records a change. In the sandbox it propagates at once. */
function recordChange(context: Context, comment?: string): route53.ChangeInfo {
  const row = {
    id: `C${context.hex(20).toUpperCase()}`,
    at: context.now,
    ...(comment === undefined ? {} : { comment }),
  };
  return describeChange(context.in(changes).put(row.id, row));
}

const describe = (zone: HostedZone): route53.HostedZone => ({
  Id: `/hostedzone/${zone.id}`,
  Name: escapeName(zone.name),
  CallerReference: zone.reference,
  Config: {
    PrivateZone: zone.isPrivate,
    ...(zone.comment === undefined ? {} : { Comment: zone.comment }),
  },
  ResourceRecordSetCount: zone.records.length,
  ...(zone.managedBy === undefined
    ? {}
    : { LinkedService: { ServicePrincipal: `${zone.managedBy}.amazonaws.com` } }),
});

const describeZoneDetails = (
  zone: HostedZone,
): Pick<route53.GetHostedZoneResponse, "DelegationSet" | "VPCs"> =>
  zone.isPrivate
    ? {
        VPCs: zone.vpcs.map((vpc) => ({
          VPCId: vpc.id,
          VPCRegion: vpc.region as route53.VPCRegion, // the request was validated
        })),
      }
    : { DelegationSet: { NameServers: zone.nameServers.map((name) => name.replace(/\.$/, "")) } };

function requireVpc(context: Context, vpc: route53.VPC): HostedZone["vpcs"][number] {
  const [id = "", region = context.region] = [vpc.VPCId, vpc.VPCRegion];
  if (!context.at({ region }).in(vpcs).has(id))
    throw new AwsError("InvalidVPCId", `The VPC: ${id} in region ${region} does not exist`);
  return { id, region };
}

function requireNameFree(context: Context, name: string, vpc: HostedZone["vpcs"][number]): void {
  const conflict = nameConflict(context, name, vpc);
  if (conflict !== undefined) throw new AwsError("ConflictingDomainExists", conflict);
}

/** Names are sorted by their labels in reverse order: com.example.www. Source: Amazon Route 53 API Reference, ListResourceRecordSets. */
const sortKey = (name: string): string => name.split(".").toReversed().join(".");

const compareByName = (
  a: Pick<route53.ResourceRecordSet, "Name" | "Type">,
  b: Pick<route53.ResourceRecordSet, "Name" | "Type">,
): number => {
  const [leftKey, rightKey] = [
    `${sortKey(a.Name ?? "")} ${a.Type}`,
    `${sortKey(b.Name ?? "")} ${b.Type}`,
  ];
  return leftKey < rightKey ? -1 : leftKey > rightKey ? 1 : 0;
};

/** The conflict with records of another routing policy, as Route 53 describes it. Sources: as for checkSiblings. */
const ROUTING_CONFLICTS: Readonly<Record<string, string>> = {
  MultiValueAnswer: "because a non multivalue answer rrset",
  Region: "as a non-latency set",
  Weight: "as a non-weighted set",
};

/**
 * Checks a new record against the other records of its name: a CNAME has no other type beside it, and records of a type have the same
 * routing policy, each with its own region.
 *
 * Sources: Amazon Route 53 API Reference, ResourceRecordSet; of the texts, hashicorp/terraform#9732 (beside a CNAME),
 * chef-boneyard/route53#100 (simple), kubernetes-sigs/external-dns#4345 and cert-manager/cert-manager#5388 (another policy),
 * hashicorp/terraform-provider-aws#1668 (region).
 */
function checkSiblings(
  zone: HostedZone,
  records: readonly route53.ResourceRecordSet[],
  record: route53.ResourceRecordSet,
): void {
  const { Name: name, Type: type } = record;
  const invalid = (reason: string): AwsError => new AwsError("InvalidChangeBatch", `[${reason}]`);
  const sameName = records.filter((other) => other.Name === name);
  if (type !== "CNAME" && sameName.some((other) => other.Type === "CNAME"))
    throw invalid(
      `RRSet of type ${type} with DNS name ${name} is not permitted because a conflicting RRSet of type  CNAME with the same DNS name already exists in zone ${zone.name}`,
    );
  if (type === "CNAME" && sameName.some((other) => other.Type !== "CNAME"))
    throw invalid(
      `RRSet of type CNAME with DNS name ${name} is not permitted as it conflicts with other records with the same DNS name in zone ${zone.name}`,
    );
  const siblings = sameName.filter((other) => other.Type === type);
  const [policy] = routingOf(record);
  if (siblings.length > 0 && policy === undefined)
    throw invalid(
      `RRSet with DNS name ${name}, type ${type} cannot be created as other RRSets exist with the same name and type.`,
    );
  const conflict = ROUTING_CONFLICTS[policy ?? ""] ?? `as a non-${policy?.toLowerCase()} set`;
  const head = `RRSet with DNS name ${name}, type ${type}, SetIdentifier ${record.SetIdentifier}`;
  if (siblings.some((other) => routingOf(other)[0] !== policy))
    throw invalid(`${head} cannot be created ${conflict} exists with the same name and type.`);
  if (policy === "Region" && siblings.some((other) => other.Region === record.Region))
    throw invalid(
      `${head}, and Region Name=${record.Region} cannot be created because a latency RRSet with the same name, type and region already exists.`,
    );
}

function applyChange(
  zone: HostedZone,
  records: readonly route53.ResourceRecordSet[],
  change: route53.Change,
): route53.ResourceRecordSet[] {
  const record = validateRecord(zone, change);
  const existing = records.find((resourceRecordSet) => isSameRecord(resourceRecordSet, record));
  const invalidChangeBatch = (reason: string): AwsError =>
    new AwsError("InvalidChangeBatch", `[${reason}]`);
  const description = `resource record set [name='${record.Name}', type='${record.Type}']`;
  switch (change.Action) {
    case "CREATE":
      if (existing)
        throw invalidChangeBatch(`Tried to create ${description} but it already exists`);
      checkSiblings(zone, records, record);
      return [...records, record];
    case "UPSERT":
      checkSiblings(
        zone,
        records.filter((resourceRecordSet) => resourceRecordSet !== existing),
        record,
      );
      return [...records.filter((resourceRecordSet) => resourceRecordSet !== existing), record];
    case "DELETE":
      if (!existing)
        throw invalidChangeBatch(`Tried to delete ${description} but it was not found`);
      if (
        JSON.stringify(validateRecord(zone, { ...change, ResourceRecordSet: existing })) !==
        JSON.stringify(record)
      )
        throw invalidChangeBatch(
          `Tried to delete ${description} but the values provided do not match the current values`,
        );
      if (record.Name === zone.name && ["NS", "SOA"].includes(record.Type ?? ""))
        throw invalidChangeBatch(
          `A HostedZone must contain at least one ${record.Type} record for the zone itself.`,
        );
      return records.filter((resourceRecordSet) => resourceRecordSet !== existing);
    default:
      throw invalidChangeBatch(`The action ${change.Action} is not known`);
  }
}

export const service: Service = {
  name: "route53",
  tagRules: route53TagRules,
  // Source: Service Authorization Reference, "Amazon Route 53".
  permissions: {
    resources: (context, _operation, input) =>
      arnsFrom(input["HostedZoneId"] ?? input["Id"], (id) =>
        id.startsWith("/change/") || id.startsWith("C")
          ? `arn:${context.partition}:route53:::change/${id.replace("/change/", "")}`
          : `arn:${context.partition}:route53:::hostedzone/${id.replace("/hostedzone/", "")}`,
      ),
    denied: accessDenied,
  },
  unsupportedMembers: {
    ResourceRecordSet: ["CidrRoutingConfig", "HealthCheckId"],
  },
  operations: {
    CreateHostedZone: operation<
      route53.CreateHostedZoneRequest,
      route53.CreateHostedZoneResponse
    >()(["Name", "VPC", "CallerReference", "HostedZoneConfig"], (context, input) => {
      const name = normalizeName(input.Name);
      if (!/^([a-z0-9_*-]{1,63}\.)+$/.test(name))
        throw new AwsError("InvalidDomainName", `${input.Name} is not a valid domain name`);
      if (context.in(hostedZones).find((zone) => zone.reference === input.CallerReference))
        throw new AwsError(
          "HostedZoneAlreadyExists",
          `A hosted zone has already been created with the specified caller reference.`,
          409,
        );
      // Source: Amazon Route 53 API Reference, CreateHostedZone. No public source of the text is known.
      if (input.HostedZoneConfig?.PrivateZone === true && input.VPC === undefined)
        throw new AwsError(
          "InvalidInput",
          "When you're creating a private hosted zone (when you specify true for PrivateZone), you must also specify values for VPCId and VPCRegion.",
        );
      const vpc = input.VPC && requireVpc(context, input.VPC);
      if (vpc) requireNameFree(context, name, vpc);
      const zone = putZone(
        context,
        newZone(context, {
          name,
          reference: input.CallerReference,
          isPrivate: input.VPC !== undefined,
          vpcs: vpc ? [vpc] : [],
          tags: {},
          ...(input.HostedZoneConfig?.Comment === undefined
            ? {}
            : { comment: input.HostedZoneConfig.Comment }),
        }),
      );
      return {
        HostedZone: describe(zone),
        ChangeInfo: recordChange(context),
        Location: `https://route53.amazonaws.com/2013-04-01/hostedzone/${zone.id}`,
        ...(zone.isPrivate
          ? { VPC: input.VPC, DelegationSet: { NameServers: [...zone.nameServers] } }
          : { DelegationSet: describeZoneDetails(zone).DelegationSet }),
      };
    }),

    GetHostedZone: operation<route53.GetHostedZoneRequest, route53.GetHostedZoneResponse>()(
      ["Id"],
      (context, input) => {
        const zone = requireZone(context, input.Id);
        return { HostedZone: describe(zone), ...describeZoneDetails(zone) };
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
      const firstKey = sortKey(normalizeName(input.DNSName ?? ""));
      const maxItems = input.MaxItems ?? 100;
      const rows = context
        .in(hostedZones)
        .all()
        .sort((a, b) => (sortKey(a.name) < sortKey(b.name) ? -1 : 1))
        .filter((zone) => input.DNSName === undefined || sortKey(zone.name) >= firstKey);
      const next = rows[maxItems];
      return {
        HostedZones: rows.slice(0, maxItems).map(describe),
        IsTruncated: next !== undefined,
        MaxItems: maxItems,
        ...(input.DNSName === undefined ? {} : { DNSName: input.DNSName }),
        ...(next ? { NextDNSName: next.name, NextHostedZoneId: next.id } : {}),
      };
    }),

    UpdateHostedZoneComment: operation<
      route53.UpdateHostedZoneCommentRequest,
      route53.UpdateHostedZoneCommentResponse
    >()(["Id", "Comment"], (context, input) => {
      const { comment: _, ...zone } = requireModifiableZone(context, input.Id);
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
      const zone = requireModifiableZone(context, input.Id);
      const requiredRecords = zone.records.filter(
        (record) => record.Name === zone.name && ["NS", "SOA"].includes(record.Type ?? ""),
      );
      if (requiredRecords.length < zone.records.length)
        throw new AwsError(
          "HostedZoneNotEmpty",
          "The specified hosted zone contains non-required resource record sets and so cannot be deleted.",
        );
      context.in(hostedZones).delete(zone.id);
      return { ChangeInfo: recordChange(context) };
    }),

    AssociateVPCWithHostedZone: operation<
      route53.AssociateVPCWithHostedZoneRequest,
      route53.AssociateVPCWithHostedZoneResponse
    >()(["HostedZoneId", "VPC", "Comment"], (context, input) => {
      const zone = requireModifiableZone(context, input.HostedZoneId);
      if (!zone.isPrivate)
        throw new AwsError(
          "PublicZoneVPCAssociation",
          "You're trying to associate a VPC with a public hosted zone.",
        );
      const vpc = requireVpc(context, input.VPC);
      requireNameFree(context, zone.name, vpc);
      putZone(context, { ...zone, vpcs: [...zone.vpcs, vpc] });
      return { ChangeInfo: recordChange(context, input.Comment) };
    }),

    DisassociateVPCFromHostedZone: operation<
      route53.DisassociateVPCFromHostedZoneRequest,
      route53.DisassociateVPCFromHostedZoneResponse
    >()(["HostedZoneId", "VPC", "Comment"], (context, input) => {
      const zone = requireModifiableZone(context, input.HostedZoneId);
      const remainingVpcs = zone.vpcs.filter((vpc) => vpc.id !== input.VPC.VPCId);
      if (remainingVpcs.length === zone.vpcs.length)
        throw new AwsError(
          "VPCAssociationNotFound",
          `The VPC ${input.VPC.VPCId} is not associated with the hosted zone ${zone.id}.`,
          404,
        );
      if (remainingVpcs.length === 0)
        throw new AwsError(
          "LastVPCAssociation",
          "The VPC is the last one associated with the private hosted zone.",
        );
      putZone(context, { ...zone, vpcs: remainingVpcs });
      return { ChangeInfo: recordChange(context, input.Comment) };
    }),

    ChangeResourceRecordSets: operation<
      route53.ChangeResourceRecordSetsRequest,
      route53.ChangeResourceRecordSetsResponse
    >()(["HostedZoneId", "ChangeBatch"], (context, input) => {
      const zone = requireModifiableZone(context, input.HostedZoneId);
      const batch = input.ChangeBatch.Changes ?? [];
      if (batch.length === 0) throw new AwsError("InvalidInput", "A change batch needs changes");
      const records = batch.reduce<readonly route53.ResourceRecordSet[]>(
        (recordsSoFar, change) => applyChange(zone, recordsSoFar, change),
        zone.records,
      );
      putZone(context, { ...zone, records });
      return { ChangeInfo: recordChange(context, input.ChangeBatch.Comment) };
    }),

    ListResourceRecordSets: operation<
      route53.ListResourceRecordSetsRequest,
      route53.ListResourceRecordSetsResponse
    >()(["HostedZoneId", "StartRecordName", "StartRecordType", "MaxItems"], (context, input) => {
      const zone = requireZone(context, input.HostedZoneId);
      const start =
        input.StartRecordName === undefined
          ? undefined
          : { Name: normalizeName(input.StartRecordName), Type: input.StartRecordType };
      const rows = zone.records.toSorted(compareByName).filter(
        (record) =>
          start === undefined ||
          (start.Type === undefined
            ? sortKey(record.Name ?? "") >= sortKey(start.Name)
            : compareByName(record, start as route53.ResourceRecordSet) >= 0), // it has a name and a type
      );
      const maxItems = input.MaxItems ?? 300;
      const next = rows[maxItems];
      return {
        ResourceRecordSets: rows
          .slice(0, maxItems)
          .map((record) => ({ ...record, Name: escapeName(record.Name ?? "") })),
        IsTruncated: next !== undefined,
        MaxItems: maxItems,
        ...(next ? { NextRecordName: escapeName(next.Name ?? ""), NextRecordType: next.Type } : {}),
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
        return { ChangeInfo: describeChange(row) };
      },
    ),

    ListTagsForResource: operation<
      route53.ListTagsForResourceRequest,
      route53.ListTagsForResourceResponse
    >()(["ResourceType", "ResourceId"], (context, input) => ({
      ResourceTagSet: {
        ResourceType: input.ResourceType,
        ResourceId: input.ResourceId,
        Tags: tagList(requireZone(context, input.ResourceId).tags),
      },
    })),

    ChangeTagsForResource: operation<route53.ChangeTagsForResourceRequest, object>()(
      ["ResourceType", "ResourceId", "AddTags", "RemoveTagKeys"],
      (context, input) => {
        if (input.ResourceType !== "hostedzone")
          throw notImplemented("tags of Route 53 health checks");
        const zone = requireZone(context, input.ResourceId);
        const tags = addTags(
          route53TagRules,
          "ChangeTagsForResource",
          without(zone.tags, input.RemoveTagKeys ?? []),
          tagMap(input.AddTags),
        );
        putZone(context, { ...zone, tags });
        return {};
      },
    ),
  },
};
