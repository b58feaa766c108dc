import { request } from "node:http";

/** How a test reaches the provider processes of its run. */
export interface SharedProvider {
  /** The value of TF_REATTACH_PROVIDERS for Terraform whose environment has no AWS variables. */
  readonly reattach: string;
  /** A socket that returns the value for another environment. The request body has the AWS variables as JSON. */
  readonly control: string;
}

/** The environment variable with a {@link SharedProvider} as JSON. */
const VARIABLE = "BERTH_TEST_PROVIDER";

type Environment = Readonly<Record<string, string | undefined>>;

/** Makes Terraform processes of this test process use the shared provider processes of the test run, or start their own. */
export function useSharedProvider(provider: SharedProvider | undefined): void {
  if (provider === undefined) {
    delete process.env[VARIABLE];
    delete process.env["TF_REATTACH_PROVIDERS"];
    return;
  }
  process.env[VARIABLE] = JSON.stringify(provider);
  process.env["TF_REATTACH_PROVIDERS"] = provider.reattach;
}

/**
 * Environment variables that connect Terraform to running provider processes. Without them, each Terraform command starts
 * the AWS provider three times and reads the schemas of all its resource types, which takes 5 to 7 CPU seconds.
 *
 * Empty if each command is to start its provider, as for users: if the run has no shared processes, and if a test sets AWS
 * variables without an endpoint, because such a test checks that the variables do not reach the provider.
 *
 * @param env the environment of the Terraform command. A running provider does not get it. Therefore a provider process is
 *   started with its AWS variables
 */
export async function attachedProvider(
  env: Environment,
): Promise<Readonly<{ TF_REATTACH_PROVIDERS?: string }>> {
  const text = process.env[VARIABLE];
  if (text === undefined) return {};
  const { reattach, control } = JSON.parse(text) as SharedProvider; // useSharedProvider wrote it
  const aws = Object.entries(env).filter(([name]) => name.startsWith("AWS_"));
  if (aws.length === 0) return { TF_REATTACH_PROVIDERS: reattach };
  if (env["AWS_ENDPOINT_URL"] === undefined) return {};
  return { TF_REATTACH_PROVIDERS: await post(control, JSON.stringify(Object.fromEntries(aws))) };
}

const post = (socketPath: string, body: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const call = request({ socketPath, method: "POST" }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.once("end", () => resolve(text));
    });
    call.once("error", reject);
    call.end(body);
  });
