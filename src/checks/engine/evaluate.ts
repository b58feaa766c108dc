import { type FailureId, failures } from "../../failures/catalogue/index.ts";
import type { ImageWords } from "../../aws/images.ts";
import { sendersTo } from "../../topology/load-balancers.ts";
import { accountAndRegionOf } from "../../topology/iam-policies.ts";
import type { Workload } from "../../topology/task-definitions.ts";
import { PlanNetwork } from "../../topology/plan-network.ts";
import type { Hop } from "../../reachability/network.ts";
import { PlanModel, isUnknown } from "../../plan/plan-model.ts";
import type { Sources } from "../../plan/source-expressions.ts";
import type { PlanJson } from "../../plan/plan-json.ts";
import { matchesWildcard } from "../../shared/wildcard.ts";
import { checks as every } from "./registry.ts";
import type { Check, CheckOutcome, Question, Severity, CheckContext } from "./check.ts";
import { roleAt } from "../shared/task-roles.ts";
import type {
  CheckFinding,
  CheckResult,
  Answer,
  MissingFact,
  PathStep,
  ServiceAnswers,
} from "./result.ts";

/** A finding that somebody has looked at, and lets be for now. */
export interface Suppression {
  /** A check or a failure. */
  readonly id: string;
  /** Terraform's address, with * for any characters. @default every address */
  readonly address?: string;
  readonly reason: string;
  /** The day after which it counts again, as YYYY-MM-DD. */
  readonly until: string;
}

export interface CheckOptions {
  readonly suppressions?: readonly Suppression[];
  /** The day that it is, as YYYY-MM-DD: no suppression holds after its own. @default today, in UTC */
  readonly today?: string;
  /** Expressions that the plan's JSON leaves out. */
  readonly sources?: Sources;
  /** What is known of images. @default they are there, and for the processor of their tasks */
  readonly images?: ImageWords;
  /** The account, where the plan does not say it. */
  readonly account?: string;
  /** Whether tasks must have no way to the internet, whatever else they have. @default false */
  readonly isolated?: boolean;
}

/** Where a check's page lies. */
const PAGES = "docs/reference/checks.md";

const QUESTIONS: readonly Question[] = ["start", "pull", "logs", "secrets", "traffic", "isolation"];

interface Judged {
  readonly check: Check;
  readonly judgement: CheckOutcome;
}

/** What checks look at, of what Terraform has shown. */
export function contextOf(
  shown: PlanJson,
  { images = {}, account, sources }: CheckOptions = {},
): CheckContext {
  const plan = new PlanModel(shown, sources, account);
  return {
    plan: plan,
    network: new PlanNetwork(plan),
    accountAndRegion: accountAndRegionOf(plan),
    images,
  };
}

/** Proves, refutes or leaves open that what a plan or state describes will work. */
export function evaluateChecks(shown: PlanJson, options: CheckOptions = {}): CheckResult {
  const subject = contextOf(shown, options);
  const { plan } = subject;
  const judged: Judged[] = every.flatMap((check) =>
    [...check.run(subject)].map((judgement) => ({ check, judgement })),
  );
  const found = distinct(judged.flatMap((otherJudged) => findingOf(otherJudged, subject, options)));
  const suppressed = found.flatMap((finding) => {
    const by = suppressionOf(finding, options);
    return by ? [{ ...finding, reason: by.reason, until: by.until }] : [];
  });
  const findings = found
    .filter((finding) => !suppressionOf(finding, options))
    .sort((a, b) => RANK[a.severity] - RANK[b.severity]);
  const facts = factsOf(judged);
  const byAddress = new Map<string, Judged[]>();
  for (const otherJudged of judged) {
    const list = byAddress.get(otherJudged.judgement.address);
    if (list) list.push(otherJudged);
    else byAddress.set(otherJudged.judgement.address, [otherJudged]);
  }
  const services = subject.network.workloads.map((placement) =>
    answersOf(subject, placement, byAddress, findings),
  );
  const isRefuted = findings.some((finding) => finding.severity === "error");
  const isOpen =
    facts.some((fact) => fact.isCritical) || services.length === 0 || !shown.isComplete;
  return {
    verdict: isRefuted ? "fail" : isOpen ? "unknown" : "pass",
    kind: shown.kind,
    resources: plan.resources.length,
    services,
    findings,
    missingFacts: facts,
    suppressed,
    passed: new Set(
      judged
        .filter((otherJudged) => otherJudged.judgement.answer === "pass")
        .map((otherJudged) => otherJudged.check.id),
    ).size,
    checks: every.length,
    ...(services.length === 0
      ? {
          unknownReason:
            "there is no ECS service, task set or schedule in it, and no outputs that say where one would stand",
        }
      : shown.isComplete
        ? {}
        : { unknownReason: "Terraform could not plan everything" }),
  };
}

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };

function findingOf(
  { check, judgement }: Judged,
  { accountAndRegion }: CheckContext,
  { isolated }: CheckOptions,
): CheckFinding[] {
  if (judgement.answer !== "fail") return [];
  const { id, address, says: message, way: trace, path, error, fix, severity } = judgement;
  const known = id === undefined ? undefined : failures[id];
  const isAsked = isolated === true && check.id === "no-internet-egress";
  return [
    {
      check: check.id,
      severity: isAsked ? "error" : (severity ?? check.severity),
      title: known?.title ?? check.title,
      address,
      message: message,
      fix: (fix ?? known?.fix ?? "").replaceAll("<region>", accountAndRegion.region ?? "<region>"),
      page: `${PAGES}#${check.id}`,
      ...(id === undefined ? {} : { id }),
      ...(trace === undefined ? {} : { connection: trace }),
      ...(path === undefined ? {} : { path: stepsIn(path) }),
      ...(error === undefined ? {} : { awsError: error }),
    },
  ];
}

function stepsIn(path: readonly Hop[]): PathStep[] {
  const steps = path.map(({ origin, message }) => ({ resource: origin.address, message }));
  return steps.filter(
    (step, index) =>
      step.resource !== steps[index - 1]?.resource || step.message !== steps[index - 1]?.message,
  );
}

/** One finding for one cause: the same failure of the same resource in several subnets is said once. */
function distinct(findings: readonly CheckFinding[]): CheckFinding[] {
  const kept = new Map<string, CheckFinding>();
  for (const finding of findings) {
    const key = `${finding.check}|${finding.id ?? ""}|${finding.address}|${finding.message}`;
    const before = kept.get(key);
    if (!before) kept.set(key, finding);
    else kept.set(key, { ...before, otherPlaces: (before.otherPlaces ?? 0) + 1 });
  }
  return [...kept.values()];
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

function factsOf(judged: readonly Judged[]): MissingFact[] {
  const facts = new Map<string, MissingFact>();
  for (const { check, judgement } of judged) {
    if (judgement.answer !== "unknown") continue;
    const { fact, address, id, severity = check.severity } = judgement;
    const isCritical = severity === "error";
    const before = facts.get(fact);
    const ids = new Set<FailureId>([...(before?.ids ?? []), ...(id === undefined ? [] : [id])]);
    facts.set(fact, {
      fact,
      addresses: [...new Set([...(before?.addresses ?? []), address])],
      checks: [...new Set([...(before?.checks ?? []), check.id])],
      ids: [...ids],
      isCritical: isCritical || before?.isCritical === true,
    });
  }
  return [...facts.values()].sort((a, b) => Number(b.isCritical) - Number(a.isCritical));
}

/** Addresses that say something of a placement. */
function related(
  subject: CheckContext,
  { name, definition, bindings, subnets }: Workload,
): Set<string> {
  const found = new Set([name, ...subnets.items.map((item) => item.key)]);
  for (const group of bindings.flatMap((binding) => binding.groups)) {
    found.add(group.address);
    for (const { balancer, listener } of sendersTo(subject.network.loadBalancers, group)) {
      found.add(balancer.resource.address);
      found.add(listener.resource.address);
    }
  }
  if (definition === undefined || isUnknown(definition)) return found;
  for (const { image, log, secrets } of definition.containers) {
    if (image.repository) found.add(image.repository.address);
    if (log?.group !== undefined && typeof log.group === "object" && !isUnknown(log.group))
      found.add(log.group.address);
    for (const secret of secrets) if (secret.resource) found.add(secret.resource.address);
  }
  if (!definition.resource) return found;
  found.add(definition.resource.address);
  for (const attribute of ["execution_role_arn", "task_role_arn"]) {
    const role = roleAt(subject, definition.resource, attribute);
    if (role.kind === "here") found.add(role.resource.address);
  }
  return found;
}

function answersOf(
  subject: CheckContext,
  placement: Workload,
  judged: ReadonlyMap<string, readonly Judged[]>,
  findings: readonly CheckFinding[],
): ServiceAnswers {
  const own = related(subject, placement);
  const here = [...own].flatMap((address) => judged.get(address) ?? []);
  const answers = Object.fromEntries(
    QUESTIONS.map((question): [Question, Answer] => {
      const mine = here.filter((otherJudged) => otherJudged.check.question === question);
      const isRefuted = findings.some(
        (finding) =>
          finding.severity !== "note" &&
          own.has(finding.address) &&
          mine.some(({ check }) => check.id === finding.check) &&
          (finding.severity === "error" || question === "isolation"),
      );
      const isOpen = mine.some(
        (otherJudged) =>
          otherJudged.judgement.answer === "unknown" &&
          (otherJudged.check.severity === "error" || question === "isolation"),
      );
      const isProved = mine.some((otherJudged) => otherJudged.judgement.answer === "pass");
      return [
        question,
        isRefuted ? "fail" : isOpen ? "unknown" : isProved ? "pass" : "not-applicable",
      ];
    }),
  ) as Readonly<Record<Question, Answer>>; // each question has its answer
  return {
    address: placement.name,
    kind: placement.kind,
    subnets: placement.subnets.items.map((item) => item.key),
    answers,
  };
}
