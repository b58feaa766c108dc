import { mkdirSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as ecr from "@aws-sdk/client-ecr";
import { afterEach, describe, expect, it } from "vitest";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../../src/sandbox/server.ts";
import { clientsFor } from "../../support/clients.ts";
import { testFolder } from "../../support/folder.ts";
import { digestOf, RegistryClient } from "../../support/registry-client.ts";
import { REGION } from "../../support/sandbox-calls.ts";

const MIB = 1024 * 1024;

let sandbox: Sandbox | undefined;
afterEach(() => sandbox?.close());

/** Starts a sandbox with the repository `app`, and logs in. */
async function start(
  options: SandboxOptions = {},
): Promise<{ readonly client: ecr.ECRClient; readonly registry: RegistryClient }> {
  sandbox = await startSandbox(options);
  const { ecr: client } = clientsFor(sandbox.url, REGION);
  if (sandbox.contents().length === 0)
    await client.send(new ecr.CreateRepositoryCommand({ repositoryName: "app" }));
  return { client, registry: await RegistryClient.login(client) };
}

const hasLayer = async (registry: RegistryClient, content: Uint8Array | string) =>
  (await registry.request("HEAD", `/v2/app/blobs/${digestOf(content)}`)).status === 200;

const bytes = (size: number, value: number) => Buffer.alloc(size, value);

describe.each(["memory", "files"])("layers in %s", (place) => {
  const optionsIn = (folder: string): SandboxOptions =>
    place === "files" ? { stateFile: join(folder, "state.json") } : {};

  it("have a limit, and do not count after their repository is deleted", async () => {
    const { client, registry } = await start({
      ...optionsIn(testFolder()),
      limits: { layerBytes: 20 * MIB },
    });
    await registry.pushBlob("app", bytes(12 * MIB, 1));
    // The second layer is sent in two parts.
    const upload = (await registry.request("POST", "/v2/app/blobs/uploads/")).headers;
    const rejection = await registry.errorOf("PATCH", upload.get("location") ?? "", {
      body: bytes(12 * MIB, 2),
    });
    expect(rejection).toMatch(
      /^413 SIZE_INVALID: The sandbox would store \d+ bytes of image layers; its limit is 20971520$/,
    );
    await client.send(new ecr.DeleteRepositoryCommand({ repositoryName: "app" }));
    await client.send(new ecr.CreateRepositoryCommand({ repositoryName: "app" }));
    expect(await hasLayer(registry, bytes(12 * MIB, 1))).toBe(false);
    await registry.pushBlob("app", bytes(12 * MIB, 2));
    expect(await hasLayer(registry, bytes(12 * MIB, 2))).toBe(true);
  });

  it("are stored once for all repositories", async () => {
    const { client, registry } = await start({
      ...optionsIn(testFolder()),
      limits: { layerBytes: 2 * MIB },
    });
    await client.send(new ecr.CreateRepositoryCommand({ repositoryName: "other" }));
    for (const repository of ["app", "other"]) await registry.pushBlob(repository, bytes(MIB, 1));
    await registry.pushBlob("app", bytes(MIB, 2));
    await client.send(new ecr.DeleteRepositoryCommand({ repositoryName: "other" }));
    expect(await hasLayer(registry, bytes(MIB, 1))).toBe(true);
  });

  it("are found again after a snapshot is restored", async () => {
    const { client, registry } = await start(optionsIn(testFolder()));
    await registry.pushImage("app", "v1");
    const snapshot = sandbox?.snapshot() ?? "";
    await client.send(new ecr.DeleteRepositoryCommand({ repositoryName: "app", force: true }));
    await sandbox?.restore(snapshot);
    expect(await hasLayer(registry, "layer")).toBe(true);
  });
});

describe("layer files", () => {
  it("are kept when the sandbox starts again, and abandoned files are removed", async () => {
    const folder = testFolder();
    const stateFile = join(folder, "state.json");
    const layers = `${stateFile}.layers`;
    const first = await start({ stateFile });
    await first.registry.pushImage("app", "v1");
    await sandbox?.close();
    const kept = readdirSync(layers).sort();
    expect(kept).toEqual(
      ["layer", '{"os":"linux","architecture":"amd64"}']
        .map((content) => digestOf(content).replace(":", "-"))
        .sort(),
    );
    // A crash leaves an upload without a row.
    writeFileSync(join(layers, "upload-1"), "part");
    const { registry } = await start({ stateFile });
    const response = await registry.request("GET", `/v2/app/blobs/${digestOf("layer")}`);
    expect(await response.text()).toBe("layer");
    await registry.pushBlob("app", "more");
    expect(readdirSync(layers).sort()).toEqual(
      [...kept, digestOf("more").replace(":", "-")].sort(),
    );
  });

  it("that are incomplete count as missing", async () => {
    const stateFile = join(testFolder(), "state.json");
    const first = await start({ stateFile });
    await first.registry.pushBlob("app", "content");
    await sandbox?.close();
    truncateSync(join(`${stateFile}.layers`, digestOf("content").replace(":", "-")), 3);
    const { client, registry } = await start({ stateFile });
    expect(await hasLayer(registry, "content")).toBe(false);
    await registry.pushBlob("app", "content");
    const { downloadUrl = "" } = await client.send(
      new ecr.GetDownloadUrlForLayerCommand({
        repositoryName: "app",
        layerDigest: digestOf("content"),
      }),
    );
    expect(await (await fetch(downloadUrl)).text()).toBe("content");
  });

  it("that cannot be written fail the upload with 503, and the next attempt succeeds", async () => {
    const stateFile = join(testFolder(), "state.json");
    const { registry } = await start({ stateFile });
    const upload = await registry.request("POST", "/v2/app/blobs/uploads/");
    const location = upload.headers.get("location") ?? "";
    // A folder in place of the file.
    const file = join(`${stateFile}.layers`, `upload-${location.split("/").at(-1)}`);
    mkdirSync(file, { recursive: true });
    expect(await registry.errorOf("PATCH", location, { body: "content" })).toMatch(
      /^503 UNKNOWN: .*nothing was changed$/,
    );
    await registry.pushBlob("app", "content");
    expect(await hasLayer(registry, "content")).toBe(true);
  });
});
