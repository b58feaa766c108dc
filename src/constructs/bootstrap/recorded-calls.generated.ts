// Written by npm run permissions: what Terraform calls to create, change and destroy a foundation, in each of its modes,
// recorded in the sandbox. Names are placeholders; ids that AWS makes up are wildcards.

/** One permission that the life of a foundation needs. */
export interface FoundationCall {
  readonly action: string;
  /** An ARN with placeholders, or "*" where the service has nothing narrower. */
  readonly resource: string;
  /** True where the call makes the resource: only the tags that it brings can say whose it is. */
  readonly isNew: boolean;
}

export const foundationCalls: readonly FoundationCall[] = [
  {
    action: "ec2:AllocateAddress",
    resource: "arn:{partition}:ec2:{region}:{account}:elastic-ip/*",
    isNew: true,
  },
  {
    action: "ec2:AssociateRouteTable",
    resource: "arn:{partition}:ec2:{region}:{account}:route-table/*",
    isNew: false,
  },
  {
    action: "ec2:AssociateRouteTable",
    resource: "arn:{partition}:ec2:{region}:{account}:subnet/*",
    isNew: false,
  },
  {
    action: "ec2:AttachInternetGateway",
    resource: "arn:{partition}:ec2:{region}:{account}:internet-gateway/*",
    isNew: false,
  },
  {
    action: "ec2:AttachInternetGateway",
    resource: "arn:{partition}:ec2:{region}:{account}:vpc/*",
    isNew: false,
  },
  {
    action: "ec2:AuthorizeSecurityGroupEgress",
    resource: "arn:{partition}:ec2:{region}:{account}:security-group-rule/*",
    isNew: true,
  },
  {
    action: "ec2:AuthorizeSecurityGroupEgress",
    resource: "arn:{partition}:ec2:{region}:{account}:security-group/*",
    isNew: false,
  },
  {
    action: "ec2:AuthorizeSecurityGroupIngress",
    resource: "arn:{partition}:ec2:{region}:{account}:security-group-rule/*",
    isNew: true,
  },
  {
    action: "ec2:AuthorizeSecurityGroupIngress",
    resource: "arn:{partition}:ec2:{region}:{account}:security-group/*",
    isNew: false,
  },
  {
    action: "ec2:CreateInternetGateway",
    resource: "arn:{partition}:ec2:{region}:{account}:internet-gateway/*",
    isNew: true,
  },
  {
    action: "ec2:CreateNatGateway",
    resource: "arn:{partition}:ec2:{region}:{account}:elastic-ip/*",
    isNew: false,
  },
  {
    action: "ec2:CreateNatGateway",
    resource: "arn:{partition}:ec2:{region}:{account}:natgateway/*",
    isNew: true,
  },
  {
    action: "ec2:CreateNatGateway",
    resource: "arn:{partition}:ec2:{region}:{account}:subnet/*",
    isNew: false,
  },
  {
    action: "ec2:CreateRoute",
    resource: "arn:{partition}:ec2:{region}:{account}:internet-gateway/*",
    isNew: false,
  },
  {
    action: "ec2:CreateRoute",
    resource: "arn:{partition}:ec2:{region}:{account}:natgateway/*",
    isNew: false,
  },
  {
    action: "ec2:CreateRoute",
    resource: "arn:{partition}:ec2:{region}:{account}:route-table/*",
    isNew: false,
  },
  {
    action: "ec2:CreateRouteTable",
    resource: "arn:{partition}:ec2:{region}:{account}:route-table/*",
    isNew: true,
  },
  {
    action: "ec2:CreateRouteTable",
    resource: "arn:{partition}:ec2:{region}:{account}:vpc/*",
    isNew: false,
  },
  {
    action: "ec2:CreateSecurityGroup",
    resource: "arn:{partition}:ec2:{region}:{account}:security-group/*",
    isNew: true,
  },
  {
    action: "ec2:CreateSecurityGroup",
    resource: "arn:{partition}:ec2:{region}:{account}:vpc/*",
    isNew: false,
  },
  {
    action: "ec2:CreateSubnet",
    resource: "arn:{partition}:ec2:{region}:{account}:subnet/*",
    isNew: true,
  },
  {
    action: "ec2:CreateSubnet",
    resource: "arn:{partition}:ec2:{region}:{account}:vpc/*",
    isNew: false,
  },
  {
    action: "ec2:CreateTags",
    resource: "arn:{partition}:ec2:{region}:{account}:elastic-ip/*",
    isNew: false,
  },
  {
    action: "ec2:CreateTags",
    resource: "arn:{partition}:ec2:{region}:{account}:elastic-ip/*",
    isNew: true,
  },
  {
    action: "ec2:CreateTags",
    resource: "arn:{partition}:ec2:{region}:{account}:internet-gateway/*",
    isNew: false,
  },
  {
    action: "ec2:CreateTags",
    resource: "arn:{partition}:ec2:{region}:{account}:internet-gateway/*",
    isNew: true,
  },
  {
    action: "ec2:CreateTags",
    resource: "arn:{partition}:ec2:{region}:{account}:natgateway/*",
    isNew: false,
  },
  {
    action: "ec2:CreateTags",
    resource: "arn:{partition}:ec2:{region}:{account}:natgateway/*",
    isNew: true,
  },
  {
    action: "ec2:CreateTags",
    resource: "arn:{partition}:ec2:{region}:{account}:route-table/*",
    isNew: false,
  },
  {
    action: "ec2:CreateTags",
    resource: "arn:{partition}:ec2:{region}:{account}:route-table/*",
    isNew: true,
  },
  {
    action: "ec2:CreateTags",
    resource: "arn:{partition}:ec2:{region}:{account}:security-group-rule/*",
    isNew: false,
  },
  {
    action: "ec2:CreateTags",
    resource: "arn:{partition}:ec2:{region}:{account}:security-group-rule/*",
    isNew: true,
  },
  {
    action: "ec2:CreateTags",
    resource: "arn:{partition}:ec2:{region}:{account}:security-group/*",
    isNew: false,
  },
  {
    action: "ec2:CreateTags",
    resource: "arn:{partition}:ec2:{region}:{account}:security-group/*",
    isNew: true,
  },
  {
    action: "ec2:CreateTags",
    resource: "arn:{partition}:ec2:{region}:{account}:subnet/*",
    isNew: false,
  },
  {
    action: "ec2:CreateTags",
    resource: "arn:{partition}:ec2:{region}:{account}:subnet/*",
    isNew: true,
  },
  {
    action: "ec2:CreateTags",
    resource: "arn:{partition}:ec2:{region}:{account}:vpc-endpoint/*",
    isNew: false,
  },
  {
    action: "ec2:CreateTags",
    resource: "arn:{partition}:ec2:{region}:{account}:vpc-endpoint/*",
    isNew: true,
  },
  {
    action: "ec2:CreateTags",
    resource: "arn:{partition}:ec2:{region}:{account}:vpc/*",
    isNew: false,
  },
  {
    action: "ec2:CreateTags",
    resource: "arn:{partition}:ec2:{region}:{account}:vpc/*",
    isNew: true,
  },
  {
    action: "ec2:CreateVpc",
    resource: "arn:{partition}:ec2:{region}:{account}:vpc/*",
    isNew: true,
  },
  {
    action: "ec2:CreateVpcEndpoint",
    resource: "arn:{partition}:ec2:{region}:{account}:route-table/*",
    isNew: false,
  },
  {
    action: "ec2:CreateVpcEndpoint",
    resource: "arn:{partition}:ec2:{region}:{account}:security-group/*",
    isNew: false,
  },
  {
    action: "ec2:CreateVpcEndpoint",
    resource: "arn:{partition}:ec2:{region}:{account}:subnet/*",
    isNew: false,
  },
  {
    action: "ec2:CreateVpcEndpoint",
    resource: "arn:{partition}:ec2:{region}:{account}:vpc-endpoint/*",
    isNew: true,
  },
  {
    action: "ec2:CreateVpcEndpoint",
    resource: "arn:{partition}:ec2:{region}:{account}:vpc/*",
    isNew: false,
  },
  {
    action: "ec2:DeleteInternetGateway",
    resource: "arn:{partition}:ec2:{region}:{account}:internet-gateway/*",
    isNew: false,
  },
  {
    action: "ec2:DeleteNatGateway",
    resource: "arn:{partition}:ec2:{region}:{account}:natgateway/*",
    isNew: false,
  },
  {
    action: "ec2:DeleteRoute",
    resource: "arn:{partition}:ec2:{region}:{account}:route-table/*",
    isNew: false,
  },
  {
    action: "ec2:DeleteRouteTable",
    resource: "arn:{partition}:ec2:{region}:{account}:route-table/*",
    isNew: false,
  },
  {
    action: "ec2:DeleteSecurityGroup",
    resource: "arn:{partition}:ec2:{region}:{account}:security-group/*",
    isNew: false,
  },
  {
    action: "ec2:DeleteSubnet",
    resource: "arn:{partition}:ec2:{region}:{account}:subnet/*",
    isNew: false,
  },
  {
    action: "ec2:DeleteTags",
    resource: "arn:{partition}:ec2:{region}:{account}:elastic-ip/*",
    isNew: false,
  },
  {
    action: "ec2:DeleteTags",
    resource: "arn:{partition}:ec2:{region}:{account}:internet-gateway/*",
    isNew: false,
  },
  {
    action: "ec2:DeleteTags",
    resource: "arn:{partition}:ec2:{region}:{account}:natgateway/*",
    isNew: false,
  },
  {
    action: "ec2:DeleteTags",
    resource: "arn:{partition}:ec2:{region}:{account}:route-table/*",
    isNew: false,
  },
  {
    action: "ec2:DeleteTags",
    resource: "arn:{partition}:ec2:{region}:{account}:security-group-rule/*",
    isNew: false,
  },
  {
    action: "ec2:DeleteTags",
    resource: "arn:{partition}:ec2:{region}:{account}:security-group/*",
    isNew: false,
  },
  {
    action: "ec2:DeleteTags",
    resource: "arn:{partition}:ec2:{region}:{account}:subnet/*",
    isNew: false,
  },
  {
    action: "ec2:DeleteTags",
    resource: "arn:{partition}:ec2:{region}:{account}:vpc-endpoint/*",
    isNew: false,
  },
  {
    action: "ec2:DeleteTags",
    resource: "arn:{partition}:ec2:{region}:{account}:vpc/*",
    isNew: false,
  },
  {
    action: "ec2:DeleteVpc",
    resource: "arn:{partition}:ec2:{region}:{account}:vpc/*",
    isNew: false,
  },
  {
    action: "ec2:DeleteVpcEndpoints",
    resource: "arn:{partition}:ec2:{region}:{account}:vpc-endpoint/*",
    isNew: false,
  },
  { action: "ec2:DescribeAddresses", resource: "*", isNew: false },
  { action: "ec2:DescribeAddressesAttribute", resource: "*", isNew: false },
  { action: "ec2:DescribeInternetGateways", resource: "*", isNew: false },
  { action: "ec2:DescribeNatGateways", resource: "*", isNew: false },
  { action: "ec2:DescribeNetworkInterfaces", resource: "*", isNew: false },
  { action: "ec2:DescribePrefixLists", resource: "*", isNew: false },
  { action: "ec2:DescribeRouteTables", resource: "*", isNew: false },
  { action: "ec2:DescribeSecurityGroupRules", resource: "*", isNew: false },
  { action: "ec2:DescribeSecurityGroups", resource: "*", isNew: false },
  { action: "ec2:DescribeSubnets", resource: "*", isNew: false },
  { action: "ec2:DescribeVpcAttribute", resource: "*", isNew: false },
  { action: "ec2:DescribeVpcEndpoints", resource: "*", isNew: false },
  { action: "ec2:DescribeVpcs", resource: "*", isNew: false },
  {
    action: "ec2:DetachInternetGateway",
    resource: "arn:{partition}:ec2:{region}:{account}:internet-gateway/*",
    isNew: false,
  },
  {
    action: "ec2:DetachInternetGateway",
    resource: "arn:{partition}:ec2:{region}:{account}:vpc/*",
    isNew: false,
  },
  {
    action: "ec2:DisassociateAddress",
    resource: "arn:{partition}:ec2:{region}:{account}:elastic-ip/*",
    isNew: false,
  },
  {
    action: "ec2:DisassociateRouteTable",
    resource: "arn:{partition}:ec2:{region}:{account}:route-table/*",
    isNew: false,
  },
  {
    action: "ec2:ModifyVpcAttribute",
    resource: "arn:{partition}:ec2:{region}:{account}:vpc/*",
    isNew: false,
  },
  {
    action: "ec2:ModifyVpcEndpoint",
    resource: "arn:{partition}:ec2:{region}:{account}:route-table/*",
    isNew: false,
  },
  {
    action: "ec2:ModifyVpcEndpoint",
    resource: "arn:{partition}:ec2:{region}:{account}:subnet/*",
    isNew: false,
  },
  {
    action: "ec2:ModifyVpcEndpoint",
    resource: "arn:{partition}:ec2:{region}:{account}:vpc-endpoint/*",
    isNew: false,
  },
  {
    action: "ec2:ReleaseAddress",
    resource: "arn:{partition}:ec2:{region}:{account}:elastic-ip/*",
    isNew: false,
  },
  {
    action: "ec2:RevokeSecurityGroupEgress",
    resource: "arn:{partition}:ec2:{region}:{account}:security-group-rule/*",
    isNew: false,
  },
  {
    action: "ec2:RevokeSecurityGroupEgress",
    resource: "arn:{partition}:ec2:{region}:{account}:security-group/*",
    isNew: false,
  },
  {
    action: "ec2:RevokeSecurityGroupIngress",
    resource: "arn:{partition}:ec2:{region}:{account}:security-group-rule/*",
    isNew: false,
  },
  {
    action: "ec2:RevokeSecurityGroupIngress",
    resource: "arn:{partition}:ec2:{region}:{account}:security-group/*",
    isNew: false,
  },
  {
    action: "ecr:CreateRepository",
    resource: "arn:{partition}:ecr:{region}:{account}:repository/{repository}",
    isNew: true,
  },
  {
    action: "ecr:DeleteLifecyclePolicy",
    resource: "arn:{partition}:ecr:{region}:{account}:repository/{repository}",
    isNew: false,
  },
  {
    action: "ecr:DeleteRepository",
    resource: "arn:{partition}:ecr:{region}:{account}:repository/{repository}",
    isNew: false,
  },
  {
    action: "ecr:DescribeRepositories",
    resource: "arn:{partition}:ecr:{region}:{account}:repository/{repository}",
    isNew: false,
  },
  {
    action: "ecr:GetLifecyclePolicy",
    resource: "arn:{partition}:ecr:{region}:{account}:repository/{repository}",
    isNew: false,
  },
  {
    action: "ecr:ListTagsForResource",
    resource: "arn:{partition}:ecr:{region}:{account}:repository/{repository}",
    isNew: false,
  },
  {
    action: "ecr:PutLifecyclePolicy",
    resource: "arn:{partition}:ecr:{region}:{account}:repository/{repository}",
    isNew: false,
  },
  {
    action: "ecr:TagResource",
    resource: "arn:{partition}:ecr:{region}:{account}:repository/{repository}",
    isNew: false,
  },
  {
    action: "ecr:TagResource",
    resource: "arn:{partition}:ecr:{region}:{account}:repository/{repository}",
    isNew: true,
  },
  {
    action: "ecr:UntagResource",
    resource: "arn:{partition}:ecr:{region}:{account}:repository/{repository}",
    isNew: false,
  },
  {
    action: "ecs:CreateCluster",
    resource: "arn:{partition}:ecs:{region}:{account}:cluster/{name}",
    isNew: true,
  },
  {
    action: "ecs:DeleteCluster",
    resource: "arn:{partition}:ecs:{region}:{account}:cluster/{name}",
    isNew: false,
  },
  {
    action: "ecs:DescribeClusters",
    resource: "arn:{partition}:ecs:{region}:{account}:cluster/{name}",
    isNew: false,
  },
  {
    action: "ecs:ListTagsForResource",
    resource: "arn:{partition}:ecs:{region}:{account}:cluster/{name}",
    isNew: false,
  },
  {
    action: "ecs:PutClusterCapacityProviders",
    resource: "arn:{partition}:ecs:{region}:{account}:cluster/{name}",
    isNew: false,
  },
  {
    action: "ecs:TagResource",
    resource: "arn:{partition}:ecs:{region}:{account}:cluster/{name}",
    isNew: false,
  },
  {
    action: "ecs:TagResource",
    resource: "arn:{partition}:ecs:{region}:{account}:cluster/{name}",
    isNew: true,
  },
  {
    action: "ecs:UntagResource",
    resource: "arn:{partition}:ecs:{region}:{account}:cluster/{name}",
    isNew: false,
  },
  {
    action: "ecs:UpdateCluster",
    resource: "arn:{partition}:ecs:{region}:{account}:cluster/{name}",
    isNew: false,
  },
  {
    action: "elasticloadbalancing:AddTags",
    resource: "arn:{partition}:elasticloadbalancing:{region}:{account}:listener/app/{name}/*",
    isNew: false,
  },
  {
    action: "elasticloadbalancing:AddTags",
    resource: "arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/*",
    isNew: false,
  },
  {
    action: "elasticloadbalancing:AddTags",
    resource: "arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/*",
    isNew: true,
  },
  {
    action: "elasticloadbalancing:AddTags",
    resource: "arn:{partition}:elasticloadbalancing:{region}:{account}:targetgroup/{start}*/*",
    isNew: false,
  },
  {
    action: "elasticloadbalancing:AddTags",
    resource: "arn:{partition}:elasticloadbalancing:{region}:{account}:targetgroup/{start}*/*",
    isNew: true,
  },
  {
    action: "elasticloadbalancing:CreateListener",
    resource: "arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/*",
    isNew: false,
  },
  {
    action: "elasticloadbalancing:CreateLoadBalancer",
    resource: "arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/*",
    isNew: true,
  },
  {
    action: "elasticloadbalancing:CreateTargetGroup",
    resource: "arn:{partition}:elasticloadbalancing:{region}:{account}:targetgroup/{start}*/*",
    isNew: true,
  },
  {
    action: "elasticloadbalancing:DeleteListener",
    resource: "arn:{partition}:elasticloadbalancing:{region}:{account}:listener/app/{name}/*",
    isNew: false,
  },
  {
    action: "elasticloadbalancing:DeleteLoadBalancer",
    resource: "arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/*",
    isNew: false,
  },
  {
    action: "elasticloadbalancing:DeleteTargetGroup",
    resource: "arn:{partition}:elasticloadbalancing:{region}:{account}:targetgroup/{start}*/*",
    isNew: false,
  },
  { action: "elasticloadbalancing:DescribeListenerAttributes", resource: "*", isNew: false },
  { action: "elasticloadbalancing:DescribeListeners", resource: "*", isNew: false },
  { action: "elasticloadbalancing:DescribeLoadBalancerAttributes", resource: "*", isNew: false },
  { action: "elasticloadbalancing:DescribeLoadBalancers", resource: "*", isNew: false },
  { action: "elasticloadbalancing:DescribeTags", resource: "*", isNew: false },
  { action: "elasticloadbalancing:DescribeTargetGroupAttributes", resource: "*", isNew: false },
  { action: "elasticloadbalancing:DescribeTargetGroups", resource: "*", isNew: false },
  {
    action: "elasticloadbalancing:ModifyListener",
    resource: "arn:{partition}:elasticloadbalancing:{region}:{account}:listener/app/{name}/*",
    isNew: false,
  },
  {
    action: "elasticloadbalancing:ModifyLoadBalancerAttributes",
    resource: "arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/*",
    isNew: false,
  },
  {
    action: "elasticloadbalancing:ModifyTargetGroup",
    resource: "arn:{partition}:elasticloadbalancing:{region}:{account}:targetgroup/{start}*/*",
    isNew: false,
  },
  {
    action: "elasticloadbalancing:ModifyTargetGroupAttributes",
    resource: "arn:{partition}:elasticloadbalancing:{region}:{account}:targetgroup/{start}*/*",
    isNew: false,
  },
  {
    action: "elasticloadbalancing:RemoveTags",
    resource: "arn:{partition}:elasticloadbalancing:{region}:{account}:listener/app/{name}/*",
    isNew: false,
  },
  {
    action: "elasticloadbalancing:RemoveTags",
    resource: "arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/*",
    isNew: false,
  },
  {
    action: "elasticloadbalancing:SetSubnets",
    resource: "arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/*",
    isNew: false,
  },
  {
    action: "kms:CreateAlias",
    resource: "arn:{partition}:kms:{region}:{account}:alias/{name}",
    isNew: false,
  },
  {
    action: "kms:CreateAlias",
    resource: "arn:{partition}:kms:{region}:{account}:key/*",
    isNew: false,
  },
  {
    action: "kms:CreateGrant",
    resource: "arn:{partition}:kms:{region}:{account}:key/*",
    isNew: false,
  },
  { action: "kms:CreateKey", resource: "*", isNew: true },
  { action: "kms:Decrypt", resource: "arn:{partition}:kms:{region}:{account}:key/*", isNew: false },
  {
    action: "kms:DeleteAlias",
    resource: "arn:{partition}:kms:{region}:{account}:alias/{name}",
    isNew: false,
  },
  {
    action: "kms:DescribeKey",
    resource: "arn:{partition}:kms:{region}:{account}:key/*",
    isNew: false,
  },
  {
    action: "kms:EnableKeyRotation",
    resource: "arn:{partition}:kms:{region}:{account}:key/*",
    isNew: false,
  },
  { action: "kms:Encrypt", resource: "arn:{partition}:kms:{region}:{account}:key/*", isNew: false },
  {
    action: "kms:GetKeyPolicy",
    resource: "arn:{partition}:kms:{region}:{account}:key/*",
    isNew: false,
  },
  {
    action: "kms:GetKeyRotationStatus",
    resource: "arn:{partition}:kms:{region}:{account}:key/*",
    isNew: false,
  },
  { action: "kms:ListAliases", resource: "*", isNew: false },
  {
    action: "kms:ListResourceTags",
    resource: "arn:{partition}:kms:{region}:{account}:key/*",
    isNew: false,
  },
  {
    action: "kms:PutKeyPolicy",
    resource: "arn:{partition}:kms:{region}:{account}:key/*",
    isNew: false,
  },
  {
    action: "kms:ScheduleKeyDeletion",
    resource: "arn:{partition}:kms:{region}:{account}:key/*",
    isNew: false,
  },
  { action: "kms:TagResource", resource: "*", isNew: true },
  {
    action: "kms:TagResource",
    resource: "arn:{partition}:kms:{region}:{account}:key/*",
    isNew: false,
  },
  {
    action: "kms:UntagResource",
    resource: "arn:{partition}:kms:{region}:{account}:key/*",
    isNew: false,
  },
  {
    action: "logs:CreateLogGroup",
    resource: "arn:{partition}:logs:{region}:{account}:log-group:{logGroup}",
    isNew: true,
  },
  {
    action: "logs:DeleteLogGroup",
    resource: "arn:{partition}:logs:{region}:{account}:log-group:{logGroup}",
    isNew: false,
  },
  {
    action: "logs:DescribeLogGroups",
    resource: "arn:{partition}:logs:{region}:{account}:log-group::log-stream:",
    isNew: false,
  },
  {
    action: "logs:ListTagsForResource",
    resource: "arn:{partition}:logs:{region}:{account}:log-group:{logGroup}",
    isNew: false,
  },
  {
    action: "logs:PutRetentionPolicy",
    resource: "arn:{partition}:logs:{region}:{account}:log-group:{logGroup}",
    isNew: false,
  },
  {
    action: "logs:TagResource",
    resource: "arn:{partition}:logs:{region}:{account}:log-group:{logGroup}",
    isNew: false,
  },
  {
    action: "logs:TagResource",
    resource: "arn:{partition}:logs:{region}:{account}:log-group:{logGroup}",
    isNew: true,
  },
  {
    action: "logs:UntagResource",
    resource: "arn:{partition}:logs:{region}:{account}:log-group:{logGroup}",
    isNew: false,
  },
  { action: "route53:AssociateVPCWithHostedZone", resource: "*", isNew: false },
  { action: "servicediscovery:CreateHttpNamespace", resource: "*", isNew: true },
  {
    action: "servicediscovery:DeleteNamespace",
    resource: "arn:{partition}:servicediscovery:{region}:{account}:namespace/*",
    isNew: false,
  },
  {
    action: "servicediscovery:GetNamespace",
    resource: "arn:{partition}:servicediscovery:{region}:{account}:namespace/*",
    isNew: false,
  },
  { action: "servicediscovery:GetOperation", resource: "*", isNew: false },
  {
    action: "servicediscovery:ListTagsForResource",
    resource: "arn:{partition}:servicediscovery:{region}:{account}:namespace/*",
    isNew: false,
  },
  { action: "servicediscovery:TagResource", resource: "*", isNew: true },
  {
    action: "ssm:AddTagsToResource",
    resource: "arn:{partition}:ssm:{region}:{account}:parameter/{parameter}",
    isNew: true,
  },
  {
    action: "ssm:DeleteParameter",
    resource: "arn:{partition}:ssm:{region}:{account}:parameter/{parameter}",
    isNew: false,
  },
  { action: "ssm:DescribeParameters", resource: "*", isNew: false },
  {
    action: "ssm:GetParameter",
    resource: "arn:{partition}:ssm:{region}:{account}:parameter/{parameter}",
    isNew: false,
  },
  {
    action: "ssm:ListTagsForResource",
    resource: "arn:{partition}:ssm:{region}:{account}:parameter/{parameter}",
    isNew: false,
  },
  {
    action: "ssm:PutParameter",
    resource: "arn:{partition}:ssm:{region}:{account}:parameter/{parameter}",
    isNew: false,
  },
];
