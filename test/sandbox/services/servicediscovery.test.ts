import * as servicediscovery from "@aws-sdk/client-servicediscovery";
import { describe, expect, it } from "vitest";
import { useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

describe("Cloud Map", () => {
  it("rejects a duplicate namespace", async () => {
    const client = new servicediscovery.ServiceDiscoveryClient(fixture.clientOptions);
    const create = () =>
      client.send(new servicediscovery.CreateHttpNamespaceCommand({ Name: "hello.internal" }));
    await create();
    expect(await fixture.errorOf(create)).toContain("NamespaceAlreadyExists");
  });
});
