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

/**
 * Spreads the files with Terraform, which wait more than they compute, among the other files, so that both cores are busy during the
 * whole run.
 */
export class WaitingAmongComputing extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const waiting = sorted
      .filter(({ project }) => runsTerraform(project.name))
      .sort((a, b) => rank(a) - rank(b));
    const computing = sorted.filter(({ project }) => !runsTerraform(project.name));
    const distance = Math.floor(computing.length / Math.max(1, waiting.length - FIRST));
    const next = waiting.splice(FIRST);
    return [
      ...waiting,
      ...computing.flatMap((file, index) =>
        distance > 0 && index % distance === 0 ? [...next.splice(0, 1), file] : [file],
      ),
      ...next,
    ];
  }
}
