/** Routing, VPC endpoints, DNS, security groups and network ACLs. */
export const networkFailures = {
  "NET-01": {
    title: "The task's subnet has no route to AWS services",
    fix: "Add a default route to a NAT gateway to the subnet's route table, or add VPC endpoints for ecr.api, ecr.dkr, logs and S3",
  },
  "NET-02": {
    title: "Task in a public subnet has no public IP address",
    fix: "Set assign_public_ip = true, or move the tasks to subnets that route to a NAT gateway",
  },
  "NET-03": {
    title: "Task has a public IP address, but its subnet has no route to an internet gateway",
    fix: "Place the tasks in public subnets, or add a NAT gateway and set assign_public_ip = false",
  },
  "NET-04": {
    title: "NAT gateway is in a subnet without a route to an internet gateway",
    fix: "Place the NAT gateway in a subnet whose route table sends 0.0.0.0/0 to the internet gateway",
  },
  "NET-05": {
    title: "A task subnet is not associated with the route table that has the outbound route",
    fix: "Associate every task subnet with a route table that has an outbound route",
  },
  "NET-06": {
    title: "Route points to a NAT gateway that cannot forward the traffic",
    fix: "Route to an existing public NAT gateway that has an Elastic IP address",
  },
  "NET-07": {
    title: "NAT gateway can be created before the internet gateway is attached",
    fix: "Add depends_on = [aws_internet_gateway…] to the NAT gateway",
  },
  "NET-08": {
    title: "NAT instance has source/destination check enabled",
    fix: "Set source_dest_check = false, and add an ingress rule for the tasks to its security group",
  },
  "NET-09": {
    title: "No VPC endpoint for the Amazon ECR API (ecr.api)",
    fix: "Add the interface endpoint com.amazonaws.<region>.ecr.api with private DNS",
  },
  "NET-10": {
    title: "No VPC endpoint for the Amazon ECR registry (ecr.dkr)",
    fix: "Add the interface endpoint com.amazonaws.<region>.ecr.dkr with private DNS",
  },
  "NET-11": {
    title: "Task cannot reach Amazon S3 to pull image layers",
    fix: "Add the gateway endpoint com.amazonaws.<region>.s3 to the route tables of the task's subnets",
  },
  "NET-12": {
    title: "The task's route table is not associated with the S3 gateway endpoint",
    fix: "Add the route table of every task subnet to the endpoint's route_table_ids",
  },
  "NET-13": {
    title: "No VPC endpoint for CloudWatch Logs",
    fix: "Add the interface endpoint com.amazonaws.<region>.logs with private DNS",
  },
  "NET-14": {
    title: "No VPC endpoint for Secrets Manager",
    fix: "Add the interface endpoint com.amazonaws.<region>.secretsmanager with private DNS",
  },
  "NET-15": {
    title: "No VPC endpoint for Parameter Store",
    fix: "Add the interface endpoint com.amazonaws.<region>.ssm with private DNS",
  },
  "NET-17": {
    title: "ECS Exec cannot reach ssmmessages",
    fix: "Add the interface endpoint ssmmessages with private DNS, or an outbound route",
  },
  "NET-19": {
    title: "Interface endpoint does not have private DNS enabled",
    fix: "Set private_dns_enabled = true on the endpoint (Terraform's default is false)",
  },
  "NET-20": {
    title: "Endpoint has private DNS enabled, but DNS is disabled in the VPC",
    fix: "Set enable_dns_support and enable_dns_hostnames to true on the VPC",
  },
  "NET-21": {
    title: "DNS names do not resolve in the VPC",
    fix: "Set enable_dns_support = true, and use AmazonProvidedDNS in the DHCP options; if a private hosted zone contains the name, add a record to it",
  },
  "NET-23": {
    title: "The endpoint's security group does not allow traffic from the tasks",
    fix: "Add an ingress rule for TCP 443 from the tasks' security group to the endpoint's security group",
  },
  "NET-24": {
    title: "No egress rule for TCP 443 in the task's security group",
    fix: "Add an egress rule for TCP 443 (Terraform creates an aws_security_group without egress rules)",
  },
  "NET-25": {
    title: "No egress rule for Amazon S3 in the task's security group",
    fix: "Add an egress rule for TCP 443 to the prefix list of the S3 gateway endpoint",
  },
  "NET-26": {
    title: "A network ACL blocks the request or the response",
    fix: "Allow the port in one direction and ephemeral ports 1024-65535 in the other; network ACLs are stateless",
  },
  "NET-27": {
    title: "The endpoint policy does not allow the task's request",
    fix: "Allow the execution role and its actions in the endpoint policy",
  },
  "NET-28": {
    title: "The S3 endpoint policy does not allow the bucket with the ECR image layers",
    fix: 'Allow s3:GetObject on arn:aws:s3:::prod-<region>-starport-layer-bucket/* to the principal "*"',
  },
  "NET-29": {
    title: "Endpoint service is not available in the subnet's Availability Zone",
    fix: "Choose subnets by the availability_zones of data.aws_vpc_endpoint_service",
  },
  "NET-31": {
    title: "Endpoint has two subnets in one Availability Zone",
    fix: "Set one subnet per Availability Zone on the endpoint",
  },
  "NET-32": {
    title: "Two endpoints with private DNS for one service in one VPC",
    fix: "Keep one endpoint per service and VPC",
  },
  "NET-33": {
    title: "Image is in a public registry and the tasks have no internet access",
    fix: "Mirror the image to Amazon ECR, or add a NAT gateway for the tasks",
  },
  "NET-34": {
    title: "Image is in another region and the tasks can reach only VPC endpoints",
    fix: "Replicate the repository into the task's region",
  },
  "NET-39": {
    title: "Route table has two routes to the same destination",
    fix: "Remove one of the routes; do not mix inline routes with aws_route",
  },
  "NET-40": {
    title: "NAT gateway is set as gateway_id",
    fix: "Set nat_gateway_id instead: EC2 accepts either attribute, but Terraform then plans a change on every run",
  },
  "NET-41": {
    title: "Endpoint service does not exist",
    fix: "Correct the service name for this region and partition",
  },
  "NET-42": {
    title: "Subnets, security groups or target group are in different VPCs",
    fix: "Use subnets, security groups and a target group of one VPC",
  },
} as const;
