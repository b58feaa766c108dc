import { serviceEntries } from "./services/index.ts";

/**
 * Environment variables that are passed to programs in the sandbox. A star at the end matches any rest of a name. All
 * other variables are removed: credentials, tokens, proxies.
 */
export const PASSED_VARIABLES = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "TERM",
  "NO_COLOR",
  "TZ",
  "LANG",
  "LANGUAGE",
  "LC_*",
  "TMPDIR",
  "TMP",
  "TEMP",
  "XDG_*",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NIX_SSL_CERT_FILE",
  "GOGC",
  "GOMEMLIMIT",
  "GOMAXPROCS",
  "GODEBUG",
  "PLUGIN_MIN_PORT",
  "PLUGIN_MAX_PORT",
  "PLUGIN_UNIX_SOCKET_DIR",
  "PLUGIN_UNIX_SOCKET_GROUP",
  "TF_VAR_*",
  "TF_LOG*",
  "TF_CLI_CONFIG_FILE",
  "TF_PLUGIN_CACHE_*",
  "TF_REATTACH_PROVIDERS",
  "TF_REGISTRY_*",
  "TF_PROVIDER_DOWNLOAD_RETRY",
] as const;

/**
 * Additional variables for Terraform while it downloads modules and providers. No code of the configuration runs at
 * that time.
 */
export const FETCH_VARIABLES = [
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "NETRC",
  "GIT_*",
  "SSH_*",
  "TF_TOKEN_*",
] as const;

/** Terraform input variables whose name indicates credentials or endpoints of AWS. They are not passed. */
const AWS_INPUT_VARIABLE = /^TF_VAR_aws_/i;

const isNamed = (name: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) =>
    pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );

const select = (
  environment: NodeJS.ProcessEnv,
  isPassed: (name: string) => boolean,
): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => isPassed(name)));

/**
 * The environment of a client that must reach only the sandbox. Of the original environment it contains the {@link
 * PASSED_VARIABLES}.
 *
 * @param account account ID of the sandbox: 12 digits, passed as the access key ID
 */
export function sandboxEnvironment(
  environment: NodeJS.ProcessEnv,
  url: string,
  account: string | undefined,
): NodeJS.ProcessEnv {
  return {
    ...select(
      environment,
      (name) => isNamed(name, PASSED_VARIABLES) && !AWS_INPUT_VARIABLE.test(name),
    ),
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: account ?? "sandbox",
    AWS_SECRET_ACCESS_KEY: "sandbox",
    AWS_CONFIG_FILE: "/nonexistent/berth-sandbox",
    AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/berth-sandbox",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

/** The variables for the download of modules and providers: the {@link FETCH_VARIABLES}. */
export const fetchEnvironment = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  // Programs read the names of proxy variables in lower and in upper case.
  select(environment, (name) => isNamed(name.toUpperCase(), FETCH_VARIABLES));

/**
 * Arguments of Terraform's AWS provider that pin it to the sandbox, so that its configuration cannot point to a real
 * account.
 *
 * @param retries number of attempts after the first
 */
export function pinnedProvider(
  url: string,
  account: string | undefined,
  retries: number = 2,
): Readonly<Record<string, unknown>> {
  const endpoints = Object.fromEntries(
    Object.entries(serviceEntries).map(([name, { terraformName }]) => [terraformName ?? name, url]),
  );
  return {
    access_key: account ?? "sandbox",
    secret_key: "sandbox",
    s3_use_path_style: true,
    endpoints: [endpoints],
    max_retries: retries,
  };
}

/** A Terraform override file that pins the AWS provider of a root module to the sandbox. */
export function sandboxOverride(url: string, account: string | undefined): string {
  return `${JSON.stringify({ provider: { aws: pinnedProvider(url, account) } }, undefined, 2)}\n`;
}
