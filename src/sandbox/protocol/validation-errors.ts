import type { Violation } from "./constraints.ts";
import { AwsError } from "./errors.ts";
import type { ServiceModel } from "../../service-models/index.ts";

/** How a service reports violations of its model. */
interface ValidationStyle {
  /** Error code. A function if the code depends on the violation. */
  readonly code: string | ((violation: Violation, model: ServiceModel) => string | undefined);
  /** The message about the first violation. Undefined for the message that most services have. */
  readonly message?: (violation: Violation) => string | undefined;
}

const upper = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

/** "launch type" for launchType. */
const spaced = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** IAM names the allowed characters instead of the pattern. Source: errors of the IAM API, as users report them. */
const iamCharacters: ReadonlyMap<string, string> = new Map([
  [
    String.raw`[\w+=,.@-]+`,
    "It must contain only alphanumeric characters and/or the following: +=,.@_-",
  ],
  [
    String.raw`(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`,
    "It must begin and end with / and contain only alphanumeric characters and/or / characters.",
  ],
]);

/**
 * The error codes and messages of the services that differ from "Common Errors" of their protocol.
 *
 * Sources: the errors that the operations declare (API references); aws/aws-dotnet-deploy#549 and
 * aws-actions/amazon-ecr-login#225 (ECR's messages); aws/aws-sdk-ruby#2575 (EC2's MaxResults).
 */
const styles: Readonly<Record<string, ValidationStyle>> = {
  logs: { code: "InvalidParameterException" },
  ecr: {
    code: "InvalidParameterException",
    message: ({ path, requirement, kind, pattern }) => {
      const text =
        kind === "pattern"
          ? `must satisfy regular expression '${pattern}'`
          : kind === "elements"
            ? requirement
            : requirement.replace(/^Member /, "");
      return `Invalid parameter at '${path}' failed to satisfy constraint: '${text}'`;
    },
  },
  ecs: {
    code: "InvalidParameterException",
    message: ({ kind, member, allowedValues = [] }) =>
      kind === "enum"
        ? `${spaced(member)} should be one of [${allowedValues.join(",")}]`
        : undefined,
  },
  // CodeDeploy declares an error for almost every member: ApplicationNameRequiredException, InvalidApplicationNameException.
  codedeploy: {
    code: ({ kind, member }, { errors }) =>
      [
        kind === "required"
          ? `${upper(member)}RequiredException`
          : `Invalid${upper(member)}Exception`,
        ...(member === "deploymentType" || member === "deploymentOption"
          ? ["InvalidDeploymentStyleException"]
          : []),
        ...(member === "serviceRoleArn" ? ["RoleRequiredException"] : []),
      ].find((code) => Object.hasOwn(errors, code)),
  },
  ssm: {
    code: ({ kind, member }) =>
      kind === "enum" && member === "ResourceType" ? "InvalidResourceType" : undefined,
  },
  secretsmanager: {
    code: ({ kind, member }) =>
      kind === "length" && member === "ClientRequestToken"
        ? "InvalidParameterException"
        : undefined,
    message: ({ kind, member }) =>
      kind === "length" && member === "ClientRequestToken"
        ? "ClientRequestToken must be 32-64 characters long."
        : undefined,
  },
  // Sources: Amazon SQS API Reference, "Common Errors" and GetQueueAttributes: errors; of the text, php-enqueue/sqs#2.
  sqs: {
    code: ({ kind, member }) => {
      if (kind === "required") return "MissingParameter";
      return member === "AttributeNames" ? "InvalidAttributeName" : "InvalidParameterValue";
    },
    message: ({ kind, member }) =>
      kind === "required" ? `The request must contain the parameter ${member}.` : undefined,
  },
  route53: { code: "InvalidInput" },
  servicediscovery: { code: "InvalidInput" },
  monitoring: { code: "ValidationError" },
  iam: {
    code: "ValidationError",
    message: ({ pattern = "", path }) => {
      const characters = iamCharacters.get(pattern);
      return characters && `The specified value for ${path} is invalid. ${characters}`;
    },
  },
  // Source: Amazon CloudFront API Reference, "Common Errors"; errors that users report for CreateDistribution.
  cloudfront: { code: ({ path }) => (path.includes(".") ? "MalformedXML" : "InvalidArgument") },
  // Source: Amazon S3 API Reference, "Error responses". Members at the first level are headers and query parameters.
  s3: {
    code: ({ path }) => (path.includes(".") ? "MalformedXML" : "InvalidArgument"),
    message: ({ path }) =>
      path.includes(".")
        ? "The XML you provided was not well-formed or did not validate against our published schema"
        : undefined,
  },
};

/** The error for a request that violates constraints of the model: the code and the message of the service. */
export function validationError(model: ServiceModel, violations: readonly Violation[]): AwsError {
  const [first] = violations;
  if (!first) throw new RangeError("no violation");
  if (model.protocol === "ec2Query") return ec2Error(violations, first);
  const style = styles[model.service];
  const code = typeof style?.code === "function" ? style.code(first, model) : style?.code;
  return new AwsError(
    code ?? (model.protocol === "awsQuery" ? "ValidationError" : "ValidationException"),
    style?.message?.(first) ?? standardMessage(violations),
  );
}

/**
 * The error codes of services for a pagination token that they have not returned. Other services have the code of their protocol.
 *
 * Sources: the errors that the operations declare (API references), such as ListAliases of AWS KMS and DescribeParameters of Systems
 * Manager; of the message for CloudWatch Logs, boto/boto3#1467.
 */
const TOKEN_ERRORS: Readonly<Record<string, readonly [code: string, message?: string]>> = {
  "application-autoscaling": ["InvalidNextTokenException"],
  codedeploy: ["InvalidNextTokenException"],
  ecr: ["InvalidParameterException"],
  ecs: ["InvalidParameterException"],
  elasticache: ["InvalidParameterValue"],
  kms: ["InvalidMarkerException"],
  logs: ["InvalidParameterException", "The specified nextToken is invalid."],
  monitoring: ["InvalidNextToken"],
  rds: ["InvalidParameterValue"],
  route53: ["InvalidInput"],
  secretsmanager: ["InvalidNextTokenException"],
  servicediscovery: ["InvalidInput"],
  sns: ["InvalidParameter"],
  ssm: ["InvalidNextToken", "The specified token isn't valid."],
  wafv2: ["WAFInvalidParameterException"],
};

/** Sources: "Common Errors" of the query and JSON services; "Error codes for the Amazon EC2 API"; Amazon S3 API Reference, "Error responses". */
const TOKEN_CODES: Readonly<Record<ServiceModel["protocol"], string>> = {
  awsQuery: "ValidationError",
  ec2Query: "InvalidNextToken",
  "json1.0": "ValidationException",
  "json1.1": "ValidationException",
  restJson: "ValidationException",
  restXml: "InvalidArgument",
  rpcv2Cbor: "InvalidNextToken",
};

/** The error for a pagination token that the service has not returned. */
export function invalidTokenError({ service, protocol }: ServiceModel): AwsError {
  const [code, message] = TOKEN_ERRORS[service] ?? [TOKEN_CODES[protocol]];
  return new AwsError(code, message ?? "The pagination token is not valid.");
}

/** The message of most services. Each violation is in it. */
function standardMessage(violations: readonly Violation[]): string {
  const count = `${violations.length} validation error${violations.length === 1 ? "" : "s"} detected: `;
  return (
    count +
    violations
      .map(({ path, value, requirement }) => {
        const subject = value === undefined ? "Value" : `Value '${value}'`;
        return `${subject} at '${path}' failed to satisfy constraint: ${requirement}`;
      })
      .join("; ")
  );
}

/** Source: "Error codes for the Amazon EC2 API". */
function ec2Error(violations: readonly Violation[], first: Violation): AwsError {
  const missing = violations.filter(({ kind }) => kind === "required");
  if (missing.length > 0)
    return new AwsError(
      "MissingParameter",
      `The request must contain the parameter ${missing.map(({ parameter }) => parameter).join(", ")}`,
    );
  const { parameter, value, element, limit, member } = first;
  if (limit)
    return new AwsError(
      "InvalidParameterValue",
      `Value ( ${value} ) for parameter ${member.charAt(0).toLowerCase()}${member.slice(1)} is invalid. Expecting a value ${limit.side === "min" ? "greater" : "less"} than ${limit.value}.`,
    );
  return new AwsError(
    "InvalidParameterValue",
    `Value (${element ?? value}) for parameter ${parameter} is invalid.`,
  );
}
