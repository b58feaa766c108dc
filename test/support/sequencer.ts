import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files with the longest fixed waits of the AWS provider. They start first; all other tests run during their waits. */
const LONGEST = ["pipeline", "lifecycle", "rehearse", "command-line"];

const rank = ({ moduleId, project }: TestSpecification): number => {
  if (project.name === "unit") return LONGEST.length + 1;
  const index = LONGEST.findIndex((name) => moduleId.includes(`/${name}`));
  return index === -1 ? LONGEST.length : index;
};

/** Starts the tests that wait before the tests that compute. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}
