import type { Input } from "../core/service.ts";
import { tagsInRequest } from "../core/tags.ts";

/** A member of a request, if it is a string. */
export const text = (value: unknown): string | undefined =>
  typeof value === "string" ? value : undefined;

/** The ARN in a value: the value itself, or an ARN that is made from a name. Empty if there is no value. */
export function arnsFrom(value: unknown, make: (name: string) => string): string[] {
  const nameOrArn = text(value);
  if (nameOrArn === undefined) return [];
  return [nameOrArn.startsWith("arn:") ? nameOrArn : make(nameOrArn)];
}

/** The role in a member of a request, which is passed to a service. Empty if the request has no such member. */
export function passedRole(input: Input, member: string, service: string): [string, string][] {
  const role = text(input[member]);
  return role === undefined ? [] : [[role, service]];
}

/** The tags in a request, in any format of AWS. */
export function tagsIn(input: Input): Record<string, string> {
  return Object.fromEntries(tagsInRequest(input).flat());
}

/** The parts of an ARN: `name` is what follows the account, `id` the part of the name after the first slash. */
export function partsOfArn(arn: string): {
  readonly service: string;
  readonly region: string;
  readonly account: string;
  readonly name: string;
  readonly id: string;
} {
  const [, , service = "", region = "", account = "", ...rest] = arn.split(":");
  const name = rest.join(":");
  return { service, region, account, name, id: name.split("/")[1] ?? "" };
}
