import { testModelRefusals } from "../../support/model-refusal-tests.ts";
import { modelRefusals } from "../../support/model-refusals.ts";

testModelRefusals(modelRefusals());
