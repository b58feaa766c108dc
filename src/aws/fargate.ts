/** A range of sizes in MiB, with both ends included. */
const range = (from: number, to: number, step: number): number[] =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);

const GIB = 1024;

/**
 * The supported sizes of Fargate tasks: memory sizes in MiB by CPU units. 1,024 CPU units are one vCPU.
 *
 * Source: Amazon ECS Developer Guide, "Troubleshoot Amazon ECS task definition invalid CPU or memory errors".
 */
export const fargateSizes: ReadonlyMap<number, readonly number[]> = new Map([
  [256, [512, 1024, 2048]],
  [512, range(GIB, 4 * GIB, GIB)],
  [1024, range(2 * GIB, 8 * GIB, GIB)],
  [2048, range(4 * GIB, 16 * GIB, GIB)],
  [4096, range(8 * GIB, 30 * GIB, GIB)],
  [8192, range(16 * GIB, 60 * GIB, 4 * GIB)],
  [16_384, range(32 * GIB, 120 * GIB, 8 * GIB)],
]);

/** Parses CPU units from a text such as "256", ".25 vCPU" or "1 vCPU"; NaN if it is invalid. */
export function cpuUnits(text: string): number {
  const vcpu = /^([\d.]+)\s*vcpu$/i.exec(text.trim())?.[1];
  return vcpu === undefined ? Number(text) : Number(vcpu) * 1024;
}

/** Parses MiB from a text such as "512" or "1 GB"; NaN if it is invalid. */
export function memoryMib(text: string): number {
  const gib = /^([\d.]+)\s*gb$/i.exec(text.trim())?.[1];
  return gib === undefined ? Number(text) : Number(gib) * GIB;
}

/** IDs of availability zones without Fargate. Source: Amazon ECS Developer Guide, "AWS Fargate Regions". */
export const zonesWithoutFargate: ReadonlySet<string> = new Set(["use1-az3"]);

/**
 * Ranges in seconds of the timeouts of a container on Fargate.
 *
 * Source: Amazon ECS API Reference, ContainerDefinition: startTimeout and stopTimeout.
 */
export const fargateTimeouts = [
  ["startTimeout", 2, 120],
  ["stopTimeout", 0, 120],
] as const;

/**
 * The platform versions of Fargate by operating system, besides LATEST. Source: Amazon ECS Developer Guide, "Fargate platform
 * versions for Amazon ECS" and "Fargate Windows platform versions".
 */
export const fargatePlatformVersions: Readonly<Record<"linux" | "windows", readonly string[]>> = {
  linux: ["1.4.0", "1.3.0"],
  windows: ["1.0.0"],
};
