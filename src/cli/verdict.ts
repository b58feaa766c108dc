import { styleText } from "node:util";
import type { CheckResult } from "../checks/result.ts";
import type { Paint } from "../checks/words.ts";
import type { Host } from "./host/host.ts";

/** Checks a plan, as `terraform show -json` says it. */
export async function checkPlan(plan: unknown, name: string): Promise<CheckResult> {
  const [{ judge }, { readShown }] = await Promise.all([
    import("../checks/run.ts"),
    import("../plan/shown.ts"),
  ]);
  return judge(readShown(JSON.stringify(plan), name));
}

/** The result as text, coloured as the host likes it. */
export async function wordsFor(result: CheckResult, host: Host): Promise<string> {
  const { textOf } = await import("../checks/words.ts");
  const paint: Paint = (color, words) =>
    host.hasColor ? styleText(color, words, { validateStream: false }) : words;
  return textOf(result, paint);
}
