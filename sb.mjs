import { createJiti } from "jiti";
const j = createJiti(import.meta.url);
const { startSandbox } = await j.import("./src/sandbox/server.ts");
const s = await startSandbox({ port: 4599 });
process.on("SIGTERM", () => process.exit());
setInterval(()=>{},1000);
