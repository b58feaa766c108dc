import * as ec2 from "@aws-sdk/client-ec2";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { describe, expect, it } from "vitest";
import { clientOptions } from "../support/clients.ts";
import { REGION, useSandbox } from "../support/sandbox-calls.ts";

const fixture = useSandbox();

describe("the sandbox server", () => {
  it("separates accounts and regions", async () => {
    const otherRegion = new ec2.EC2Client(clientOptions(fixture.sandbox.url, "eu-west-1"));
    const own = new ec2.DescribeVpcsCommand({
      Filters: [{ Name: "is-default", Values: ["false"] }],
    });
    expect((await otherRegion.send(own)).Vpcs).toEqual([]);
    const other = clientOptions(fixture.sandbox.url, REGION, "999988887777");
    expect((await new ec2.EC2Client(other).send(own)).Vpcs).toEqual([]);
    const { Account } = await new STSClient(other).send(new GetCallerIdentityCommand({}));
    expect(Account).toBe("999988887777");
  });

  it("listens only on the loopback address, and rejects administration requests from web pages", async () => {
    expect(fixture.sandbox.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const page = await fetch(`${fixture.sandbox.url}/_berth/reset`, {
      method: "POST",
      headers: { origin: "https://example.com" },
    });
    expect(page.status).toBe(403);
    expect(fixture.sandbox.store.contents()).not.toEqual([]);
    const localRequest = await fetch(`${fixture.sandbox.url}/_berth/reset`, { method: "POST" });
    expect(localRequest.status).toBe(200);
    expect(fixture.sandbox.store.contents()).toEqual([]);
  });
});
