// The sandbox of the server soak, in a separate process that may be killed at any time. It runs the build in dist.
import { writeSync } from "node:fs";
import type { startSandbox as Start } from "../../src/sandbox/server.ts";

const [port = "0", stateFile = "", entry = ""] = process.argv.slice(2);
const { startSandbox } = (await import(entry)) as { startSandbox: typeof Start };

// The process ends with its parent process, also where the parent is killed.
process.once("disconnect", () => process.exit());

let isFull = false;
process.on("message", (message) => {
  isFull = message === "full";
  process.send?.("done");
});

await startSandbox({
  port: Number(port),
  stateFile,
  quotas: { vpcs: 100 },
  writeState(fd, bytes, offset, length, position) {
    if (!isFull) return writeSync(fd, bytes, offset, length, position);
    // A disk that becomes full accepts a part of the bytes.
    if (length > 10) return writeSync(fd, bytes, offset, Math.floor(length / 2), position);
    throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  },
});
process.send?.("started");
