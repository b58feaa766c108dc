import { type FailureId, failures } from "../../failures/index.ts";
import { jsonText } from "../../shared/index.ts";
import { checks } from "../engine/registry.ts";
import type { CheckFinding, CheckResult } from "../engine/result.ts";
import { findingText, ruleIdOf } from "./finding-text.ts";

const LEVELS = { error: "error", warning: "warning", note: "note" } as const;

const isFailure = (id: string): id is FailureId => id in failures;

/** A failure of the catalogue, or a check, as a rule of SARIF. */
function sarifRule(id: string): object {
  if (isFailure(id))
    return { id, shortDescription: { text: failures[id].title }, help: { text: failures[id].fix } };
  const check = checks.find((candidate) => candidate.id === id);
  return { id, shortDescription: { text: check?.title ?? id } };
}

/** The input with a finding: the one whose name precedes the address, if there are several. */
const inputOf = ({ address }: CheckFinding, inputs: readonly string[]): string =>
  inputs.find((input) => address.startsWith(`${input}: `)) ?? inputs[0] ?? "";

/** A path as a URI reference. Source: SARIF 2.1.0, “artifactLocation object”, uri. */
const uriOf = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

const sarifResult = (
  finding: CheckFinding,
  ruleIds: readonly string[],
  inputs: readonly string[],
): object => ({
  ruleId: ruleIdOf(finding),
  ruleIndex: ruleIds.indexOf(ruleIdOf(finding)),
  level: LEVELS[finding.severity],
  message: { text: findingText(finding) },
  partialFingerprints: { addressAndRule: `${finding.address}|${ruleIdOf(finding)}` },
  locations: [
    {
      physicalLocation: {
        artifactLocation: { uri: uriOf(finding.location?.file ?? inputOf(finding, inputs)) },
        region: { startLine: finding.location?.line ?? 1 },
      },
      logicalLocations: [{ fullyQualifiedName: finding.address, kind: "resource" }],
    },
  ],
});

/**
 * The findings as SARIF 2.1.0.
 *
 * @param result with locations whose files are relative to the folder of the repository
 * @param inputs the files or folders that were checked. A finding whose location is unknown is located in its input
 * @param version Berth's version
 */
export function sarifOf(
  { findings }: CheckResult,
  inputs: readonly string[],
  version: string,
): string {
  const ruleIds = [...new Set(findings.map(ruleIdOf))].sort((a, b) => (a < b ? -1 : 1));
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "berth", version, rules: ruleIds.map(sarifRule) } },
        results: findings.map((finding) => sarifResult(finding, ruleIds, inputs)),
      },
    ],
  };
  return jsonText(log, 2);
}
