/** CIDR blocks of VPCs, subnets and routes. */
export const cidrFailures = {
  "CIDR-01": {
    title: "Subnet is outside the CIDR block of its VPC",
    fix: "Choose a CIDR block inside the VPC's block",
  },
  "CIDR-02": {
    title: "Subnets overlap",
    fix: "Choose CIDR blocks that do not overlap",
  },
  "CIDR-03": {
    title: "CIDR block has an invalid size or too few free addresses",
    fix: "Use /16 to /28 for VPCs and subnets, and /27 or larger for subnets of a load balancer",
  },
  "CIDR-04": {
    title: "Subnet has no free IP addresses",
    fix: "Use larger subnets: a deployment needs twice the tasks' addresses, and AWS reserves five per subnet",
  },
  "CIDR-05": {
    title: "VPC uses public IP address space",
    fix: "Use 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10",
  },
  "CIDR-07": {
    title: "CIDR block starts at 0.0.0.0 but is not 0.0.0.0/0",
    fix: "Set 0.0.0.0/0",
  },
} as const;
