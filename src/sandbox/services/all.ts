import type { Service } from "../core/service.ts";
import { loadAllServices } from "./loader.ts";

/** All services, loaded. The sandbox itself loads a service when it is needed; this is for tools and tests. */
export const services: readonly Service[] = await loadAllServices();
