import { homedir } from "node:os";
import { join } from "node:path";

/** Path of the engine that `berth doctor --install` installs. */
export function engineCache(env: NodeJS.ProcessEnv): string {
  return join(env["XDG_CACHE_HOME"] ?? join(env["HOME"] ?? homedir(), ".cache"), "berth", "tofu");
}
