import * as kms from "@aws-sdk/client-kms";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import { describe, expect, it } from "vitest";
import { secrets } from "../../../src/sandbox/services/secretsmanager/tables.ts";
import { REGION, useSandbox } from "../../support/sandbox-calls.ts";

const fixture = useSandbox();

describe("Secrets Manager", () => {
  it("moves a staging label from one version to another", async () => {
    const client = new secretsmanager.SecretsManagerClient(fixture.clientOptions);
    const secretId = { SecretId: "db" };
    await client.send(new secretsmanager.CreateSecretCommand({ Name: "db", SecretString: "old" }));
    await client.send(
      new secretsmanager.PutSecretValueCommand({ ...secretId, SecretString: "new" }),
    );
    const { Versions = [] } = await client.send(
      new secretsmanager.ListSecretVersionIdsCommand(secretId),
    );
    const idOf = (stage: string): string | undefined =>
      Versions.find((version) => version.VersionStages?.includes(stage) === true)?.VersionId;
    const moveBack = {
      ...secretId,
      VersionStage: "AWSCURRENT",
      MoveToVersionId: idOf("AWSPREVIOUS"),
    };
    expect(
      await fixture.errorOf(() =>
        client.send(new secretsmanager.UpdateSecretVersionStageCommand(moveBack)),
      ),
    ).toContain("RemoveFromVersionId can't be empty");
    await client.send(
      new secretsmanager.UpdateSecretVersionStageCommand({
        ...moveBack,
        RemoveFromVersionId: idOf("AWSCURRENT"),
      }),
    );
    const { SecretString } = await client.send(new secretsmanager.GetSecretValueCommand(secretId));
    expect(SecretString).toBe("old");
  });

  it("keeps the previous version, stores values encrypted, and reserves the name during the recovery window", async () => {
    const client = new secretsmanager.SecretsManagerClient(fixture.clientOptions);
    const { KeyMetadata } = await fixture.aws.kms.send(new kms.CreateKeyCommand({}));
    const create = () =>
      client.send(
        new secretsmanager.CreateSecretCommand({
          Name: "db",
          SecretString: "one",
          KmsKeyId: KeyMetadata?.Arn,
        }),
      );
    const { ARN: SecretId } = await create();
    expect(await fixture.errorOf(create)).toContain("ResourceExistsException");
    await client.send(new secretsmanager.PutSecretValueCommand({ SecretId, SecretString: "two" }));
    const get = async (VersionStage: string) =>
      (await client.send(new secretsmanager.GetSecretValueCommand({ SecretId, VersionStage })))
        .SecretString;
    expect([await get("AWSCURRENT"), await get("AWSPREVIOUS")]).toEqual(["two", "one"]);
    expect(
      JSON.stringify(
        fixture.sandbox.store.in(secrets, { account: "111122223333", region: REGION }).all(),
      ),
    ).not.toContain('"two"');
    await client.send(
      new secretsmanager.DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }),
    );
    expect(await fixture.errorOf(() => get("AWSCURRENT"))).toContain("marked for deletion");
    expect(await fixture.errorOf(create)).toContain("already scheduled for deletion");
  });

  const client = (): secretsmanager.SecretsManagerClient =>
    new secretsmanager.SecretsManagerClient(fixture.clientOptions);
  const TOKEN = "11111111-1111-1111-1111-111111111111";

  it("uses the client token as the ID of the version", async () => {
    const sm = client();
    const create = (SecretString: string) =>
      sm.send(
        new secretsmanager.CreateSecretCommand({
          Name: "token",
          SecretString,
          ClientRequestToken: TOKEN,
        }),
      );
    const first = await create("one");
    expect(first.VersionId).toBe(TOKEN);
    expect(await create("one")).toMatchObject({ ARN: first.ARN, VersionId: TOKEN });
    expect(await fixture.errorOf(() => create("two"))).toContain("ResourceExistsException");
    const put = (SecretString: string, ClientRequestToken: string) =>
      sm.send(
        new secretsmanager.PutSecretValueCommand({
          SecretId: "token",
          SecretString,
          ClientRequestToken,
        }),
      );
    const second = TOKEN.replaceAll("1", "2");
    expect((await put("two", second)).VersionId).toBe(second);
    expect((await put("two", second)).VersionId).toBe(second);
    expect(await fixture.errorOf(() => put("three", second))).toContain(
      "ResourceExistsException: You can't use ClientRequestToken",
    );
    expect(await fixture.errorOf(() => put("three", "short"))).toContain("Exception");
  });

  it("keeps versions without labels, and moves AWSPREVIOUS only with AWSCURRENT", async () => {
    const sm = client();
    const { VersionId: first } = await sm.send(
      new secretsmanager.CreateSecretCommand({ Name: "db", SecretString: "1" }),
    );
    const put = async (SecretString: string, VersionStages?: string[]) =>
      (
        await sm.send(
          new secretsmanager.PutSecretValueCommand({ SecretId: "db", SecretString, VersionStages }),
        )
      ).VersionId;
    const [second, third, pending] = [await put("2"), await put("3"), await put("4", ["PENDING"])];
    const stages = async (IncludeDeprecated: boolean) => {
      const { Versions = [] } = await sm.send(
        new secretsmanager.ListSecretVersionIdsCommand({ SecretId: "db", IncludeDeprecated }),
      );
      return Object.fromEntries(Versions.map((row) => [row.VersionId, row.VersionStages]));
    };
    expect(await stages(true)).toEqual({
      [String(first)]: [],
      [String(second)]: ["AWSPREVIOUS"],
      [String(third)]: ["AWSCURRENT"],
      [String(pending)]: ["PENDING"],
    });
    expect(Object.keys(await stages(false))).toHaveLength(3);
    const move = (input: Omit<secretsmanager.UpdateSecretVersionStageRequest, "SecretId">) =>
      sm.send(new secretsmanager.UpdateSecretVersionStageCommand({ SecretId: "db", ...input }));
    expect(
      await fixture.errorOf(() => move({ VersionStage: "AWSCURRENT", RemoveFromVersionId: third })),
    ).toContain("You can only move staging label AWSCURRENT to a different secret version.");
    expect(
      await fixture.errorOf(() => move({ VersionStage: "PENDING", RemoveFromVersionId: first })),
    ).toContain("InvalidParameterException");
    // A version without labels can become the current one again.
    await move({
      VersionStage: "AWSCURRENT",
      RemoveFromVersionId: third,
      MoveToVersionId: first,
    });
    expect(await stages(false)).toEqual({
      [String(first)]: ["AWSCURRENT"],
      [String(third)]: ["AWSPREVIOUS"],
      [String(pending)]: ["PENDING"],
    });
    expect(
      await fixture.errorOf(() =>
        sm.send(
          new secretsmanager.GetSecretValueCommand({
            SecretId: "db",
            VersionId: first,
            VersionStage: "PENDING",
          }),
        ),
      ),
    ).toContain("a VersionStage that is not associated to the provided VersionId");
  });

  it("returns only members that were set, and the day of the last access", async () => {
    const sm = client();
    await sm.send(new secretsmanager.CreateSecretCommand({ Name: "bare" }));
    const describeSecret = async () => {
      const { $metadata: _, ...secret } = await sm.send(
        new secretsmanager.DescribeSecretCommand({ SecretId: "bare" }),
      );
      return secret;
    };
    expect(Object.keys(await describeSecret()).toSorted()).toEqual([
      "ARN",
      "CreatedDate",
      "LastChangedDate",
      "Name",
    ]);
    await sm.send(
      new secretsmanager.PutSecretValueCommand({ SecretId: "bare", SecretString: "x" }),
    );
    await sm.send(new secretsmanager.GetSecretValueCommand({ SecretId: "bare" }));
    const { LastAccessedDate } = await describeSecret();
    expect(LastAccessedDate?.toISOString()).toMatch(/T00:00:00.000Z$/);
  });

  it("rejects an invalid name, and takes an ARN that looks complete as complete", async () => {
    const sm = client();
    const get = (SecretId: string | undefined) =>
      sm.send(new secretsmanager.GetSecretValueCommand({ SecretId }));
    expect(await fixture.errorOf(() => get("Inv Name"))).toContain(
      "ValidationException: Invalid name.",
    );
    const partialArn = async (Name: string): Promise<string | undefined> => {
      const { ARN } = await sm.send(
        new secretsmanager.CreateSecretCommand({ Name, SecretString: "x" }),
      );
      return ARN?.slice(0, -"-XXXXXX".length);
    };
    await get(await partialArn("short"));
    const looksComplete = await partialArn("name-a1b2c3");
    expect(await fixture.errorOf(() => get(looksComplete))).toContain("ResourceNotFoundException");
  });

  it("finds secrets by name, description and tag", async () => {
    const sm = client();
    const create = (Name: string, Description: string, Key: string) =>
      sm.send(
        new secretsmanager.CreateSecretCommand({
          Name,
          Description,
          Tags: [{ Key, Value: "web" }],
        }),
      );
    await create("prod/db", "Database password", "team");
    await create("prod/api", "Token of the API", "owner");
    await create("dev/db", "database password", "team");
    const find = async (...Filters: secretsmanager.Filter[]): Promise<unknown[]> => {
      const { SecretList = [] } = await sm.send(new secretsmanager.ListSecretsCommand({ Filters }));
      return SecretList.map((secret) => secret.Name);
    };
    expect(await find({ Key: "name", Values: ["prod/"] })).toEqual(["prod/db", "prod/api"]);
    expect(await find({ Key: "name", Values: ["!prod/"] })).toEqual(["dev/db"]);
    expect(await find({ Key: "name", Values: ["Prod"] })).toEqual([]);
    expect(await find({ Key: "description", Values: ["DATABASE"] })).toEqual(["prod/db", "dev/db"]);
    expect(
      await find({ Key: "tag-key", Values: ["team"] }, { Key: "name", Values: ["dev"] }),
    ).toEqual(["dev/db"]);
    expect(await find({ Key: "all", Values: ["api token"] })).toEqual(["prod/api"]);
    const { SecretList = [] } = await sm.send(
      new secretsmanager.ListSecretsCommand({ SortOrder: "desc" }),
    );
    expect(SecretList.map((secret) => secret.Name)).toEqual(["dev/db", "prod/api", "prod/db"]);
  });

  it("deletes a missing secret by force without an error", async () => {
    const sm = client();
    const force = (SecretId: string, more = {}) =>
      sm.send(
        new secretsmanager.DeleteSecretCommand({
          SecretId,
          ForceDeleteWithoutRecovery: true,
          ...more,
        }),
      );
    expect(await force("missing")).toMatchObject({ Name: "missing" });
    expect(await fixture.errorOf(() => force("missing", { RecoveryWindowInDays: 7 }))).toContain(
      "InvalidParameterException",
    );
    await sm.send(new secretsmanager.CreateSecretCommand({ Name: "again", SecretString: "x" }));
    await sm.send(new secretsmanager.DeleteSecretCommand({ SecretId: "again" }));
    await force("again");
    await sm.send(new secretsmanager.CreateSecretCommand({ Name: "again", SecretString: "y" }));
  });

  it("generates passwords with the requested characters", async () => {
    const { RandomPassword = "" } = await client().send(
      new secretsmanager.GetRandomPasswordCommand({
        PasswordLength: 12,
        ExcludePunctuation: true,
        ExcludeLowercase: true,
        ExcludeCharacters: "0O",
      }),
    );
    expect(RandomPassword).toMatch(/^[A-NP-Z1-9]{12}$/);
    expect(RandomPassword).toMatch(/[A-Z]/);
    expect(RandomPassword).toMatch(/\d/);
  });
});
