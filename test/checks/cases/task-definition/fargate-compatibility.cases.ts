import { failureCase, inContainer } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const fargateCompatibilityCases: Cases = {
  "the bridge": failureCase("TD-03", [
    'network_mode             = "awsvpc"',
    'network_mode             = "bridge"',
  ]),
  "another port of the host": failureCase("TD-04", ["hostPort = 8080", "hostPort = 80"]),
  "a privileged container": failureCase("TD-13", inContainer("privileged = true")),
  "a definition for EC2": failureCase(
    "TD-14",
    ['requires_compatibilities = ["FARGATE"]', 'requires_compatibilities = ["EC2"]'],
    ['network_mode             = "awsvpc"', 'network_mode             = "bridge"'],
  ),
};
