import type { Protocol, ServiceModel } from "../src/sandbox/protocol/model.ts";

export declare function buildModel(
  name: string,
  pkg: string,
  protocol: Protocol,
): Promise<ServiceModel>;
