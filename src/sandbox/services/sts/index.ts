import type * as sts from "@aws-sdk/client-sts";
import { type Context, operation, type Service } from "../../service.ts";

/** Whoever holds any access key: a user who may do everything. */
const USER = "berth";

export function callerArn(context: Pick<Context, "account" | "partition">): string {
  return `arn:${context.partition}:iam::${context.account}:user/${USER}`;
}

/** A stable id in the shape of IAM's: AIDA and 17 characters. */
export const CALLER_ID = "AIDABERTHSANDBOX00000";
export const CALLER_NAME: string = USER;

export const service: Service = {
  name: "sts",
  operations: {
    GetCallerIdentity: operation<object, sts.GetCallerIdentityResponse>()([], (context) => ({
      Account: context.account,
      Arn: callerArn(context),
      UserId: CALLER_ID,
    })),
  },
};
