import { UNKNOWN_VALUE, failureCase, unknownCase } from "../case-edits.ts";
import { type Cases, type DerivedCases, type Edit, passingCase } from "../case-types.ts";

/** Adds a log configuration for the proxy of Service Connect. */
const connectLog = (driver: string, options: string): Edit => [
  "  service_connect_configuration {\n    enabled   = true\n",
  `  service_connect_configuration {
    enabled   = true
    log_configuration {
      log_driver = "${driver}"
      options    = { ${options} }
    }
`,
];

const PROXY_REGION = '"awslogs-region" = "us-east-1", "awslogs-stream-prefix" = "proxy"';

export const logConfigurationCases: Cases = {
  "a log group that does not exist": failureCase("LOG-01", [
    '"awslogs-group"         = aws_cloudwatch_log_group.app.name',
    '"awslogs-group"         = "/elsewhere"',
  ]),
  "a log group of another region": failureCase("LOG-02", [
    '"awslogs-region"        = "us-east-1"',
    '"awslogs-region"        = "eu-west-1"',
  ]),
  "no stream prefix": failureCase("LOG-03", ['          "awslogs-stream-prefix" = "app"\n', ""]),
  "a proxy of Service Connect that logs": {
    edits: [
      connectLog("awslogs", `"awslogs-group" = aws_cloudwatch_log_group.app.name, ${PROXY_REGION}`),
    ],
  },
  "a proxy of Service Connect with a log group that does not exist": failureCase(
    "LOG-01",
    connectLog("awslogs", `"awslogs-group" = "/elsewhere", ${PROXY_REGION}`),
  ),
  "a proxy of Service Connect with an unknown log group": unknownCase(
    ["log-configuration"],
    connectLog("awslogs", `"awslogs-group" = ${UNKNOWN_VALUE}, ${PROXY_REGION}`),
  ),
  "a proxy of Service Connect with another log driver": unknownCase(
    ["log-configuration"],
    connectLog("splunk", '"splunk-url" = "https://splunk.example.com"'),
  ),
  "another log driver": failureCase("LOG-04", ['logDriver = "awslogs"', 'logDriver = "syslog"']),
};

export const logConfigurationDerivedCases: DerivedCases = {
  "a proxy of Service Connect that logs passes": passingCase(
    "a proxy of Service Connect that logs",
    "log-configuration",
    "execution-role-logs-permissions",
    "unread-attributes",
  ),
};
