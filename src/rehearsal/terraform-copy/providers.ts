/** Kinds of blocks that a provider implements. */
export type BlockKind = "resource" | "data" | "ephemeral" | "action";

/** What a block does outside the sandbox while Terraform runs. */
export type LocalEffect = "runs-code" | "uses-network" | "writes-files";

/** A block type of an accepted provider that acts outside the sandbox. */
interface EffectRule {
  readonly block: BlockKind;
  readonly type: string;
  readonly effect: LocalEffect;
}

/** Why a provider may run in a rehearsal, and which of its blocks act on this machine or on the network. */
interface ProviderPolicy {
  readonly reason: string;
  readonly effects?: readonly EffectRule[];
}

/** The provider that is redirected to the sandbox. */
export const AWS = "hashicorp/aws";

/** The provider that is part of Terraform itself. */
export const BUILT_IN = "terraform.io/builtin/terraform";

/**
 * Providers that run in a rehearsal by default. Every other provider may access real systems, so its resources are skipped
 * unless the user allows it.
 *
 * Sources: the documentation of each provider in the Terraform Registry, pages "Provider" and those of the named types.
 */
const PROVIDERS: Readonly<Record<string, ProviderPolicy>> = {
  [AWS]: {
    reason: "redirected to the sandbox",
    // Page "aws_ip_ranges": downloads ip-ranges.amazonaws.com, or the URL in the configuration. It ignores endpoints.
    effects: [{ block: "data", type: "aws_ip_ranges", effect: "uses-network" }],
  },
  [BUILT_IN]: {
    reason:
      "stores values in the state; remote states are redirected to the states of the rehearsal",
  },
  "hashicorp/random": { reason: "generates values" },
  "hashicorp/null": { reason: "does nothing; its provisioners are listed separately" },
  "hashicorp/time": { reason: "reads the clock and waits" },
  "hashicorp/cloudinit": { reason: "renders a document" },
  "hashicorp/tls": {
    reason: "generates keys and certificates",
    effects: [{ block: "data", type: "tls_certificate", effect: "uses-network" }],
  },
  "hashicorp/template": {
    reason: "renders templates",
    effects: [{ block: "resource", type: "template_dir", effect: "writes-files" }],
  },
  "hashicorp/archive": {
    reason: "writes an archive to the path in the configuration",
    effects: [
      { block: "data", type: "archive_file", effect: "writes-files" },
      { block: "resource", type: "archive_file", effect: "writes-files" },
    ],
  },
  "hashicorp/local": {
    reason: "reads and writes files on this machine",
    effects: [
      { block: "resource", type: "local_file", effect: "writes-files" },
      { block: "resource", type: "local_sensitive_file", effect: "writes-files" },
      { block: "data", type: "local_command", effect: "runs-code" },
      { block: "action", type: "local_command", effect: "runs-code" },
    ],
  },
  "hashicorp/http": {
    reason: "sends the request in the configuration",
    effects: [
      { block: "data", type: "http", effect: "uses-network" },
      { block: "ephemeral", type: "http", effect: "uses-network" },
    ],
  },
  "hashicorp/external": {
    reason: "runs the program in the configuration",
    effects: [{ block: "data", type: "external", effect: "runs-code" }],
  },
};

const OFFICIAL_HOSTS = new Set(["registry.terraform.io", "registry.opentofu.org"]);

/**
 * The address of a provider: `namespace/type` in the public registries, `host/namespace/type` in other registries.
 *
 * Source: Terraform, "Provider Requirements", section "Source Addresses": hosts, namespaces and types do not
 * distinguish upper from lower case; the default namespace is hashicorp.
 *
 * @param source a source in `required_providers` or in the output of Terraform
 */
export function providerAddress(source: string): string {
  const parts = source.toLowerCase().split("/");
  if (parts.length === 1) return `hashicorp/${parts[0] ?? ""}`;
  const [host = "", ...rest] = parts;
  return parts.length === 3 && OFFICIAL_HOSTS.has(host) ? rest.join("/") : parts.join("/");
}

/** The provider of a local name that is not in `required_providers`. */
export const impliedProvider = (localName: string): string =>
  localName === "terraform" ? BUILT_IN : providerAddress(localName);

/** True if a provider runs in a rehearsal by default. */
export const isAccepted = (address: string): boolean => Object.hasOwn(PROVIDERS, address);

/** The effect of a block of an accepted provider outside the sandbox; undefined if it has none. */
export const effectOf = (
  address: string,
  block: BlockKind,
  type: string,
): LocalEffect | undefined =>
  isAccepted(address)
    ? PROVIDERS[address]?.effects?.find((rule) => rule.block === block && rule.type === type)
        ?.effect
    : undefined;

/** The accepted providers with the reason for each, for the documentation. */
export const acceptedProviders = (): readonly {
  readonly source: string;
  readonly reason: string;
  readonly effects: readonly EffectRule[];
}[] =>
  Object.entries(PROVIDERS).map(([source, { reason, effects = [] }]) => ({
    source,
    reason,
    effects,
  }));
