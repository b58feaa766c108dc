import { realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { UserError } from "../../shared/errors.ts";
import { replaceFile } from "../../shared/files.ts";
import { pinnedProvider } from "../../sandbox/environment.ts";
import { type Module, type Place, type ProviderBlock, providerOf } from "./hcl-modules.ts";
import { AWS } from "./providers.ts";

/** Terraform merges override files by name: this one has the last word. */
const FILE = "zzzz_berth_override.tf.json";

/** Arguments of the AWS provider that would lead it, or its credentials, elsewhere. */
const ELSEWHERE = [
  "profile",
  "shared_config_files",
  "shared_credentials_files",
  "token",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "custom_ca_bundle",
  "insecure",
  "ec2_metadata_service_endpoint",
  "ec2_metadata_service_endpoint_mode",
  "sts_region",
  "use_dualstack_endpoint",
  "use_fips_endpoint",
  "allowed_account_ids",
  "forbidden_account_ids",
];

/** A token whose claims are none: the sandbox gives sessions of roles that are made elsewhere. */
const TOKEN = "e30.e30.sandbox";

export interface Pins {
  readonly url: string;
  readonly account: string | undefined;
  /** Attempts that the provider makes after the first. */
  readonly retries: number;
}

/** The account that a provider block insists on, where it says so in plain words. */
function accountOf({ body }: ProviderBlock): string | undefined {
  const allowed = body["allowed_account_ids"];
  const [first]: readonly unknown[] = Array.isArray(allowed) ? allowed : [];
  return typeof first === "string" && /^\d{12}$/.test(first) ? first : undefined;
}

function overrideOf(block: ProviderBlock, { url, account, retries }: Pins): object {
  const { body, alias } = block;
  const web = body["assume_role_with_web_identity"];
  const roles: readonly unknown[] = Array.isArray(web) ? web : [];
  return {
    ...(alias === undefined ? {} : { alias }),
    ...Object.fromEntries(ELSEWHERE.filter((key) => key in body).map((key) => [key, null])),
    ...pinnedProvider(url, account ?? accountOf(block), retries),
    ...(roles.length === 0
      ? {}
      : {
          assume_role_with_web_identity: roles.map((role) => ({
            ...(role as object), // a block
            web_identity_token: TOKEN,
            web_identity_token_file: null,
          })),
        }),
  };
}

/** A stack that was applied before: where its state is said to be, and where it is. */
export interface BackendState {
  readonly directory: string;
  readonly backend: Place;
  readonly stateFile: string;
}

const isPlain = (value: unknown): boolean => typeof value !== "string" || !value.includes("${");

/** What tells one state from another in a place of that kind. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  s3: ["bucket", "key"],
  local: ["path"],
};

function pathIn({ config }: Place): string {
  const path = config["path"];
  // The module's folder is the one that the path is resolved from.
  return typeof path === "string"
    ? path.replace(/^\$\{path\.(module|root|cwd)\}\//, "")
    : "terraform.tfstate";
}

function fits(wanted: Place, from: Module, kept: BackendState): boolean {
  if (wanted.type !== kept.backend.type) return false;
  if (wanted.type === "local") {
    return (
      resolve(kept.directory, pathIn(kept.backend)) === resolve(from.directory, pathIn(wanted))
    );
  }
  const names = NAMES[wanted.type] ?? Object.keys(wanted.config);
  return names.every(
    (name) =>
      !isPlain(wanted.config[name]) ||
      JSON.stringify(wanted.config[name]) === JSON.stringify(kept.backend.config[name]),
  );
}

/**
 * Finds the state that a remote state means, among those of the stacks before.
 *
 * @throws UserError where none fits, or more than one does
 */
function keptFor(
  name: string,
  wanted: Place,
  from: Module,
  before: readonly BackendState[],
): BackendState {
  const found = before.filter((kept) => fits(wanted, from, kept));
  const [first] = found;
  if (first && found.length === 1) return first;
  throw new UserError(
    "BERTH-E5003",
    found.length === 0
      ? `data.terraform_remote_state.${name} reads a state that no stack before it keeps`
      : `data.terraform_remote_state.${name} may mean the state of ${found.length} stacks`,
    {
      where: from.directory,
      fix:
        found.length === 0
          ? "name the folder of the stack that keeps it before this one: berth rehearse network service"
          : "write bucket and key as they are, not as expressions",
    },
  );
}

/** The local name of the AWS provider in modules that know it by none and call another provider aws. */
const OWN_NAME = "berth_aws";

function awsNameIn(module: Module): string {
  const named = Object.keys(module.sources).find((name) => providerOf(module, name) === AWS);
  return named ?? (providerOf(module, "aws") === AWS ? "aws" : OWN_NAME);
}

/** Writes beside a module what turns it to the sandbox and to a state of its own. */
export function writeOverride(
  module: Module,
  original: Module,
  options: {
    readonly pins: Pins;
    readonly before: readonly BackendState[];
    /** The folder that holds the copies: nothing is written outside of it. */
    readonly below: string;
    /** Arguments of the local backend: root modules alone have one. */
    readonly backend?: Readonly<Record<string, string>>;
  },
): void {
  const { pins, before, below, backend } = options;
  const isRoot = backend !== undefined;
  const blocks = module.providers.map(
    (provider) => [provider.name, overrideOf(provider, pins)] as const,
  );
  const hasDefault = module.providers.some((provider) => provider.alias === undefined);
  const local = awsNameIn(module);
  const own =
    isRoot && !hasDefault
      ? [[local, pinnedProvider(pins.url, pins.account, pins.retries)] as const]
      : [];
  const byName: Record<string, object[]> = {};
  for (const [name, body] of [...own, ...blocks]) (byName[name] ??= []).push(body);
  const states = Object.entries(module.remoteStates).map(([name, wanted]) => [
    name,
    {
      backend: "local",
      workspace: null,
      config: { path: keptFor(name, wanted, original, before).stateFile },
    },
  ]);
  const override = {
    ...(isRoot
      ? {
          terraform: {
            backend: { local: backend },
            ...(local === OWN_NAME ? { required_providers: { [local]: { source: AWS } } } : {}),
          },
        }
      : {}),
    ...(Object.keys(byName).length > 0 ? { provider: byName } : {}),
    ...(states.length > 0 ? { data: { terraform_remote_state: Object.fromEntries(states) } } : {}),
  };
  if (Object.keys(override).length === 0) return;
  const file = join(realpathSync(module.directory), FILE);
  replaceFile(file, `${JSON.stringify(override, undefined, 2)}\n`, { below: realpathSync(below) });
}
