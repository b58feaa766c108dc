import { describe, expect, it } from "vitest";
import { parseEcrImage, resolveImage } from "../../src/deployment/index.ts";
import { callError, fakeClient } from "./fake-client.ts";

const REPOSITORY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/shop";
const DIGEST = `sha256:${"a".repeat(64)}`;

describe("parseEcrImage", () => {
  it.each([
    [`${REPOSITORY}:v1`, { repository: "team/shop", region: "eu-west-1", tag: "v1" }],
    [`${REPOSITORY}@${DIGEST}`, { digest: DIGEST }],
    [`${REPOSITORY}:v1@${DIGEST}`, { tag: "v1", digest: DIGEST }],
    ["111122223333.dkr-ecr.eu-west-1.on.aws/shop", { repository: "shop", account: "111122223333" }],
    ["111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/shop:v1", { region: "cn-north-1" }],
  ])("has the parts of %s", (uri, parts) => {
    expect(parseEcrImage(uri)).toMatchObject(parts);
  });

  it.each(["nginx:1", "public.ecr.aws/nginx/nginx:1", "ghcr.io/x/y@sha256:1", `${REPOSITORY}:v1 `])(
    "is undefined for %s",
    (uri) => {
      expect(parseEcrImage(uri)).toBeUndefined();
    },
  );
});

describe("resolveImage", () => {
  it("replaces a tag by the digest of the image", async () => {
    const client = fakeClient({
      DescribeImages: () => ({ imageDetails: [{ imageDigest: DIGEST }] }),
    });
    const regions: string[] = [];
    const clientIn = (region: string): typeof client => {
      regions.push(region);
      return client;
    };
    expect(await resolveImage(clientIn, `${REPOSITORY}:v1`)).toBe(`${REPOSITORY}@${DIGEST}`);
    expect(await resolveImage(clientIn, REPOSITORY)).toBe(`${REPOSITORY}@${DIGEST}`);
    expect(await resolveImage(clientIn, "nginx:1")).toBe("nginx:1");
    expect(client.calls.map(({ input }) => input)).toEqual([
      { registryId: "111122223333", repositoryName: "team/shop", imageIds: [{ imageTag: "v1" }] },
      {
        registryId: "111122223333",
        repositoryName: "team/shop",
        imageIds: [{ imageTag: "latest" }],
      },
    ]);
    expect(regions).toEqual(["eu-west-1", "eu-west-1"]);
  });

  it.each(["ImageNotFoundException", "RepositoryNotFoundException"])(
    "fails if the image does not exist: %s",
    async (code) => {
      const client = fakeClient({
        DescribeImages: () => {
          throw callError(code, false);
        },
      });
      await expect(resolveImage(() => client, `${REPOSITORY}:v1`)).rejects.toMatchObject({
        code: "BERTH-E3103",
        message: `the image ${REPOSITORY}:v1 does not exist`,
      });
    },
  );

  it("does not hide another error", async () => {
    const client = fakeClient({
      DescribeImages: () => {
        throw callError("AccessDeniedException", false);
      },
    });
    await expect(resolveImage(() => client, `${REPOSITORY}:v1`)).rejects.toMatchObject({
      code: "AccessDeniedException",
    });
  });
});
