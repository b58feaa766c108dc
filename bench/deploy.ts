// `berth deploy` compared with Terraform alone, and how soon it notices that ECS has completed a deployment.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { apply, deploy, type OperationEvent } from "../src/app/index.ts";
import { type Sandbox, startSandbox } from "../src/sandbox/server.ts";
import { cli, duration, node, scratch } from "./processes.ts";
import { addRow } from "./table.ts";
import { workingFolderEnvironment } from "./terraform.ts";

const CONFIG = `import { defineConfig } from "berth-ecs";
export default defineConfig({
  name: "hello",
  region: "us-east-1",
  zones: 1,
  egress: "public",
  loadBalancer: false,
  services: { web: { image: { build: "." }, count: 1 } },
});
`;

/** Puts an image without layers into the foundation's repository. */
const putImage = (sandbox: Sandbox, imageTag: string): unknown =>
  sandbox.invoke("ecr", "PutImage", {
    repositoryName: "hello",
    imageTag,
    imageManifest: JSON.stringify({ schemaVersion: 2, layers: [], annotations: { imageTag } }),
  });

/** When ECS completed the newest deployment of the service, and how long that took, in milliseconds. */
function newestDeployment(sandbox: Sandbox): { readonly end: number; readonly duration: number } {
  const { serviceDeployments } = sandbox.invoke("ecs", "ListServiceDeployments", {
    cluster: "hello",
    service: "web",
  }) as { serviceDeployments: { createdAt: Date; finishedAt: Date }[] }; // Amazon ECS API Reference
  const [newest] = serviceDeployments.toSorted(
    (a, b) => b.createdAt.getTime() - a.createdAt.getTime(),
  );
  if (newest === undefined) throw new Error("ECS has no deployment of the service");
  const { createdAt, finishedAt } = newest;
  return { end: finishedAt.getTime(), duration: finishedAt.getTime() - createdAt.getTime() };
}

/** `berth deploy` of a new image compared with `terraform init`, `plan` and `apply` of the same files plus ECS's deployment. */
export async function benchmarkDeploy(): Promise<void> {
  const project = join(scratch, "service");
  mkdirSync(project);
  const config = join(project, "berth.config.ts");
  writeFileSync(config, CONFIG);
  const sandbox = await startSandbox();
  const options = { config, sandbox: sandbox.url, yes: true };
  try {
    await apply(options);
    for (const tag of ["v1", "v2"]) putImage(sandbox, tag);

    let completionSeen = Number.NaN;
    await deploy(
      { ...options, image: ":v1" },
      {
        event: (event: OperationEvent) => {
          if (event.type !== "deployment" || event.event.type !== "progress") return;
          if (event.event.progress.status === "SUCCESSFUL") completionSeen = Date.now();
        },
      },
    );
    addRow(
      "berth deploy: from the completion of the deployment in ECS to the end of the wait",
      completionSeen - newestDeployment(sandbox).end,
      { budget: "≤ 1 s", isMet: (value) => value <= 1000 },
    );

    const berth = await duration(
      node,
      [cli, "deploy", "web", "--image", ":v2", "--yes", "--quiet", "--sandbox-url", sandbox.url],
      project,
    );
    const { duration: deployment } = newestDeployment(sandbox);
    let terraform = deployment;
    const folder = join(project, ".berth/sandbox/default/services/web");
    const env = workingFolderEnvironment(folder, sandbox.url);
    for (const args of [["init"], ["plan"], ["apply", "-auto-approve"]])
      terraform += await duration("terraform", [...args, "-input=false"], folder, { env });
    addRow("berth deploy; peer: terraform init, plan and apply, and ECS's deployment", berth, {
      peer: terraform,
      budget: "≤ 5 s more",
      isMet: () => berth - terraform <= 5000,
    });
  } finally {
    await sandbox.close();
  }
}
