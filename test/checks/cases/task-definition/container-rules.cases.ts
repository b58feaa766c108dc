import {
  withAttribute,
  withConfiguredAttribute,
  withContainer,
} from "../../../support/plan-edits.ts";
import type { DerivedCase, DerivedCases } from "../case-types.ts";
import type { FailureId } from "../../../../src/failures/catalogue/index.ts";
import type { Json } from "../../../../src/plan/plan-json.ts";

const COMPANION =
  "terraform_data.berth_companion_aws_ecs_task_definition_app_container_definitions";
const [APP, SIDECAR] = [0, 1];
const SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:database-AbCdEf";

const logOptions = (options: Json): Json => ({
  logDriver: "awslogs",
  options: {
    "awslogs-group": "/app",
    "awslogs-region": "us-east-1",
    "awslogs-stream-prefix": "app",
    ...options,
  },
});

const containerCase = (failures: FailureId[], index: number, members: Json): DerivedCase => ({
  base: "as it is",
  change: withContainer(COMPANION, index, members),
  failures,
});

export const containerRulesDerivedCases: DerivedCases = {
  "an essential container that another one waits for": {
    base: "as it is",
    change: (plan) =>
      withContainer(COMPANION, SIDECAR, { essential: true })(
        withContainer(COMPANION, APP, {
          dependsOn: [{ containerName: "sidecar", condition: "SUCCESS" }],
        })(plan),
      ),
    failures: ["TD-20"],
  },
  "containers that wait for each other": containerCase(["TD-20"], SIDECAR, {
    dependsOn: [{ containerName: "app", condition: "START" }],
  }),
  "a secret with the name of an environment variable": containerCase(["TD-22"], APP, {
    environment: [{ name: "PASSWORD", value: "x" }],
  }),
  "a health check that runs too often": containerCase(["TD-23"], SIDECAR, {
    healthCheck: { command: ["CMD-SHELL", "true"], interval: 4 },
  }),
  "a host name in the network mode awsvpc": containerCase(["TD-23"], SIDECAR, {
    hostname: "sidecar",
  }),
  "a port mapping name with a capital letter": containerCase(["TD-23"], SIDECAR, {
    portMappings: [{ containerPort: 9000, name: "Admin" }],
  }),
  "two port mappings with one name": {
    base: "as it is",
    change: (plan) =>
      withContainer(COMPANION, SIDECAR, { portMappings: [{ containerPort: 9000, name: "web" }] })(
        withContainer(COMPANION, APP, { portMappings: [{ containerPort: 8080, name: "web" }] })(
          plan,
        ),
      ),
    failures: ["TD-23"],
  },
  "a stop timeout that Fargate does not support": containerCase(["TD-23"], SIDECAR, {
    stopTimeout: 121,
  }),
  "a start timeout that Fargate does not support": containerCase(["TD-23"], SIDECAR, {
    startTimeout: 1,
  }),
  "the longest timeouts on Fargate": {
    base: "as it is",
    change: withContainer(COMPANION, SIDECAR, { startTimeout: 120, stopTimeout: 120 }),
    passedChecks: ["container-rules"],
  },
  "settings that are null": {
    base: "as it is",
    change: withConfiguredAttribute(
      "aws_ecs_task_definition.app",
      "container_definitions",
      JSON.stringify([
        {
          name: "app",
          image: "nginx:1.27",
          linuxParameters: { maxSwap: null },
          portMappings: [{ containerPort: 8080, hostPort: null, name: null }],
          stopTimeout: null,
        },
      ]),
    ),
    passedChecks: ["container-rules", "fargate-compatibility"],
  },
  "an option that awslogs does not have": containerCase(["LOG-03"], SIDECAR, {
    logConfiguration: logOptions({ log_key: "log" }),
  }),
  "a log group that awslogs should not create": containerCase(["LOG-03"], SIDECAR, {
    logConfiguration: logOptions({ "awslogs-create-group": "false" }),
  }),
  "an ARN of a secret with a JSON key only": containerCase(["TD-24"], APP, {
    secrets: [{ name: "PASSWORD", valueFrom: `${SECRET}:password` }],
  }),
  "a FireLens router that no container uses": containerCase(["LOG-07"], SIDECAR, {
    firelensConfiguration: { type: "fluentbit" },
  }),
  "more reserved memory than the task has": containerCase(["TD-05"], SIDECAR, {
    memoryReservation: 2048,
  }),
  "two containers on one host port": {
    base: "as it is",
    change: (plan) =>
      withAttribute(
        "aws_ecs_task_definition.app",
        "network_mode",
        "host",
      )(withContainer(COMPANION, SIDECAR, { portMappings: [{ containerPort: 8080 }] })(plan)),
    failures: ["TD-21"],
  },
};
