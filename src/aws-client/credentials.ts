/** Credentials of AWS. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Returns credentials that are valid now. It is called for each attempt. */
export type CredentialProvider = () => Promise<Credentials>;

/**
 * AWS's default chain of credentials, in the order in which Terraform's AWS provider uses it: access keys in the environment,
 * a web identity in the environment, the profile (shared files, SSO, roles, processes), the container or the instance. The
 * packages are loaded at the first call.
 *
 * Source: Terraform AWS provider, "Authentication and Configuration"; AWS SDKs and Tools Reference Guide, "Standardized
 * credential providers".
 *
 * @param env the environment variables. Containers and instances are configured by process.env only.
 * @param region the region of the requests to STS and SSO, if the profile has none
 */
export function defaultCredentials(env: NodeJS.ProcessEnv, region: string): CredentialProvider {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (isSet(accessKeyId) && isSet(secretAccessKey)) {
    const sessionToken = env["AWS_SESSION_TOKEN"];
    const credentials = {
      accessKeyId,
      secretAccessKey,
      ...(isSet(sessionToken) ? { sessionToken } : {}),
    };
    return () => Promise.resolve(credentials);
  }
  let chain: Promise<CredentialProvider> | undefined;
  return async () => {
    chain ??= loadChain(env, region);
    return (await chain)();
  };
}

async function loadChain(env: NodeJS.ProcessEnv, region: string): Promise<CredentialProvider> {
  const { AWS_WEB_IDENTITY_TOKEN_FILE: webIdentityTokenFile, AWS_ROLE_ARN: roleArn } = env;
  const clientConfig = { region };
  if (isSet(webIdentityTokenFile) && isSet(roleArn)) {
    const { fromTokenFile } = await import("@aws-sdk/credential-provider-web-identity");
    const roleSessionName = env["AWS_ROLE_SESSION_NAME"];
    return memoized(
      fromTokenFile({
        webIdentityTokenFile,
        roleArn,
        clientConfig,
        ...(isSet(roleSessionName) ? { roleSessionName } : {}),
      }),
    );
  }
  const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
  const [profile, filepath, configFilepath] = [
    env["AWS_PROFILE"],
    env["AWS_SHARED_CREDENTIALS_FILE"],
    env["AWS_CONFIG_FILE"],
  ];
  return defaultProvider({
    clientConfig,
    ...(isSet(profile) ? { profile } : {}),
    ...(isSet(filepath) ? { filepath } : {}),
    ...(isSet(configFilepath) ? { configFilepath } : {}),
  });
}

/** Credentials are renewed this long before they expire. */
const RENEWAL_MS = 5 * 60_000;

/** Keeps credentials until shortly before they expire. */
function memoized(
  provider: () => Promise<Credentials & { readonly expiration?: Date }>,
): CredentialProvider {
  let current: ReturnType<typeof provider> | undefined;
  return async () => {
    const credentials = await current;
    const isValid =
      credentials !== undefined &&
      (credentials.expiration?.getTime() ?? Infinity) > Date.now() + RENEWAL_MS;
    if (isValid) return credentials;
    const renewed = provider();
    current = renewed;
    try {
      return await renewed;
    } catch (error) {
      current = undefined;
      throw error;
    }
  };
}

const isSet = (value: string | undefined): value is string => value !== undefined && value !== "";
