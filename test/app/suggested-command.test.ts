import { describe, expect, it } from "vitest";
import { suggest } from "../../src/app/suggested-command.ts";

const CONFIG = "berth.config.ts";

describe("a suggested command", () => {
  it("contains the flags of the current run", () => {
    const scope = {
      config: "infra/shop.ts",
      environment: "prod",
      terraformBin: "tofu",
      sandbox: "http://127.0.0.1:4566",
    };
    expect(suggest("destroy", scope)).toBe(
      "npx berth destroy --config infra/shop.ts --env prod --terraform-bin tofu --sandbox-url http://127.0.0.1:4566",
    );
    expect(suggest("apply", { config: CONFIG, sandbox: true }, "--yes")).toBe(
      "npx berth apply --sandbox --yes",
    );
    expect(suggest("apply", { config: CONFIG })).toBe("npx berth apply");
  });

  it("contains only flags that the command supports", () => {
    const scope = { config: "shop.ts", environment: "prod", terraformBin: "tofu", sandbox: true };
    expect(suggest("pipeline", scope)).toBe("npx berth pipeline --config shop.ts");
    expect(suggest("doctor", scope)).toBe(
      "npx berth doctor --config shop.ts --env prod --terraform-bin tofu",
    );
  });

  it("is quoted for a shell", () => {
    expect(suggest("plan", { config: "my config's.ts", environment: "a;b" })).toBe(
      "npx berth plan --config 'my config'\\''s.ts' --env 'a;b'",
    );
  });
});
