import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { it } from "vitest";

it("runs every step of npm start", async ({ expect }) => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--no-warnings", "--import", "jiti/register", "start/main.ts"],
    {
      cwd: fileURLToPath(new URL("../../../", import.meta.url)),
      // As for users, each Terraform command starts the AWS provider.
      env: { ...process.env, TF_REATTACH_PROVIDERS: undefined },
    },
  );
  expect(stdout.match(/^\d\. /gm)).toHaveLength(6);
  expect(stdout.trim().split("\n").at(-1)).toMatch(/^pass: every step had the expected result/);
});
