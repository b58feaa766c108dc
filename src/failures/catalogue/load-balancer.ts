/** Load balancers, listeners and target groups. */
export const loadBalancerFailures = {
  "ALB-01": {
    title: 'Target group has target type "instance"',
    fix: 'Set target_type = "ip" (Terraform\'s default is instance)',
  },
  "ALB-02": {
    title: "Target group is not used by a listener",
    fix: "Forward to it from a listener or rule, and add that listener or rule to depends_on of the service",
  },
  "ALB-03": {
    title: "Service refers to a container or port that the task definition does not define",
    fix: "Set container_name and container_port to values of the task definition",
  },
  "ALB-04": {
    title: "Target group is in another VPC than the tasks",
    fix: "Set its vpc_id to the tasks' VPC",
  },
  "ALB-05": {
    title: "Load balancer is in only one Availability Zone",
    fix: "Set subnets in two Availability Zones",
  },
  "ALB-06": {
    title: "Load balancer has two subnets in one Availability Zone",
    fix: "Set one subnet per Availability Zone on the load balancer",
  },
  "ALB-07": {
    title: "Internet-facing load balancer is in subnets without a route to an internet gateway",
    fix: "Place it in subnets whose route table has a route to the internet gateway",
  },
  "ALB-08": {
    title: "Internet-facing load balancer is in a VPC without an internet gateway",
    fix: "Attach an internet gateway, and add it to depends_on of the load balancer",
  },
  "ALB-09": {
    title: "The load balancer's security group does not allow traffic on the listener's port",
    fix: "Add an ingress rule for the listener's port to its security group",
  },
  "ALB-10": {
    title: "No egress rule to the tasks in the load balancer's security group",
    fix: "Add an egress rule to the tasks' security group for the container's port and the health check's port",
  },
  "ALB-11": {
    title: "The task's security group does not allow traffic from the load balancer",
    fix: "Add an ingress rule from the load balancer's security group for the container's port and the health check's port",
  },
  "ALB-12": {
    title: "Health check path, port, protocol or matcher does not match the application",
    fix: "Correct the health check's path, port, protocol or matcher",
  },
  "ALB-13": {
    title: "Health checks fail before a task can have started",
    fix: "Set health_check_grace_period_seconds, or increase the health check interval",
  },
  "ALB-14": {
    title: "HTTPS listener has no certificate",
    fix: "Set certificate_arn",
  },
  "ALB-15": {
    title: "Certificate is not issued",
    fix: "Create the validation records, and use the ARN of aws_acm_certificate_validation",
  },
  "ALB-16": {
    title: "Redirect points to a port without a listener",
    fix: "Add a listener on the port of the redirect",
  },
  "ALB-17": {
    title: "Two listeners use the same port",
    fix: "Remove one of the listeners",
  },
  "ALB-18": {
    title: "Tasks are in an Availability Zone that the load balancer does not cover",
    fix: "Use the same Availability Zones for the load balancer and the tasks",
  },
  "ALB-20": {
    title: "No listener rule forwards requests to the service",
    fix: "Add a rule that matches the requests, or set the default action to forward",
  },
  "ALB-21": {
    title: "Name is too long",
    fix: "Use at most 32 letters, digits and hyphens",
  },
  "ALB-22": {
    title: "Health check grace period is set without a load balancer",
    fix: "Remove health_check_grace_period_seconds",
  },
  "ALB-23": {
    title: "Bucket policy does not allow the load balancer to write access logs",
    fix: "Allow Elastic Load Balancing in the bucket policy, and add the policy to depends_on of the load balancer",
  },
} as const;
