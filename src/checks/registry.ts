import type { Check } from "./check.ts";
import { accessLogsMayBeWritten } from "./access-logs-may-be-written/check.ts";
import { addressesArePlanned } from "./addresses-are-planned/check.ts";
import { bindingsNameContainers } from "./bindings-name-containers/check.ts";
import { containerKeysAreKnown } from "./container-keys-are-known/check.ts";
import { containersReferToEachOther } from "./containers-refer-to-each-other/check.ts";
import { definitionsSuitFargate } from "./definitions-suit-fargate/check.ts";
import { destroysGoThrough } from "./destroys-go-through/check.ts";
import { endpointsAreAccepted } from "./endpoints-are-accepted/check.ts";
import { execIsReady } from "./exec-is-ready/check.ts";
import { execReachesItsChannel } from "./exec-reaches-its-channel/check.ts";
import { executionRoleIsGiven } from "./execution-role-is-given/check.ts";
import { executionRoleMayLog } from "./execution-role-may-log/check.ts";
import { executionRoleMayPull } from "./execution-role-may-pull/check.ts";
import { executionRoleMayReadSecrets } from "./execution-role-may-read-secrets/check.ts";
import { filesAndRolesFit } from "./files-and-roles-fit/check.ts";
import { firstAppliesAreInOrder } from "./first-applies-are-in-order/check.ts";
import { healthChecksLeaveTime } from "./health-checks-leave-time/check.ts";
import { imagesCanBeHad } from "./images-can-be-had/check.ts";
import { imagesFitTheirTasks } from "./images-fit-their-tasks/check.ts";
import { internalListenersAreReached } from "./internal-listeners-are-reached/check.ts";
import { keysAdmitTheirServices } from "./keys-admit-their-services/check.ts";
import { listenersAreReached } from "./listeners-are-reached/check.ts";
import { listenersAreWhole } from "./listeners-are-whole/check.ts";
import { loadBalancersReachTasks } from "./load-balancers-reach-tasks/check.ts";
import { loadBalancersSpanZones } from "./load-balancers-span-zones/check.ts";
import { logsAreComplete } from "./logs-are-complete/check.ts";
import { policiesAreAccepted } from "./policies-are-accepted/check.ts";
import { quotasAreKept } from "./quotas-are-kept/check.ts";
import { repositoriesLetOthersPull } from "./repositories-let-others-pull/check.ts";
import { routesAreAccepted } from "./routes-are-accepted/check.ts";
import { rulesAreWrittenOnce } from "./rules-are-written-once/check.ts";
import { schedulesMayStartTasks } from "./schedules-may-start-tasks/check.ts";
import { secretsAreThere } from "./secrets-are-there/check.ts";
import { servicesAreStartable } from "./services-are-startable/check.ts";
import { sizesAreFargates } from "./sizes-are-fargates/check.ts";
import { targetGroupsSuitTasks } from "./target-groups-suit-tasks/check.ts";
import { tasksAreReachedByLoadBalancersAlone } from "./tasks-are-reached-by-load-balancers-alone/check.ts";
import { tasksMayAssumeTheirRoles } from "./tasks-may-assume-their-roles/check.ts";
import { tasksPullLayers } from "./tasks-pull-layers/check.ts";
import { tasksPullManifests } from "./tasks-pull-manifests/check.ts";
import { tasksReachParameters } from "./tasks-reach-parameters/check.ts";
import { tasksReachSecrets } from "./tasks-reach-secrets/check.ts";
import { tasksReachTheLog } from "./tasks-reach-the-log/check.ts";
import { tasksReachTheRegistry } from "./tasks-reach-the-registry/check.ts";
import { tasksStayOffTheInternet } from "./tasks-stay-off-the-internet/check.ts";

/** Every check, by name. */
export const checks: readonly Check[] = [
  accessLogsMayBeWritten,
  addressesArePlanned,
  bindingsNameContainers,
  containerKeysAreKnown,
  containersReferToEachOther,
  definitionsSuitFargate,
  destroysGoThrough,
  endpointsAreAccepted,
  execIsReady,
  execReachesItsChannel,
  executionRoleIsGiven,
  executionRoleMayLog,
  executionRoleMayPull,
  executionRoleMayReadSecrets,
  filesAndRolesFit,
  firstAppliesAreInOrder,
  healthChecksLeaveTime,
  imagesCanBeHad,
  imagesFitTheirTasks,
  internalListenersAreReached,
  keysAdmitTheirServices,
  listenersAreReached,
  listenersAreWhole,
  loadBalancersReachTasks,
  loadBalancersSpanZones,
  logsAreComplete,
  policiesAreAccepted,
  quotasAreKept,
  repositoriesLetOthersPull,
  routesAreAccepted,
  rulesAreWrittenOnce,
  schedulesMayStartTasks,
  secretsAreThere,
  servicesAreStartable,
  sizesAreFargates,
  targetGroupsSuitTasks,
  tasksAreReachedByLoadBalancersAlone,
  tasksMayAssumeTheirRoles,
  tasksPullLayers,
  tasksPullManifests,
  tasksReachParameters,
  tasksReachSecrets,
  tasksReachTheLog,
  tasksReachTheRegistry,
  tasksStayOffTheInternet,
];
