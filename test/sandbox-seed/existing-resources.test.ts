import { expect, it } from "vitest";
import { startSandbox } from "../../src/sandbox/server.ts";
import { seedExistingResources } from "../../src/sandbox-seed/existing-resources.ts";
import { settingsOf } from "../support/settings.ts";

it("seeds the permissions boundary of the roles of services once, if a pipeline deploys them", async () => {
  const account = "111122223333";
  const sandbox = await startSandbox();
  const config = { account, state: { bucket: "states" }, loadBalancer: false as const };
  const services = { web: { image: { tag: "v1" } } };
  const seed = (options: Parameters<typeof settingsOf>[0]): string[] =>
    seedExistingResources(sandbox, settingsOf({ ...config, ...options }), account);
  expect(seed({ services })).toEqual([]);
  expect(seed({ pipeline: {} })).toEqual([]);
  const arn = `arn:aws:iam::${account}:policy/hello-boundary`;
  expect(seed({ services, pipeline: {} })).toEqual([
    `the permissions boundary ${arn} exists, as berth bootstrap creates it`,
  ]);
  expect(seed({ services, pipeline: {} })).toEqual([]);
  expect(sandbox.invoke("iam", "GetPolicy", { PolicyArn: arn })).toMatchObject({
    Policy: { Arn: arn },
  });
  await sandbox.close();
});
