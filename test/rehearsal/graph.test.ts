import { expect, it } from "vitest";
import { dependentsOf, edgesOf, dependenciesOf } from "../../src/rehearsal/terraform-copy/graph.ts";

const TERRAFORM = `digraph G {
  "aws_vpc.v" [label="aws_vpc.v"];
  subgraph "cluster_module.m" {
    "module.m.aws_subnet.s" [label="aws_subnet.s"];
  }
  "aws_lb.l" [label="aws_lb.l"];
  "module.m.aws_subnet.s" -> "aws_vpc.v";
  "aws_lb.l" -> "module.m.aws_subnet.s";
}`;

const OPENTOFU = `digraph {
  subgraph "root" {
    "[root] aws_vpc.v (expand)" [label = "aws_vpc.v", shape = "box"]
    "[root] aws_lb.l (expand)" [label = "aws_lb.l", shape = "box"]
    "[root] aws_lb.l (expand)" -> "[root] aws_vpc.v (expand)"
  }
}`;

it("reads the dependencies in the output of Terraform", () => {
  const edges = edgesOf(TERRAFORM);
  expect(edges.nodes).toEqual(["aws_vpc.v", "module.m.aws_subnet.s", "aws_lb.l"]);
  expect([...dependenciesOf(edges, "aws_lb.l")]).toEqual(["module.m.aws_subnet.s", "aws_vpc.v"]);
  expect(dependentsOf(edges, "aws_vpc.v")).toEqual(["module.m.aws_subnet.s", "aws_lb.l"]);
});

it("reads the dependencies in the output of OpenTofu", () => {
  const edges = edgesOf(OPENTOFU);
  expect([...dependenciesOf(edges, "aws_lb.l")]).toEqual(["aws_vpc.v"]);
});
