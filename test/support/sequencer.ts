import { BaseSequencer, type TestSpecification } from "vitest/node";
import { runsTerraform } from "./files-with-terraform.ts";

/** The files that take longest, mostly in fixed waits of the AWS provider, the longest first. */
const LONGEST = [
  "fuzz",
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
 * Spreads the files with Terraform, which wait more than they compute, among the other files of their project, so that both cores are busy
 * during the whole run. Files of two projects are not mixed: for a file of another project, vitest starts a new worker, which imports all
 * modules again.
 */
export class InterleavedSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const projects = [...new Set(sorted.map(({ project }) => project))];
    return projects.flatMap((project) =>
      interleaved(sorted.filter((file) => file.project === project)),
    );
  }
}

function interleaved(files: readonly TestSpecification[]): TestSpecification[] {
  const waiting = files
    .filter(({ moduleId }) => runsTerraform(moduleId))
    .sort((a, b) => rank(a) - rank(b));
  const computing = files.filter(({ moduleId }) => !runsTerraform(moduleId));
  const others = [...spread(waiting.slice(FIRST)), ...spread(computing)]
    .sort((a, b) => a.position - b.position)
    .map(({ file }) => file);
  return [...waiting.slice(0, FIRST), ...others];
}
