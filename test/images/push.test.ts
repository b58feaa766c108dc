import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type BuiltImageRecord,
  type ImageEvent,
  openRepository,
  type PushedImage,
  pushImage,
} from "../../src/images/index.ts";
import type { EcrClient } from "../../src/images/scan.ts";
import { testFolder } from "../support/folder.ts";
import { type TestArchive, testArchive } from "../support/oci-archive.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";

const URI = "111122223333.dkr.ecr.us-east-1.amazonaws.com/shop";
const TAG = "web-0123456789ab";
const TOKEN = Buffer.from("AWS:secret").toString("base64");

/** The answers of Amazon ECR. */
interface Ecr {
  /** @default "IMMUTABLE" */
  readonly mutability?: string;
  /** @default false */
  readonly scansOnPush?: boolean;
  /** The digest of the tag. @default no image has the tag */
  readonly tagged?: string;
  /** @default the registry of the test */
  readonly proxyEndpoint?: string;
  readonly scanStatus?: { readonly status: string; readonly description?: string };
  /** @default true */
  readonly hasRepository?: boolean;
  /** Whether the options name the sandbox. @default true */
  readonly isSandbox?: boolean;
}

interface Pushed {
  readonly push: () => Promise<PushedImage>;
  readonly registry: TestRegistry;
  readonly archive: TestArchive;
  readonly calls: string[];
  readonly events: ImageEvent[];
}

async function givenImage(
  ecr: Ecr = {},
  archive: TestArchive = testArchive(),
  waitForScan: "always" | "on-push" | "never" = "on-push",
): Promise<Pushed> {
  const registry = await startRegistry();
  onTestFinished(() => registry.close());
  const project = testFolder();
  mkdirSync(join(project, ".berth/images"), { recursive: true });
  writeFileSync(join(project, ".berth/images/web.tar"), archive.content);
  const calls: string[] = [];
  const answers: Readonly<Record<string, unknown>> = {
    DescribeRepositories:
      ecr.hasRepository === false
        ? undefined
        : {
            repositories: [
              {
                repositoryUri: URI,
                registryId: "111122223333",
                imageTagMutability: ecr.mutability ?? "IMMUTABLE",
                imageScanningConfiguration: { scanOnPush: ecr.scansOnPush ?? false },
              },
            ],
          },
    DescribeImages:
      ecr.tagged === undefined ? undefined : { imageDetails: [{ imageDigest: ecr.tagged }] },
    GetAuthorizationToken: {
      authorizationData: [
        { authorizationToken: TOKEN, proxyEndpoint: ecr.proxyEndpoint ?? registry.url },
      ],
    },
    DescribeImageScanFindings: { imageScanStatus: ecr.scanStatus },
  };
  const answer = (operation: string, input: unknown): Promise<unknown> => {
    calls.push(`${operation} ${JSON.stringify(input)}`);
    return Promise.resolve(answers[operation]);
  };
  const client = {
    call: (_service: string, operation: string, input: unknown) => answer(operation, input),
    callUnless: (_codes: unknown, _service: string, operation: string, input: unknown) =>
      answer(operation, input),
  } as unknown as EcrClient; // the operations above
  const events: ImageEvent[] = [];
  const record: BuiltImageRecord = {
    name: "web",
    source: {
      context: ".",
      dockerfile: "Dockerfile",
      args: {},
      platform: "linux/arm64",
      attestations: true,
    },
    commit: "0123456789abcdef",
    isModified: false,
    builder: "buildah",
    hasAttestations: false,
    digest: archive.digest,
    tag: TAG,
  };
  const push = async (): Promise<PushedImage> => {
    const repository = await openRepository({
      client,
      repositoryName: "shop",
      isSandbox: ecr.isSandbox ?? true,
    });
    return pushImage(record, repository, {
      project,
      listener: (event) => events.push(event),
      waitForScan,
    });
  };
  return { push, registry, archive, calls, events };
}

describe("a push", () => {
  it("stores layers, configuration and manifest with the digests of the build", async () => {
    const { push, registry, archive, events } = await givenImage();
    expect(await push()).toEqual({ uri: `${URI}@${archive.digest}`, outcome: "pushed" });
    expect(registry.manifests.get(TAG)).toBe(archive.digest);
    expect(registry.blobs.get(archive.layer)?.toString()).toBe("layer");
    expect(events).toEqual([
      {
        type: "push-started",
        image: "web",
        uri: `${URI}:${TAG}`,
        registry: new URL(registry.url).host,
      },
      expect.objectContaining({ type: "blob-pushed", size: 37 }) as ImageEvent,
      { type: "blob-pushed", image: "web", digest: archive.layer, size: 5 },
    ]);
  });

  it("stays on this machine if a sandbox was selected by AWS_ENDPOINT_URL", async () => {
    const { push, registry, archive } = await givenImage({ isSandbox: false });
    expect(await push()).toEqual({ uri: `${URI}@${archive.digest}`, outcome: "pushed" });
    expect(registry.manifests.get(TAG)).toBe(archive.digest);
  });

  it("stores the manifests of an index before the index", async () => {
    const { push, registry, archive } = await givenImage({}, testArchive({ hasAttestation: true }));
    await push();
    const stored = registry.requests.flatMap(
      (request) => /^PUT .*\/manifests\/(\S+)/.exec(request)?.[1] ?? [],
    );
    expect(stored[0]).toBe(archive.manifest);
    expect([stored.length, stored.at(-1)]).toEqual([3, TAG]);
    expect(registry.manifests.get(TAG)).toBe(archive.digest);
  });

  it("does not store a blob that the registry has", async () => {
    const { push, registry, archive, events } = await givenImage();
    (registry.blobs as Map<string, Buffer>).set(archive.layer, Buffer.from("layer"));
    await push();
    expect(events.filter(({ type }) => type === "blob-pushed")).toHaveLength(1);
  });

  it("authenticates each request, and reports no credentials", async () => {
    const { push, registry, events, calls } = await givenImage();
    await push();
    expect(registry.requests.length).toBeGreaterThan(0);
    for (const request of registry.requests) expect(request).toContain(` Basic ${TOKEN}`);
    expect(JSON.stringify([events, calls])).not.toContain(TOKEN);
  });

  it("stores nothing if the tag already names the image", async () => {
    const archive = testArchive();
    const { push, registry, calls } = await givenImage({ tagged: archive.digest }, archive);
    expect(await push()).toEqual({ uri: `${URI}@${archive.digest}`, outcome: "unchanged" });
    expect(registry.requests).toEqual([]);
    expect(calls.join()).not.toContain("GetAuthorizationToken");
  });

  it("moves a mutable tag", async () => {
    const { push } = await givenImage({ tagged: "sha256:other", mutability: "MUTABLE" });
    expect(await push()).toMatchObject({ outcome: "pushed" });
  });

  it("repeats a request after throttling and after an error inside the registry", async () => {
    const { push, registry, archive } = await givenImage();
    const statuses = [429, 503];
    registry.answer = ({ method }) => {
      const status = method === "PATCH" ? statuses.shift() : undefined;
      return status === undefined ? undefined : { status };
    };
    await push();
    expect(registry.blobs.has(archive.layer)).toBe(true);
    expect(statuses).toEqual([]);
  });

  it.each([
    ["PATCH", "the content is not appended to that of the first attempt"],
    ["PUT", "the layer is in the registry"],
  ])("succeeds after the response to a %s is lost: %s", async (lost) => {
    const { push, registry, archive } = await givenImage();
    let isLost = false;
    registry.answer = ({ method }) => {
      if (method !== lost || isLost) return undefined;
      isLost = true;
      return { status: 503, isExecuted: true };
    };
    expect(await push()).toMatchObject({ outcome: "pushed" });
    expect(registry.blobs.get(archive.layer)?.toString()).toBe("layer");
  });
});

const IMMUTABLE_FIX =
  "the repository has an image of this commit: deploy it with its tag, or commit a change and build again";

/** The code, the text and the fix of an error. */
const errorOf = (promise: Promise<unknown>): Promise<readonly unknown[]> =>
  promise.then(
    () => [],
    ({ code, message, fix }: { code: unknown; message: unknown; fix: unknown }) => [
      code,
      message,
      fix,
    ],
  );

describe("a push is rejected", () => {
  it("if the immutable tag names another image", async () => {
    const { push, registry } = await givenImage({ tagged: "sha256:other" });
    expect(await errorOf(push())).toEqual([
      "BERTH-E3209",
      `the immutable tag ${TAG} already names another image: sha256:other`,
      IMMUTABLE_FIX,
    ]);
    expect(registry.requests).toEqual([]);
  });

  it("if the registry does not move the tag, which some filters of immutability decide", async () => {
    const { push, registry } = await givenImage();
    registry.answer = ({ url = "" }) =>
      url.endsWith(`/manifests/${TAG}`)
        ? {
            status: 400,
            body: '{"errors":[{"code":"TAG_INVALID","message":"the tag is immutable"}]}',
          }
        : undefined;
    expect(await errorOf(push())).toEqual([
      "BERTH-E3209",
      `the registry rejects storing the manifest ${TAG} with HTTP status 400: TAG_INVALID: the tag is immutable`,
      IMMUTABLE_FIX,
    ]);
  });

  it("if a permission is missing", async () => {
    const { push, registry } = await givenImage();
    registry.answer = ({ method }) =>
      method === "POST"
        ? { status: 403, body: '{"errors":[{"code":"DENIED","message":"not authorized"}]}' }
        : undefined;
    expect(await errorOf(push())).toEqual([
      "BERTH-E3210",
      "the registry rejects starting an upload with HTTP status 403: DENIED: not authorized",
      "allow ecr:BatchCheckLayerAvailability, ecr:InitiateLayerUpload, ecr:UploadLayerPart, ecr:CompleteLayerUpload and ecr:PutImage on the repository",
    ]);
  });

  it("if the registry responds without a location or with a location on another host", async () => {
    const { push, registry } = await givenImage();
    registry.answer = ({ method }) => (method === "POST" ? { status: 202 } : undefined);
    expect((await errorOf(push())).slice(0, 2)).toEqual([
      "BERTH-E3210",
      "the registry does not name the location of an upload",
    ]);
    registry.answer = ({ method }) =>
      method === "POST"
        ? { status: 202, headers: { location: "http://127.0.0.2/v2/" } }
        : undefined;
    expect((await errorOf(push())).slice(0, 2)).toEqual([
      "BERTH-E3210",
      "the registry continues an upload on another host: 127.0.0.2",
    ]);
  });

  it("if the registry does not respond", async () => {
    const { push, registry } = await givenImage();
    await registry.close();
    const [code, message, fix] = await errorOf(push());
    expect([code, fix]).toEqual(["BERTH-E3210", "check the network connection, and push again"]);
    expect(message).toMatch(/^the registry does not respond: connect ECONNREFUSED 127\.0\.0\.1:/);
  });

  it.each([
    "https://111122223333.dkr.ecr.us-east-1.amazonaws.com",
    "http://localhost.example.com:80",
    "http://192.0.2.1:5000",
  ])("if the sandbox names the registry %s, which is not on 127.0.0.1", async (proxyEndpoint) => {
    const { push, registry } = await givenImage({ proxyEndpoint });
    expect(await errorOf(push())).toEqual([
      "BERTH-E3211",
      `the sandbox names a registry on another machine: ${new URL(proxyEndpoint).host}`,
      "update Berth, and start the sandbox again",
    ]);
    expect(registry.requests).toEqual([]);
  });

  it("if the repository does not exist", async () => {
    const { push } = await givenImage({ hasRepository: false });
    expect(await errorOf(push())).toEqual([
      "BERTH-E3101",
      "the image repository shop does not exist",
      "apply the foundation, which creates it; or correct repository.url in the config",
    ]);
  });
});

describe("the scan after a push", () => {
  it("is that of the image for the platform, not of the index", async () => {
    const archive = testArchive({ hasAttestation: true });
    const { push, calls, events } = await givenImage(
      { scansOnPush: true, scanStatus: { status: "FAILED", description: "no packages" } },
      archive,
    );
    expect((await push()).scan).toEqual({
      outcome: "unknown",
      reason: "the scan has the status FAILED: no packages",
    });
    expect(calls.at(-1)).toBe(
      `DescribeImageScanFindings ${JSON.stringify({ registryId: "111122223333", repositoryName: "shop", imageId: { imageDigest: archive.manifest } })}`,
    );
    expect(events.at(-1)).toEqual({ type: "scan-started", image: "web" });
  });

  it.each<
    readonly [waitForScan: "always" | "on-push" | "never", scansOnPush: boolean, waits: boolean]
  >([
    ["on-push", false, false],
    ["on-push", true, true],
    ["always", false, true],
    ["never", true, false],
  ])("%s, in a repository with scanOnPush %s: %s", async (waitForScan, scansOnPush, waits) => {
    const { push } = await givenImage(
      { scansOnPush, scanStatus: { status: "FAILED" } },
      testArchive(),
      waitForScan,
    );
    expect((await push()).scan !== undefined).toBe(waits);
  });
});
