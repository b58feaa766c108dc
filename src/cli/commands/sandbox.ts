import { UserError } from "../../errors.ts";
import { startSandbox } from "../../sandbox/server.ts";
import type { Host } from "../host/host.ts";

export interface SandboxFlags {
  readonly port?: number;
  readonly state?: string;
}

/** Runs the sandbox until it is interrupted. */
export async function run(flags: SandboxFlags, host: Host): Promise<number> {
  const port = flags.port ?? 0;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UserError("BERTH-E6001", `--port takes a number from 0 to 65535`, { exitCode: 64 });
  }
  const sandbox = await startSandbox({
    port,
    ...(flags.state === undefined ? {} : { stateFile: flags.state }),
  });
  const lines = [
    `export AWS_ENDPOINT_URL=${sandbox.url}`,
    "export AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox AWS_REGION=us-east-1",
  ];
  host.result(lines.join("\n"), { url: sandbox.url });
  host.note(`berth apply --sandbox-url ${sandbox.url} uses it; Ctrl-C ends it`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  const unknown = sandbox.calls.filter((call) => call.error === "NotImplemented");
  const names = [...new Set(unknown.map((call) => `${call.service}:${call.operation}`))];
  if (names.length > 0) host.warn(`asked for and not implemented: ${names.join(", ")}`);
  host.note(`${sandbox.calls.length} calls`);
  await sandbox.close();
  return 0;
}
