import { shapes } from "./index.ts";
import { live } from "../../support/stack-lifecycle.ts";

live(shapes);
