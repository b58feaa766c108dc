import { join } from "node:path";
import type { Settings } from "../config/index.ts";
import { sandboxEnvironment, sandboxOverride } from "../sandbox/client.ts";
import { DEFAULT_ACCOUNT } from "../sandbox/default-account.ts";
import { berthCommand, isObject, UserError } from "../shared/index.ts";
import type { OperationHost } from "./host.ts";
import type { InfrastructureOptions, ResolvedOptions } from "./options.ts";

/** A sandbox that an operation uses. */
export interface OpenSandbox {
  readonly url: string;
  /** A Terraform file that pins the AWS provider to the sandbox. */
  readonly override: string;
  /** The environment of a client that must reach only the sandbox. */
  readonly environment: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

/**
 * Starts the sandbox of the project, or uses the one at the URL of the options.
 *
 * @param directory the folder of the sandbox's state
 * @param purpose the account; and the settings that name existing resources, which an empty sandbox gets
 * @throws UserError BERTH-E4007 if no sandbox responds at the URL
 */
export async function openSandbox(
  { sandbox: url, env }: Pick<ResolvedOptions<InfrastructureOptions>, "sandbox" | "env">,
  directory: string,
  { account, settings }: { readonly account?: string | undefined; readonly settings?: Settings },
  host: OperationHost,
): Promise<OpenSandbox> {
  const sandboxAt = (url: string, close: () => Promise<void>): OpenSandbox => ({
    url,
    override: sandboxOverride(url, account),
    environment: sandboxEnvironment(env, url, account),
    close,
  });
  if (typeof url === "string") {
    await assertResponds(url);
    return sandboxAt(url.replace(/\/$/, ""), () => Promise.resolve());
  }
  host.event?.({ type: "step-started", step: "sandbox" });
  const { startSandbox } = await import("../sandbox/index.ts");
  const sandbox = await startSandbox({ stateFile: join(directory, "world.json") });
  if (settings) {
    const { seedExistingResources } = await import("../sandbox-seed/index.ts");
    for (const resource of seedExistingResources(sandbox, settings, account ?? DEFAULT_ACCOUNT))
      host.event?.({ type: "resource-assumed", resource });
  }
  return sandboxAt(sandbox.url, () => sandbox.close());
}

/** Time in which a sandbox on this machine must respond. */
const RESPONSE_TIMEOUT_MS = 5000;

/**
 * Requests the health of a sandbox: without a sandbox, Terraform retries each request for many seconds, or another emulator of AWS
 * receives the requests.
 *
 * @throws UserError BERTH-E4007 if nothing responds, or another program than a sandbox
 */
async function assertResponds(url: string): Promise<void> {
  const signal = AbortSignal.timeout(RESPONSE_TIMEOUT_MS);
  const response = await fetch(new URL("/_berth/health", url), { signal }).catch(() => undefined);
  if (response === undefined)
    throw new UserError("BERTH-E4007", `the sandbox at ${url} does not respond`, {
      fix: `start it with ${berthCommand()} sandbox --port ${new URL(url).port}, or use --sandbox, which starts its own`,
    });
  const health: unknown = await response.json().catch(() => undefined);
  if (!isObject(health) || !Array.isArray(health["services"]))
    throw new UserError("BERTH-E4007", `the program at ${url} is not a sandbox`, {
      fix: "pass the URL that berth sandbox prints, or use --sandbox, which starts its own",
    });
}
