import * as kms from "@aws-sdk/client-kms";
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
});
