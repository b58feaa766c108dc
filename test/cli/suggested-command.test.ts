import { describe, expect, it } from "vitest";
import { suggest } from "../../src/cli/suggested-command.ts";

const CONFIG = "berth.config.ts";

describe("a suggested command", () => {
  it("contains the flags of the current run", () => {
    const flags = {
      config: "infra/shop.ts",
      env: "prod",
      terraformBin: "tofu",
      sandboxUrl: "http://127.0.0.1:4566",
    };
    expect(suggest("destroy", flags)).toBe(
      "berth destroy --config infra/shop.ts --env prod --terraform-bin tofu --sandbox-url http://127.0.0.1:4566",
    );
    expect(suggest("apply", { config: CONFIG, sandbox: true }, "--yes")).toBe(
      "berth apply --sandbox --yes",
    );
    expect(suggest("apply", { config: CONFIG })).toBe("berth apply");
  });

  it("contains only flags that the command supports", () => {
    const flags = { config: "shop.ts", env: "prod", terraformBin: "tofu", sandbox: true };
    expect(suggest("pipeline", flags)).toBe("berth pipeline --config shop.ts");
    expect(suggest("doctor", flags)).toBe(
      "berth doctor --config shop.ts --env prod --terraform-bin tofu",
    );
  });

  it("is quoted for a shell", () => {
    expect(suggest("plan", { config: "my config's.ts", env: "a;b" })).toBe(
      "berth plan --config 'my config'\\''s.ts' --env 'a;b'",
    );
  });
});
