import type * as iam from "@aws-sdk/client-iam";
import { AwsError } from "../../protocol/errors.ts";
import { operation, type Service } from "../../service.ts";
import { CALLER_ID, CALLER_NAME, callerArn } from "../sts/index.ts";

export const service: Service = {
  name: "iam",
  operations: {
    GetUser: operation<iam.GetUserRequest, iam.GetUserResponse>()(
      ["UserName"],
      (context, input) => {
        const name = input.UserName ?? CALLER_NAME;
        if (name !== CALLER_NAME) {
          throw new AwsError("NoSuchEntity", `The user with name ${name} cannot be found.`, 404);
        }
        return {
          User: {
            UserName: name,
            UserId: CALLER_ID,
            Arn: callerArn(context),
            Path: "/",
            CreateDate: new Date(0),
          },
        };
      },
    ),
  },
};
