import { writeFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import type { ContainerDefinition, CreateServiceRequest } from "@aws-sdk/client-ecs";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { loadConfig } from "../../src/config/load.ts";
import { requirementsOf, synthJson } from "../../src/constructs/synth/index.ts";
import { deployServices } from "../../src/app/deploy.ts";
import type { Clock } from "../../src/deployment/index.ts";
import type { DeployOptions, DeployResult } from "../../src/index.ts";
import type { SandboxOptions } from "../../src/sandbox/index.ts";
import { IMAGE } from "../sandbox/failures/stage.ts";
import { type DeployedService, givenDeployedService } from "./deployed-service.ts";
import { type FakeCommands, type FakeEngine, fakeEngine, printEvent } from "./engine.ts";

const configWith = (before: string): string => `export default {
  name: "app",
  region: "us-east-1",
  loadBalancer: false,
  services: {
    app: { image: { build: "." }, port: 8080, scale: { min: 1, max: 3, cpu: 50 }, before: { command: ["${before}"] } },
  },
  jobs: { nightly: { image: { build: "." } } },
};
`;

/** The parameter with the image of the service. */
export const IMAGE_PARAMETER = "/berth/app/app/image";

/** Shell lines of a plan, by the numbers of its changes. */
export const planCommand = ({ remove }: { readonly remove: number }): string =>
  `echo plan > "$out"; ${printEvent("change_summary", { changes: { add: 0, change: 0, remove, operation: "plan" } })}; exit ${remove === 0 ? 0 : 2}`;

/** The revision of the service, and the one that Terraform has registered. */
export interface Revisions {
  readonly first: string;
  readonly second: string;
}

/** A project whose Terraform is fake: its plan has no changes. */
export interface DeployProject extends DeployedService {
  readonly engine: FakeEngine;
  /** Deploys the service "app". */
  readonly deploy: (options?: DeployOptions) => Promise<DeployResult>;
  /** Changes the task before the deployment. */
  setBefore(command: string): void;
  /** Changes the revision that Terraform has registered, and replaces commands of Terraform. */
  setRevision(taskDefinition: string, commands?: FakeCommands): void;
}

/** The time of this machine, in which waits take no time: the sandbox completes what it does at the next calls. */
const clock: Clock = {
  now: () => Date.now(),
  sleep: async (_, signal) => {
    // Signals and requests to the sandbox are handled meanwhile.
    await setImmediate();
    signal?.throwIfAborted();
  },
};

/** A project with fake Terraform. @param taskDefinition the revision that Terraform has registered. @default none */
export function withTerraform(project: DeployedService, taskDefinition?: string): DeployProject {
  const { ids } = project.stage;
  const engine = fakeEngine(project.folder);
  const setRevision = (revision: string | undefined, commands: FakeCommands = {}): void => {
    const outputs = {
      cluster_arn: "arn:aws:ecs:us-east-1:111122223333:cluster/app",
      service_name: "app",
      task_definition_arn: revision,
      image: IMAGE,
      image_parameter: IMAGE_PARAMETER,
      container_name: "app",
      log_group: "/ecs/app/app",
      subnet_ids: ids.privates,
      security_group_ids: [ids.taskGroup],
      assign_public_ip: false,
    };
    const values = Object.fromEntries(
      Object.entries(revision === undefined ? {} : outputs).map(([name, value]) => [
        name,
        { value },
      ]),
    );
    engine.setCommands({
      plan: planCommand({ remove: 0 }),
      output: `printf '%s' '${JSON.stringify(values)}'`,
      ...commands,
    });
  };
  const setBefore = (command: string): void =>
    writeFileSync(project.options.config, configWith(command));
  setRevision(taskDefinition);
  setBefore("migrate");
  // The image of the last successful deployment.
  const options = { ...project.options, terraformBin: engine.path, yes: true, build: false };
  return Object.assign(project, {
    engine,
    setBefore,
    setRevision,
    deploy: (more: DeployOptions = {}) =>
      deployServices({ ...options, services: ["app"], ...more }, project.host, clock),
  });
}

/** Writes a parameter. @param KeyId the key of a SecureString. @default a String */
export const putParameter = (
  { stage }: DeployedService,
  name: string,
  value: string,
  KeyId?: string,
): Promise<unknown> =>
  stage.aws.ssm.send(
    new PutParameterCommand({
      Name: name,
      Value: value,
      Overwrite: true,
      ...(KeyId === undefined ? { Type: "String" } : { Type: "SecureString", KeyId }),
    }),
  );

/** Publishes the outputs of the foundation for the service, and for the job if it is named, without the named requirements. */
export async function publish(
  project: DeployProject,
  {
    without = [],
    keyId = "alias/aws/ssm",
    jobs = [],
  }: { without?: readonly string[]; keyId?: string; jobs?: readonly string[] } = {},
): Promise<void> {
  const settings = await loadConfig(project.options.config);
  const { output } = JSON.parse(synthJson(settings)) as { output: Record<string, unknown> }; // as Terraform defines it
  const outputs = {
    ...output,
    service_requirements: [
      ...requirementsOf(settings, "service", "app"),
      ...jobs.flatMap((job) => requirementsOf(settings, "job", job)),
    ].filter((requirement) => !without.includes(requirement)),
  };
  await putParameter(project, "/berth/app", JSON.stringify(outputs), keyId);
}

/** A project whose service runs the revision 1, while Terraform has registered the revision 2. */
export async function givenUpdate({
  container = { image: "other" },
  service = {},
  ...options
}: SandboxOptions & {
  readonly container?: Partial<ContainerDefinition>;
  readonly service?: Partial<CreateServiceRequest>;
} = {}): Promise<DeployProject & Revisions> {
  const deployed = await givenDeployedService(options, { desiredCount: 1, ...service });
  const first = (await deployed.stage.describe())?.taskDefinition ?? "";
  const second = await deployed.register("app", container);
  const project = withTerraform(deployed, second);
  await publish(project);
  await putParameter(project, IMAGE_PARAMETER, IMAGE);
  return Object.assign(project, { first, second });
}
