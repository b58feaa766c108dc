import { isUnknown } from "../../../plan/index.ts";
import { type ZoneAssociation, zoneAssociationsOf } from "../../../topology/index.ts";
import { type Check, pass, unknownOutcome } from "../../engine/check.ts";

export const privateZoneNamesCheck: Check = {
  id: "private-zone-names",
  question: "other",
  title: "The private hosted zones of a VPC have different names",
  severity: "error",
  ids: [],
  explanation:
    "Route 53 rejects the association of a VPC with a second private hosted zone of the same name, and a second association with the same zone. A private DNS namespace of AWS Cloud Map creates such a zone.",
  sources: [
    "Amazon Route 53 API Reference, AssociateVPCWithHostedZone: ConflictingDomainExists",
    "AWS Cloud Map API Reference, CreatePrivateDnsNamespace",
  ],
  *run({ plan }) {
    const associations = zoneAssociationsOf(plan);
    for (const [index, association] of associations.entries()) {
      const { resource, domain, vpc } = association;
      const similar = associations
        .slice(0, index)
        .filter((other) => mayConflict(association, other));
      const conflict = similar.find(
        (other) =>
          vpc !== undefined && other.vpc === vpc && !isUnknown(domain) && !isUnknown(other.domain),
      );
      if (conflict)
        yield {
          answer: "fail",
          address: resource.address,
          message: `${vpc} is already associated with a private hosted zone named ${String(domain)}, by ${conflict.resource.address}`,
          fix: "Use one zone, or another name, and associate the VPC once",
        };
      else if (similar.length > 0) {
        const unknownVpc = [association, ...similar].find((zone) => zone.vpc === undefined);
        yield unknownOutcome(
          resource.address,
          [domain, ...similar.map((other) => other.domain)].find(isUnknown) ??
            `the VPC of ${(unknownVpc ?? association).resource.address} is unknown, and another private hosted zone has the same name`,
        );
      } else yield pass(resource.address);
    }
  },
};

/** True unless the names or the VPCs are known and different. */
const mayConflict = (a: ZoneAssociation, b: ZoneAssociation): boolean =>
  (isUnknown(a.domain) || isUnknown(b.domain) || a.domain === b.domain) &&
  (a.vpc === undefined || b.vpc === undefined || a.vpc === b.vpc);
