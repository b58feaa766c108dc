import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import * as ecs from "@aws-sdk/client-ecs";
import { describe, expect, it } from "vitest";
import { exec, type ExecOptions, type ExecResult } from "../../src/index.ts";
import { berth } from "../support/berth.ts";
import {
  type DeployedService,
  givenDeployedService,
  givenProject,
} from "../support/deployed-service.ts";

/** A plugin that writes its arguments to a file, one a line, and ends with this exit code. */
function fakePlugin(folder: string, exitCode = 0): NodeJS.ProcessEnv {
  writeFileSync(
    join(folder, "session-manager-plugin"),
    `#!/bin/sh\n[ "$1" = --version ] && exit 0\nprintf '%s\\n' "$@" > "${folder}/arguments"\nexit ${exitCode}\n`,
    { mode: 0o755 },
  );
  return { PATH: [folder, process.env["PATH"]].join(delimiter) };
}

const run = (
  project: DeployedService,
  env: NodeJS.ProcessEnv,
  more: Partial<ExecOptions> = {},
): Promise<ExecResult> => exec({ ...project.options, service: "app", env, ...more });

/** Answers ExecuteCommand, and forwards all other calls to a sandbox. Returns the URL and the input of the call. */
async function executingEndpoint(sandboxUrl: string): Promise<{
  readonly url: string;
  readonly inputs: unknown[];
  close(): void;
}> {
  const inputs: unknown[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer); // a request has no encoding
    const body = Buffer.concat(chunks);
    const target = String(request.headers["x-amz-target"]);
    if (target.endsWith(".ExecuteCommand")) {
      inputs.push(JSON.parse(body.toString()));
      response.end(
        JSON.stringify({
          session: { sessionId: "s-1", streamUrl: "wss://stream", tokenValue: "token" },
        }),
      );
      return;
    }
    const { host: _, connection: __, ...headers } = request.headers;
    const forwarded = await fetch(new URL(request.url ?? "/", sandboxUrl), {
      method: request.method ?? "POST",
      headers: headers as Record<string, string>, // no header of the client is repeated
      ...(body.length === 0 ? {} : { body }),
    });
    response.writeHead(forwarded.status, {
      "content-type": forwarded.headers.get("content-type") ?? "",
      "x-amzn-requestid": forwarded.headers.get("x-amzn-requestid") ?? "",
    });
    response.end(await forwarded.text());
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    inputs,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Environment variables that lead to the sandbox as if it were AWS. */
const account = ({ stage }: DeployedService): NodeJS.ProcessEnv => ({
  AWS_ENDPOINT_URL: stage.sandbox.url,
  AWS_ACCESS_KEY_ID: "111122223333",
  AWS_SECRET_ACCESS_KEY: "any",
});

/** The arguments of the plugin. */
const argumentsOf = ({ folder }: DeployedService): string[] =>
  readFileSync(join(folder, "arguments"), "utf8").split("\n");

async function firstTask({ stage }: DeployedService): Promise<string> {
  const { taskArns = [] } = await stage.aws.ecs.send(
    new ecs.ListTasksCommand({ cluster: "app", serviceName: "app" }),
  );
  return taskArns[0] ?? "";
}

describe("exec()", () => {
  it("starts the plugin with the session of ECS", async () => {
    const project = await givenDeployedService({}, { enableExecuteCommand: true });
    const endpoint = await executingEndpoint(project.stage.sandbox.url);
    const env = fakePlugin(project.folder, 7);
    const result = await run(project, env, {
      sandbox: endpoint.url,
      command: ["sh", "-c", "echo it's $HOME"],
    });
    expect(result).toMatchObject({ container: "app", exitCode: 7 });
    expect(endpoint.inputs).toEqual([
      {
        cluster: "app",
        task: expect.stringContaining(result.task) as string,
        container: "app",
        command: "sh -c 'echo it'\\''s $HOME'",
        interactive: true,
      },
    ]);
    expect(argumentsOf(project)).toEqual([
      '{"sessionId":"s-1","streamUrl":"wss://stream","tokenValue":"token"}',
      "us-east-1",
      "StartSession",
      "",
      expect.stringMatching(`^{"Target":"ecs:app_${result.task}_`) as string,
      `${endpoint.url}/`,
      "",
    ]);
    endpoint.close();
    await project.close();
  });

  it("is called by berth exec, which ends with the exit code of the plugin", async () => {
    const project = await givenDeployedService({}, { enableExecuteCommand: true });
    const endpoint = await executingEndpoint(project.stage.sandbox.url);
    const { code, stderr } = await berth(
      ["exec", "app", "--sandbox-url", endpoint.url, "--", "node", "-e", "1 + 1"],
      { cwd: project.folder, env: fakePlugin(project.folder, 7) },
    );
    expect([code, stderr]).toEqual([7, expect.stringContaining("app") as string]);
    expect(endpoint.inputs).toMatchObject([
      { cluster: "app", container: "app", command: "node -e '1 + 1'", interactive: true },
    ]);
    expect(argumentsOf(project).slice(0, 3)).toEqual([
      '{"sessionId":"s-1","streamUrl":"wss://stream","tokenValue":"token"}',
      "us-east-1",
      "StartSession",
    ]);
    endpoint.close();
    await project.close();
  });

  it("uses the requested task, by the beginning of its ID", async () => {
    const project = await givenDeployedService({}, { enableExecuteCommand: true });
    const endpoint = await executingEndpoint(project.stage.sandbox.url);
    const id = (await firstTask(project)).split("/").at(-1) ?? "";
    const { task } = await run(project, fakePlugin(project.folder), {
      sandbox: endpoint.url,
      task: id.slice(0, 12),
    });
    expect(task).toBe(id);
    endpoint.close();
    await project.close();
  });

  it("reports a missing plugin before it calls ECS", async () => {
    const project = await givenDeployedService({}, { enableExecuteCommand: true });
    const { calls } = project.stage.sandbox;
    const before = calls.length;
    const env = { PATH: project.folder, ...account(project) };
    const { config } = project.options;
    await expect(exec({ config, service: "app", env })).rejects.toMatchObject({
      code: "BERTH-E6014",
      message: "AWS's Session Manager plugin is not installed",
      fix: 'install it, so that session-manager-plugin is on PATH: AWS Systems Manager User Guide, "Install the Session Manager plugin"',
    });
    expect(calls.slice(before).filter(({ service }) => service === "ecs")).toEqual([]);
    await project.close();
  });

  it("reports that ECS Exec is not enabled", async () => {
    const project = await givenDeployedService();
    await expect(run(project, fakePlugin(project.folder))).rejects.toMatchObject({
      code: "BERTH-E6015",
      message: expect.stringMatching(/^ECS Exec is not enabled for task [0-9a-f]{32}$/) as string,
    });
    await project.close();
  });

  it("reports that the sandbox does not run programs, also without the plugin", async () => {
    const project = await givenDeployedService({}, { enableExecuteCommand: true });
    for (const env of [fakePlugin(project.folder), { PATH: "" }])
      await expect(run(project, env)).rejects.toMatchObject({
        code: "BERTH-E9010",
        message:
          "ecs:ExecuteCommand: NotImplemented: Berth's sandbox does not run programs: there is no shell to open",
        fix: "use an AWS account, or remove what needs this call: the sandbox does not support it",
      });
    await project.close();
  });

  it.each([["no running task", {}, "the service app has no running task"]])(
    "reports %s",
    async (_what, more, message) => {
      const project = await givenProject();
      await expect(run(project, fakePlugin(project.folder), more)).rejects.toMatchObject({
        code: "BERTH-E6013",
        message,
      });
      await project.close();
    },
  );

  it.each([
    ["task", { task: "0000" }, "the service app has no running task 0000"],
    ["container", { container: "proxy" }, / has no container proxy$/],
  ])("reports an unknown %s", async (_what, more, message) => {
    const project = await givenDeployedService({}, { enableExecuteCommand: true });
    await expect(run(project, fakePlugin(project.folder), more)).rejects.toThrow(message);
    await project.close();
  });
});
