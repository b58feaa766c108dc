import * as ecr from "@aws-sdk/client-ecr";
import { describe, expect, it } from "vitest";
import { useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

describe("ECR", () => {
  it("rejects a duplicate repository, an invalid name, a missing KMS key and an invalid lifecycle policy", async () => {
    const create = (repositoryName: string, kmsKey?: string) =>
      fixture.aws.ecr.send(
        new ecr.CreateRepositoryCommand({
          repositoryName,
          ...(kmsKey === undefined
            ? {}
            : { encryptionConfiguration: { encryptionType: "KMS", kmsKey } }),
        }),
      );
    await create("hello");
    expect(await fixture.errorOf(() => create("hello"))).toBe(
      "RepositoryAlreadyExistsException: The repository with name 'hello' already exists in the registry with id '111122223333'",
    );
    expect(await fixture.errorOf(() => create("Hello"))).toContain("InvalidParameterException");
    expect(
      await fixture.errorOf(() => create("keyed", "arn:aws:kms:us-east-1:111122223333:key/none")),
    ).toContain("KmsException");
    const policy = JSON.stringify({
      rules: [
        {
          rulePriority: 1,
          selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 0 },
          action: { type: "expire" },
        },
      ],
    });
    expect(
      await fixture.errorOf(() =>
        fixture.aws.ecr.send(
          new ecr.PutLifecyclePolicyCommand({
            repositoryName: "hello",
            lifecyclePolicyText: policy,
          }),
        ),
      ),
    ).toContain("Lifecycle policy validation failure");
  });
});

describe("constraints of ECR", () => {
  const create = (overrides: Partial<ecr.CreateRepositoryRequest>) =>
    fixture.aws.ecr.send(new ecr.CreateRepositoryCommand({ repositoryName: "app", ...overrides }));

  it.each([
    [
      { repositoryName: "a" },
      "InvalidParameterException: Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must have length greater than or equal to 2'",
    ],
    [
      { repositoryName: "App" },
      "InvalidParameterException: Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(\\/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*''",
    ],
    [
      { imageTagMutability: "X" as ecr.ImageTagMutability },
      "InvalidParameterException: Invalid parameter at 'imageTagMutability' failed to satisfy constraint: 'must satisfy enum value set: [IMMUTABLE, IMMUTABLE_WITH_EXCLUSION, MUTABLE, MUTABLE_WITH_EXCLUSION]'",
    ],
    [
      { imageTagMutability: "IMMUTABLE_WITH_EXCLUSION" as const },
      "NotImplemented: Berth's sandbox does not implement the image tag mutability IMMUTABLE_WITH_EXCLUSION",
    ],
    [
      { registryId: "444455556666" },
      "NotImplemented: Berth's sandbox does not implement the registry of another account",
    ],
  ])("rejects a repository with %j", async (overrides, message) => {
    expect(await fixture.errorOf(() => create(overrides))).toBe(message);
  });

  it("does not list the own repositories as those of another account", async () => {
    await create({});
    const list = (input: ecr.DescribeRepositoriesRequest) =>
      fixture.aws.ecr.send(new ecr.DescribeRepositoriesCommand(input));
    expect(await fixture.errorOf(() => list({ registryId: "109876543210" }))).toContain(
      "NotImplemented",
    );
    expect(
      await fixture.errorOf(() => list({ registryId: "109876543210", repositoryNames: ["app"] })),
    ).toBe(
      "RepositoryNotFoundException: The repository with name 'app' does not exist in the registry with id '109876543210'",
    );
    expect((await list({ registryId: "111122223333" })).repositories?.length).toBe(1);
  });
});
