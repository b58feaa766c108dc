import { describe, expect, it } from "vitest";
import { evaluateJoinedChecks } from "../../src/checks/engine/joined.ts";
import { planOf, type PlanSpec } from "../support/plan-builder.ts";
import { service, subnet, vpc } from "../topology/topology.fixtures.ts";

// The network is one root module, the service another.

const infra: PlanSpec = {
  // Two subnets with one CIDR block.
  blocks: [vpc, subnet("a", "10.0.0.0/24"), subnet("b", "10.0.0.0/24")],
  outputs: { subnet_ids: ["aws_subnet.a.id"] },
};

const deploy: PlanSpec = {
  blocks: [
    { address: "data.terraform_remote_state.infra", actions: ["read"], unknown: { outputs: true } },
    service({ subnets: ["data.terraform_remote_state.infra.outputs.subnet_ids"] }),
  ],
};

const roots = [
  { name: "infra", shown: planOf(infra).planJson },
  { name: "deploy", shown: planOf(deploy).planJson },
];

describe("a check of several root modules", () => {
  it("knows the subnets of another root module, and names each root module", () => {
    const { services, resources } = evaluateJoinedChecks(roots, { account: "111122223333" });
    expect(services.map(({ address, subnets }) => [address, subnets])).toEqual([
      ["deploy: aws_ecs_service.app", ["infra: aws_subnet.a"]],
    ]);
    expect(resources).toBe(5);
  });

  const findingsWith = (address: string | undefined) =>
    evaluateJoinedChecks(roots, {
      account: "111122223333",
      suppressions: [
        {
          id: "subnet-cidrs",
          reason: "a test",
          until: "2099-01-01",
          ...(address === undefined ? {} : { address }),
        },
      ],
    })
      .findings.filter(({ check }) => check === "subnet-cidrs")
      .map(({ address: found }) => found);

  it.each(["infra: aws_subnet.*", "aws_subnet.*", undefined])(
    "suppresses a finding by the address %s",
    (address) => {
      expect(findingsWith(address)).toEqual([]);
    },
  );

  it("does not suppress a finding by the address of another root module", () => {
    expect(findingsWith("deploy: aws_subnet.*")).toEqual(["infra: aws_subnet.b"]);
  });
});
