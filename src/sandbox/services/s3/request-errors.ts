import type { Service } from "../../core/service.ts";
import { AwsError, RejectedRequest } from "../../protocol/errors.ts";

/** Source: Amazon S3 API Reference, "Error responses". */
export const requestErrors: Service["requestErrors"] = {
  bodyTooLarge: (operation, message) =>
    new RejectedRequest(
      operation === "PutObject" ? "EntityTooLarge" : "MaxMessageLengthExceeded",
      message,
    ),
  wrongRegion: (message) => new AwsError("AuthorizationHeaderMalformed", message),
};
