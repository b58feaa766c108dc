import { join } from "node:path";
import { describe, it } from "vitest";
import {
  apply,
  deploy,
  destroy,
  plan,
  rollback,
  type ServiceResult,
} from "../../../src/app/index.ts";
import { startSandbox } from "../../../src/sandbox/server.ts";
import { sendRequest, sendRequestsDuring } from "../../../start/requests.ts";
import { clientsFor } from "../../support/clients.ts";
import { writeConfig } from "../../support/config-folder.ts";
import { testFolder } from "../../support/folder.ts";
import { MODES } from "../../support/foundation-modes.ts";
import { pushImage } from "../../support/push-image.ts";

describe.concurrent("a service behind a load balancer, by real Terraform", () => {
  it.for(MODES)(
    "with %s egress is deployed, updated without a failed request, rolled back and destroyed",
    async (egress, { expect, onTestFinished }) => {
      const folder = testFolder();
      writeConfig(
        folder,
        `egress: "${egress}", loadBalancer: { allowFrom: ["0.0.0.0/0"] }, repository: { forceDelete: true },
        services: { web: { image: { build: "." }, port: 8080, route: { path: "/*" }, count: 2 } }`,
      );
      const sandbox = await startSandbox({ listenerPorts: true });
      onTestFinished(() => sandbox.close());
      const scope = { config: join(folder, "berth.config.ts"), sandbox: sandbox.url, yes: true };
      const deployed = async (image?: string): Promise<ServiceResult | undefined> =>
        (await deploy({ ...scope, build: false, ...(image === undefined ? {} : { image }) }))
          .services[0];

      expect(await apply(scope)).toMatchObject({ outcome: "applied" });
      const { ecr } = clientsFor(sandbox.url, "us-east-1");
      for (const tag of ["v1", "v2"])
        await pushImage(ecr, "hello", tag, { architecture: "arm64", note: tag });

      expect(await deployed(":v1")).toMatchObject({ outcome: "deployed" });
      expect((await sendRequest(sandbox)).failures).toEqual([]);
      const update = await sendRequestsDuring(sandbox, () => deployed(":v2"));
      expect(update.result).toMatchObject({ outcome: "deployed" });
      expect(update.answers.failures).toEqual([]);
      expect([...update.answers.revisions.keys()]).toEqual(["hello-web:1", "hello-web:2"]);

      const { hasChanges, check } = await plan(scope);
      expect([hasChanges, check.verdict]).toEqual([false, "pass"]);
      expect(await deployed()).toMatchObject({ outcome: "unchanged" });

      const rolledBack = await sendRequestsDuring(sandbox, () =>
        rollback({ ...scope, service: "web" }),
      );
      expect(rolledBack.result).toMatchObject({ outcome: "rolled-back" });
      expect(rolledBack.answers.failures).toEqual([]);

      expect(await destroy(scope)).toMatchObject({ outcome: "destroyed" });
      expect(sandbox.contents()).toEqual([]);
    },
  );
});
