import * as ec2 from "@aws-sdk/client-ec2";
import * as ecs from "@aws-sdk/client-ecs";
import { describe, expect, it } from "vitest";
import { services } from "../../src/sandbox/services/all.ts";
import {
  loadModel,
  type ServiceModel,
  shapeAt,
  type Structure,
} from "../../src/service-models/index.ts";
import { useSandbox } from "../support/sandbox-calls.ts";

const fixture = useSandbox();

/** The structures in the requests of a service, at every depth. */
function requestStructures(model: ServiceModel): Structure[] {
  const indexes = new Set(Object.values(model.operations).map(({ i }) => i));
  for (const index of indexes) {
    const shape = shapeAt(model, index);
    if (shape.k === "structure") for (const { s } of Object.values(shape.m)) indexes.add(s);
    if (shape.k === "list" || shape.k === "map") indexes.add(shape.v.s);
  }
  return [...indexes].flatMap((index) => {
    const shape = shapeAt(model, index);
    return shape.k === "structure" ? [shape] : [];
  });
}

describe("requests that the sandbox does not support", () => {
  it("rejects and records an operation that is not implemented", async () => {
    expect(
      await fixture.errorOf(() =>
        fixture.aws.ec2.send(new ec2.RunInstancesCommand({ MinCount: 1, MaxCount: 1 })),
      ),
    ).toBe("NotImplemented: Berth's sandbox does not implement ec2:RunInstances");
    expect(fixture.sandbox.calls.at(-1)).toMatchObject({
      service: "ec2",
      operation: "RunInstances",
      error: "NotImplemented",
    });
  });

  it("rejects a parameter that is not implemented, by its name", async () => {
    const command = new ec2.CreateVpcCommand({
      CidrBlock: "10.80.0.0/16",
      Ipv4IpamPoolId: "ipam-pool-0",
    });
    expect(await fixture.errorOf(() => fixture.aws.ec2.send(command))).toBe(
      "NotImplemented: Berth's sandbox does not implement the parameter Ipv4IpamPoolId of ec2:CreateVpc",
    );
  });

  it("rejects a nested member that is not implemented, unless it is empty", async () => {
    const create = (balancer: ecs.LoadBalancer) =>
      fixture.errorOf(() =>
        fixture.aws.ecs.send(
          new ecs.CreateServiceCommand({ serviceName: "web", loadBalancers: [balancer] }),
        ),
      );
    expect(await create({ loadBalancerName: "classic" })).toBe(
      "NotImplemented: Berth's sandbox does not implement the member loadBalancers.loadBalancerName of ecs:CreateService",
    );
    expect(await create({ loadBalancerName: "" })).toBe(
      "ClusterNotFoundException: Cluster not found.",
    );
  });

  it.each(
    services.flatMap(({ name, unsupportedMembers = {} }) =>
      Object.entries(unsupportedMembers).map(
        ([structure, members]) => [`${name}:${structure}`, name, structure, members] as const,
      ),
    ),
  )("names members that the structure %s of the model has", (_, service, structure, members) => {
    const model = loadModel(service);
    const known = requestStructures(model).filter(({ n }) => n === structure);
    expect(known.length).toBeGreaterThan(0);
    for (const { m } of known) expect(Object.keys(m)).toEqual(expect.arrayContaining([...members]));
  });

  it("rejects a parameter that the AWS model does not have", async () => {
    const body = "Action=DescribeVpcs&Version=2016-11-15&Colour=red";
    const headers = {
      authorization: "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/ec2/aws4_request",
      "content-type": "application/x-www-form-urlencoded",
    };
    const response = await fetch(fixture.sandbox.url, { method: "POST", headers, body });
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining(
        "<Code>UnknownParameter</Code><Message>The parameter Colour is not recognized</Message>",
      ),
    ]);
  });

  it.each([
    [
      "a query service",
      { "content-type": "application/x-www-form-urlencoded" },
      "redshift",
      /^<\?xml/,
    ],
    ["a JSON service", { "x-amz-target": "Kinesis_20131202.CreateStream" }, "kinesis", /^{/],
    ["a REST-JSON service", {}, "elasticfilesystem", /^{/],
    ["a REST-XML service", {}, "s3-control", /^<\?xml/],
  ])("rejects %s in the protocol of its clients", async (_, headers, service, body) => {
    const authorization = `AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/${service}/aws4_request`;
    const response = await fetch(`${fixture.sandbox.url}/2015-02-01/file-systems`, {
      method: "POST",
      headers: { authorization, ...headers },
    });
    const text = await response.text();
    expect(response.status).toBe(501);
    expect(text).toMatch(body);
    expect(text).toContain(`does not implement the service ${service}`);
  });

  it("rejects a service that is not implemented, and an unsigned request", async () => {
    const signed = {
      authorization: "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/redshift/aws4_request",
    };
    const unknown = await fetch(fixture.sandbox.url, { method: "POST", headers: signed });
    expect([unknown.status, await unknown.text()]).toEqual([
      501,
      expect.stringContaining("does not implement the service redshift"),
    ]);
    const unsigned = await fetch(fixture.sandbox.url, { method: "POST" });
    expect([unsigned.status, await unsigned.text()]).toEqual([
      403,
      expect.stringContaining("MissingAuthenticationToken"),
    ]);
  });
});
