/** The AWS partition of a region: the second field of its ARNs. */
export type Partition = "aws" | "aws-cn" | "aws-us-gov";

/**
 * Regions, with the letters of the availability zones that a new account can use.
 * Source: AWS "Regions and Availability Zones" and "Availability Zone IDs"; ap-northeast-1b, ca-central-1c,
 * us-west-1 (two of three) and cn-north-1c are closed to new accounts or offered to few.
 */
const ZONES: Readonly<Record<string, string>> = {
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

export const regionNames: readonly string[] = Object.keys(ZONES);

export function isRegion(name: string): boolean {
  return Object.hasOwn(ZONES, name);
}

/** The availability zones of a region, such as us-east-1a; empty for an unknown region. */
export function zonesOf(region: string): readonly string[] {
  return (isRegion(region) ? (ZONES[region] ?? "") : "").split("").map((letter) => region + letter);
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
