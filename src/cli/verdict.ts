import { styleText } from "node:util";
import type { CheckResult } from "../checks/result.ts";
import type { Paint } from "../checks/words.ts";
import type { Host } from "./host/host.ts";
import type { Session } from "./session.ts";

/** Checks the session's plan file. */
export async function checkPlan(session: Session): Promise<CheckResult> {
  const [{ judge }, { readShown }] = await Promise.all([
    import("../checks/run.ts"),
    import("../plan/shown.ts"),
  ]);
  const shown = JSON.stringify(await session.terraform.showJson(session.planFile));
  return judge(readShown(shown, session.planFile));
}

/** The result as text, coloured as the host likes it. */
export async function wordsFor(result: CheckResult, host: Host): Promise<string> {
  const { textOf } = await import("../checks/words.ts");
  const paint: Paint = (color, words) =>
    host.hasColor ? styleText(color, words, { validateStream: false }) : words;
  return textOf(result, paint);
}
