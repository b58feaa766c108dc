import { failureCase, unknownCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const secretExistsCases: Cases = {
  "a key that the secret has not": failureCase("TD-10", [":password::", ":passwort::"]),
  "a secret without a value": failureCase("TD-11", [
    'resource "aws_secretsmanager_secret_version" "database" {\n',
    'resource "aws_secretsmanager_secret_version" "database" {\n  count         = 0\n',
  ]),
  "a parameter of another account": failureCase("TD-12", [
    "valueFrom = aws_ssm_parameter.region.arn",
    'valueFrom = "arn:aws:ssm:us-east-1:999988887777:parameter/app/region"',
  ]),
  "a service before the value of its secret": failureCase("RACE-07", [
    "    aws_secretsmanager_secret_version.database,\n",
    "",
  ]),
  "a secret that is not known": unknownCase(
    ["secret-exists"],
    [
      "valueFrom = aws_ssm_parameter.region.arn",
      'valueFrom = "arn:aws:ssm:us-east-1:111122223333:parameter/elsewhere"',
    ],
  ),
};
