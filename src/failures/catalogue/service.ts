/** ECS services and their deployments. */
export const serviceFailures = {
  "SVC-01": {
    title: "Service has a desired count of 0",
    fix: "Set desired_count",
  },
  "SVC-02": {
    title: "Capacity provider is not associated with the cluster",
    fix: "Add it with aws_ecs_cluster_capacity_providers, and add that resource to depends_on of the service",
  },
  "SVC-03": {
    title: "Service has a launch type and a capacity provider strategy",
    fix: "Keep one of them",
  },
  "SVC-04": {
    title: "Platform version does not exist",
    fix: "Use LATEST",
  },
  "SVC-05": {
    title: "Circuit breaker stopped the deployment",
    fix: "Fix the problem that prevents the tasks from starting",
  },
  "SVC-06": {
    title: "Minimum and maximum healthy percent leave no capacity to replace tasks",
    fix: "Lower deployment_minimum_healthy_percent, or raise deployment_maximum_percent",
  },
  "SVC-07": {
    title: "Security group is in another VPC",
    fix: "Use a security group of the subnets' VPC",
  },
  "SVC-08": {
    title: "Fargate is not available in this Availability Zone",
    fix: "Do not use subnets in this Availability Zone",
  },
  "SVC-09": {
    title: "Service has no subnets, too many subnets or too many security groups",
    fix: "Set 1 to 16 subnets and at most 5 security groups",
  },
  "SVC-10": {
    title: "Tasks use the VPC's default security group, which allows traffic only from itself",
    fix: "Set security_groups on the service",
  },
  "SVC-11": {
    title: "Terraform changes attributes that CodeDeploy manages",
    fix: "Set ignore_changes = [task_definition, load_balancer], and deploy with CodeDeploy",
  },
  "SVC-12": {
    title: "Service never reaches a steady state",
    fix: "Fix the problem that prevents the tasks from starting",
  },
  "SVC-13": {
    title: "Service Connect has no namespace or port name",
    fix: "Set the namespace, and name the port in the task definition",
  },
  "SVC-14": {
    title: "Service registry uses an SRV record without a port",
    fix: "Use an A record, or set the container name and port",
  },
  "SVC-15": {
    title: "CodeDeploy deployment group does not fit its service",
    fix: "Use the CODE_DEPLOY controller, two target groups of which the service uses one, and the listener that forwards to it",
  },
} as const;
