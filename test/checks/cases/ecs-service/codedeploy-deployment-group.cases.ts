import { withConfiguredAttribute, withoutResource } from "../../../support/plan-edits.ts";
import { addition, inService, policyText, UNKNOWN_VALUE } from "../case-edits.ts";
import { type Case, type Cases, type DerivedCases, type Edit, passingCase } from "../case-types.ts";
import type { FailureId } from "../../../../src/failures/catalogue/index.ts";

const DEPLOYMENT_GROUP = `resource "aws_lb_target_group" "green" {
  name        = "green"
  vpc_id      = aws_vpc.main.id
  port        = 8080
  protocol    = "HTTP"
  target_type = "ip"
}

resource "aws_iam_role" "codedeploy" {
  name = "codedeploy"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "codedeploy.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy_attachment" "codedeploy" {
  role       = aws_iam_role.codedeploy.name
  policy_arn = "arn:aws:iam::aws:policy/AWSCodeDeployRoleForECS"
}

resource "aws_codedeploy_app" "app" {
  name             = "app"
  compute_platform = "ECS"
}

resource "aws_codedeploy_deployment_group" "app" {
  app_name               = aws_codedeploy_app.app.name
  deployment_group_name  = "app"
  deployment_config_name = "CodeDeployDefault.ECSAllAtOnce"
  service_role_arn       = aws_iam_role.codedeploy.arn

  deployment_style {
    deployment_option = "WITH_TRAFFIC_CONTROL"
    deployment_type   = "BLUE_GREEN"
  }

  blue_green_deployment_config {
    deployment_ready_option {
      action_on_timeout = "CONTINUE_DEPLOYMENT"
    }
    terminate_blue_instances_on_deployment_success {
      action = "TERMINATE"
    }
  }

  ecs_service {
    cluster_name = aws_ecs_cluster.main.name
    service_name = aws_ecs_service.app.name
  }

  load_balancer_info {
    target_group_pair_info {
      prod_traffic_route {
        listener_arns = [aws_lb_listener.https.arn]
      }
      target_group {
        name = aws_lb_target_group.app.name
      }
      target_group {
        name = aws_lb_target_group.green.name
      }
    }
  }
}`;

const CONTROLLER = 'deployment_controller {\n    type = "CODE_DEPLOY"\n  }';

/** A blue/green deployment with a change of its deployment group, its role or its application. */
function edits(text: string, replacement: string): readonly Edit[] {
  if (!DEPLOYMENT_GROUP.includes(text)) throw new TypeError(`there is no ${text}`);
  return [
    inService(`  ${CONTROLLER}`),
    addition(DEPLOYMENT_GROUP.replace(text, () => replacement)),
  ];
}

const deployment = (failure: FailureId, text: string, replacement: string): Case => ({
  failures: [failure],
  edits: edits(text, replacement),
});

const ATTACHMENT = `resource "aws_iam_role_policy_attachment" "codedeploy" {
  role       = aws_iam_role.codedeploy.name
  policy_arn = "arn:aws:iam::aws:policy/AWSCodeDeployRoleForECS"
}`;

const SCOPED_POLICY = `resource "aws_iam_role_policy" "codedeploy" {
  role = aws_iam_role.codedeploy.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "ecs:*", Resource = "arn:aws:ecs:us-east-1:111122223333:*/main/*" },
      { Effect = "Allow", Action = "elasticloadbalancing:*", Resource = "*" },
    ]
  })
}`;

/** The same permissions as a JSON text. */
const SCOPED_STATEMENTS = policyText(
  { Effect: "Allow", Action: "ecs:*", Resource: "arn:aws:ecs:us-east-1:111122223333:*/main/*" },
  { Effect: "Allow", Action: "elasticloadbalancing:*", Resource: "*" },
);

const GREEN = "name = aws_lb_target_group.green.name";

export const codedeployDeploymentGroupCases: Cases = {
  "a blue/green deployment": { edits: edits("", "") },
  "a deployment group for servers": deployment(
    "SVC-15",
    'compute_platform = "ECS"',
    'compute_platform = "Server"',
  ),
  "a deployment group without traffic control": deployment(
    "SVC-15",
    "WITH_TRAFFIC_CONTROL",
    "WITHOUT_TRAFFIC_CONTROL",
  ),
  "a deployment group with one target group": deployment(
    "SVC-15",
    `      target_group {\n        ${GREEN}\n      }\n`,
    "",
  ),
  "a deployment group with one target group twice": deployment(
    "SVC-15",
    GREEN,
    "name = aws_lb_target_group.app.name",
  ),
  "a deployment group with the listener of other requests": deployment(
    "SVC-15",
    "listener_arns = [aws_lb_listener.https.arn]",
    "listener_arns = [aws_lb_listener.inside.arn]",
  ),
  "a deployment group with a role of other servers": deployment(
    "IAM-19",
    "policy/AWSCodeDeployRoleForECS",
    "policy/service-role/AWSCodeDeployRole",
  ),
  "a deployment group with a role that CodeDeploy cannot assume": deployment(
    "IAM-04",
    "codedeploy.amazonaws.com",
    "ecs.amazonaws.com",
  ),
  "a deployment group of a service that ECS deploys": {
    failures: ["SVC-15"],
    edits: [addition(DEPLOYMENT_GROUP)],
  },
  "a deployment group with an unknown target group": {
    unknownChecks: ["codedeploy-deployment-group"],
    edits: edits(GREEN, `name = ${UNKNOWN_VALUE}`),
  },
  "a deployment group of an application of another root module": {
    unknownChecks: ["codedeploy-deployment-group"],
    edits: edits("aws_codedeploy_app.app.name", '"elsewhere"'),
  },
  "a deployment group with another deployment type that is known after apply": {
    unknownChecks: ["codedeploy-deployment-group"],
    edits: edits('"BLUE_GREEN"', UNKNOWN_VALUE),
  },
  "a deployment group whose role has permissions for some resources": {
    unknownChecks: ["codedeploy-deployment-group"],
    edits: edits(ATTACHMENT, SCOPED_POLICY),
  },
  "a deployment group with target groups that its service does not use": {
    failures: ["SVC-15"],
    edits: [
      ...edits("name = aws_lb_target_group.app.name", "name = aws_lb_target_group.third.name"),
      addition(
        'resource "aws_lb_target_group" "third" {\n  name        = "third"\n  vpc_id      = aws_vpc.main.id\n  port        = 8080\n  protocol    = "HTTP"\n  target_type = "ip"\n}',
      ),
    ],
  },
  "a service of CodeDeploy without a load balancer": {
    failures: ["SVC-15"],
    edits: [
      inService(`  ${CONTROLLER}`),
      [
        '  load_balancer {\n    target_group_arn = aws_lb_target_group.app.arn\n    container_name   = "app"\n    container_port   = 8080\n  }\n',
        "",
      ],
    ],
  },
  "a service without the deployment group that it needs": {
    unknownChecks: ["codedeploy-deployment-group"],
    edits: [inService(`  ${CONTROLLER}`)],
  },
};

export const codedeployDeploymentGroupDerivedCases: DerivedCases = {
  "a blue/green deployment passes": passingCase(
    "a blue/green deployment",
    "codedeploy-deployment-group",
    "task-role-trust-policy",
  ),
  "an existing deployment group whose role has permissions for some resources": {
    base: "a blue/green deployment",
    change: (plan) =>
      [
        withoutResource("aws_iam_role_policy_attachment.codedeploy"),
        withConfiguredAttribute("aws_iam_role.codedeploy", "inline_policy", [
          { name: "deploy", policy: SCOPED_STATEMENTS },
        ]),
        withConfiguredAttribute(
          "aws_codedeploy_deployment_group.app",
          "arn",
          "arn:aws:codedeploy:us-east-1:111122223333:deploymentgroup:app/app",
        ),
      ].reduce((changed, edit) => edit(changed), plan),
    unknownChecks: ["codedeploy-deployment-group"],
  },
};
