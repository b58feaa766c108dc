import { type AwsErrorName, awsErrorOf } from "../../../failures/index.ts";
import { type Check, fail, pass, unknownOutcome } from "../../engine/check.ts";
import { definedTasks } from "../../shared/task-roles.ts";

export const executionRoleRequiredCheck: Check = {
  id: "execution-role-required",
  question: "start",
  title:
    "Task definitions that pull from Amazon ECR, write logs or read secrets have an execution role",
  severity: "error",
  ids: ["IAM-01", "IAM-02", "IAM-03"],
  explanation:
    "Fargate uses the execution role to pull images from Amazon ECR, to write logs and to read secrets. ECS rejects a task definition that needs an execution role and has none.",
  sources: ["Amazon ECS Developer Guide, “Amazon ECS task execution IAM role”"],
  *run(context) {
    for (const { definition, resource } of definedTasks(context)) {
      const { address } = resource;
      const { containers, unknown } = definition;
      if (resource.isSet("execution_role_arn")) {
        yield pass(address);
        continue;
      }
      const missingRole = (
        id: "IAM-01" | "IAM-02" | "IAM-03",
        problem: string,
        error: AwsErrorName,
      ) =>
        fail(address, id, `${problem}, but execution_role_arn is not set`, {
          awsError: awsErrorOf(error),
        });
      if (unknown) yield unknownOutcome(address, unknown, "IAM-01");
      else if (containers.some((container) => container.image.kind === "ecr"))
        yield missingRole(
          "IAM-01",
          "an image is in Amazon ECR",
          "ecr-image-without-execution-role",
        );
      else if (containers.some((container) => container.secrets.length > 0))
        yield missingRole("IAM-03", "a container reads secrets", "secrets-without-execution-role");
      else if (containers.some((container) => container.log?.driver === "awslogs"))
        yield missingRole(
          "IAM-02",
          "a container uses the awslogs log driver",
          "awslogs-without-execution-role",
        );
      else yield pass(address);
    }
  },
};
