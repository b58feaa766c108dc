#!/usr/bin/env node
import { isSupportedNode, NODE_FIX } from "./node-version.ts";

// Older versions of Node.js cannot load the other modules.
if (isSupportedNode(process.versions.node)) {
  const { runProgram } = await import("./run-program.ts");
  await runProgram();
} else {
  console.error(
    `error: Berth does not run on Node.js ${process.versions.node}\n  fix   ${NODE_FIX}`,
  );
  process.exitCode = 1;
}
