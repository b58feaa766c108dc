import { realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { berthCommand, UserError, replaceFile } from "../../shared/index.ts";
import { pinnedProvider } from "../../sandbox/client.ts";
import { type Module, type ProviderBlock, providerOf, type StateLocation } from "./hcl-modules.ts";
import { AWS } from "./providers.ts";

/** Terraform merges override files in the order of their names. This file is the last one. */
const OVERRIDE_FILE = "zzzz_berth_override.tf.json";

/** Arguments of the AWS provider that would send its calls or credentials to another place. */
const REMOVED_ARGUMENTS = [
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

/** A web identity token without claims. The sandbox accepts it for roles that exist outside the configuration. */
const WEB_IDENTITY_TOKEN = "e30.e30.sandbox";

/** The sandbox that the AWS provider uses. */
export interface ProviderTarget {
  /** The URL of the sandbox. */
  readonly url: string;
  readonly account: string | undefined;
  /** Attempts of the provider after the first. */
  readonly retries: number;
}

/** The first allowed account of a provider block, if it is a literal. */
function accountOf({ body }: ProviderBlock): string | undefined {
  const allowed = body["allowed_account_ids"];
  const [first]: readonly unknown[] = Array.isArray(allowed) ? allowed : [];
  return typeof first === "string" && /^\d{12}$/.test(first) ? first : undefined;
}

function overrideOf(block: ProviderBlock, { url, account, retries }: ProviderTarget): object {
  const { body, alias } = block;
  const webIdentity = body["assume_role_with_web_identity"];
  const roles: readonly unknown[] = Array.isArray(webIdentity) ? webIdentity : [];
  return {
    ...(alias === undefined ? {} : { alias }),
    ...Object.fromEntries(REMOVED_ARGUMENTS.filter((key) => key in body).map((key) => [key, null])),
    ...pinnedProvider(url, account ?? accountOf(block), retries),
    ...(roles.length === 0
      ? {}
      : {
          assume_role_with_web_identity: roles.map((role) => ({
            ...(role as object), // a block
            web_identity_token: WEB_IDENTITY_TOKEN,
            web_identity_token_file: null,
          })),
        }),
  };
}

/** The state of an earlier stack. */
export interface BackendState {
  readonly directory: string;
  /** The location of the state in the configuration. */
  readonly backend: StateLocation;
  /** Path of the state file that the rehearsal uses. */
  readonly stateFile: string;
}

const isLiteral = (value: unknown): boolean => typeof value !== "string" || !value.includes("${");

/** The arguments of a backend that identify a state. */
const IDENTIFYING_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  s3: ["bucket", "key"],
  local: ["path"],
};

function pathIn({ config }: StateLocation): string {
  const path = config["path"];
  // The path is relative to the folder of the module.
  return typeof path === "string"
    ? path.replace(/^\$\{path\.(module|root|cwd)\}\//, "")
    : "terraform.tfstate";
}

function isSameState(wanted: StateLocation, module: Module, state: BackendState): boolean {
  if (wanted.type !== state.backend.type) return false;
  if (wanted.type === "local") {
    return (
      resolve(state.directory, pathIn(state.backend)) === resolve(module.directory, pathIn(wanted))
    );
  }
  const names = IDENTIFYING_ARGUMENTS[wanted.type] ?? Object.keys(wanted.config);
  return names.every(
    (name) =>
      !isLiteral(wanted.config[name]) ||
      JSON.stringify(wanted.config[name]) === JSON.stringify(state.backend.config[name]),
  );
}

/** The states of earlier stacks that a terraform_remote_state data source can read. */
const matchingStates = (
  wanted: StateLocation,
  module: Module,
  earlierStates: readonly BackendState[],
): BackendState[] => earlierStates.filter((state) => isSameState(wanted, module, state));

const noSingleStateError = (name: string, count: number, module: Module): UserError =>
  new UserError(
    "BERTH-E5003",
    count === 0
      ? `data.terraform_remote_state.${name} does not read the state of an earlier stack`
      : `data.terraform_remote_state.${name} matches the states of ${count} stacks`,
    {
      where: module.directory,
      fix:
        count === 0
          ? `pass the folder of the stack that stores this state first: ${berthCommand()} rehearse network service`
          : "write bucket and key as literals, not as expressions",
    },
  );

/**
 * Arguments of a terraform_remote_state that Terraform reads only during the apply, because one of them is unknown until
 * then. The path is the one of the state that it would read.
 */
const deferredState = (path: string): object => ({
  backend: "local",
  workspace: null,
  config: { path },
  defaults: { berth_deferred: "${uuid()}" },
});

/** The path of a state that no earlier stack stores. */
const UNMATCHED_PATH = "unmatched.tfstate";

/** The local name of the AWS provider in modules that use the name aws for another provider. */
const ALTERNATIVE_NAME = "berth_aws";

function awsNameIn(module: Module): string {
  const named = Object.keys(module.sources).find((name) => providerOf(module, name) === AWS);
  return named ?? (providerOf(module, "aws") === AWS ? "aws" : ALTERNATIVE_NAME);
}

/**
 * Writes an override file into a module that redirects it to the sandbox and to a local state.
 *
 * @returns names of the remote states that no earlier stack stores, where `statesExist` is false
 * @throws UserError BERTH-E5003 where not exactly one stack stores a remote state
 */
export function writeOverride(
  module: Module,
  original: Module,
  options: {
    readonly providerTarget: ProviderTarget;
    readonly earlierStates: readonly BackendState[];
    /** Whether the earlier stacks have been applied. Otherwise Terraform must not read their states in a plan. */
    readonly statesExist: boolean;
    /** The folder of the copies. The file must be below it. */
    readonly below: string;
    /** Arguments of the local backend, for root modules only. */
    readonly backend?: Readonly<Record<string, string>>;
  },
): readonly string[] {
  const { providerTarget, earlierStates, statesExist, below, backend } = options;
  const isRoot = backend !== undefined;
  const blocks = module.providers.map(
    (provider) => [provider.name, overrideOf(provider, providerTarget)] as const,
  );
  const hasDefault = module.providers.some((provider) => provider.alias === undefined);
  const awsName = awsNameIn(module);
  const { url, account, retries } = providerTarget;
  const defaultProvider =
    isRoot && !hasDefault ? [[awsName, pinnedProvider(url, account, retries)] as const] : [];
  const byName: Record<string, object[]> = {};
  for (const [name, body] of [...defaultProvider, ...blocks]) (byName[name] ??= []).push(body);
  const unmatched: string[] = [];
  const states = Object.entries(module.remoteStates).map(([name, wanted]) => {
    const matching = matchingStates(wanted, original, earlierStates);
    const [state] = matching;
    const isMatched = state !== undefined && matching.length === 1;
    if (!isMatched && (statesExist || matching.length > 1))
      throw noSingleStateError(name, matching.length, original);
    if (!isMatched) unmatched.push(name);
    const path = state?.stateFile ?? UNMATCHED_PATH;
    return [
      name,
      statesExist ? { backend: "local", workspace: null, config: { path } } : deferredState(path),
    ];
  });
  const override = {
    ...(isRoot
      ? {
          terraform: {
            backend: { local: backend },
            ...(awsName === ALTERNATIVE_NAME
              ? { required_providers: { [awsName]: { source: AWS } } }
              : {}),
          },
        }
      : {}),
    ...(Object.keys(byName).length > 0 ? { provider: byName } : {}),
    ...(states.length > 0 ? { data: { terraform_remote_state: Object.fromEntries(states) } } : {}),
  };
  if (Object.keys(override).length === 0) return unmatched;
  const file = join(realpathSync(module.directory), OVERRIDE_FILE);
  replaceFile(file, `${JSON.stringify(override, undefined, 2)}\n`, { below: realpathSync(below) });
  return unmatched;
}
