import type { FailureId } from "../../../src/failures/catalogue/index.ts";
import type { Edit } from "./index.ts";

/** A change of the stack `changing`, and the problems that its rehearsal must find. */
export interface Change {
  readonly edits: readonly Edit[];
  /** The failure with which the change ends. */
  readonly errorId?: FailureId;
  readonly outage?: {
    readonly what: RegExp;
    /** The call with which the outage begins. */
    readonly from: string;
    /** The call with which the outage ends; absent where it lasts until the end of the change. */
    readonly until?: string;
    /** The action of Terraform that makes the first call. */
    readonly by: string;
  };
}

const edit = (text: string, replacement: string): Edit => ({
  file: "changing/main.tf",
  text,
  replacement,
});

export const changes: Readonly<Record<string, Change>> = {
  "a security group that is renamed while tasks are in it": {
    edits: [edit('name   = "tasks"', 'name   = "site-tasks"')],
    errorId: "DEST-05",
  },
  "a target group that is replaced while a listener forwards to it": {
    edits: [
      edit(
        'resource "aws_lb_target_group" "this" {\n  name        = "site"\n  vpc_id      = aws_vpc.this.id\n  port        = 8080',
        'resource "aws_lb_target_group" "this" {\n  name        = "site"\n  vpc_id      = aws_vpc.this.id\n  port        = 8081',
      ),
    ],
    errorId: "DEST-09",
  },
  "a subnet that grows over the one it replaces": {
    edits: [
      edit(
        "cidr_block        = cidrsubnet(local.cidr, 8, 16 +",
        "cidr_block        = cidrsubnet(local.cidr, 7, 8 +",
      ),
    ],
    errorId: "CIDR-02",
    // Terraform deletes the route table associations before it creates the new subnets, which AWS rejects.
    outage: {
      what: /running tasks cannot pull images or write logs/,
      from: "ec2:DisassociateRouteTable",
      by: "delete aws_route_table_association.private",
    },
  },
  "a NAT gateway that moves to another subnet": {
    edits: [
      edit(
        'subnet_id     = aws_subnet.public["eu-west-1a"].id',
        'subnet_id     = aws_subnet.public["eu-west-1b"].id',
      ),
    ],
    outage: {
      what: /running tasks cannot pull images or write logs/,
      from: "ec2:DeleteNatGateway",
      by: "delete aws_nat_gateway.this",
      until: "ec2:ReplaceRoute",
    },
  },
  "another image, a longer description, and a rule more": {
    edits: [
      edit("nginx:1.28", "nginx:1.29"),
      edit(
        "cidr_blocks = [local.cidr]\n  }\n\n  egress {",
        'cidr_blocks = [local.cidr, "10.61.0.0/16"]\n  }\n\n  egress {',
      ),
    ],
  },
};
