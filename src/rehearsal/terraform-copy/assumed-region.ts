import type { Module } from "./hcl-modules.ts";
import { stringsIn } from "./module-blocks.ts";

/** The region for a configuration that sets none. */
export interface AssumedRegion {
  readonly region: string;
  /** The assumption, for the user. */
  readonly text: string;
}

const DEFAULT_REGION = "us-east-1";

/** Names of availability zones, such as eu-west-1a: a text, or quoted in an expression. */
const ZONES = /(?:^|")([a-z]{2}(?:-[a-z]+)?-[a-z]+-\d)[a-z](?=$|")/g;

/**
 * The region that Terraform would take from the user's environment or profile, which a rehearsal does not read: that of the
 * availability zones in the configuration, or us-east-1. Undefined if the AWS providers of the root module set a region.
 *
 * @param tree the root module and the modules that it calls
 */
export function assumedRegionOf(tree: readonly Module[]): AssumedRegion | undefined {
  const providers = tree[0]?.providers ?? [];
  const isSet =
    providers.length > 0 &&
    providers.every(({ alias, body }) => alias !== undefined || body["region"] !== undefined);
  const texts = tree.flatMap(({ files }) => files.flatMap(({ body }) => [...stringsIn(body)]));
  if (isSet || !texts.some((text) => text.startsWith("aws_"))) return undefined;
  const regions = new Set(
    texts.flatMap((text) => [...text.matchAll(ZONES)].flatMap(([, region]) => region ?? [])),
  );
  const [region, ...others] = regions;
  return region !== undefined && others.length === 0
    ? {
        region,
        text: `no region is set: ${region} is used, the region of the availability zones in the configuration`,
      }
    : { region: DEFAULT_REGION, text: `no region is set: ${DEFAULT_REGION} is used` };
}
