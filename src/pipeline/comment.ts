import { UserError } from "../shared/errors.ts";
import { ACTIONS_BOT, type GitHub, type Post, type RunAttempt } from "./github.ts";
import { truncate, MAX_TEXT_LENGTH } from "./markdown.ts";

/** A pipeline in its repository: comments of other pipelines, also of ones with the same name, are not its own. */
export interface PipelineIdentity {
  /** The project's name. */
  readonly name: string;
  /** Path of the workflow, such as .github/workflows/berth.yml: each configuration has one of its own. */
  readonly workflow: string;
}

const markerOf = ({ name, workflow }: PipelineIdentity): string =>
  `<!-- berth:comment ${name} ${workflow} `;

/** What a comment is about: the commit that was planned, and the run that planned it. */
interface PlannedCommit {
  readonly head: string;
  /** Undefined where no workflow run wrote the comment: it approves nothing. */
  readonly run: RunAttempt | undefined;
}

const firstLine = (pipeline: PipelineIdentity, { head, run }: PlannedCommit): string =>
  `${markerOf(pipeline)}${head}${run ? ` run ${run.id} attempt ${run.attempt}` : ""} -->`;

function plannedCommitOf(pipeline: PipelineIdentity, line: string): PlannedCommit | undefined {
  const rest = line.slice(markerOf(pipeline).length);
  const match = /^([0-9a-f]{40})(?: run (\d+) attempt (\d+))? -->$/.exec(rest);
  const [, head, id, attempt] = match ?? [];
  if (head === undefined) return undefined;
  return { head, run: id && attempt ? { id: Number(id), attempt: Number(attempt) } : undefined };
}

const approvalLine = (environment: string, fingerprint: string): string =>
  `<!-- berth:plan ${environment} ${fingerprint} -->`;

const APPROVAL = /^<!-- berth:plan (\S+) (berth\d+-[0-9a-f]{64}) -->$/;

/** Approvals in the head of a comment, in order. What comes further down is only text. */
function approvalsIn(lines: readonly string[]): { environment: string; fingerprint: string }[] {
  const found = [];
  for (const line of lines) {
    const [, environment, fingerprint] = APPROVAL.exec(line) ?? [];
    if (environment === undefined || fingerprint === undefined) break;
    found.push({ environment, fingerprint });
  }
  return found;
}

/** The whole comment: lines that find it again, and what people read. */
export interface CommentText extends PipelineIdentity, PlannedCommit {
  /** The fingerprint of each environment's plan. It comes from the job that planned, never from a report's text. */
  readonly approvals: ReadonlyMap<string, string>;
  /** Markdown, one text a subject, in order. */
  readonly sections: readonly string[];
}

/** Text of a plan that looks like a line of ours is text all the same. */
const neutralizeMarkers = (text: string): string => text.replaceAll("<!-- berth:", "<!-- ");

/** The comment, below GitHub's size limit: the longest sections are cut, and say so. */
export function commentText(comment: CommentText): string {
  const { head, approvals, sections } = comment;
  const top = [
    firstLine(comment, comment),
    ...[...approvals].map(([environment, fingerprint]) => approvalLine(environment, fingerprint)),
    "",
  ].join("\n");
  const foot = `\n---\nOf commit ${head}, kept current by Berth.\n`;
  const texts = sections.map(neutralizeMarkers);
  // Each may have what the shorter ones leave.
  let [room, left] = [MAX_TEXT_LENGTH - top.length - foot.length - texts.length, texts.length];
  const rooms = new Map<string, number>();
  for (const text of [...texts].sort((a, b) => a.length - b.length)) {
    const share = Math.min(text.length, Math.floor(room / left));
    rooms.set(text, share);
    room -= share;
    left -= 1;
  }
  return `${top}\n${texts.map((text) => truncate(text, rooms.get(text) ?? 0)).join("\n")}${foot}`;
}

/** The GitHub App whose bot has a login. Source: GitHub Docs, "About creating GitHub Apps": `<slug>[bot]`. */
const appOf = (login: string): string | undefined => /^(.+)\[bot\]$/.exec(login)?.[1];

/** Comments of a pipeline among those of a pull request: written by the author, and by the author's app where it is a bot. */
const commentsOfPipeline = (
  posts: readonly Post[],
  pipeline: PipelineIdentity,
  author: string,
): Post[] =>
  posts.filter(
    (post) =>
      post.author === author &&
      post.app === appOf(author) &&
      post.body.startsWith(markerOf(pipeline)),
  );

/**
 * Writes the comment, or brings the one that is there up to date.
 *
 * @throws UserError where the pull request has several such comments: which of them to change is not known
 */
export async function writeComment(
  github: GitHub,
  on: number,
  text: CommentText,
  author: string = ACTIONS_BOT,
): Promise<{ readonly url: string; readonly done: "written" | "updated" | "unchanged" }> {
  const body = commentText(text);
  const [before, ...more] = commentsOfPipeline(await github.listComments(on), text, author);
  if (more.length > 0)
    throw new UserError(
      "BERTH-E8006",
      `pull request #${on} has several comments with the plan of ${text.name}`,
      { fix: "delete those that the pipeline did not write, and run its workflow again" },
    );
  if (!before) return { url: (await github.createComment(on, body)).url, done: "written" };
  // GitHub gives back what it was given, but for the space at its ends.
  if (before.body.trim() === body.trim()) return { url: before.url, done: "unchanged" };
  return { url: (await github.updateComment(before.id, body)).url, done: "updated" };
}

/** Which plan a merge stands for. */
export interface Approval {
  readonly fingerprint: string;
  readonly pullRequest: number;
  /** The run that planned it. */
  readonly run: RunAttempt;
}

const MANUAL_APPLY_FIX =
  "read the plan of this run; start the workflow by hand with operation apply and the plan's fingerprint, or use a pull request";

const notApproved = (what: string): UserError =>
  new UserError("BERTH-E8002", what, { fix: MANUAL_APPLY_FIX, exitCode: 4 });

/** What an approval is looked for. */
export interface ApprovalRequest extends PipelineIdentity {
  readonly environment: string;
  /** The merge. */
  readonly commit: string;
  readonly branch: string;
  /** @default "github-actions[bot]" */
  readonly author?: string;
}

/**
 * The fingerprint that was approved: the one in the comment of the merged pull request that the commit came with, about
 * the very commit that was merged, written by a run of the pipeline's workflow for that commit.
 *
 * @throws UserError, exit code 4, where nothing was approved
 */
export async function approvalOf(github: GitHub, request: ApprovalRequest): Promise<Approval> {
  const { name, workflow, environment, commit, branch, author = ACTIONS_BOT } = request;
  const merged = (await github.pullRequestsOf(commit)).find(
    (otherPullRequest) => otherPullRequest.merged === commit && otherPullRequest.base === branch,
  );
  if (!merged) throw notApproved(`commit ${commit} came to ${branch} without a pull request`);
  const pullRequest = `pull request #${merged.number}`;
  const [own, ...more] = commentsOfPipeline(
    await github.listComments(merged.number),
    request,
    author,
  );
  if (!own) throw notApproved(`${pullRequest} has no comment by ${author} with a plan of ${name}`);
  if (more.length > 0)
    throw notApproved(`${pullRequest} has several comments by ${author} with a plan of ${name}`);
  const [first = "", ...rest] = own.body.split("\n");
  const subject = plannedCommitOf(request, first);
  if (subject?.head !== merged.head)
    throw notApproved(
      `the comment of ${pullRequest} is not about what was merged (${merged.head})`,
    );
  const { run } = subject;
  const ran = run && (await github.workflowRun(run));
  if (!run || !ran)
    throw notApproved(`the comment of ${pullRequest} names no workflow run that wrote it`);
  if (
    ran.workflow !== workflow ||
    ran.event !== "pull_request" ||
    ran.head !== merged.head ||
    ran.isFork
  )
    throw notApproved(
      `run ${run.id}, which the comment of ${pullRequest} names, is no run of ${workflow} for ${merged.head}`,
    );
  const [approval, ...others] = approvalsIn(rest).filter(
    (line) => line.environment === environment,
  );
  if (!approval)
    throw notApproved(
      `the comment of ${pullRequest} has no plan of the environment ${environment}`,
    );
  if (others.length > 0)
    throw notApproved(
      `the comment of ${pullRequest} has several plans of the environment ${environment}`,
    );
  return { fingerprint: approval.fingerprint, pullRequest: merged.number, run };
}
