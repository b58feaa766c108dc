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
  "providers",
];

/** Number of files with Terraform that start first. Fewer than the workers: the others compute meanwhile. */
const FIRST = 3;

const rank = ({ moduleId }: TestSpecification): number => {
  const index = LONGEST.findIndex((name) => moduleId.includes(`/${name}`));
  return index === -1 ? LONGEST.length : index;
};

/** Files with their positions from 0 to 1 in the order of the run. */
const spread = (
  files: readonly TestSpecification[],
): readonly { readonly file: TestSpecification; readonly position: number }[] =>
  files.map((file, index) => ({ file, position: index / files.length }));

/**
 * Spreads the files with Terraform, which wait more than they compute, evenly among the other files, so that both cores are busy during
 * the whole run.
 */
export class InterleavedSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const waiting = sorted
      .filter(({ project }) => runsTerraform(project.name))
      .sort((a, b) => rank(a) - rank(b));
    const computing = sorted.filter(({ project }) => !runsTerraform(project.name));
    const others = [...spread(waiting.slice(FIRST)), ...spread(computing)]
      .sort((a, b) => a.position - b.position)
      .map(({ file }) => file);
    return [...waiting.slice(0, FIRST), ...others];
  }
}
