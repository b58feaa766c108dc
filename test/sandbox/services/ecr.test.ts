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
