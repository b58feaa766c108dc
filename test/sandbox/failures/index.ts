import { balancers } from "./balancers.ts";
import { definitions } from "./definitions.ts";
import type { Failure } from "./kit.ts";
import { network } from "./network.ts";
import { permissions } from "./permissions.ts";
import { services } from "./services.ts";

/** The failures of the catalogue that occur in the sandbox. */
export const failures: readonly Failure[] = [
  ...network,
  ...permissions,
  ...definitions,
  ...balancers,
  ...services,
];
