import { readFileSync } from "node:fs";
import { beforeAll, describe, it } from "vitest";
import type { Checkpoint } from "../../../src/rehearsal/options.ts";
import { mutantsOf, play, standOf } from "../../../tools/mutants/mutants.ts";
import { settingsOf } from "../../support/settings.ts";

const settings = settingsOf({ egress: "endpoints" });
const expected = JSON.parse(
  readFileSync(new URL("../../../tools/mutants/expected.json", import.meta.url), "utf8"),
) as Record<string, Record<string, string>>; // npm run mutants writes it

/** One of each kind; npm run mutants does them all, in every mode. */
const SAMPLE = [
  "aws_route.network_public_to_internet: removed",
  "aws_route_table_association.network_private_us_east_1a_association: removed",
  "aws_vpc_endpoint.endpoints_ecr_dkr: removed",
  "aws_vpc_endpoint.endpoints_s3: a policy that denies all",
  "aws_vpc_security_group_ingress_rule.security_groups_tasks_from_load_balancer_8080: removed",
  "aws_kms_alias.key_alias: removed",
];

const mutants = mutantsOf(settings).filter(({ name }) => SAMPLE.includes(name));
let stand: Checkpoint;

beforeAll(async () => {
  stand = await standOf(settings);
}, 300_000);

describe.concurrent.each(mutants)("$name", (mutant) => {
  it("breaks what it is expected to break", async ({ expect }) => {
    expect(await play(mutant, stand)).toBe(expected["endpoints"]?.[mutant.name]);
  });
});

it("all of the sample is there", ({ expect }) => {
  expect(mutants).toHaveLength(SAMPLE.length);
});
