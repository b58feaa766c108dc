import { type PlanModel, type Resource, isUnknown, Unknown } from "../plan/index.ts";
import { targetKey, VPC_TYPES } from "./subnets.ts";

const ZONE_TYPES: readonly string[] = ["aws_route53_zone"];

/** A record of a private hosted zone. */
interface ZoneRecord {
  readonly resource: Resource;
  /** In lower case, without the trailing dot. */
  readonly name: string | Unknown;
}

/** A private hosted zone that is associated with a VPC. */
interface PrivateZone {
  readonly resource: Resource;
  /** The domain, in lower case, without the trailing dot. */
  readonly domain: string | Unknown;
  /** Undefined for the zone of a Cloud Map namespace: its records are the instances of services. */
  readonly records: readonly ZoneRecord[] | undefined;
}

/** What the private hosted zones of a VPC have for a host name. */
export type ZoneAnswer =
  /** The name, or a wildcard that covers it, is an alias of a VPC endpoint. */
  | { readonly kind: "endpoint"; readonly domain: string; readonly endpoint: Resource }
  /** The zone contains neither the name nor a wildcard that covers it: the resolver does not ask public DNS. */
  | { readonly kind: "no-such-host"; readonly domain: string; readonly zone: Resource }
  | { readonly kind: "unknown"; readonly domain?: string; readonly unknown: Unknown };

/** A host name in lower case, without the trailing dot. */
const plainName = (name: string): string => name.toLowerCase().replace(/\.$/, "");

const isBelow = (name: string, domain: string): boolean =>
  name === domain || name.endsWith(`.${domain}`);

const parentOf = (name: string): string => name.slice(name.indexOf(".") + 1);

/** The private hosted zones of a plan, by VPC. */
export class PrivateZones {
  readonly #byVpc = new Map<string, PrivateZone[]>();
  readonly #answers = new Map<string, ZoneAnswer | undefined>();

  constructor(plan: PlanModel) {
    const records = new Map<string | undefined, Resource[]>();
    for (const record of plan.resourcesOfType("aws_route53_record")) {
      const zone = targetKey(record.referencesTo(ZONE_TYPES, "zone_id"));
      records.set(zone, [...(records.get(zone) ?? []), record]);
    }
    const unresolved = records.get(undefined) ?? [];
    for (const zone of plan.resourcesOfType(...ZONE_TYPES)) {
      const domain = domainOf(zone);
      if (domain === undefined) continue;
      const vpcs = new Set(associationsOf(plan, zone, domain).flatMap(({ vpc }) => vpc ?? []));
      if (vpcs.size === 0) continue;
      const ofZone = [...(records.get(zone.address) ?? []), ...unresolved].map((resource) => ({
        resource,
        name: recordName(resource, domain),
      }));
      for (const vpc of vpcs) this.#add(vpc, { resource: zone, domain, records: ofZone });
    }
    for (const { vpc, ...namespace } of namespacesOf(plan))
      if (vpc !== undefined) this.#add(vpc, { ...namespace, records: undefined });
  }

  #add(vpc: string, zone: PrivateZone): void {
    this.#byVpc.set(vpc, [...(this.#byVpc.get(vpc) ?? []), zone]);
  }

  /**
   * The answer for a host name in a VPC; undefined if no private hosted zone of the VPC contains its domain. The zone with
   * the longest domain answers.
   *
   * Source: Amazon Route 53 Developer Guide, "Considerations when working with a private hosted zone".
   *
   * @param vpc address or ID of the VPC, whose DNS attributes are both true
   */
  lookUp(vpc: string, host: string): ZoneAnswer | undefined {
    const zones = this.#byVpc.get(vpc);
    if (!zones) return undefined;
    const key = `${vpc} ${host}`;
    if (!this.#answers.has(key)) this.#answers.set(key, answerOf(zones, plainName(host)));
    return this.#answers.get(key);
  }
}

/** The association of a private hosted zone with a VPC. */
export interface ZoneAssociation {
  /** The resource that associates them: the zone, the namespace or an aws_route53_zone_association. */
  readonly resource: Resource;
  /** The domain of the zone, in lower case, without the trailing dot. */
  readonly domain: string | Unknown;
  /** Address or ID of the VPC; undefined if it is unknown. */
  readonly vpc: string | undefined;
}

/** The associations of a zone; none for a public zone. */
function associationsOf(
  plan: PlanModel,
  zone: Resource,
  domain: string | Unknown,
): ZoneAssociation[] {
  const blocks = zone.blockPaths("vpc");
  const paths = isUnknown(blocks) ? [] : blocks; // an unconfigured block is unknown before apply
  return [
    ...paths.map((path) => ({
      resource: zone,
      domain,
      vpc: targetKey(zone.referencesTo(VPC_TYPES, ...path, "vpc_id")),
    })),
    ...plan
      .referrersOf(zone, ["aws_route53_zone_association"], ZONE_TYPES, "zone_id")
      .map((association) => ({
        resource: association,
        domain,
        vpc: targetKey(association.referencesTo(VPC_TYPES, "vpc_id")),
      })),
  ];
}

/** The domain of a zone or namespace, in lower case, without the trailing dot. */
function domainOf(resource: Resource): string | Unknown | undefined {
  const name = resource.text("name");
  return typeof name === "string" ? plainName(name) : name;
}

const namespacesOf = (plan: PlanModel): ZoneAssociation[] =>
  plan.resourcesOfType("aws_service_discovery_private_dns_namespace").flatMap((resource) => {
    const domain = domainOf(resource);
    return domain === undefined
      ? []
      : [{ resource, domain, vpc: targetKey(resource.referencesTo(VPC_TYPES, "vpc")) }];
  });

/** The associations of VPCs with the private hosted zones and namespaces of a plan, in its order. */
export const zoneAssociationsOf = (plan: PlanModel): ZoneAssociation[] => [
  ...plan.resourcesOfType(...ZONE_TYPES).flatMap((zone) => {
    const domain = domainOf(zone);
    return domain === undefined ? [] : associationsOf(plan, zone, domain);
  }),
  ...namespacesOf(plan),
];

/** The full name of a record. Terraform appends the domain of the zone. Source: Terraform Registry, `aws_route53_record`. */
function recordName(record: Resource, domain: string | Unknown): string | Unknown {
  const text = record.text("name");
  if (isUnknown(text)) return text;
  if (isUnknown(domain)) return domain;
  const name = plainName(text ?? "");
  if (name === "") return domain;
  return isBelow(name, domain) ? name : `${name}.${domain}`;
}

function answerOf(zones: readonly PrivateZone[], host: string): ZoneAnswer | undefined {
  const unknownDomain = zones.map(({ domain }) => domain).find(isUnknown);
  if (unknownDomain) return { kind: "unknown", unknown: unknownDomain };
  const [zone] = zones
    .filter(({ domain }) => typeof domain === "string" && isBelow(host, domain))
    .sort((a, b) => String(b.domain).length - String(a.domain).length);
  if (zone === undefined || typeof zone.domain !== "string") return undefined;
  const { domain, records, resource } = zone;
  // The plan may not contain all records of a zone that it does not create.
  if (resource.mode === "data" || records === undefined)
    return {
      kind: "unknown",
      domain,
      unknown: new Unknown(resource.address, "records", "are not in this plan"),
    };
  const found = recordsFor(records, domain, host);
  if (isUnknown(found)) return { kind: "unknown", domain, unknown: found };
  if (found.length === 0) return { kind: "no-such-host", domain, zone: resource };
  const [endpoint, ...others] = new Set(
    found.flatMap((record) =>
      record
        .referencesTo(["aws_vpc_endpoint"], "alias", 0, "name")
        .references.map((reference) => reference.resource),
    ),
  );
  if (endpoint && others.length === 0 && found.length === 1)
    return { kind: "endpoint", domain, endpoint };
  const [record = resource] = found;
  return {
    kind: "unknown",
    domain,
    unknown: new Unknown(
      record.address,
      "name",
      `is ${host}, and the plan does not contain the host behind it`,
    ),
  };
}

/**
 * The records for a name: those of the name, else those of the wildcard that covers it. A wildcard does not cover a name if a
 * name between them exists. Source: RFC 4592.
 */
function recordsFor(
  records: readonly ZoneRecord[],
  domain: string,
  host: string,
): readonly Resource[] | Unknown {
  const names = new Set(records.flatMap(({ name }) => (typeof name === "string" ? [name] : [])));
  const exists = (name: string): boolean => [...names].some((other) => isBelow(other, name));
  const named = (name: string): Resource[] =>
    records
      .filter((record) => record.name === name)
      .filter(({ resource }) => ["A", "AAAA", "CNAME"].includes(String(resource.value("type"))))
      .map(({ resource }) => resource);
  const unknownName = records.map(({ name }) => name).find(isUnknown);
  if (exists(host) && (names.has(host) || !unknownName)) return named(host);
  if (unknownName) return unknownName;
  let encloser = parentOf(host);
  while (encloser !== domain && !exists(encloser)) encloser = parentOf(encloser);
  return host === domain ? [] : named(`*.${encloser}`);
}
