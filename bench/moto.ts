import { spawn } from "node:child_process";
import { ec2Query } from "./aws-calls.ts";

/** The port of moto's server, another local AWS emulator. */
export const MOTO_PORT = 45_671;

/** Calls a function while moto's server runs. Returns undefined if moto_server is not installed or does not start. */
export async function withMoto<Result>(
  use: (startDuration: number, pid: number | undefined) => Promise<Result>,
): Promise<Result | undefined> {
  const start = performance.now();
  const child = spawn("moto_server", ["-p", String(MOTO_PORT)], { stdio: "ignore" });
  const isInstalled = await new Promise<boolean>((resolve) => {
    child.once("error", () => resolve(false));
    child.once("spawn", () => resolve(true));
  });
  if (!isInstalled) return undefined;
  try {
    for (;;) {
      try {
        await ec2Query(MOTO_PORT, "Action=DescribeVpcs");
        break;
      } catch {
        if (performance.now() - start > 20_000) return undefined;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    return await use(performance.now() - start, child.pid);
  } finally {
    child.kill("SIGKILL");
  }
}
