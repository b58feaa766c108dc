import { UserError } from "../shared/index.ts";
import { ACTIONS_BOT, type GitHub, type Post, type RunAttempt } from "./github.ts";
import { truncate, MAX_TEXT_LENGTH } from "./markdown.ts";

/** Identifies a pipeline in its repository. Two pipelines can have the same name, but not the same workflow file. */
export interface PipelineIdentity {
  /** The project's name. */
  readonly name: string;
  /** Path of the workflow file, such as .github/workflows/berth.yml. */
  readonly workflow: string;
}

const markerOf = ({ name, workflow }: PipelineIdentity): string =>
  `<!-- berth:comment ${name} ${workflow} `;

/** The commit that was planned, and the workflow run that planned it. */
interface PlannedCommit {
  readonly head: string;
  /** Undefined if no workflow run wrote the comment. Such a comment approves nothing. */
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

/** The approval lines at the top of a comment, in order. Later lines with the same form are not approvals. */
function approvalsIn(lines: readonly string[]): { environment: string; fingerprint: string }[] {
  const approvals = [];
  for (const line of lines) {
    const [, environment, fingerprint] = APPROVAL.exec(line) ?? [];
    if (environment === undefined || fingerprint === undefined) break;
    approvals.push({ environment, fingerprint });
  }
  return approvals;
}

/** The content of a comment. */
export interface CommentText extends PipelineIdentity, PlannedCommit {
  /** The fingerprint of each environment's plan. It comes from an output of the plan job, never from a report's text. */
  readonly approvals: ReadonlyMap<string, string>;
  /** The reports, as Markdown, in order. */
  readonly sections: readonly string[];
}

/** Removes markers from the text of a report, so that a report cannot contain an approval line. */
const neutralizeMarkers = (text: string): string => text.replaceAll("<!-- berth:", "<!-- ");

/** The comment's Markdown. The longest sections are truncated to stay below GitHub's size limit. */
export function commentText(comment: CommentText): string {
  const { head, approvals, sections } = comment;
  const top = [
    firstLine(comment, comment),
    ...[...approvals].map(([environment, fingerprint]) => approvalLine(environment, fingerprint)),
    "",
  ].join("\n");
  const foot = `\n---\nPlanned commit: ${head}. Berth updates this comment.\n`;
  const texts = sections.map(neutralizeMarkers);
  // Short sections stay complete. Longer sections share the remaining characters.
  let available = MAX_TEXT_LENGTH - top.length - foot.length - texts.length;
  let remainingSections = texts.length;
  const lengths = new Map<string, number>();
  for (const text of [...texts].sort((a, b) => a.length - b.length)) {
    const share = Math.min(text.length, Math.floor(available / remainingSections));
    lengths.set(text, share);
    available -= share;
    remainingSections -= 1;
  }
  return `${top}\n${texts.map((text) => truncate(text, lengths.get(text) ?? 0)).join("\n")}${foot}`;
}

/** The GitHub App whose bot has a login. Source: GitHub Docs, "About creating GitHub Apps": `<slug>[bot]`. */
const appOf = (login: string): string | undefined => /^(.+)\[bot\]$/.exec(login)?.[1];

/** The comments that a pipeline wrote. If the author is a bot, the comment must also come from the bot's GitHub App. */
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
 * Creates the pipeline's comment, or updates it.
 *
 * @throws UserError BERTH-E8006 if the pull request has several such comments: it is unknown which of them to update
 */
export async function writeComment(
  github: GitHub,
  pullRequest: number,
  text: CommentText,
  author: string = ACTIONS_BOT,
): Promise<{ readonly url: string; readonly done: "written" | "updated" | "unchanged" }> {
  const body = commentText(text);
  const [existing, ...more] = commentsOfPipeline(
    await github.listComments(pullRequest),
    text,
    author,
  );
  if (more.length > 0)
    throw new UserError(
      "BERTH-E8006",
      `pull request #${pullRequest} has several comments with a plan for ${text.name}`,
      { fix: "delete the comments that the pipeline did not write, then run its workflow again" },
    );
  if (!existing)
    return { url: (await github.createComment(pullRequest, body)).url, done: "written" };
  // GitHub removes white space at both ends of a comment.
  if (existing.body.trim() === body.trim()) return { url: existing.url, done: "unchanged" };
  return { url: (await github.updateComment(existing.id, body)).url, done: "updated" };
}

/** The plan that a merge approved. */
export interface Approval {
  readonly fingerprint: string;
  readonly pullRequest: number;
  /** The workflow run that planned it. */
  readonly run: RunAttempt;
}

const MANUAL_APPLY_FIX =
  "review the plan of this run, then start the workflow manually with operation apply and the plan's fingerprint; or use a pull request";

const notApproved = (what: string): UserError =>
  new UserError("BERTH-E8009", what, { fix: MANUAL_APPLY_FIX, exitCode: 4 });

/** The environment and the commit to find an approval for. */
export interface ApprovalRequest extends PipelineIdentity {
  readonly environment: string;
  /** The merge commit. */
  readonly commit: string;
  readonly branch: string;
  /** @default "github-actions[bot]" */
  readonly author?: string;
}

/**
 * The approved fingerprint. It comes from the pipeline's comment on the merged pull request. The comment must be for the
 * commit that was merged, and a run of the pipeline's workflow for that commit must have written it.
 *
 * @throws UserError BERTH-E8009, exit code 4, if no plan was approved
 */
export async function approvalOf(github: GitHub, request: ApprovalRequest): Promise<Approval> {
  const { name, workflow, environment, commit, branch, author = ACTIONS_BOT } = request;
  const merged = (await github.pullRequestsOf(commit)).find(
    (candidate) => candidate.merged === commit && candidate.base === branch,
  );
  if (!merged) throw notApproved(`commit ${commit} was pushed to ${branch} without a pull request`);
  const pullRequest = `pull request #${merged.number}`;
  const [comment, ...more] = commentsOfPipeline(
    await github.listComments(merged.number),
    request,
    author,
  );
  if (!comment)
    throw notApproved(`${pullRequest} has no comment by ${author} with a plan for ${name}`);
  if (more.length > 0)
    throw notApproved(`${pullRequest} has several comments by ${author} with a plan for ${name}`);
  const [first = "", ...rest] = comment.body.split("\n");
  const plannedCommit = plannedCommitOf(request, first);
  if (plannedCommit?.head !== merged.head)
    throw notApproved(
      `the comment of ${pullRequest} is for a different commit than the merged commit ${merged.head}`,
    );
  const { run } = plannedCommit;
  const actualRun = run && (await github.workflowRun(run));
  if (!run || !actualRun)
    throw notApproved(`the comment of ${pullRequest} does not name the workflow run that wrote it`);
  if (
    actualRun.workflow !== workflow ||
    actualRun.event !== "pull_request" ||
    actualRun.head !== merged.head ||
    actualRun.isFork
  )
    throw notApproved(
      `run ${run.id} in the comment of ${pullRequest} is not a run of ${workflow} for ${merged.head}`,
    );
  const [approval, ...others] = approvalsIn(rest).filter(
    (line) => line.environment === environment,
  );
  if (!approval)
    throw notApproved(
      `the comment of ${pullRequest} has no plan for the environment ${environment}`,
    );
  if (others.length > 0)
    throw notApproved(
      `the comment of ${pullRequest} has several plans for the environment ${environment}`,
    );
  return { fingerprint: approval.fingerprint, pullRequest: merged.number, run };
}
