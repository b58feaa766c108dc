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
});
