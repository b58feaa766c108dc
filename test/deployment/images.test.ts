import { describe, expect, it } from "vitest";
import { resolveImage } from "../../src/deployment/index.ts";
import { callError, fakeClient } from "./fake-client.ts";

const REPOSITORY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/shop";
const DIGEST = `sha256:${"a".repeat(64)}`;

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
