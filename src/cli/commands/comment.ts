import { existsSync, readFileSync } from "node:fs";
import { loadProject } from "../../config/load.ts";
import { UserError } from "../../errors.ts";
import { writeComment } from "../../pipeline/comment.ts";
import { gitHubFrom, pullRequestFrom } from "../actions.ts";
import type { Host } from "../host/host.ts";

export interface CommentFlags {
  readonly config: string;
  readonly name?: string;
  readonly pullRequest?: string;
  readonly head?: string;
  readonly repository?: string;
  readonly author: string;
}

function readSection(file: string): string {
  if (existsSync(file)) return readFileSync(file, "utf8");
  throw new UserError("BERTH-E6001", `there is no ${file}`, {
    fix: "name files of Markdown, such as berth plan --markdown has written",
    exitCode: 64,
  });
}

/** Writes Markdown into the one comment of a pull request. */
export async function run(
  files: readonly string[],
  flags: CommentFlags,
  host: Host,
): Promise<number> {
  const event = pullRequestFrom(process.env);
  const number = flags.pullRequest === undefined ? event.number : Number(flags.pullRequest);
  const head = flags.head ?? event.head;
  if (number === undefined || !Number.isInteger(number) || number < 1 || head === undefined)
    throw new UserError("BERTH-E8003", "which pull request, and which commit of it?", {
      fix: "pass --pull-request with its number and --head with its last commit; in GitHub Actions the event says them",
      exitCode: 64,
    });
  const sections = files.map(readSection);
  // The config is code. Beside a token that may write it is not loaded: the workflow passes the name.
  const name = flags.name ?? (await loadProject(flags.config)).name;
  const { url, done } = await writeComment(
    gitHubFrom(process.env, flags),
    number,
    { name, head, sections },
    flags.author,
  );
  host.result(`${done}: ${url}`, { url, done });
  return 0;
}
