import { readFileSync } from "node:fs";
import { beforeAll, describe, it } from "vitest";
import type { Checkpoint } from "../../../src/rehearsal/options.ts";
import { mutantsOf, rehearseMutant, checkpointOf } from "../../../tools/mutants/mutants.ts";
import { settingsOf } from "../../support/settings.ts";

const settings = settingsOf({ egress: "endpoints" });
const expected = JSON.parse(
  readFileSync(new URL("../../../tools/mutants/expected.json", import.meta.url), "utf8"),
) as Record<string, Record<string, string>>; // npm run mutants writes it

/** One mutant of each kind. npm run mutants tests all mutants in all modes. */
const SAMPLE = [
  "aws_route.network_public_to_internet: removed",
  "aws_route_table_association.network_private_us_east_1a_association: removed",
  "aws_vpc_endpoint.endpoints_ecr_dkr: removed",
  "aws_vpc_endpoint.endpoints_s3: a policy that denies all",
  "aws_vpc_security_group_ingress_rule.security_groups_tasks_from_load_balancer_8080: removed",
  "aws_kms_alias.key_alias: removed",
];

const mutants = mutantsOf(settings).filter(({ name }) => SAMPLE.includes(name));
let checkpoint: Checkpoint;

beforeAll(async () => {
  checkpoint = await checkpointOf(settings);
}, 300_000);

describe.concurrent.each(mutants)("$name", (mutant) => {
  it("has the expected outcome", async ({ expect }) => {
    expect(await rehearseMutant(mutant, checkpoint)).toBe(expected["endpoints"]?.[mutant.name]);
  });
});

it("contains all mutants of the sample", ({ expect }) => {
  expect(mutants).toHaveLength(SAMPLE.length);
});
