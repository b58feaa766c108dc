import { resolveConfig } from "../../src/config/load.ts";
import type { Config, Settings } from "../../src/config/options.ts";

/** Settings of a small config with the given overrides. */
export function settingsOf(config: Partial<Config> = {}): Settings {
  return resolveConfig({
    name: "hello",
    region: "us-east-1",
    loadBalancer: { allowFrom: ["0.0.0.0/0"] },
    ...config,
  });
}
