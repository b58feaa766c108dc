import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  deploy,
  destroy,
  rollback,
  type RollbackResult,
  scale,
  type ServiceResult,
  UserError,
} from "../../../src/index.ts";
import { IMAGE } from "../../sandbox/failures/stage.ts";
import {
  type DeployProject,
  givenUpdate,
  IMAGE_PARAMETER,
  planCommand,
  publish,
  putParameter,
  type Revisions,
} from "../../support/deploy-project.ts";
import {
  documentedActions,
  type Use,
  usePermissions,
} from "../../support/documented-permissions.ts";
import { pushImage } from "../../support/push-image.ts";

let project: DeployProject & Revisions;
let revisions = 0;

beforeAll(async () => {
  project = await givenUpdate({
    apps: {
      images: { "gone:*": { exists: false } },
      containers: { app: { commands: { fail: 1 } } },
    },
    service: {
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    },
  });
  const { ecr, kms } = project.stage.aws;
  await ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
  await pushImage(ecr, "app", "1");
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  await publish(project, { keyId: KeyMetadata?.Arn ?? "" });
});
afterAll(() => project.close());

const optionsOf = (
  env: NodeJS.ProcessEnv,
): { config: string; env: NodeJS.ProcessEnv; terraformBin: string; yes: true } => ({
  config: project.options.config,
  env,
  terraformBin: project.engine.path,
  yes: true,
});

/** A deployment and a rollback record their image if it differs from the recorded one. */
const recordEarlierImage = (): Promise<unknown> =>
  putParameter(project, IMAGE_PARAMETER, "earlier");

/** A denied call after a change, or of a log, is a part of the result: here it counts as an error of the command. */
function throwIfDenied(result: ServiceResult | RollbackResult): void {
  if ("recordError" in result && result.recordError) throw result.recordError;
  if (JSON.stringify(result).includes("AccessDeniedException"))
    throw new UserError("BERTH-E9004", "a call was denied");
}

/** Registers a new revision with this image, which the next deployment deploys after a task with this command. */
async function prepareRevision(image: string, before: string): Promise<void> {
  revisions += 1;
  const environment = [{ name: "REVISION", value: String(revisions) }];
  project.setRevision(await project.register("app", { image, environment }));
  project.setBefore(before);
  await recordEarlierImage();
}

const deployRevision =
  (image: string, before: string): Use =>
  async (env) => {
    await prepareRevision(image, before);
    const { services } = await deploy({ ...optionsOf(env), services: ["app"], image: IMAGE });
    services.forEach(throwIfDenied);
  };

/** ECS stops a task before a deployment after its timeout: in the sandbox, its program always ends. */
const NOT_SHOWN = "ecs:StopTask";

describe("the documented permissions, in addition to those of Terraform", () => {
  it.each<[string, readonly Use[]]>([
    [
      "deploy",
      [
        deployRevision(IMAGE, "migrate"),
        deployRevision("gone:1", "migrate"),
        deployRevision(IMAGE, "fail"),
      ],
    ],
    [
      "rollback",
      [
        async (env) => {
          await prepareRevision(IMAGE, "migrate");
          await project.deploy({ image: IMAGE });
          await recordEarlierImage();
          throwIfDenied(await rollback({ ...optionsOf(env), service: "app" }));
        },
      ],
    ],
    [
      "scale",
      [
        (env) => scale({ config: project.options.config, env, service: "app", count: 2 }),
        (env) => scale({ config: project.options.config, env, service: "app", count: 1 }),
      ],
    ],
    [
      "destroy",
      [
        async (env) => {
          project.engine.setCommands({
            pull: `printf '%s' '{"resources":[{"mode":"managed"}]}'`,
            plan: planCommand({ remove: 1 }),
          });
          await project.register("app");
          return destroy(optionsOf(env));
        },
      ],
    ],
  ])("of berth %s are sufficient, and none is unnecessary", async (name, uses) => {
    const actions = documentedActions("deploy", name);
    expect(await usePermissions(project.stage, actions, uses)).toEqual({
      errors: [],
      unnecessary: name === "deploy" ? [NOT_SHOWN] : [],
    });
  });
});
