import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";
import { berth } from "../../support/berth.ts";
import { testFolder } from "../../support/folder.ts";

describe("berth check of a folder", () => {
  it("suppresses findings from the config until the expiry date", async ({ expect }) => {
    const suppression = (until: string): object => ({
      id: "NET-12",
      reason: "images come from elsewhere",
      until,
    });
    const check = (suppressions: readonly object[]) => {
      const config = {
        name: "shop",
        region: "eu-west-1",
        loadBalancer: false,
        override: { "aws_vpc_endpoint.endpoints_s3": { route_table_ids: [] } },
        checks: { suppressions },
      };
      const cwd = testFolder();
      writeFileSync(join(cwd, "berth.config.ts"), `export default ${JSON.stringify(config)};\n`);
      return berth(["check"], { cwd });
    };
    const [expired, suppressed] = await Promise.all([
      check([suppression("2020-01-01")]),
      check([suppression("2999-12-31")]),
    ]);
    expect([expired.code, suppressed.code]).toEqual([3, 0]);
    expect(expired.stdout).toContain("error NET-12");
    expect(suppressed.stdout).toContain("images come from elsewhere");
  });
});
