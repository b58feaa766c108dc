import * as kms from "@aws-sdk/client-kms";
import type { Clients } from "../clients.ts";
import { type Verify } from "./property.ts";

/** Reads back the key, its rotation, alias and policy. */
export async function verifyKmsKey(
  clients: Clients,
  verify: Verify,
  {
    keyArn,
    name,
    region,
    account,
    logGroup,
  }: Readonly<Record<"keyArn" | "name" | "region" | "account" | "logGroup", string>>,
): Promise<void> {
  const { KeyMetadata: key } = await clients.kms.send(
    new kms.DescribeKeyCommand({ KeyId: keyArn }),
  );
  verify("key enabled", key?.KeyState, "Enabled");
  const rotation = await clients.kms.send(new kms.GetKeyRotationStatusCommand({ KeyId: keyArn }));
  verify("key rotation enabled", rotation.KeyRotationEnabled, true);
  const { Aliases = [] } = await clients.kms.send(new kms.ListAliasesCommand({ KeyId: keyArn }));
  verify(
    "alias",
    Aliases.map((alias) => alias.AliasName),
    [`alias/${name}`],
  );
  const { Policy = "{}" } = await clients.kms.send(new kms.GetKeyPolicyCommand({ KeyId: keyArn }));
  const { Statement } = JSON.parse(Policy) as { Statement: Record<string, unknown>[] };
  verify("key policy: account has full access", Statement[0]?.["Principal"], {
    AWS: `arn:aws:iam::${account}:root`,
  });
  verify("key policy: CloudWatch Logs allowed", Statement[1]?.["Principal"], {
    Service: `logs.${region}.amazonaws.com`,
  });
  const condition = Statement[1]?.["Condition"] as
    | Record<string, Record<string, unknown>>
    | undefined;
  verify(
    "key policy: only for this log group",
    [condition?.["ArnEquals"]?.["kms:EncryptionContext:aws:logs:arn"]].flat(),
    [`arn:aws:logs:${region}:${account}:log-group:${logGroup}`],
  );
}
