import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startSandbox } from "../../src/sandbox/server.ts";

/** Writes a berth.config.ts with these options. */
export const writeConfig = (folder: string, options: string): void =>
  writeFileSync(
    join(folder, "berth.config.ts"),
    `import { defineConfig } from "berth-ecs";\nexport default defineConfig({ name: "hello", region: "us-east-1", ${options} });\n`,
  );

/** The resources in a project's sandbox, as "kind ID". */
export async function remainingResources(folder: string): Promise<string[]> {
  const sandbox = await startSandbox({
    stateFile: join(folder, ".berth/sandbox/default/world.json"),
  });
  const ids = sandbox
    .contents()
    .flatMap(({ kind, ids: kindIds }) => kindIds.map((id) => `${kind} ${id}`));
  await sandbox.close();
  return ids;
}
