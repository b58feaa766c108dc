import { readFileSync } from "node:fs";
import * as iam from "@aws-sdk/client-iam";
import { UserError } from "../../src/index.ts";
import { allow, region, type Stage } from "../sandbox/failures/stage.ts";

/** A use of a command, with the credentials in the environment variables. */
export type Use = (env: NodeJS.ProcessEnv) => Promise<unknown>;

/** The actions of a command in the table of a guide. */
export function documentedActions(guide: string, command: string): readonly string[] {
  const row = readFileSync(`docs/guides/${guide}.md`, "utf8")
    .split("\n")
    .find((line) => line.startsWith(`| \`${command}\``));
  if (row === undefined) throw new Error(`the guide ${guide} has no row for ${command}`);
  return [...new Set([...row.matchAll(/`([a-z-]+:\w+)`/g)].map(([, action = ""]) => action))];
}

/** The errors of uses of a command, as codes. */
async function errorsOf(uses: readonly Use[], env: NodeJS.ProcessEnv): Promise<unknown[]> {
  const errors: unknown[] = [];
  for (const use of uses)
    try {
      await use(env);
    } catch (error) {
      errors.push(error instanceof UserError ? error.code : error);
    }
  return errors;
}

/**
 * Uses a command with the permissions for exactly these actions, and without each of them.
 *
 * @returns the errors with all actions, and the actions without which all uses succeed
 */
export async function usePermissions(
  { aws, sandbox }: Stage,
  actions: readonly string[],
  uses: readonly Use[],
): Promise<{ readonly errors: readonly unknown[]; readonly unnecessary: readonly string[] }> {
  const UserName = "operator";
  await aws.iam.send(new iam.CreateUserCommand({ UserName }));
  const { AccessKey } = await aws.iam.send(new iam.CreateAccessKeyCommand({ UserName }));
  const env = {
    PATH: process.env["PATH"],
    AWS_ENDPOINT_URL: sandbox.url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: AccessKey?.AccessKeyId,
    AWS_SECRET_ACCESS_KEY: AccessKey?.SecretAccessKey,
  };
  const errorsWith = async (permitted: readonly string[]): Promise<unknown[]> => {
    const PolicyDocument = allow(permitted);
    await aws.iam.send(
      new iam.PutUserPolicyCommand({ UserName, PolicyName: "operate", PolicyDocument }),
    );
    return errorsOf(uses, env);
  };
  const errors = await errorsWith(actions);
  const unnecessary: string[] = [];
  for (const action of actions) {
    const denied = await errorsWith(actions.filter((other) => other !== action));
    if (!denied.includes("BERTH-E9004")) unnecessary.push(action);
  }
  await aws.iam.send(
    new iam.DeleteAccessKeyCommand({ UserName, AccessKeyId: env.AWS_ACCESS_KEY_ID }),
  );
  await aws.iam.send(new iam.DeleteUserPolicyCommand({ UserName, PolicyName: "operate" }));
  await aws.iam.send(new iam.DeleteUserCommand({ UserName }));
  return { errors, unnecessary };
}
