import type { Protocol, ServiceModel } from "../src/service-models/index.ts";

export declare function buildModel(
  name: string,
  pkg: string,
  protocol: Protocol,
): Promise<ServiceModel>;
