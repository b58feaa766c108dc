import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startSandbox } from "../../src/sandbox/server.ts";

/** Writes a config with options. */
export const write = (folder: string, options: string): void =>
  writeFileSync(
    join(folder, "berth.config.ts"),
    `import { defineConfig } from "berth";\nexport default defineConfig({ name: "hello", region: "us-east-1", ${options} });\n`,
  );

/** Kinds and IDs of the remaining resources in a project's sandbox. */
export async function left(folder: string): Promise<string[]> {
  const sandbox = await startSandbox({
    stateFile: join(folder, ".berth/sandbox/default/world.json"),
  });
  const ids = sandbox.contents().flatMap(({ kind, ids: own }) => own.map((id) => `${kind} ${id}`));
  await sandbox.close();
  return ids;
}
