import { stackExamples } from "./index.ts";
import { testStackLifecycles } from "../../support/stack-lifecycle.ts";

testStackLifecycles(stackExamples);
