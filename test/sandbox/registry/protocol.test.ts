import * as ecr from "@aws-sdk/client-ecr";
import { beforeEach, describe, expect, it } from "vitest";
import { clientsFor } from "../../support/clients.ts";
import {
  digestOf,
  OCI_INDEX,
  OCI_MANIFEST,
  RegistryClient,
} from "../../support/registry-client.ts";
import { REGION, useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();
let registry: RegistryClient;

const createRepository = (
  repositoryName: string,
  options: Partial<ecr.CreateRepositoryRequest> = {},
) => fixture.aws.ecr.send(new ecr.CreateRepositoryCommand({ repositoryName, ...options }));

const describeImages = async (repositoryName = "app") =>
  (await fixture.aws.ecr.send(new ecr.DescribeImagesCommand({ repositoryName }))).imageDetails;

beforeEach(async () => {
  await createRepository("app");
  registry = await RegistryClient.login(fixture.aws.ecr);
});

describe("login", () => {
  it("requires the token of GetAuthorizationToken, whose endpoint is the sandbox", async () => {
    expect(registry.url).toBe(fixture.sandbox.url);
    const response = await fetch(`${fixture.sandbox.url}/v2/`);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe(
      `Basic realm="${fixture.sandbox.url}/",service="ecr.amazonaws.com"`,
    );
    expect(response.headers.get("docker-distribution-api-version")).toBe("registry/2.0");
    expect(await response.text()).toBe("Not Authorized\n");
    const loggedIn = await registry.request("GET", "/v2/");
    expect(loggedIn.status).toBe(200);
    expect(await loggedIn.text()).toBe("{}");
  });

  it.each([
    ["an unknown token", "AWS:0123"],
    ["another user", "root:0123"],
    ["no password", "AWS"],
  ])("rejects %s", async (_, credentials) => {
    const client = new RegistryClient(
      fixture.sandbox.url,
      Buffer.from(credentials).toString("base64"),
    );
    expect((await client.request("GET", "/v2/app/tags/list")).status).toBe(401);
  });

  it("rejects requests of web pages", async () => {
    const response = await registry.request("GET", "/v2/", {
      headers: { origin: "https://example.com" },
    });
    expect(response.status).toBe(403);
  });

  it("shows each account and region its own registry", async () => {
    await registry.pushImage("app", "v1");
    const otherRegion = clientsFor(fixture.sandbox.url, "eu-west-1");
    const other = await RegistryClient.login(otherRegion.ecr);
    expect(await other.errorOf("GET", "/v2/app/manifests/v1")).toBe(
      "404 NAME_UNKNOWN: The repository with name 'app' does not exist in the registry with id '111122223333'",
    );
    await otherRegion.ecr.send(new ecr.CreateRepositoryCommand({ repositoryName: "app" }));
    expect(await other.errorOf("GET", "/v2/app/manifests/v1")).toBe(
      "404 MANIFEST_UNKNOWN: Requested image not found",
    );
  });
});

describe("blobs", () => {
  const content = Buffer.from("0123456789");
  const digest = digestOf(content);

  it("are uploaded with one POST, with POST and PUT, and in parts, and downloaded again", async () => {
    const whole = await registry.request("POST", `/v2/app/blobs/uploads/?digest=${digest}`, {
      body: content,
    });
    expect(whole.status).toBe(201);
    expect(whole.headers.get("location")).toBe(`/v2/app/blobs/${digest}`);

    const start = await registry.request("POST", "/v2/app/blobs/uploads/");
    expect(start.status).toBe(202);
    expect(start.headers.get("range")).toBe("0-0");
    const upload = start.headers.get("location") ?? "";
    const part = (body: string, range: string) =>
      registry.request("PATCH", upload, { body, headers: { "content-range": range } });
    const first = await part("abc", "0-2");
    expect([first.status, first.headers.get("range")]).toEqual([202, "0-2"]);
    expect(
      await registry.errorOf("PATCH", upload, {
        body: "xyz",
        headers: { "content-range": "7-9" },
      }),
    ).toBe("416 BLOB_UPLOAD_INVALID: the next part of the upload begins at byte 3");
    const status = await registry.request("GET", upload);
    expect([status.status, status.headers.get("range")]).toEqual([204, "0-2"]);
    expect((await part("def", "3-5")).headers.get("range")).toBe("0-5");
    const parts = digestOf("abcdefghi");
    const end = await registry.request("PUT", `${upload}?digest=${parts}`, { body: "ghi" });
    expect([end.status, end.headers.get("docker-content-digest")]).toEqual([201, parts]);

    const head = await registry.request("HEAD", `/v2/app/blobs/${parts}`);
    expect([head.status, head.headers.get("content-length")]).toEqual([200, "9"]);
    const download = await registry.request("GET", `/v2/app/blobs/${parts}`);
    expect(download.redirected).toBe(true);
    expect(await download.text()).toBe("abcdefghi");
  });

  it("are rejected with another digest, without content, and unknown", async () => {
    const wrong = digestOf("other");
    const start = async () =>
      (await registry.request("POST", "/v2/app/blobs/uploads/")).headers.get("location") ?? "";
    expect(
      await registry.errorOf("PUT", `${await start()}?digest=${wrong}`, { body: content }),
    ).toContain("400 DIGEST_INVALID: The layer digest calculation performed by Amazon ECR");
    expect(await registry.errorOf("PUT", `${await start()}?digest=${wrong}`)).toContain(
      "400 BLOB_UPLOAD_INVALID",
    );
    expect(await registry.errorOf("PUT", await start(), { body: content })).toContain(
      "400 DIGEST_INVALID",
    );
    expect(await registry.errorOf("PATCH", "/v2/app/blobs/uploads/none", { body: "x" })).toContain(
      "404 BLOB_UPLOAD_UNKNOWN",
    );
    expect(await registry.errorOf("GET", `/v2/app/blobs/${wrong}`)).toContain("404 BLOB_UNKNOWN");
    expect((await registry.request("HEAD", `/v2/app/blobs/${wrong}`)).status).toBe(404);
    expect(await registry.errorOf("DELETE", `/v2/app/blobs/${wrong}`)).toContain("405 UNSUPPORTED");
  });

  it("are rejected for a repository that does not exist", async () => {
    expect(await registry.errorOf("POST", "/v2/other/blobs/uploads/")).toBe(
      "404 NAME_UNKNOWN: The repository with name 'other' does not exist in the registry with id '111122223333'",
    );
  });

  it("are mounted from another repository only if the account allows it", async () => {
    await createRepository("copy");
    await registry.pushBlob("app", content);
    const mount = () =>
      registry.request("POST", `/v2/copy/blobs/uploads/?mount=${digest}&from=app`);
    expect((await mount()).status).toBe(202);
    await fixture.aws.ecr.send(
      new ecr.PutAccountSettingCommand({ name: "BLOB_MOUNTING", value: "ENABLED" }),
    );
    const mounted = await mount();
    expect([mounted.status, mounted.headers.get("location")]).toEqual([
      201,
      `/v2/copy/blobs/${digest}`,
    ]);
    expect(await (await registry.request("GET", `/v2/copy/blobs/${digest}`)).text()).toBe(
      "0123456789",
    );
    // A blob that the source does not have is uploaded.
    const missing = `/v2/copy/blobs/uploads/?mount=${digestOf("none")}&from=app`;
    expect((await registry.request("POST", missing)).status).toBe(202);
  });

  it("can be downloaded from the URL of GetDownloadUrlForLayer", async () => {
    await registry.pushBlob("app", content);
    const { downloadUrl = "" } = await fixture.aws.ecr.send(
      new ecr.GetDownloadUrlForLayerCommand({ repositoryName: "app", layerDigest: digest }),
    );
    expect(await (await fetch(downloadUrl)).text()).toBe("0123456789");
    expect((await fetch(downloadUrl.slice(0, -1))).status).toBe(404);
  });
});

describe("manifests", () => {
  it("are images of ECR, and are pulled by tag and by digest", async () => {
    const { digest, size } = await registry.pushImage("app", "v1");
    expect(await describeImages()).toEqual([
      {
        registryId: "111122223333",
        repositoryName: "app",
        imageDigest: digest,
        imageTags: ["v1"],
        imageSizeInBytes: 5,
        imagePushedAt: expect.any(Date) as Date,
        imageManifestMediaType: OCI_MANIFEST,
        artifactMediaType: "application/vnd.oci.image.config.v1+json",
      },
    ]);
    for (const reference of ["v1", digest]) {
      const response = await registry.request("GET", `/v2/app/manifests/${reference}`);
      expect(response.headers.get("content-type")).toBe(OCI_MANIFEST);
      expect(digestOf(await response.text())).toBe(digest);
      const head = await registry.request("HEAD", `/v2/app/manifests/${reference}`);
      expect(head.headers.get("docker-content-digest")).toBe(digest);
      expect(head.headers.get("content-length")).toBe(String(size));
    }
    expect(await registry.errorOf("GET", "/v2/app/manifests/v2")).toBe(
      "404 MANIFEST_UNKNOWN: Requested image not found",
    );
    expect(await registry.errorOf("GET", `/v2/app/manifests/${digestOf("none")}`)).toBe(
      "404 MANIFEST_UNKNOWN: Requested image not found",
    );
  });

  it("need their layers and images", async () => {
    const put = (manifest: object) =>
      registry.errorOf("PUT", "/v2/app/manifests/v1", {
        headers: { "content-type": OCI_MANIFEST },
        body: JSON.stringify(manifest),
      });
    const missing = { digest: digestOf("none"), size: 4 };
    expect(await put({ schemaVersion: 2, config: missing, layers: [] })).toBe(
      `404 MANIFEST_BLOB_UNKNOWN: The following layers were not found in the repository with name 'app': ${missing.digest}`,
    );
    expect(await put({ schemaVersion: 2, manifests: [missing] })).toContain(
      "404 MANIFEST_BLOB_UNKNOWN: The manifest list references images",
    );
    const invalid =
      "405 UNSUPPORTED: Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'";
    expect(await put({ schemaVersion: 1, fsLayers: [] })).toBe(invalid);
    expect(await put({ schemaVersion: 2, layers: [{ digest: "md5:0" }] })).toBe(invalid);
  });

  it("keep the tag of an immutable repository", async () => {
    await createRepository("fixed", { imageTagMutability: "IMMUTABLE" });
    const { digest } = await registry.pushImage("fixed", "v1");
    expect((await registry.pushImage("fixed", "v1")).digest).toBe(digest);
    await registry.pushImage("fixed", "v2", { content: "other" });
    const other = await (await registry.request("GET", "/v2/fixed/manifests/v2")).text();
    const pushAgain = (tag: string) =>
      registry.request("PUT", `/v2/fixed/manifests/${tag}`, {
        headers: { "content-type": OCI_MANIFEST },
        body: other,
      });
    const rejected = await pushAgain("v1");
    expect(rejected.status).toBe(400);
    expect(await rejected.json()).toEqual({
      errors: [
        {
          code: "TAG_INVALID",
          message:
            "The image tag 'v1' already exists in the 'fixed' repository and cannot be overwritten because the tag is immutable.",
        },
      ],
    });
    expect((await pushAgain("v3")).status).toBe(201);
    // A mutable tag moves.
    await registry.pushImage("app", "v1");
    const moved = await registry.pushImage("app", "v1", { content: "other" });
    expect((await describeImages())?.map(({ imageTags }) => imageTags)).toEqual([
      undefined,
      ["v1"],
    ]);
    const head = await registry.request("HEAD", "/v2/app/manifests/v1");
    expect(head.headers.get("docker-content-digest")).toBe(moved.digest);
  });

  it("form an index, whose images cannot be deleted before it", async () => {
    const amd64 = await registry.pushImage("app", "amd64");
    const arm64 = await registry.pushImage("app", "arm64", { architecture: "arm64" });
    const index = await registry.pushManifest("app", "v1", {
      mediaType: OCI_INDEX,
      schemaVersion: 2,
      manifests: [
        { mediaType: OCI_MANIFEST, ...amd64, platform: { os: "linux", architecture: "amd64" } },
        { mediaType: OCI_MANIFEST, ...arm64, platform: { os: "linux", architecture: "arm64" } },
      ],
    });
    expect((await describeImages())?.at(-1)).toMatchObject({
      imageDigest: index.digest,
      imageSizeInBytes: 10,
      imageManifestMediaType: OCI_INDEX,
    });
    expect(await registry.errorOf("DELETE", `/v2/app/manifests/${amd64.digest}`)).toBe(
      `405 UNSUPPORTED: Requested image referenced by manifest list: [${index.digest}]`,
    );
    for (const { digest } of [index, amd64])
      expect((await registry.request("DELETE", `/v2/app/manifests/${digest}`)).status).toBe(202);
    expect(await registry.errorOf("DELETE", "/v2/app/manifests/amd64")).toBe(
      "404 MANIFEST_UNKNOWN: Requested image not found",
    );
    expect((await describeImages())?.map(({ imageDigest }) => imageDigest)).toEqual([arm64.digest]);
  });

  it("are deleted with the layers that no other image has", async () => {
    const shared = await registry.pushBlob("app", "shared");
    const first = await registry.pushImage("app", "v1", { content: "first" });
    await registry.pushImage("app", "v2", { architecture: "arm64", content: "first" });
    const exists = async (content: string) =>
      (await registry.request("HEAD", `/v2/app/blobs/${digestOf(content)}`)).status === 200;
    await fixture.aws.ecr.send(
      new ecr.BatchDeleteImageCommand({
        repositoryName: "app",
        imageIds: [{ imageDigest: first.digest }],
      }),
    );
    expect(await exists("first")).toBe(true);
    expect(await exists('{"os":"linux","architecture":"amd64"}')).toBe(false);
    expect(await exists('{"os":"linux","architecture":"arm64"}')).toBe(true);
    // An uploaded layer that no image has had yet belongs to a push that continues.
    expect((await registry.request("HEAD", `/v2/app/blobs/${shared.digest}`)).status).toBe(200);
  });

  it("have referrers", async () => {
    const image = await registry.pushImage("app", "v1");
    const config = await registry.pushBlob("app", "{}");
    const signature = {
      mediaType: OCI_MANIFEST,
      schemaVersion: 2,
      artifactType: "application/vnd.example.signature",
      config: { mediaType: "application/vnd.oci.empty.v1+json", ...config },
      layers: [],
      subject: { mediaType: OCI_MANIFEST, ...image },
      annotations: { by: "test" },
    };
    const { digest, size } = await registry.pushManifest(
      "app",
      digestOf(JSON.stringify(signature)),
      signature,
    );
    const referrers = async (query = "") =>
      (await registry.request("GET", `/v2/app/referrers/${image.digest}${query}`)).json();
    const expected = {
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [
        {
          mediaType: OCI_MANIFEST,
          digest,
          size,
          artifactType: "application/vnd.example.signature",
          annotations: { by: "test" },
        },
      ],
    };
    expect(await referrers()).toEqual(expected);
    expect(await referrers("?artifactType=application/vnd.example.signature")).toEqual(expected);
    expect(await referrers("?artifactType=other")).toEqual({ ...expected, manifests: [] });
    expect(await describeImages()).toMatchObject([{}, { subjectManifestDigest: image.digest }]);
  });

  it("are listed by tag in pages", async () => {
    for (const tag of ["b", "c", "a"]) await registry.pushImage("app", tag);
    const list = async (query: string) => {
      const response = await registry.request("GET", `/v2/app/tags/list${query}`);
      return [await response.json(), response.headers.get("link")];
    };
    expect(await list("")).toEqual([{ name: "app", tags: ["a", "b", "c"] }, null]);
    expect(await list("?n=2")).toEqual([
      { name: "app", tags: ["a", "b"] },
      '</v2/app/tags/list?n=2&last=b>; rel="next"',
    ]);
    expect(await list("?n=2&last=b")).toEqual([{ name: "app", tags: ["c"] }, null]);
  });
});

describe("requests", () => {
  it.each([
    ["GET", "/v2/App/manifests/v1", "400 NAME_INVALID: 'App' is not a name of a repository"],
    ["GET", "/v2/app/manifests/-v1", "400 MANIFEST_INVALID: '-v1' is neither a tag nor a digest"],
    ["GET", "/v2/app/blobs/sha256:0", "400 DIGEST_INVALID: 'sha256:0' is not a SHA-256 digest"],
    ["GET", "/v2/app/%E0%A4%A/manifests/v1", "400 NAME_INVALID"],
    ["GET", "/v2/_catalog", "404 UNSUPPORTED: the registry has no path /v2/_catalog"],
    ["POST", "/v2/app/tags/list", "405 UNSUPPORTED: the registry does not support POST here"],
  ])("%s %s are rejected", async (method, path, error) => {
    expect(await registry.errorOf(method, path)).toContain(error);
  });

  it("are calls of the ECR API in the call log", async () => {
    const before = fixture.sandbox.callCount;
    await registry.pushImage("app", "v1");
    expect(
      fixture.sandbox.calls
        .slice(before - fixture.sandbox.callCount)
        .map(({ operation }) => operation),
    ).toEqual([
      "InitiateLayerUpload",
      "UploadLayerPart",
      "CompleteLayerUpload",
      "InitiateLayerUpload",
      "UploadLayerPart",
      "CompleteLayerUpload",
      "PutImage",
    ]);
  });
});

describe("permissions", () => {
  it("are those of the caller that requested the token", async () => {
    const { accessKeyId, secretAccessKey } = await userWith([
      "ecr:GetAuthorizationToken",
      "ecr:BatchGetImage",
      "ecr:BatchCheckLayerAvailability",
    ]);
    await registry.pushImage("app", "v1");
    const reader = await RegistryClient.login(
      new ecr.ECRClient({
        endpoint: fixture.sandbox.url,
        region: REGION,
        credentials: { accessKeyId, secretAccessKey },
      }),
    );
    expect((await reader.request("GET", "/v2/app/manifests/v1")).status).toBe(200);
    expect(await reader.errorOf("POST", "/v2/app/blobs/uploads/")).toContain(
      "403 DENIED: User: arn:aws:iam::111122223333:user/reader is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:us-east-1:111122223333:repository/app",
    );
  });
});

/** Creates a user that is allowed only some actions. */
async function userWith(
  actions: readonly string[],
): Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string }> {
  const { sandbox } = fixture;
  sandbox.invoke("iam", "CreateUser", { UserName: "reader" });
  sandbox.invoke("iam", "PutUserPolicy", {
    UserName: "reader",
    PolicyName: "read",
    PolicyDocument: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }],
    }),
  });
  const { AccessKey } = sandbox.invoke("iam", "CreateAccessKey", { UserName: "reader" }) as {
    readonly AccessKey: { readonly AccessKeyId: string; readonly SecretAccessKey: string };
  };
  return { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
}
