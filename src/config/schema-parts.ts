import { z } from "zod";
import { nameProblem, type NamedResource, parseArn, retentionDays } from "../aws/index.ts";
import { nearestSuggestion } from "./nearest.ts";

/** Types of Zod and of JavaScript whose names a user of the config does not need to know. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  record: "an object",
  null: "null",
  undefined: "undefined",
};

/** The name of a type of Zod, with its article. */
export const typeName = (type: string): string =>
  TYPE_NAMES[type] ?? (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);

/** What a value is, such as `a list`. */
export function typeOf(value: unknown): string {
  const isSpecialNumber = typeof value === "number" && !Number.isFinite(value);
  if (typeof value === "boolean" || isSpecialNumber) return String(value);
  if (value === null) return "null";
  return typeName(Array.isArray(value) ? "array" : typeof value);
}

/** Options of every parse. The error text for a value of a wrong type applies unless the schema sets an error text. */
export const PARSE_OPTIONS = {
  reportInput: true,
  error: (issue: z.core.$ZodRawIssue): string | undefined =>
    issue.code === "invalid_type"
      ? `expected ${typeName(issue.expected)}, but this is ${typeOf(issue.input)}`
      : undefined,
} as const;

/** A string with a custom rule. The rule returns the problem as text, or undefined for a valid string. */
export const stringWithRule = (rule: (text: string) => string | undefined): z.ZodString =>
  z.string().superRefine((text, context) => {
    const problem = rule(text);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  });

export const awsName = (kind: NamedResource): z.ZodString =>
  stringWithRule((text) => nameProblem(kind, text));

export const wholeNumber = (min: number, max: number, what: string): z.ZodNumber =>
  z
    .number(`expected ${what}, a whole number from ${min} to ${max}`)
    .refine((n) => Number.isInteger(n) && n >= min && n <= max, {
      error: ({ input }) => `${String(input)} is not ${what}: a whole number from ${min} to ${max}`,
    });

export const port: z.ZodNumber = wholeNumber(1, 65_535, "a port");

export const arnOf = (service: string, resource: RegExp, example: string): z.ZodString =>
  stringWithRule((text) => {
    const arn = parseArn(text);
    return arn?.service === service && resource.test(arn.resource)
      ? undefined
      : `"${text}" is not an ARN such as ${example}`;
  });

export const keyArn: z.ZodString = arnOf(
  "kms",
  /^key\/.+/,
  "arn:aws:kms:eu-west-1:111122223333:key/1234abcd",
);

export const retention: z.ZodNumber = z.number().refine((days) => retentionDays.includes(days), {
  error: ({ input }) =>
    `CloudWatch Logs cannot retain events for ${String(input)} days; use one of ${retentionDays.join(", ")}`,
});

export const healthCheckPath: z.ZodString = z
  .string()
  .max(1024, "a path has at most 1024 characters")
  .startsWith("/", 'a path starts with "/"');

export const healthCheckMatcher: z.ZodString = z
  .string()
  .regex(
    /^[2-4]\d\d(-[2-4]\d\d)?(,[2-4]\d\d(-[2-4]\d\d)?)*$/,
    'expected HTTP codes from 200 to 499 such as "200", "200,302" or "200-299"',
  );

export const overrides: z.ZodRecord<z.ZodString, z.ZodRecord<z.ZodString, z.ZodUnknown>> = z.record(
  z.string(),
  z.record(z.string(), z.unknown()),
);

/** An object that rejects unknown keys and suggests a similar key. */
export const object = <Shape extends z.ZodRawShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys
            .map((key) => `unknown key "${key}"; ${nearestSuggestion(key, Object.keys(shape))}`)
            .join("\n")
        : undefined,
  });

/** One of several schemas, selected by the value: the errors are those of the selected schema. */
export const selectSchema = <Shapes extends z.ZodType>(
  pick: (value: unknown) => Shapes,
): z.ZodType<z.output<Shapes>> =>
  z.unknown().transform((value, context): z.output<Shapes> => {
    const result = pick(value).safeParse(value, PARSE_OPTIONS);
    if (result.success) return result.data;
    for (const issue of result.error.issues) context.addIssue({ ...issue });
    return z.NEVER;
  });

export const hasKey = (value: unknown, key: string): boolean =>
  typeof value === "object" && value !== null && key in value;
