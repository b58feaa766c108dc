import {
  DENY_POLICY,
  addition,
  endpointPolicy,
  failureCase,
  natCase,
  networkAcl,
  networkAclRule,
} from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

// Failures of the path that each check in this folder may find.

export const commonNetworkFailuresCases: Cases = {
  "no way at all": failureCase(
    "NET-01",
    ['for_each = toset(["ecr.api"', 'for_each = toset([]) # (["ecr.api"'],
    [
      'resource "aws_vpc_endpoint" "s3" {',
      'resource "aws_vpc_endpoint" "s3" {\n  count             = 0',
    ],
  ),
  "public subnets without public addresses": natCase("NET-02", [
    "subnets          = [aws_subnet.private_a.id, aws_subnet.private_b.id]",
    "subnets          = [aws_subnet.public_a.id, aws_subnet.public_b.id]",
  ]),
  "public addresses in private subnets": natCase(
    "NET-03",
    ["assign_public_ip = false", "assign_public_ip = true"],
    [
      'destination_cidr_block = "0.0.0.0/0"\n  nat_gateway_id',
      'destination_cidr_block = "198.18.0.0/15"\n  nat_gateway_id',
    ],
  ),
  "a NAT gateway in a private subnet": natCase("NET-04", [
    "subnet_id     = aws_subnet.public_a.id",
    "subnet_id     = aws_subnet.private_a.id",
  ]),
  "one subnet without a route table": natCase("NET-05", [
    'resource "aws_route_table_association" "private_b" {\n  subnet_id      = aws_subnet.private_b.id\n  route_table_id = aws_route_table.private.id',
    'resource "aws_route_table_association" "private_b" {\n  subnet_id      = aws_subnet.private_b.id\n  route_table_id = aws_vpc.main.main_route_table_id',
  ]),
  "a private NAT gateway": natCase("NET-06", [
    "allocation_id = aws_eip.nat.id",
    'connectivity_type = "private"',
  ]),
  "a NAT instance that checks": natCase(
    "NET-08",
    [
      "nat_gateway_id         = aws_nat_gateway.main.id",
      "network_interface_id   = aws_instance.nat.primary_network_interface_id",
    ],
    addition(
      'resource "aws_instance" "nat" {\n  ami                         = "ami-12345678"\n  instance_type               = "t3.nano"\n  subnet_id                   = aws_subnet.public_a.id\n  associate_public_ip_address = true\n  source_dest_check           = true\n}',
    ),
  ),
  "no private DNS": failureCase("NET-19", [
    "private_dns_enabled = true",
    "private_dns_enabled = false",
  ]),
  "no DNS": failureCase("NET-21", ["enable_dns_support   = true", "enable_dns_support   = false"]),
  "endpoints that do not admit tasks": failureCase("NET-23", [
    'resource "aws_vpc_security_group_ingress_rule" "endpoints" {\n  security_group_id            = aws_security_group.endpoints.id\n  ip_protocol                  = "tcp"\n  from_port                    = 443\n  to_port                      = 443',
    'resource "aws_vpc_security_group_ingress_rule" "endpoints" {\n  security_group_id            = aws_security_group.endpoints.id\n  ip_protocol                  = "tcp"\n  from_port                    = 80\n  to_port                      = 80',
  ]),
  "tasks that may not leave": failureCase("NET-24", [
    'security_group_id = aws_security_group.tasks.id\n  ip_protocol       = "tcp"\n  from_port         = 443\n  to_port           = 443',
    'security_group_id = aws_security_group.tasks.id\n  ip_protocol       = "tcp"\n  from_port         = 80\n  to_port           = 80',
  ]),
  "a network ACL without answers": failureCase(
    "NET-26",
    networkAcl(`${networkAclRule("egress", 443, 443)}\n${networkAclRule("ingress", 8080, 8080)}`),
  ),
  "an endpoint's policy": failureCase("NET-27", endpointPolicy("ecr.api", DENY_POLICY)),
};
