import type { Question } from "../engine/check.ts";

/**
 * The workloads that a resource of a type matters for: every workload, those in the same VPC, those that use it, those whose
 * roles it belongs to, those whose packets it routes, or those that pull images through it.
 */
export type Scope = "account" | "vpc" | "workload" | "role" | "route-target" | "pull-through";

/**
 * What the checks do with the attributes of a resource type. Attributes are separated by spaces; a path such as `a.b` is the
 * attribute `b` of the block `a`, and a block includes all its attributes, except in `read`.
 */
export interface TypeCoverage {
  readonly scope: Scope;
  /** The question that an unread attribute leaves open. */
  readonly question: Question;
  /** Attributes that the checks read. */
  readonly read?: string;
  /** Attributes that cannot change an answer, by reason. */
  readonly irrelevant?: Readonly<Record<string, string>>;
  /** Attributes that may change an answer, and that no check reads. */
  readonly unread?: string;
  /** Unread attributes that leave another question open. */
  readonly unreadFor?: Readonly<Partial<Record<Question, string>>>;
  /** Attributes that matter only if they have another value than these, and that no check reads then. */
  readonly unreadUnless?: Readonly<Record<string, readonly unknown[]>>;
}

export type CoverageTable = Readonly<Record<string, TypeCoverage>>;

/** Reasons that several types share. */
export const reasons = {
  name: "It names or describes the resource.",
  terraform: "It changes how Terraform creates, waits for or deletes the resource.",
  deployment: "It changes how a later deployment proceeds, and not whether tasks start.",
  ipv6: "It concerns IPv6. The connections of a task's start use IPv4.",
  detail: "It changes details of requests, and not whether they arrive.",
  application: "It describes the application, which a plan does not contain.",
  fargate: "Fargate does not use it.",
  betweenServices: "It concerns requests between services, about which there is no question.",
  address: "It only selects an address, and the checks do not depend on which one it is.",
  observation: "It only records metrics, logs or traces.",
  strategy: "It divides tasks between capacity providers.",
  weight: "It divides requests between target groups, such as those of a blue/green deployment.",
  unknownCidr: "cidr_block is then unknown, which the checks report.",
} as const;

/** Attributes that cannot change an answer in any type, unless its entry lists them elsewhere. */
export const commonIrrelevant: Readonly<Record<string, string>> = {
  [reasons.name]: "tags tags_all id description comment name_prefix",
  [reasons.terraform]: "timeouts skip_destroy force_destroy force_delete",
};

/** What the checks do with an attribute. */
export type AttributeStatus =
  | { readonly kind: "read" }
  | { readonly kind: "irrelevant"; readonly reason: string }
  | {
      readonly kind: "unread";
      readonly question: Question;
      /** False for an attribute that the table does not contain, such as one of a newer provider. */
      readonly isListed: boolean;
      /** Values with which the attribute has no effect. */
      readonly unless: readonly unknown[];
    };

type StatusByPath = ReadonlyMap<string, AttributeStatus>;

const pathsIn = (text = ""): string[] => text.split(/\s+/).filter((word) => word !== "");

/** The statuses of the entries of a type, by path. */
function statusesOf(coverage: TypeCoverage): StatusByPath {
  const statuses = new Map<string, AttributeStatus>();
  const add = (text: string | undefined, status: AttributeStatus): void => {
    for (const path of pathsIn(text)) statuses.set(path, status);
  };
  const unread = (question: Question, unless: readonly unknown[] = []): AttributeStatus => ({
    kind: "unread",
    question,
    isListed: true,
    unless,
  });
  for (const [reason, paths] of Object.entries(commonIrrelevant))
    add(paths, { kind: "irrelevant", reason });
  // A later provider version can set the region of each resource.
  add("region", unread(coverage.question));
  for (const [reason, paths] of Object.entries(coverage.irrelevant ?? {}))
    add(paths, { kind: "irrelevant", reason });
  add(coverage.unread, unread(coverage.question));
  for (const [question, paths] of Object.entries(coverage.unreadFor ?? {}))
    add(paths, unread(question as Question)); // the keys are questions
  for (const [path, unless] of Object.entries(coverage.unreadUnless ?? {}))
    add(path, unread(coverage.question, unless));
  add(coverage.read, { kind: "read" });
  return statuses;
}

const cache = new WeakMap<TypeCoverage, StatusByPath>();

/** Every entry of a type, by path: its own, and those of all types. */
export function entriesOf(coverage: TypeCoverage): StatusByPath {
  let statuses = cache.get(coverage);
  if (!statuses) cache.set(coverage, (statuses = statusesOf(coverage)));
  return statuses;
}

const blockCache = new WeakMap<TypeCoverage, ReadonlySet<string>>();

/** True for a block whose attributes the table lists. */
export function isBlock(coverage: TypeCoverage, path: string): boolean {
  let blocks = blockCache.get(coverage);
  if (!blocks) {
    blocks = new Set([...entriesOf(coverage).keys()].flatMap(blocksOf));
    blockCache.set(coverage, blocks);
  }
  return blocks.has(path);
}

/** The blocks that contain an attribute: `a` and `a.b` for `a.b.c`. */
function blocksOf(path: string): string[] {
  const names = path.split(".");
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join("."));
}

/** What the checks do with an attribute. An attribute that the table does not contain counts as unread. */
export function attributeStatus(coverage: TypeCoverage, path: string): AttributeStatus {
  const entries = entriesOf(coverage);
  const exact = entries.get(path);
  if (exact) return exact;
  for (let end = path.lastIndexOf("."); end > 0; end = path.lastIndexOf(".", end - 1)) {
    const block = entries.get(path.slice(0, end));
    if (block && block.kind !== "read") return block;
  }
  return { kind: "unread", question: coverage.question, isListed: false, unless: [] };
}
