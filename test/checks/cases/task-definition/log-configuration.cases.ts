import { failureCase } from "../case-edits.ts";
import type { Cases } from "../case-types.ts";

export const logConfigurationCases: Cases = {
  "a log group that nobody makes": failureCase("LOG-01", [
    '"awslogs-group"         = aws_cloudwatch_log_group.app.name',
    '"awslogs-group"         = "/elsewhere"',
  ]),
  "a log group of another region": failureCase("LOG-02", [
    '"awslogs-region"        = "us-east-1"',
    '"awslogs-region"        = "eu-west-1"',
  ]),
  "no stream prefix": failureCase("LOG-03", ['          "awslogs-stream-prefix" = "app"\n', ""]),
  "another log driver": failureCase("LOG-04", ['logDriver = "awslogs"', 'logDriver = "syslog"']),
};
