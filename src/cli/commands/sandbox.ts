import { suggest } from "../../app/index.ts";
import { parseApps } from "../../sandbox/client.ts";
import { UserError } from "../../shared/index.ts";
import {
  defaultQuotas,
  type Quota,
  type SandboxOptions,
  startSandbox,
} from "../../sandbox/index.ts";
import { nearestSuggestion } from "../../config/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "../host/host.ts";
import { readInputFile } from "../read-input-file.ts";

export interface SandboxFlags {
  readonly port?: string;
  readonly state?: string;
  readonly pace: "instant" | "real";
  readonly iam: "strong" | "eventual";
  readonly apps?: string;
  readonly quota?: readonly string[];
}

/** Parses the values of --quota: name=number. */
function parseQuotas(values: readonly string[]): NonNullable<SandboxOptions["quotas"]> {
  return Object.fromEntries(
    values.map((text) => {
      const [name = "", value = ""] = text.split("=");
      if (!(name in defaultQuotas) || !/^\d+$/.test(value)) {
        throw new UserError("BERTH-E6001", `invalid --quota ${text}`, {
          exitCode: 64,
          fix:
            name in defaultQuotas
              ? `write ${name}=<number>`
              : `write name=number; for the name, ${nearestSuggestion(name, Object.keys(defaultQuotas))}`,
        });
      }
      return [name as Quota, Number(value)];
    }),
  );
}

/** Runs the sandbox until it is interrupted. */
export async function run(flags: SandboxFlags, host: Host): Promise<ExitCode> {
  const { port: portText = "0" } = flags;
  const port = Number(portText);
  if (!/^\d+$/.test(portText) || port > 65_535) {
    throw new UserError("BERTH-E6001", `invalid --port ${portText}`, {
      fix: "pass a number from 0 to 65535",
      exitCode: 64,
    });
  }
  const sandbox = await startSandbox({
    port,
    pace: flags.pace,
    iam: flags.iam,
    quotas: parseQuotas(flags.quota ?? []),
    onListenerPort: ({ loadBalancer, port: listenerPort, url }) =>
      host.note(`${loadBalancer}:${listenerPort} is available at ${url}`),
    onWarning: (message) => host.warn(message),
    ...(flags.apps === undefined
      ? {}
      : { apps: parseApps(readInputFile(flags.apps, `--apps ${flags.apps}`), flags.apps) }),
    ...(flags.state === undefined ? {} : { stateFile: flags.state }),
  });
  // The signal can come as soon as the URL is printed.
  const interruption = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  const lines = [
    `export AWS_ENDPOINT_URL=${sandbox.url}`,
    "export AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox AWS_REGION=us-east-1",
  ];
  host.result(lines.join("\n"), { url: sandbox.url });
  host.note(`run ${suggest("apply", { sandbox: sandbox.url })} to use it; press Ctrl-C to stop it`);
  await interruption;
  const unsupported = sandbox.calls.filter((call) => call.error === "NotImplemented");
  const names = [...new Set(unsupported.map((call) => `${call.service}:${call.operation}`))];
  if (names.length > 0) host.warn(`calls that the sandbox does not support: ${names.join(", ")}`);
  host.note(`${sandbox.callCount} calls`);
  await sandbox.close();
  return 0;
}
