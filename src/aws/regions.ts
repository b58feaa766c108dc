/** The AWS partition of a region: the second field of its ARNs. */
export type Partition = "aws" | "aws-cn" | "aws-us-gov";

/** A region that Berth knows. */
export type RegionName =
  | "af-south-1"
  | "ap-east-1"
  | "ap-northeast-1"
  | "ap-northeast-2"
  | "ap-northeast-3"
  | "ap-south-1"
  | "ap-south-2"
  | "ap-southeast-1"
  | "ap-southeast-2"
  | "ap-southeast-3"
  | "ap-southeast-4"
  | "ap-southeast-5"
  | "ap-southeast-7"
  | "ca-central-1"
  | "ca-west-1"
  | "eu-central-1"
  | "eu-central-2"
  | "eu-north-1"
  | "eu-south-1"
  | "eu-south-2"
  | "eu-west-1"
  | "eu-west-2"
  | "eu-west-3"
  | "il-central-1"
  | "me-central-1"
  | "me-south-1"
  | "mx-central-1"
  | "sa-east-1"
  | "us-east-1"
  | "us-east-2"
  | "us-west-1"
  | "us-west-2"
  | "us-gov-east-1"
  | "us-gov-west-1"
  | "cn-north-1"
  | "cn-northwest-1";

/**
 * Regions, with the letters of the availability zones that a new account can use.
 * Source: AWS "Regions and Availability Zones" and "Availability Zone IDs"; ap-northeast-1b, ca-central-1c,
 * us-west-1 (two of three) and cn-north-1c are closed to new accounts or offered to few.
 */
const ZONES: Readonly<Record<RegionName, string>> = {
  "af-south-1": "abc",
  "ap-east-1": "abc",
  "ap-northeast-1": "acd",
  "ap-northeast-2": "abcd",
  "ap-northeast-3": "abc",
  "ap-south-1": "abc",
  "ap-south-2": "abc",
  "ap-southeast-1": "abc",
  "ap-southeast-2": "abc",
  "ap-southeast-3": "abc",
  "ap-southeast-4": "abc",
  "ap-southeast-5": "abc",
  "ap-southeast-7": "abc",
  "ca-central-1": "abd",
  "ca-west-1": "abc",
  "eu-central-1": "abc",
  "eu-central-2": "abc",
  "eu-north-1": "abc",
  "eu-south-1": "abc",
  "eu-south-2": "abc",
  "eu-west-1": "abc",
  "eu-west-2": "abc",
  "eu-west-3": "abc",
  "il-central-1": "abc",
  "me-central-1": "abc",
  "me-south-1": "abc",
  "mx-central-1": "abc",
  "sa-east-1": "abc",
  "us-east-1": "abcdef",
  "us-east-2": "abc",
  "us-west-1": "ac",
  "us-west-2": "abcd",
  "us-gov-east-1": "abc",
  "us-gov-west-1": "abc",
  "cn-north-1": "ab",
  "cn-northwest-1": "abc",
};

/** A region. An editor completes the known names; the type also accepts other strings, such as a variable. */
export type Region = RegionName | (string & Record<never, never>);

/** The places that AWS uses in the names of regions. Source: AWS "AWS Regions", column "Name". */
const PLACES: Readonly<Record<RegionName, string>> = {
  "af-south-1": "Cape Town",
  "ap-east-1": "Hong Kong",
  "ap-northeast-1": "Tokyo",
  "ap-northeast-2": "Seoul",
  "ap-northeast-3": "Osaka",
  "ap-south-1": "Mumbai",
  "ap-south-2": "Hyderabad",
  "ap-southeast-1": "Singapore",
  "ap-southeast-2": "Sydney",
  "ap-southeast-3": "Jakarta",
  "ap-southeast-4": "Melbourne",
  "ap-southeast-5": "Malaysia",
  "ap-southeast-7": "Thailand",
  "ca-central-1": "Central",
  "ca-west-1": "Calgary",
  "eu-central-1": "Frankfurt",
  "eu-central-2": "Zurich",
  "eu-north-1": "Stockholm",
  "eu-south-1": "Milan",
  "eu-south-2": "Spain",
  "eu-west-1": "Ireland",
  "eu-west-2": "London",
  "eu-west-3": "Paris",
  "il-central-1": "Tel Aviv",
  "me-central-1": "UAE",
  "me-south-1": "Bahrain",
  "mx-central-1": "Mexico",
  "sa-east-1": "São Paulo",
  "us-east-1": "N. Virginia",
  "us-east-2": "Ohio",
  "us-west-1": "N. California",
  "us-west-2": "Oregon",
  "us-gov-east-1": "US-East",
  "us-gov-west-1": "US-West",
  "cn-north-1": "Beijing",
  "cn-northwest-1": "Ningxia",
};

/** The region of a place, such as Ireland; undefined if no region has this place in its name. */
export const regionAt = (place: string): string | undefined =>
  Object.entries(PLACES).find(([, name]) => name.toLowerCase() === place.toLowerCase())?.[0];

export const regionNames: readonly string[] = Object.keys(ZONES);

export function isRegion(name: string): name is RegionName {
  return Object.hasOwn(ZONES, name);
}

/** The availability zones of a region, such as us-east-1a; empty for an unknown region. */
export function zonesOf(region: string): readonly string[] {
  return (isRegion(region) ? ZONES[region] : "").split("").map((letter) => region + letter);
}

export function partitionOf(region: string): Partition {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** The number of availability zones for which the network layout reserves address space: the letters a to h. */
export const ZONE_SLOTS = 8;

/** The slot of an availability zone, from its letter: 0 for us-east-1a, 7 for us-east-1h. */
export function zoneSlot(zone: string): number {
  return zone.charCodeAt(zone.length - 1) - "a".charCodeAt(0);
}

/** The DNS suffix of the AWS service endpoints in a partition. */
export function dnsSuffix(partition: Partition): string {
  return partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
}
