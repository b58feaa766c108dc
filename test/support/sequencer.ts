import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The vitest projects whose tests run Terraform and wait for the AWS provider. */
const WITH_TERRAFORM: ReadonlySet<string> = new Set(["terraform", "nightly"]);

/** Whether the tests of a vitest project run Terraform. */
export const runsTerraform = (project: string): boolean => WITH_TERRAFORM.has(project);

/** Files with the longest fixed waits of the AWS provider, the longest first. */
const LONGEST = [
  "lifecycle",
  "pipeline",
  "others",
  "stored-resources",
  "changes",
  "app",
  "deploy",
  "service",
  "command-line",
  "bootstrap",
  "providers",
];

const rank = ({ moduleId }: TestSpecification): number => {
  const index = LONGEST.findIndex((name) => moduleId.includes(`/${name}`));
  return index === -1 ? LONGEST.length : index;
};

/**
 * The files with Terraform come before the other files, those with the longest waits first. The two are not mixed: vitest stops a worker if
 * the next file is of another project, and the worker's successor imports all modules again, which takes about 5 CPU seconds.
 */
export class TerraformFirstSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const withTerraform = sorted
      .filter(({ project }) => runsTerraform(project.name))
      .sort((a, b) => rank(a) - rank(b));
    return [...withTerraform, ...sorted.filter(({ project }) => !runsTerraform(project.name))];
  }
}
