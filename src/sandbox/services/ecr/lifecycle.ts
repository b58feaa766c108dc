import { matches } from "../../../iam/index.ts";
import { AwsError } from "../../protocol/errors.ts";
import type { Context } from "../../core/operation.ts";
import { indexedDigests } from "./manifests.ts";
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

const invalidPolicy = (reason: string): AwsError =>
  new AwsError(
    "InvalidParameterException",
    `Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: ${reason}'`,
  );

interface UncheckedPolicy {
  readonly rules?: readonly {
    readonly rulePriority?: number;
    readonly selection?: Readonly<Record<string, unknown>>;
    readonly action?: { readonly type?: string };
  }[];
}

/**
 * Parses and validates a lifecycle policy. Source: Amazon ECR User Guide, "Lifecycle policy properties".
 *
 * @throws AwsError InvalidParameterException if ECR rejects the policy
 */
export function parseLifecycle(text: string): readonly Rule[] {
  let parsed: UncheckedPolicy;
  try {
    parsed = JSON.parse(text) as UncheckedPolicy; // checked below
  } catch {
    throw invalidPolicy("the text is not JSON");
  }
  const { rules } = parsed;
  if (!Array.isArray(rules) || rules.length === 0) throw invalidPolicy("rules are missing");
  const uncheckedRules = rules as NonNullable<UncheckedPolicy["rules"]>;
  const priorities = uncheckedRules.map((rule) => rule.rulePriority);
  if (
    new Set(priorities).size !== uncheckedRules.length ||
    priorities.some((priority) => !Number.isInteger(priority) || (priority ?? 0) < 1)
  )
    throw invalidPolicy("each rule needs a unique priority of 1 or more");
  for (const { selection = {}, action } of uncheckedRules) {
    if (!["tagged", "untagged", "any"].includes(String(selection["tagStatus"])))
      throw invalidPolicy("tagStatus must be tagged, untagged or any");
    const isTagged = selection["tagStatus"] === "tagged";
    const lists = [selection["tagPrefixList"], selection["tagPatternList"]].filter(Array.isArray);
    if (isTagged !== (lists.length === 1))
      throw invalidPolicy(
        "the tagStatus tagged needs exactly one of tagPrefixList and tagPatternList, and other values need neither",
      );
    if (
      !["imageCountMoreThan", "sinceImagePushed"].includes(String(selection["countType"])) ||
      !(Number(selection["countNumber"]) > 0)
    )
      throw invalidPolicy("countType and countNumber are needed");
    if (selection["countType"] === "sinceImagePushed" && selection["countUnit"] !== "days")
      throw invalidPolicy("countUnit must be days where countType is sinceImagePushed");
    if (action?.type !== "expire") throw invalidPolicy("the action must be expire");
  }
  const anyRules = uncheckedRules.filter((rule) => rule.selection?.["tagStatus"] === "any");
  const highestPriority = Math.max(...priorities.map(Number));
  if (anyRules.length > 1 || anyRules.some((rule) => Number(rule.rulePriority) < highestPriority))
    throw invalidPolicy(
      "a rule with tagStatus any must be the only one and have the highest priority number",
    );
  return [...uncheckedRules].sort(
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
      // Each prefix or pattern must match a tag of the image.
      return [
        ...(selection.tagPrefixList ?? []).map((prefix) => `${prefix}*`),
        ...(selection.tagPatternList ?? []),
      ].every((pattern) => image.tags.some((tag) => matches(pattern, tag)));
  }
}

/** Deletes the images that the repository's lifecycle policy expires. Only the first rule that selects an image applies to it. */
export function expireImages(context: Context, repository: Repository): Repository {
  if (repository.lifecyclePolicy === undefined) return repository;
  const expiredImages = new Set<Image>();
  const matchedImages = new Set<Image>();
  for (const rule of parseLifecycle(repository.lifecyclePolicy)) {
    const selectedImages = repository.images
      .filter((image) => !matchedImages.has(image) && selects(rule, image))
      .sort((a, b) => b.pushed.getTime() - a.pushed.getTime());
    for (const image of selectedImages) matchedImages.add(image);
    const { countType, countNumber } = rule.selection;
    const imagesToExpire =
      countType === "imageCountMoreThan"
        ? selectedImages.slice(countNumber)
        : selectedImages.filter(
            (image) => context.now.getTime() - image.pushed.getTime() > countNumber * DAY_MS,
          );
    for (const image of imagesToExpire) expiredImages.add(image);
  }
  // Source: Amazon ECR User Guide, "Considerations for lifecycle policies": an image of a manifest list does not expire
  // before the list.
  const indexed = indexedDigests(repository.images.filter((image) => !expiredImages.has(image)));
  return {
    ...repository,
    images: repository.images.filter(
      (image) => !expiredImages.has(image) || indexed.has(image.digest),
    ),
  };
}
