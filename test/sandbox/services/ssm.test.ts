import * as kms from "@aws-sdk/client-kms";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as ssm from "@aws-sdk/client-ssm";
import { describe, expect, it } from "vitest";
import { useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

describe("SSM Parameter Store", () => {
  it("finds parameters by path, and deletes several in one call", async () => {
    for (const Name of ["/app/a", "/app/deep/b", "/other"])
      await fixture.aws.ssm.send(new ssm.PutParameterCommand({ Name, Type: "String", Value: "x" }));
    const namesByPath = async (Recursive: boolean): Promise<(string | undefined)[]> => {
      const { Parameters = [] } = await fixture.aws.ssm.send(
        new ssm.GetParametersByPathCommand({ Path: "/app", Recursive }),
      );
      return Parameters.map((parameter) => parameter.Name);
    };
    expect([await namesByPath(false), await namesByPath(true)]).toEqual([
      ["/app/a"],
      ["/app/a", "/app/deep/b"],
    ]);
    const deletion = await fixture.aws.ssm.send(
      new ssm.DeleteParametersCommand({ Names: ["/app/a", "/missing"] }),
    );
    expect([deletion.DeletedParameters, deletion.InvalidParameters]).toEqual([
      ["/app/a"],
      ["/missing"],
    ]);
  });

  it("reports an unknown key with the words of AWS KMS", async () => {
    const command = new ssm.PutParameterCommand({
      Name: "/app/a",
      Type: "SecureString",
      Value: "x",
      KeyId: "alias/missing",
    });
    expect(await fixture.errorOf(() => fixture.aws.ssm.send(command))).toMatch(
      /^InvalidKeyId: Key 'alias\/missing' does not exist \(Service: AWSKMS; Status Code: 400; Error Code: NotFoundException; Request ID: [0-9a-f-]{36}; Proxy: null\)$/,
    );
  });

  it("encrypts a SecureString, and overwrites a parameter only with Overwrite", async () => {
    const { KeyMetadata } = await fixture.aws.kms.send(new kms.CreateKeyCommand({}));
    const put = (Overwrite?: boolean) =>
      fixture.aws.ssm.send(
        new ssm.PutParameterCommand({
          Name: "/a/b",
          Type: "SecureString",
          Value: "quiet",
          KeyId: KeyMetadata?.Arn,
          ...(Overwrite === true ? { Overwrite } : {}),
        }),
      );
    await put();
    expect(await fixture.errorOf(() => put())).toContain("ParameterAlreadyExists");
    expect((await put(true)).Version).toBe(2);
    const get = async (WithDecryption: boolean) =>
      (await fixture.aws.ssm.send(new ssm.GetParameterCommand({ Name: "/a/b", WithDecryption })))
        .Parameter?.Value;
    expect(await get(true)).toBe("quiet");
    expect(await get(false)).not.toContain("quiet");
    await fixture.aws.kms.send(new kms.ScheduleKeyDeletionCommand({ KeyId: KeyMetadata?.Arn }));
    expect(await fixture.errorOf(() => get(true))).toContain("pending deletion");
  });

  const put = (input: Omit<ssm.PutParameterRequest, "Value"> & { readonly Value?: string }) =>
    fixture.aws.ssm.send(new ssm.PutParameterCommand({ Value: "v", Type: "String", ...input }));
  const get = async (Name: string): Promise<ssm.Parameter | undefined> =>
    (await fixture.aws.ssm.send(new ssm.GetParameterCommand({ Name }))).Parameter;

  it("finds a parameter with and without the leading slash, and by ARN", async () => {
    await put({ Name: "plain" });
    const arn = "arn:aws:ssm:us-east-1:111122223333:parameter/plain";
    const found = [await get("plain"), await get("/plain"), await get(arn)];
    expect(found.map((parameter) => [parameter?.Name, parameter?.ARN])).toEqual([
      ["plain", arn],
      ["/plain", arn],
      ["plain", arn],
    ]);
    for (const other of ["us-east-1:999988887777", "eu-west-1:111122223333"])
      expect(await fixture.errorOf(() => get(`arn:aws:ssm:${other}:parameter/plain`))).toContain(
        "ParameterNotFound",
      );
    expect(await fixture.errorOf(() => put({ Name: "/plain" }))).toContain(
      "ParameterAlreadyExists",
    );
    await fixture.aws.ssm.send(new ssm.DeleteParameterCommand({ Name: "/plain" }));
    expect(await fixture.errorOf(() => get("plain"))).toContain("ParameterNotFound");
  });

  it.each([
    ["app/name", "ValidationException: Parameter name must be a fully qualified name."],
    ["/aws/name", "AccessDeniedException: No access to reserved parameter name: /aws/name."],
    ["awsName", `ValidationException: Parameter name: can't be prefixed with "aws" or "ssm"`],
    ["/ssm/name", `ValidationException: Parameter name: can't be prefixed with "ssm"`],
    ["/a//b", "ValidationException"],
    ["/a b", "ValidationException"],
    [`/${"a/".repeat(15)}b`, "HierarchyLevelLimitExceededException"],
  ])("rejects the name %s", async (Name, error) => {
    expect(await fixture.errorOf(() => put({ Name }))).toContain(error);
  });

  it("rejects a key for text, and a value that refers to another parameter", async () => {
    expect(await fixture.errorOf(() => put({ Name: "/a", KeyId: "alias/aws/ssm" }))).toBe(
      "ValidationException: KeyId is required for SecureString type parameter only.",
    );
    expect(await fixture.errorOf(() => put({ Name: "/a", Value: "{{ ssm:/b }}" }))).toBe(
      `ValidationException: Parameter value can't nest another parameter. Do not use "{{}}" in the value.`,
    );
    await put({ Name: "/a", Value: '{"a":{"b":{}}}' });
  });

  it("rejects an empty value", async () => {
    expect(await fixture.errorOf(() => put({ Name: "empty", Value: "" }))).toBe(
      "ValidationException: 1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  });

  it("rejects a lookup by a name that no parameter can have", async () => {
    await put({ Name: "/x/b/c" });
    for (const name of ["x/b/c", "/x//b//c"])
      expect(await fixture.errorOf(() => get(name))).toContain("sub-paths divided by slash symbol");
  });

  it("keeps versions and labels, and reads them by selector", async () => {
    for (const Value of ["one", "two", "three"]) await put({ Name: "/h", Value, Overwrite: true });
    const label = (ParameterVersion: number | undefined, ...Labels: string[]) =>
      fixture.aws.ssm.send(
        new ssm.LabelParameterVersionCommand({ Name: "/h", ParameterVersion, Labels }),
      );
    expect(await label(1, "stable", "1bad", "aws-bad")).toMatchObject({
      InvalidLabels: ["1bad", "aws-bad"],
      ParameterVersion: 1,
    });
    expect((await get("/h:stable"))?.Value).toBe("one");
    await label(undefined, "stable");
    expect(await get("/h:stable")).toMatchObject({
      Name: "/h",
      Value: "three",
      Selector: ":stable",
      Version: 3,
    });
    expect((await get("/h:2"))?.Value).toBe("two");
    expect(await fixture.errorOf(() => get("/h:9"))).toContain("ParameterVersionNotFound");
    const { Parameters = [] } = await fixture.aws.ssm.send(
      new ssm.GetParameterHistoryCommand({ Name: "/h" }),
    );
    expect(Parameters.map((row) => [row.Version, row.Value, row.Labels])).toEqual([
      [1, "one", []],
      [2, "two", []],
      [3, "three", ["stable"]],
    ]);
    const tooMany = Array.from({ length: 10 }, (_, index) => `label-${index}`);
    expect(await fixture.errorOf(() => label(3, ...tooMany))).toContain(
      "ParameterVersionLabelLimitExceeded",
    );
    const removed = await fixture.aws.ssm.send(
      new ssm.UnlabelParameterVersionCommand({
        Name: "/h",
        ParameterVersion: 3,
        Labels: ["stable", "other"],
      }),
    );
    expect([removed.RemovedLabels, removed.InvalidLabels]).toEqual([["stable"], ["other"]]);
  });

  it("does not delete a labelled version to make room for another one", async () => {
    await put({ Name: "/many" });
    await fixture.aws.ssm.send(
      new ssm.LabelParameterVersionCommand({ Name: "/many", Labels: ["first"] }),
    );
    for (let count = 1; count < 100; count++) await put({ Name: "/many", Overwrite: true });
    expect(await fixture.errorOf(() => put({ Name: "/many", Overwrite: true }))).toContain(
      "ParameterMaxVersionLimitExceeded",
    );
  });

  it("filters by type, path, label and tag", async () => {
    await put({ Name: "/f/a", Tags: [{ Key: "team", Value: "web" }] });
    await put({ Name: "/f/deep/b", Type: "StringList" });
    await put({ Name: "c" });
    const find = async (...ParameterFilters: ssm.ParameterStringFilter[]): Promise<unknown[]> => {
      const { Parameters = [] } = await fixture.aws.ssm.send(
        new ssm.DescribeParametersCommand({ ParameterFilters }),
      );
      return Parameters.map((row) => row.Name ?? "").toSorted();
    };
    expect(await find({ Key: "Path", Values: ["/f"] })).toEqual(["/f/a"]);
    expect(await find({ Key: "Path", Option: "Recursive", Values: ["/f"] })).toEqual([
      "/f/a",
      "/f/deep/b",
    ]);
    expect(await find({ Key: "Type", Values: ["StringList"] })).toEqual(["/f/deep/b"]);
    expect(await find({ Key: "Name", Values: ["/c"] })).toEqual(["c"]);
    expect(await find({ Key: "Name", Option: "Contains", Values: ["deep"] })).toEqual([
      "/f/deep/b",
    ]);
    expect(await find({ Key: "tag:team", Values: ["web"] })).toEqual(["/f/a"]);
    expect(await find({ Key: "tag:team" })).toEqual(["/f/a"]);
    expect(
      await fixture.errorOf(() => find({ Key: "Type", Option: "Recursive", Values: ["String"] })),
    ).toContain("InvalidFilterOption");
    expect(await fixture.errorOf(() => find({ Key: "Name" }))).toContain("InvalidFilterValue");
    expect(
      await fixture.errorOf(() =>
        fixture.aws.ssm.send(
          new ssm.GetParametersByPathCommand({
            Path: "/f",
            ParameterFilters: [{ Key: "Name", Values: ["a"] }],
          }),
        ),
      ),
    ).toContain("InvalidFilterKey");
  });

  it("does not move a parameter from the advanced to the standard tier", async () => {
    expect(await put({ Name: "/t", Value: "x".repeat(4097), Tier: "Intelligent-Tiering" })).toEqual(
      expect.objectContaining({ Tier: "Advanced" }),
    );
    expect(
      await fixture.errorOf(() => put({ Name: "/t", Tier: "Standard", Overwrite: true })),
    ).toContain("You can't downgrade a parameter");
    expect((await put({ Name: "/t", Overwrite: true })).Tier).toBe("Advanced");
    expect(await fixture.errorOf(() => put({ Name: "/u", Value: "x".repeat(4097) }))).toContain(
      "Standard tier parameters support a maximum parameter value of 4096",
    );
  });

  it("has AWS's public parameters, and rejects those that it does not know", async () => {
    const image = await get("/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended");
    const imageId = await get(
      "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id",
    );
    expect(JSON.parse(image?.Value ?? "")).toMatchObject({
      image_id: imageId?.Value,
      os: "Amazon Linux 2023",
    });
    expect(imageId?.ARN).toBe(
      "arn:aws:ssm:us-east-1::parameter/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id",
    );
    expect(
      (await get("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"))?.Value,
    ).toMatch(/^ami-0[0-9a-f]{16}$/);
    expect((await get("/aws/service/aws-for-fluent-bit/stable"))?.Value).toMatch(
      /^906394416424\.dkr\.ecr\.us-east-1\.amazonaws\.com\/aws-for-fluent-bit:/,
    );
    const { Parameters = [] } = await fixture.aws.ssm.send(
      new ssm.GetParametersByPathCommand({ Path: "/aws/service/global-infrastructure/regions" }),
    );
    expect(Parameters[0]?.Value).toBe("af-south-1");
    const described = await fixture.aws.ssm.send(
      new ssm.DescribeParametersCommand({
        ParameterFilters: [{ Key: "Path", Values: ["/aws/service/aws-for-fluent-bit"] }],
      }),
    );
    expect(described.Parameters?.map((row) => row.Name)).toContain(
      "/aws/service/aws-for-fluent-bit/stable",
    );
    expect(await fixture.errorOf(() => get("/aws/service/eks/optimized-ami/1.30"))).toContain(
      "NotImplemented",
    );
    expect(
      await fixture.errorOf(() =>
        fixture.aws.ssm.send(
          new ssm.DeleteParameterCommand({ Name: "/aws/service/aws-for-fluent-bit/stable" }),
        ),
      ),
    ).toContain("ParameterNotFound");
  });

  it("reads a secret by reference", async () => {
    const secrets = new SecretsManagerClient(fixture.clientOptions);
    const { ARN } = await secrets.send(
      new CreateSecretCommand({ Name: "prod/db", SecretString: "quiet" }),
    );
    const read = (secret: string, WithDecryption: boolean) =>
      fixture.aws.ssm.send(
        new ssm.GetParameterCommand({
          Name: `/aws/reference/secretsmanager/${secret}`,
          WithDecryption,
        }),
      );
    const { Parameter } = await read("prod/db", true);
    expect([Parameter?.Name, Parameter?.Value]).toEqual([
      "/aws/reference/secretsmanager/prod/db",
      "quiet",
    ]);
    expect(JSON.parse(Parameter?.SourceResult ?? "")).toMatchObject({ name: "prod/db", ARN });
    expect(await fixture.errorOf(() => read("prod/db", false))).toContain("ValidationException");
    expect(await fixture.errorOf(() => read("missing", true))).toContain(
      "Secret /aws/reference/secretsmanager/missing not found.",
    );
  });
});
