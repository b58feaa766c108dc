import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The vitest projects whose tests run Terraform and wait for the AWS provider. */
const WITH_TERRAFORM: ReadonlySet<string> = new Set(["terraform", "nightly"]);

/** Whether the tests of a vitest project run Terraform. */
export const runsTerraform = (project: string): boolean => WITH_TERRAFORM.has(project);

/** Files with the longest fixed waits of the AWS provider. They start first; all other tests run during their waits. */
const LONGEST = [
  "pipeline",
  "lifecycle",
  "others",
  "stored-resources",
  "changes",
  "deploy",
  "service",
  "app",
  "command-line",
  "providers",
];

const rank = ({ moduleId, project }: TestSpecification): number => {
  if (!runsTerraform(project.name)) return LONGEST.length + 1;
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
