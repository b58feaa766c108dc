import { shapes } from "./index.ts";
import { live } from "./live.ts";

live(shapes);
