import { UserError } from "../errors.ts";
import { ACTIONS_BOT, type GitHub, type Post } from "./github.ts";
import { cut, ROOM } from "./markdown.ts";
import { fingerprintIn, takeApproval } from "./section.ts";

/** One name, one comment: foundations of one repository do not overwrite each other's. */
const markOf = (name: string): string => `<!-- berth:comment ${name} `;

/** The whole comment: a line that finds it again, and what it says. */
export interface CommentText {
  /** The foundation's name. */
  readonly name: string;
  /** The commit that was planned. */
  readonly head: string;
  /** Markdown, one text a subject, in order. */
  readonly sections: readonly string[];
}

/** Text of a plan that looks like a line of ours is text all the same. */
const disarm = (text: string): string => text.replaceAll("<!-- berth:", "<!-- ");

/** The comment, below GitHub's size limit: the longest sections are cut, and say so. */
export function commentText({ name, head, sections }: CommentText): string {
  const taken = sections.map(takeApproval);
  const top = [`${markOf(name)}${head} -->`, ...taken.flatMap(({ line }) => line ?? []), ""].join(
    "\n",
  );
  const foot = `\n---\nOf commit ${head}, kept current by Berth.\n`;
  const texts = taken.map(({ rest }) => disarm(rest));
  // Each may have what the shorter ones leave.
  let [room, left] = [ROOM - top.length - foot.length - texts.length, texts.length];
  const rooms = new Map<string, number>();
  for (const one of [...texts].sort((a, b) => a.length - b.length)) {
    const share = Math.min(one.length, Math.floor(room / left));
    rooms.set(one, share);
    room -= share;
    left -= 1;
  }
  return `${top}\n${texts.map((one) => cut(one, rooms.get(one) ?? 0)).join("\n")}${foot}`;
}

/** The comment of a name among those of a pull request; what others have written is never taken for it. */
const ownIn = (posts: readonly Post[], name: string, author: string): Post | undefined =>
  posts.find((one) => one.author === author && one.body.startsWith(markOf(name)));

/** Writes the comment, or brings the one that is there up to date. */
export async function writeComment(
  github: GitHub,
  on: number,
  text: CommentText,
  author: string = ACTIONS_BOT,
): Promise<{ readonly url: string; readonly done: "written" | "updated" | "unchanged" }> {
  const body = commentText(text);
  const before = ownIn(await github.comments(on), text.name, author);
  if (!before) return { url: (await github.comment(on, body)).url, done: "written" };
  // GitHub gives back what it was given, but for the space at its ends.
  if (before.body.trim() === body.trim()) return { url: before.url, done: "unchanged" };
  return { url: (await github.editComment(before.id, body)).url, done: "updated" };
}

/** Which plan a merge stands for. */
export interface Approval {
  readonly fingerprint: string;
  readonly pullRequest: number;
}

const notApproved = (what: string, fix: string): UserError =>
  new UserError("BERTH-E8002", what, { fix, exitCode: 4 });

const BY_HAND =
  "read the plan of this run; start the workflow by hand with operation apply and the plan's fingerprint, or go by a pull request";

/**
 * The fingerprint that was approved: the one in the comment of the merged pull request that the commit came with, about
 * the very commit that was merged.
 *
 * @throws UserError, exit code 4, where nothing was approved
 */
export async function approvalOf(
  github: GitHub,
  asked: {
    readonly name: string;
    readonly environment: string;
    readonly commit: string;
    readonly branch: string;
    readonly author?: string;
  },
): Promise<Approval> {
  const { name, environment, commit, branch, author = ACTIONS_BOT } = asked;
  const merged = (await github.pullRequests(commit)).find(
    (one) => one.merged === commit && one.base === branch,
  );
  if (!merged)
    throw notApproved(`commit ${commit} came to ${branch} without a pull request`, BY_HAND);
  const own = ownIn(await github.comments(merged.number), name, author);
  if (!own)
    throw notApproved(
      `pull request #${merged.number} has no comment by ${author} with a plan of ${name}`,
      BY_HAND,
    );
  if (!own.body.startsWith(`${markOf(name)}${merged.head} -->`))
    throw notApproved(
      `the comment of pull request #${merged.number} is not about what was merged (${merged.head})`,
      BY_HAND,
    );
  const fingerprint = fingerprintIn(own.body, environment);
  if (fingerprint === undefined)
    throw notApproved(
      `the comment of pull request #${merged.number} has no plan of the environment ${environment}`,
      BY_HAND,
    );
  return { fingerprint, pullRequest: merged.number };
}
