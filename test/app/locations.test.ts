import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, it } from "vitest";
import { configLocator } from "../../src/app/config-locator.ts";
import { withRehearsalLocations } from "../../src/app/rehearsal-locations.ts";
import type { Finding, Rehearsal } from "../../src/rehearsal/result.ts";
import { testFolder } from "../support/folder.ts";

const CONFIG = `import { defineConfig } from "berth-ecs";

export default defineConfig({
  name: "shop",
  region: "eu-west-1",
  zones: 2,
  loadBalancer: {
    allowFrom: ["0.0.0.0/0"],
  },
  environments: {
    prod: {
      egress: "nat-gateway",
    },
  },
});
`;

it.each([
  ["aws_lb.load_balancer", "default", 7],
  ["aws_security_group.security_groups_tasks", "default", 8],
  ["aws_subnet.network_private_eu_west_1a", "default", 6],
  ["aws_vpc_endpoint.endpoints_s3", "default", 3],
  ["aws_vpc_endpoint.endpoints_s3", "prod", 12],
  ["a service that uses the outputs", "default", 3],
])("locates %s of the environment %s at line %i of the config", (address, environment, line) => {
  const file = join(testFolder(), "berth.config.ts");
  writeFileSync(file, CONFIG);
  expect(configLocator(file, environment)(address)).toEqual({
    file: relative(process.cwd(), file),
    line,
  });
});

it("locates the findings of a rehearsal, unless several stacks have the address", () => {
  const folder = testFolder();
  const files = {
    network: 'resource "aws_vpc" "main" {}\nresource "aws_subnet" "both" {}\n',
    service: '\nresource "aws_ecs_service" "app" {}\nresource "aws_subnet" "both" {}\n',
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "main.tf"), text);
  }
  const finding: Finding = { step: "running", message: "it stopped" };
  const call = { call: "ecs:UpdateService", number: 1, addresses: [] };
  const result: Rehearsal = {
    verdict: "fail",
    stacks: ["network", "service"],
    phases: [],
    services: [
      {
        service: "aws_ecs_service.app",
        outcome: "fail",
        running: 0,
        desired: 1,
        findings: [finding],
      },
    ],
    requests: [
      { listener: "aws_lb_listener.none", url: "http://x/", from: "x", answeredBy: "x", finding },
    ],
    errors: [
      { ...finding, phase: "apply", address: "aws_vpc.main" },
      { ...finding, phase: "apply", address: "aws_subnet.both" },
    ],
    differences: [],
    outages: [{ subject: "aws_ecs_service.app", what: "no task is running", from: call, finding }],
    remainingResources: [],
    latentRisks: [{ ...finding, address: 'aws_vpc.main["a"]' }],
    skippedResources: [],
    skippedProviders: [],
    allowedProviders: [],
    localCode: [],
    unsupportedCalls: [],
    assumptions: [],
    calls: 1,
    seconds: 1,
  };
  const dir = Object.keys(files).map((name) => join(folder, name));
  const located = withRehearsalLocations(result, { dir });
  const place = ({ location }: Finding): string | undefined =>
    location && `${relative(folder, location.file)}:${location.line}`;
  expect(located.services[0]?.findings.map(place)).toEqual(["service/main.tf:2"]);
  expect(located.requests).toEqual(result.requests);
  expect(located.errors.map(place)).toEqual(["network/main.tf:1", undefined]);
  expect(located.outages.map((outage) => place(outage.finding))).toEqual(["service/main.tf:2"]);
  expect(located.latentRisks.map(place)).toEqual(["network/main.tf:1"]);
});
