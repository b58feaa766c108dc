import { failureCase, withoutEndpoint } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const reachImageRegistryCases: Cases = {
  "no endpoint for manifests": failureCase("NET-10", withoutEndpoint("ecr.dkr")),
  "an image from the internet": failureCase("NET-33", [
    'image        = "${aws_ecr_repository.app.repository_url}:1.4"',
    'image        = "public.ecr.aws/nginx/nginx:stable"',
  ]),
  "an image of another region": failureCase("NET-34", [
    'image        = "${aws_ecr_repository.app.repository_url}:1.4"',
    'image        = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:1.4"',
  ]),
};
