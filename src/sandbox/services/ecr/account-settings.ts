import type * as ecr from "@aws-sdk/client-ecr";
import { type Context, operation, type Operations } from "../../core/operation.ts";
import { table, type TableKey } from "../../core/tables.ts";
import { AwsError, notImplemented } from "../../protocol/errors.ts";

interface AccountSetting {
  readonly value: string;
}

const accountSettings: TableKey<AccountSetting> = table("ecr/account-setting");

const BLOB_MOUNTING = "BLOB_MOUNTING";

/** Whether a push may use layers of other repositories. Source: Amazon ECR User Guide, "Blob mounting in Amazon ECR". */
export const canMountLayers = (context: Context): boolean =>
  context.in(accountSettings).get(BLOB_MOUNTING)?.value === "ENABLED";

function requireBlobMounting(name: string): void {
  if (name !== BLOB_MOUNTING) throw notImplemented(`the account setting ${name} of Amazon ECR`);
}

export const accountSettingOperations: Operations = {
  GetAccountSetting: operation<ecr.GetAccountSettingRequest, ecr.GetAccountSettingResponse>()(
    ["name"],
    (context, { name }) => {
      requireBlobMounting(name);
      return { name, value: canMountLayers(context) ? "ENABLED" : "DISABLED" };
    },
  ),

  PutAccountSetting: operation<ecr.PutAccountSettingRequest, ecr.PutAccountSettingResponse>()(
    ["name", "value"],
    (context, { name, value }) => {
      requireBlobMounting(name);
      if (value !== "ENABLED" && value !== "DISABLED")
        throw new AwsError(
          "InvalidParameterException",
          `Invalid parameter at 'value' failed to satisfy constraint: 'Member must satisfy enum value set: [ENABLED, DISABLED]'`,
        );
      context.in(accountSettings).put(name, { value });
      return { name, value };
    },
  ),
};
