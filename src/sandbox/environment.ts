import { services } from "./services/index.ts";

/** Names by which Terraform's AWS provider calls endpoints, where they differ from the signing name. */
const PROVIDER_NAMES: Readonly<Record<string, string>> = {
  "application-autoscaling": "appautoscaling",
  elasticloadbalancing: "elbv2",
  monitoring: "cloudwatch",
};

/** Variables that could lead a client past the sandbox. */
const LEADS_ELSEWHERE = /^(AWS_|TF_VAR_aws_|https?_proxy$|all_proxy$)/i;

/**
 * The environment for a client that must see the sandbox and nothing else: the credentials, profiles, endpoints and
 * proxies of the given one are gone.
 *
 * @param account chooses the sandbox's account: 12 digits, passed as the access key id
 */
export function sandboxEnvironment(
  given: NodeJS.ProcessEnv,
  url: string,
  account: string | undefined,
): NodeJS.ProcessEnv {
  const kept = Object.entries(given).filter(([name]) => !LEADS_ELSEWHERE.test(name));
  return {
    ...Object.fromEntries(kept),
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: account ?? "sandbox",
    AWS_SECRET_ACCESS_KEY: "sandbox",
    AWS_CONFIG_FILE: "/nonexistent/berth-sandbox",
    AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/berth-sandbox",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

/**
 * Arguments of Terraform's AWS provider that pin it to the sandbox, so that no configuration of its own can lead it to
 * an account.
 *
 * @param retries attempts after the first
 */
export function pinnedProvider(
  url: string,
  account: string | undefined,
  retries: number = 2,
): Readonly<Record<string, unknown>> {
  const endpoints = Object.fromEntries(
    services.map(({ name }) => [PROVIDER_NAMES[name] ?? name, url]),
  );
  return {
    access_key: account ?? "sandbox",
    secret_key: "sandbox",
    s3_use_path_style: true,
    endpoints: [endpoints],
    max_retries: retries,
  };
}

/** A Terraform override file that does so for the provider of a root module. */
export function sandboxOverride(url: string, account: string | undefined): string {
  return `${JSON.stringify({ provider: { aws: pinnedProvider(url, account) } }, undefined, 2)}\n`;
}
