import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import type * as ecs from "@aws-sdk/client-ecs";
import type { OperationEvent, OperationHost } from "../../src/app/index.ts";
import type { SandboxOptions } from "../../src/sandbox/index.ts";
import { account, givenStage, LOGS, region, type Stage, trust } from "../sandbox/failures/stage.ts";
import { testFolder } from "./folder.ts";

/** A project with the service "app" and the job "nightly", and a sandbox that contains what its config describes. */
export interface DeployedService {
  readonly stage: Stage;
  readonly folder: string;
  /** Options of an operation on the project. */
  readonly options: { readonly config: string; readonly sandbox: string };
  /** The events that operations with `host` report. */
  readonly events: readonly OperationEvent[];
  readonly host: OperationHost;
  /** Called for each event. */
  onEvent: (event: OperationEvent) => void;
  /** Registers a revision of the service or of the job. Returns its ARN. */
  register(
    name: string,
    container?: Partial<ecs.ContainerDefinition>,
    definition?: Partial<ecs.RegisterTaskDefinitionRequest>,
  ): Promise<string>;
  /** Writes a message to the log of a task. */
  log(name: string, task: string, message: string, at?: Date): void;
  close(): Promise<void>;
}

const CONFIG = `import { defineConfig } from "berth-ecs";
export default defineConfig({
  name: "app",
  region: "${region}",
  loadBalancer: { allowFrom: ["0.0.0.0/0"] },
  services: { app: { image: { tag: "1" }, port: 8080, route: { path: "/*" } } },
  jobs: { nightly: { image: { tag: "1" } } },
});
`;

const logGroupOf = (name: string): string => `/ecs/app/${name}`;

/** The project, with log groups and without task definitions and services. */
export async function givenProject(options: SandboxOptions = {}): Promise<DeployedService> {
  const stage = await givenStage("nat", options);
  const { sandbox, aws } = stage;
  const folder = testFolder();
  const config = join(folder, "berth.config.ts");
  writeFileSync(config, CONFIG);
  for (const name of ["app", "nightly"]) {
    await aws.logs.send(new CreateLogGroupCommand({ logGroupName: logGroupOf(name) }));
    sandbox.invoke("iam", "CreateRole", {
      RoleName: `app-${name}-task`,
      AssumeRolePolicyDocument: trust("ecs-tasks.amazonaws.com"),
    });
  }
  const events: OperationEvent[] = [];
  const project: DeployedService = {
    stage,
    folder,
    options: { config, sandbox: sandbox.url },
    events,
    host: {
      event: (event) => {
        events.push(event);
        project.onEvent(event);
      },
    },
    onEvent: () => undefined,
    register: async (name, container = {}, definition = {}) => {
      const { taskDefinition } = await stage.register({
        definition: {
          family: `app-${name}`,
          taskRoleArn: `arn:aws:iam::${account}:role/app-${name}-task`,
          ...definition,
        },
        container: {
          name,
          logConfiguration: {
            ...LOGS,
            options: {
              ...LOGS.options,
              "awslogs-group": logGroupOf(name),
              "awslogs-stream-prefix": name,
            },
          },
          ...container,
        },
      });
      return taskDefinition?.taskDefinitionArn ?? "";
    },
    log: (name, task, message, at = new Date()) => {
      sandbox.invoke("logs", "PutLogEvents", {
        logGroupName: logGroupOf(name),
        logStreamName: `${name}/${name}/${task}`,
        logEvents: [{ timestamp: at.getTime(), message }],
      });
    },
    close: () => stage.close(),
  };
  return project;
}

/** Deletes the events in the log of the service. */
function clearLog({ stage: { sandbox } }: DeployedService): void {
  const logGroupName = logGroupOf("app");
  const { logStreams } = sandbox.invoke("logs", "DescribeLogStreams", { logGroupName });
  for (const { logStreamName } of logStreams as { logStreamName: string }[]) {
    // of the operation's output
    sandbox.invoke("logs", "DeleteLogStream", { logGroupName, logStreamName });
    sandbox.invoke("logs", "CreateLogStream", { logGroupName, logStreamName });
  }
}

/** The project with its service, which has two tasks. The log is empty. */
export async function givenDeployedService(
  options: SandboxOptions = {},
  service: Partial<ecs.CreateServiceRequest> = {},
): Promise<DeployedService> {
  const project = await givenProject(options);
  await project.register("app");
  await project.stage.create({ taskDefinition: "app-app", ...service });
  await project.stage.poll(2);
  clearLog(project);
  return project;
}
