import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import { defined } from "../../shared/task-roles.ts";

export const executionRoleRequiredCheck: Check = {
  id: "execution-role-required",
  question: "start",
  title: "task definitions that pull from ECR, log or read secrets name an execution role",
  severity: "error",
  ids: ["IAM-01", "IAM-02", "IAM-03"],
  explanation:
    "Fargate pulls, logs and reads secrets with the execution role, and refuses to register a task definition that needs one and has none.",
  sources: ["Amazon ECS Developer Guide, “Amazon ECS task execution IAM role”"],
  *run(subject) {
    for (const { definition, resource } of defined(subject)) {
      const { address } = resource;
      const { containers, unknown } = definition;
      if (resource.isSet("execution_role_arn")) {
        yield pass(address);
        continue;
      }
      const say = (id: "IAM-01" | "IAM-02" | "IAM-03", what: string, error: string) =>
        fail(address, id, `${what}, and execution_role_arn is not set`, {
          error: `ClientException: ${error}`,
        });
      if (unknown) yield unknownOutcome(address, unknown, "IAM-01");
      else if (containers.some((container) => container.image.kind === "ecr"))
        yield say(
          "IAM-01",
          "an image is in Amazon ECR",
          "Fargate requires task definition to have execution role ARN to support ECR images.",
        );
      else if (containers.some((container) => container.secrets.length > 0))
        yield say(
          "IAM-03",
          "a container reads secrets",
          "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
        );
      else if (containers.some((container) => container.log?.driver === "awslogs"))
        yield say(
          "IAM-02",
          "a container logs by awslogs",
          "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
        );
      else yield pass(address);
    }
  },
};
