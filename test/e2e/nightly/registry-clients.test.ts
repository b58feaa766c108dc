import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  CreateRepositoryCommand,
  DescribeImagesCommand,
  GetAuthorizationTokenCommand,
} from "@aws-sdk/client-ecr";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Sandbox, startSandbox } from "../../../src/sandbox/server.ts";
import { type Clients, clientsFor } from "../../support/clients.ts";
import { testFolder } from "../../support/folder.ts";
import { OCI_INDEX } from "../../support/registry-client.ts";
import { REGION } from "../../support/sandbox-calls.ts";

const run = promisify(execFile);

beforeAll(async () => {
  for (const program of ["skopeo", "buildah"])
    await run(program, ["--version"]).catch(() => {
      throw new Error(
        `these tests need ${program}, but it does not start: install the Debian package ${program}`,
      );
    });
});

/** A sandbox with the repositories `app` and, with immutable tags, `fixed`. */
async function givenRegistry(stateFile?: string): Promise<{
  readonly sandbox: Sandbox;
  readonly aws: Clients;
  /** The reference of an image for skopeo and buildah, such as docker://127.0.0.1:4566/app:v1. */
  readonly ref: (image: string) => string;
  /** User name and password of the registry. */
  readonly credentials: string;
}> {
  const sandbox = await startSandbox(stateFile === undefined ? {} : { stateFile });
  onTestFinished(() => sandbox.close());
  const aws = clientsFor(sandbox.url, REGION);
  if (sandbox.contents().length === 0) {
    await aws.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
    await aws.ecr.send(
      new CreateRepositoryCommand({ repositoryName: "fixed", imageTagMutability: "IMMUTABLE" }),
    );
  }
  const { authorizationData } = await aws.ecr.send(new GetAuthorizationTokenCommand({}));
  const { authorizationToken = "", proxyEndpoint = "" } = authorizationData?.[0] ?? {};
  return {
    sandbox,
    aws,
    ref: (image) => `docker://${new URL(proxyEndpoint).host}/${image}`,
    credentials: Buffer.from(authorizationToken, "base64").toString(),
  };
}

/** The stores of buildah, without the configuration of the user. */
const buildahIn =
  (folder: string) =>
  async (...parameters: readonly string[]): Promise<string> => {
    const stores = ["--root", join(folder, "root"), "--runroot", join(folder, "runroot")];
    const { stdout } = await run("buildah", [...stores, "--storage-driver", "vfs", ...parameters], {
      cwd: folder,
    });
    return stdout;
  };

const skopeo = async (...parameters: readonly string[]): Promise<string> =>
  (await run("skopeo", ["--insecure-policy", ...parameters])).stdout;

/** The error output of a program that must fail. */
async function failureOf(program: Promise<unknown>): Promise<string> {
  try {
    await program;
  } catch (error) {
    return (error as { readonly stderr: string }).stderr;
  }
  throw new Error("the program was expected to fail");
}

/** Builds an image with one file. Returns its name in buildah's store. */
async function build(
  folder: string,
  buildah: ReturnType<typeof buildahIn>,
  content: string | Uint8Array,
  architecture = "amd64",
): Promise<string> {
  writeFileSync(join(folder, "program"), content);
  writeFileSync(join(folder, "Dockerfile"), 'FROM scratch\nCOPY program /\nCMD ["/program"]\n');
  const name = `localhost/app:${architecture}`;
  await buildah("bud", "--isolation", "chroot", "--arch", architecture, "-t", name, ".");
  return name;
}

describe("skopeo and buildah", () => {
  it("push and pull an image, also after a restart of the sandbox", async () => {
    const folder = testFolder();
    const buildah = buildahIn(folder);
    const stateFile = join(folder, "state.json");
    const first = await givenRegistry(stateFile);
    // Several parts of an upload, and several writes of a file.
    const name = await build(folder, buildah, randomBytes(20 * 1024 * 1024));
    const login = ["--tls-verify=false", "--creds", first.credentials];
    await buildah("push", ...login, name, first.ref("app:v1"));
    const inspect = async (): Promise<{ readonly Digest: string; readonly Architecture: string }> =>
      JSON.parse(await skopeo("inspect", ...login, first.ref("app:v1"))) as {
        readonly Digest: string;
        readonly Architecture: string;
      };
    const { Digest, Architecture } = await inspect();
    expect(Architecture).toBe("amd64");
    const { imageDetails } = await first.aws.ecr.send(
      new DescribeImagesCommand({ repositoryName: "app" }),
    );
    expect(imageDetails).toMatchObject([{ imageDigest: Digest, imageTags: ["v1"] }]);
    await first.sandbox.close();

    const second = await givenRegistry(stateFile);
    const pull = ["--src-tls-verify=false", "--src-creds", second.credentials];
    await skopeo("copy", ...pull, second.ref("app:v1"), `oci:${join(folder, "pulled")}:v1`);
    const { manifests } = JSON.parse(
      readFileSync(join(folder, "pulled", "index.json"), "utf8"),
    ) as { readonly manifests: readonly { readonly digest: string }[] };
    expect(manifests.map(({ digest }) => digest)).toEqual([Digest]);

    // The other direction: skopeo pushes, buildah pulls.
    const push = ["--dest-tls-verify=false", "--dest-creds", second.credentials];
    await skopeo("copy", ...push, `oci:${join(folder, "pulled")}:v1`, second.ref("app:v2"));
    const other = buildahIn(testFolder());
    await other("pull", "--tls-verify=false", "--creds", second.credentials, second.ref("app:v2"));
    expect(await other("images", "--format", "{{.Name}}:{{.Tag}}")).toBe(
      `${second.ref("app:v2").slice("docker://".length)}\n`,
    );
    const list = ["--tls-verify=false", "--creds", second.credentials];
    expect(JSON.parse(await skopeo("list-tags", ...list, second.ref("app")))).toMatchObject({
      Tags: ["v1", "v2"],
    });
    await skopeo("delete", ...list, second.ref("app:v2"));
    expect(await failureOf(skopeo("inspect", ...list, second.ref("app:v1")))).toContain(
      "manifest unknown",
    );
  });

  it("are rejected without a login, for an unknown repository and for an immutable tag", async () => {
    const folder = testFolder();
    const buildah = buildahIn(folder);
    const { ref, credentials } = await givenRegistry();
    const push = (name: string, image: string, creds = credentials) =>
      buildah("push", "--tls-verify=false", "--creds", creds, name, ref(image));
    const name = await build(folder, buildah, "first");
    expect(await failureOf(push(name, "app:v1", "AWS:none"))).toContain("unauthorized");
    expect(await failureOf(push(name, "other:v1"))).toContain(
      "name unknown: The repository with name 'other' does not exist in the registry with id '111122223333'",
    );
    await push(name, "fixed:v1");
    await push(name, "fixed:v1");
    expect(await failureOf(push(await build(folder, buildah, "second"), "fixed:v1"))).toContain(
      "tag invalid: The image tag 'v1' already exists in the 'fixed' repository and cannot be overwritten because the tag is immutable.",
    );
  });

  it("push an index of two architectures", async () => {
    const folder = testFolder();
    const buildah = buildahIn(folder);
    const { ref, credentials, aws } = await givenRegistry();
    await buildah("manifest", "create", "both");
    for (const architecture of ["amd64", "arm64"])
      await buildah(
        "manifest",
        "add",
        "--arch",
        architecture,
        "both",
        await build(folder, buildah, architecture, architecture),
      );
    const login = ["--tls-verify=false", "--creds", credentials];
    await buildah("manifest", "push", "--all", "--format", "oci", ...login, "both", ref("app:v1"));
    const { imageDetails = [] } = await aws.ecr.send(
      new DescribeImagesCommand({ repositoryName: "app" }),
    );
    expect(imageDetails.map(({ imageTags }) => imageTags)).toEqual([undefined, undefined, ["v1"]]);
    expect(imageDetails[2]?.imageManifestMediaType).toBe(OCI_INDEX);
    for (const architecture of ["amd64", "arm64"])
      expect(
        JSON.parse(
          await skopeo("--override-arch", architecture, "inspect", ...login, ref("app:v1")),
        ),
      ).toMatchObject({ Architecture: architecture });
  });
});
