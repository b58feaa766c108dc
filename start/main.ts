// npm start: rehearses the foundation of the example with real Terraform in the sandbox, as berth rehearse does.
import { createProgram } from "../src/cli/program.ts";

await createProgram().parseAsync(["rehearse", "examples/hello"], { from: "user" });
