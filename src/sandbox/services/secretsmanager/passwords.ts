import { randomInt } from "node:crypto";
import type * as sm from "@aws-sdk/client-secrets-manager";
import { AwsError } from "../../protocol/errors.ts";
import { operation, type Operations } from "../../core/operation.ts";

const LOWERCASE = "abcdefghijklmnopqrstuvwxyz";
const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
const DEFAULT_LENGTH = 32;
const MAX_LENGTH = 4096;

const pick = (characters: string): string => characters.charAt(randomInt(characters.length));

function shuffle(characters: string[]): string[] {
  for (let last = characters.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [characters[last], characters[other]] = [characters[other] ?? "", characters[last] ?? ""];
  }
  return characters;
}

export const passwordOperations: Operations = {
  /** Source: AWS Secrets Manager API Reference, GetRandomPassword. */
  GetRandomPassword: operation<sm.GetRandomPasswordRequest, sm.GetRandomPasswordResponse>()(
    [
      "PasswordLength",
      "ExcludeCharacters",
      "ExcludeNumbers",
      "ExcludePunctuation",
      "ExcludeUppercase",
      "ExcludeLowercase",
      "IncludeSpace",
      "RequireEachIncludedType",
    ],
    (_context, input) => {
      const length = input.PasswordLength ?? DEFAULT_LENGTH;
      const excluded = input.ExcludeCharacters ?? "";
      const types = [
        input.ExcludeLowercase === true ? "" : LOWERCASE,
        input.ExcludeUppercase === true ? "" : LOWERCASE.toUpperCase(),
        input.ExcludeNumbers === true ? "" : "0123456789",
        input.ExcludePunctuation === true ? "" : PUNCTUATION,
        input.IncludeSpace === true ? " " : "",
      ]
        .map((type) =>
          Array.from(type)
            .filter((character) => !excluded.includes(character))
            .join(""),
        )
        .filter((type) => type !== "");
      const required = input.RequireEachIncludedType === false ? [] : types;
      if (types.length === 0 || length < Math.max(1, required.length) || length > MAX_LENGTH) {
        throw new AwsError(
          "InvalidParameterException",
          types.length === 0
            ? "The password can't be generated because all characters are excluded."
            : `Password length must be from ${Math.max(1, required.length)} to ${MAX_LENGTH}.`,
        );
      }
      const characters = required.map(pick);
      while (characters.length < length) characters.push(pick(types.join("")));
      return { RandomPassword: shuffle(characters).join("") };
    },
  ),
};
