import { matches } from "../../../iam/match.ts";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import type { Image, Repository } from "./tables.ts";

interface Rule {
  readonly rulePriority: number;
  readonly selection: {
    readonly tagStatus: "tagged" | "untagged" | "any";
    readonly tagPrefixList?: readonly string[];
    readonly tagPatternList?: readonly string[];
    readonly countType: "imageCountMoreThan" | "sinceImagePushed";
    readonly countNumber: number;
  };
}

const refuse = (why: string): AwsError =>
  new AwsError(
    "InvalidParameterException",
    `Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: ${why}'`,
  );

interface Unchecked {
  readonly rules?: readonly {
    readonly rulePriority?: number;
    readonly selection?: Readonly<Record<string, unknown>>;
    readonly action?: { readonly type?: string };
  }[];
}

/**
 * Reads a lifecycle policy. Source: Amazon ECR User Guide, "Lifecycle policy properties".
 *
 * @throws AwsError InvalidParameterException where ECR would not take it
 */
export function parseLifecycle(text: string): readonly Rule[] {
  let parsed: Unchecked;
  try {
    parsed = JSON.parse(text) as Unchecked; // its shape is checked below
  } catch {
    throw refuse("the text is not JSON");
  }
  const { rules } = parsed;
  if (!Array.isArray(rules) || rules.length === 0) throw refuse("rules are missing");
  const known = rules as NonNullable<Unchecked["rules"]>;
  const priorities = known.map((rule) => rule.rulePriority);
  if (
    new Set(priorities).size !== known.length ||
    priorities.some((priority) => !Number.isInteger(priority) || (priority ?? 0) < 1)
  )
    throw refuse("each rule needs a priority of its own, 1 or more");
  for (const { selection = {}, action } of known) {
    if (!["tagged", "untagged", "any"].includes(String(selection["tagStatus"])))
      throw refuse("tagStatus must be tagged, untagged or any");
    const isTagged = selection["tagStatus"] === "tagged";
    const lists = [selection["tagPrefixList"], selection["tagPatternList"]].filter(Array.isArray);
    if (isTagged !== (lists.length === 1))
      throw refuse(
        "tagPrefixList or tagPatternList goes with the tagStatus tagged, and it with one of them",
      );
    if (
      !["imageCountMoreThan", "sinceImagePushed"].includes(String(selection["countType"])) ||
      !(Number(selection["countNumber"]) > 0)
    )
      throw refuse("countType and countNumber are needed");
    if (selection["countType"] === "sinceImagePushed" && selection["countUnit"] !== "days")
      throw refuse("countUnit must be days where countType is sinceImagePushed");
    if (action?.type !== "expire") throw refuse("the action must be expire");
  }
  const any = known.filter((rule) => rule.selection?.["tagStatus"] === "any");
  const highest = Math.max(...priorities.map(Number));
  if (any.length > 1 || any.some((rule) => Number(rule.rulePriority) < highest))
    throw refuse("the one rule with tagStatus any must have the highest priority number");
  return [...known].sort(
    (a, b) => Number(a.rulePriority) - Number(b.rulePriority),
  ) as unknown as Rule[]; // checked above
}

const DAY_MS = 24 * 60 * 60 * 1000;

function selects({ selection }: Rule, image: Image): boolean {
  switch (selection.tagStatus) {
    case "any":
      return true;
    case "untagged":
      return image.tags.length === 0;
    case "tagged":
      // Every prefix or pattern must fit one of the image's tags.
      return [
        ...(selection.tagPrefixList ?? []).map((prefix) => `${prefix}*`),
        ...(selection.tagPatternList ?? []),
      ].every((pattern) => image.tags.some((tag) => matches(pattern, tag)));
  }
}

/** The repository without what its lifecycle policy expires: an image is up to the first rule that selects it. */
export function expired(context: Context, repository: Repository): Repository {
  if (repository.lifecyclePolicy === undefined) return repository;
  const gone = new Set<Image>();
  const seen = new Set<Image>();
  for (const rule of parseLifecycle(repository.lifecyclePolicy)) {
    const mine = repository.images
      .filter((image) => !seen.has(image) && selects(rule, image))
      .sort((a, b) => b.pushed.getTime() - a.pushed.getTime());
    for (const image of mine) seen.add(image);
    const { countType, countNumber } = rule.selection;
    const late =
      countType === "imageCountMoreThan"
        ? mine.slice(countNumber)
        : mine.filter(
            (image) => context.now.getTime() - image.pushed.getTime() > countNumber * DAY_MS,
          );
    for (const image of late) gone.add(image);
  }
  return { ...repository, images: repository.images.filter((image) => !gone.has(image)) };
}
