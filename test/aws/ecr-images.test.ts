import { describe, expect, it } from "vitest";
import { parseEcrImage } from "../../src/aws/index.ts";

const REPOSITORY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/shop";
const DIGEST = `sha256:${"a".repeat(64)}`;

describe("parseEcrImage", () => {
  it.each([
    [`${REPOSITORY}:v1`, { repository: "team/shop", region: "eu-west-1", tag: "v1" }],
    [`${REPOSITORY}@${DIGEST}`, { digest: DIGEST }],
    [`${REPOSITORY}:v1@${DIGEST}`, { tag: "v1", digest: DIGEST }],
    [
      "111122223333.dkr-ecr.eu-west-1.on.aws/shop",
      {
        registry: "111122223333.dkr-ecr.eu-west-1.on.aws",
        repositoryUri: "111122223333.dkr-ecr.eu-west-1.on.aws/shop",
        repository: "shop",
        account: "111122223333",
        region: "eu-west-1",
      },
    ],
    ["111122223333.dkr-ecr-fips.us-east-1.on.aws/shop:v1", { region: "us-east-1", tag: "v1" }],
    ["111122223333.dkr.ecr-fips.us-east-1.amazonaws.com/shop", { region: "us-east-1" }],
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
