import type { Service } from "../service.ts";
import { ec2 } from "./ec2/index.ts";

/** Every service the sandbox has. A new one is a folder and a line here, and its model a line in scripts/build-models.mjs. */
export const services: readonly Service[] = [ec2];
