import type { ImageStatuses } from "../../aws/index.ts";
import { type FailureId, failures, sourceTextOf } from "../../failures/index.ts";
import { type PlanJson, PlanModel, type SourceExpressions } from "../../plan/index.ts";
import type { Hop } from "../../reachability/index.ts";
import { accountAndRegionOf, PlanNetwork, type Workload } from "../../topology/index.ts";
import { matchesWildcard } from "../../shared/index.ts";
import { relatedAddresses } from "../shared/related-addresses.ts";
import type { Check, CheckContext, CheckOutcome, Question, Severity } from "./check.ts";
import { checks } from "./registry.ts";
import type {
  Answer,
  CheckFinding,
  CheckResult,
  MissingFact,
  PathStep,
  ServiceAnswers,
  ServiceQuestion,
} from "./result.ts";

/** Suppresses findings until an expiry date. */
export interface Suppression {
  /** The id of a check or a failure. */
  readonly id: string;
  /** Terraform's address, with * for any characters. @default every address */
  readonly address?: string;
  readonly reason: string;
  /** The expiry date, as YYYY-MM-DD: the last day on which findings are suppressed. */
  readonly until: string;
}

/** Options of `checkPlan()`. */
export interface CheckOptions {
  readonly suppressions?: readonly Suppression[];
  /** The current date, as YYYY-MM-DD. It decides which suppressions have expired. @default today, in UTC */
  readonly today?: string;
  /** Expressions of the configuration that the plan's JSON omits. */
  readonly sources?: SourceExpressions;
  /** Facts about images. @default they exist for the CPU architecture of their tasks */
  readonly images?: ImageStatuses;
  /** The AWS account, if the plan does not contain it. */
  readonly account?: string;
  /** Reports a task that can reach the internet as an error. @default false */
  readonly isolated?: boolean;
}

const CHECKS_PAGE = "docs/reference/checks.md";

const QUESTIONS: readonly ServiceQuestion[] = [
  "start",
  "pull",
  "logs",
  "secrets",
  "traffic",
  "isolation",
];

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };

/** An outcome of a check, for one resource. */
export interface CheckedResource {
  readonly check: Check;
  readonly outcome: CheckOutcome;
}

/** The context of the checks for the output of `terraform show -json`. */
export function contextOf(
  shown: PlanJson,
  { images = {}, account, sources }: CheckOptions = {},
): CheckContext {
  const plan = new PlanModel(shown, sources, account);
  return {
    plan,
    network: new PlanNetwork(plan),
    accountAndRegion: accountAndRegionOf(plan),
    images,
  };
}

/** Runs every check on a plan or state. */
export function evaluateChecks(shown: PlanJson, options: CheckOptions = {}): CheckResult {
  const context = contextOf(shown, options);
  return resultOf(runChecks(context), context, shown, options);
}

/** The outcomes of every check. */
export const runChecks = (context: CheckContext): readonly CheckedResource[] =>
  checks.flatMap((check) => [...check.run(context)].map((outcome) => ({ check, outcome })));

/** The result for the outcomes of every check on a plan or state. */
export function resultOf(
  checked: readonly CheckedResource[],
  context: CheckContext,
  shown: PlanJson,
  options: CheckOptions,
): CheckResult {
  const { plan, network } = context;
  const allFindings = withoutDuplicates(
    checked.flatMap((resource) => findingOf(resource, context, options)),
  );
  const suppressed = allFindings.flatMap((finding) => {
    const suppression = suppressionOf(finding, options);
    return suppression
      ? [{ ...finding, reason: suppression.reason, until: suppression.until }]
      : [];
  });
  const findings = allFindings
    .filter((finding) => !suppressionOf(finding, options))
    .sort((a, b) => RANK[a.severity] - RANK[b.severity]);
  const missingFacts = missingFactsOf(checked);
  const evidence = evidenceOf(checked, findings);
  const services = network.workloads.map((workload) => answersOf(context, workload, evidence));
  const hasError = findings.some((finding) => finding.severity === "error");
  const unknownReason = unknownReasonOf(services, shown);
  const isUndecided = missingFacts.some((fact) => fact.isCritical) || unknownReason !== undefined;
  return {
    verdict: hasError ? "fail" : isUndecided ? "unknown" : "pass",
    kind: shown.kind,
    resources: plan.resources.length,
    services,
    findings,
    missingFacts,
    suppressed,
    passed: new Set(
      checked.filter(({ outcome }) => outcome.answer === "pass").map(({ check }) => check.id),
    ).size,
    checks: checks.length,
    ...(unknownReason === undefined ? {} : { unknownReason }),
  };
}

/** What the checks of one question have found about a resource. */
interface Evidence {
  readonly hasFailed: boolean;
  readonly isUndecided: boolean;
  readonly hasPassed: boolean;
}

/** Evidence by address and question. Many services share resources, so it is collected once for each resource. */
type EvidenceByAddress = ReadonlyMap<string, EvidenceByQuestion>;

type EvidenceByQuestion = Partial<Readonly<Record<Question, Evidence>>>;

const NO_EVIDENCE: Evidence = { hasFailed: false, isUndecided: false, hasPassed: false };

function evidenceOf(
  checked: readonly CheckedResource[],
  findings: readonly CheckFinding[],
): EvidenceByAddress {
  const byAddress = new Map<string, Partial<Record<Question, Evidence>>>();
  const add = (address: string, question: Question, kind: keyof Evidence): void => {
    let ofAddress = byAddress.get(address);
    if (!ofAddress) byAddress.set(address, (ofAddress = {}));
    const known = ofAddress[question] ?? NO_EVIDENCE;
    if (!known[kind]) ofAddress[question] = { ...known, [kind]: true };
  };
  for (const { check, outcome } of checked) {
    const { severity } = check;
    const { answer, address } = outcome;
    const question = (answer === "unknown" ? outcome.question : undefined) ?? check.question;
    if (answer === "pass") add(address, question, "hasPassed");
    if (answer === "unknown" && (severity === "error" || question === "isolation"))
      add(address, question, "isUndecided");
  }
  const questions = new Map(checked.map(({ check }) => [check.id, check.question]));
  for (const { check, address, severity } of findings) {
    const question = questions.get(check);
    // No check of isolation has the severity error.
    const counts = severity === "error" || (question === "isolation" && severity !== "note");
    if (question !== undefined && counts) add(address, question, "hasFailed");
  }
  return byAddress;
}

function unknownReasonOf(
  services: readonly ServiceAnswers[],
  { isComplete }: PlanJson,
): string | undefined {
  if (services.length === 0)
    return "there is no ECS service, task set or schedule, and no outputs with the subnets and security groups of a service";
  return isComplete ? undefined : "Terraform could not plan every resource";
}

function findingOf(
  { check, outcome }: CheckedResource,
  { accountAndRegion }: CheckContext,
  { isolated }: CheckOptions,
): CheckFinding[] {
  if (outcome.answer !== "fail") return [];
  const { id, address, message, connection, path, awsError, fix } = outcome;
  const failure = id === undefined ? undefined : failures[id];
  const isIsolationError = isolated === true && check.id === "no-internet-egress";
  return [
    {
      check: check.id,
      severity: isIsolationError ? "error" : (outcome.severity ?? check.severity),
      title: failure?.title ?? check.title,
      address,
      message,
      fix: (fix ?? failure?.fix ?? "").replaceAll(
        "<region>",
        accountAndRegion.region ?? "<region>",
      ),
      page: `${CHECKS_PAGE}#${check.id}`,
      ...(id === undefined ? {} : { id }),
      ...(connection === undefined ? {} : { connection }),
      ...(path === undefined ? {} : { path: pathStepsOf(path) }),
      ...(awsError === undefined
        ? {}
        : { awsError: awsError.text, awsErrorSource: sourceTextOf(awsError.source) }),
    },
  ];
}

function pathStepsOf(path: readonly Hop[]): PathStep[] {
  const steps = path.map(({ origin, message }) => ({ resource: origin.address, message }));
  return steps.filter((step, index) => {
    const previous = steps[index - 1];
    return step.resource !== previous?.resource || step.message !== previous.message;
  });
}

/** Merges findings with the same cause: one failure of one resource that several subnets have. */
function withoutDuplicates(findings: readonly CheckFinding[]): CheckFinding[] {
  const unique = new Map<string, CheckFinding>();
  for (const finding of findings) {
    const key = `${finding.check}|${finding.id ?? ""}|${finding.address}|${finding.message}`;
    const first = unique.get(key);
    if (!first) unique.set(key, finding);
    else unique.set(key, { ...first, otherPlaces: (first.otherPlaces ?? 0) + 1 });
  }
  return [...unique.values()];
}

function suppressionOf(
  finding: CheckFinding,
  { suppressions = [], today }: CheckOptions,
): Suppression | undefined {
  return suppressions.find(
    ({ id, address = "*", until }) =>
      (id === finding.check || id === finding.id) &&
      matchesWildcard(address, finding.address) &&
      (today === undefined || today <= until),
  );
}

function missingFactsOf(checked: readonly CheckedResource[]): MissingFact[] {
  const facts = new Map<
    string,
    { addresses: Set<string>; checks: Set<string>; ids: Set<FailureId>; isCritical: boolean }
  >();
  for (const { check, outcome } of checked) {
    if (outcome.answer !== "unknown") continue;
    const { missingFact, address, id, severity = check.severity } = outcome;
    let fact = facts.get(missingFact);
    if (!fact) {
      fact = { addresses: new Set(), checks: new Set(), ids: new Set(), isCritical: false };
      facts.set(missingFact, fact);
    }
    fact.addresses.add(address);
    fact.checks.add(check.id);
    if (id !== undefined) fact.ids.add(id);
    if (severity === "error") fact.isCritical = true;
  }
  return [...facts]
    .map(([fact, { addresses, checks: checkIds, ids, isCritical }]) => ({
      fact,
      addresses: [...addresses],
      checks: [...checkIds],
      ids: [...ids],
      isCritical,
    }))
    .sort((a, b) => Number(b.isCritical) - Number(a.isCritical));
}

function answersOf(
  context: CheckContext,
  workload: Workload,
  evidence: EvidenceByAddress,
): ServiceAnswers {
  const ofWorkload = [...relatedAddresses(context, workload)].flatMap(
    (address) => evidence.get(address) ?? [],
  );
  const answers = Object.fromEntries(
    QUESTIONS.map((question) => [question, answerTo(question, ofWorkload)]),
  ) as Readonly<Record<ServiceQuestion, Answer>>; // each question has its answer
  return {
    address: workload.name,
    kind: workload.kind,
    subnets: workload.subnets.items.map((subnet) => subnet.key),
    answers,
  };
}

/** The answer to a question from the evidence for each resource of a workload. */
function answerTo(question: Question, evidence: readonly EvidenceByQuestion[]): Answer {
  let answer: Answer = "not-applicable";
  for (const { [question]: found = NO_EVIDENCE } of evidence) {
    if (found.hasFailed) return "fail";
    if (found.isUndecided) answer = "unknown";
    else if (found.hasPassed && answer === "not-applicable") answer = "pass";
  }
  return answer;
}
