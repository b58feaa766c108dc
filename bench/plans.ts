import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import { isObject, jsonsOf, type Json } from "../src/plan/plan-json.ts";

/** The plan of one service that `npm run fixtures cases` has recorded. */
function recordedPlan(): Json {
  const file = new URL("../test/checks/fixtures/cases.json.br", import.meta.url);
  const cases = JSON.parse(brotliDecompressSync(readFileSync(file)).toString()) as Record<
    string,
    { readonly plan?: unknown }
  >; // npm run fixtures wrote it
  const plan = cases["as it is"]?.plan;
  if (!isObject(plan)) throw new TypeError(`${fileURLToPath(file)}: no plan of the unedited case`);
  return plan;
}

/** A plan with about this number of resources: copies of one service with its network, one module for each copy. */
function generatePlan(resources: number): string {
  const plan = recordedPlan();
  const configuration = isObject(plan["configuration"]) ? plan["configuration"] : {};
  const changes = jsonsOf(plan["resource_changes"]);
  const copies = Math.max(1, Math.round(resources / changes.length));
  const names = Array.from({ length: copies }, (_, index) => `copy_${index}`);
  const inModule = (name: string, change: Json): Json => ({
    ...change,
    address: `module.${name}.${String(change["address"])}`,
    module_address: `module.${name}`,
  });
  return JSON.stringify({
    ...plan,
    resource_changes: names.flatMap((name) => changes.map((change) => inModule(name, change))),
    configuration: {
      ...configuration,
      root_module: {
        module_calls: Object.fromEntries(
          names.map((name) => [
            name,
            { source: "./service", module: configuration["root_module"] },
          ]),
        ),
      },
    },
  });
}

/** Blocks that each service of a shared VPC has for itself. */
const OF_SERVICE =
  /\b(aws_ecs_service\.app|aws_ecs_task_definition\.app|aws_cloudwatch_log_group\.app|aws_lb_target_group\.app|aws_security_group\.tasks|aws_vpc_security_group_(?:egress_rule\.tasks_(?:out|to_files)|ingress_rule\.tasks_from_balancer)|aws_lb_listener_rule\.app|terraform_data\.berth_companion_aws_ecs_task_definition_app)(?![a-z])/g;

/** A listener rule that forwards to the target group of one service, as a block and its planned change. */
const LISTENER_RULE = {
  block: {
    address: "aws_lb_listener_rule.app",
    mode: "managed",
    type: "aws_lb_listener_rule",
    name: "app",
    provider_config_key: "aws",
    expressions: {
      listener_arn: { references: ["aws_lb_listener.https.arn", "aws_lb_listener.https"] },
      action: [
        {
          type: { constant_value: "forward" },
          target_group_arn: {
            references: ["aws_lb_target_group.app.arn", "aws_lb_target_group.app"],
          },
        },
      ],
      condition: [{ path_pattern: [{ values: { constant_value: ["/app/*"] } }] }],
    },
  },
  change: {
    address: "aws_lb_listener_rule.app",
    mode: "managed",
    type: "aws_lb_listener_rule",
    name: "app",
    provider_name: "registry.terraform.io/hashicorp/aws",
    change: {
      actions: ["create"],
      before: null,
      after: {
        action: [{ type: "forward" }],
        condition: [{ path_pattern: [{ values: ["/app/*"] }] }],
      },
      after_unknown: {
        arn: true,
        id: true,
        listener_arn: true,
        action: [{ target_group_arn: true }],
      },
    },
  },
};

/** The copy of a block or a change for one service. */
function copyFor(service: number, json: Json): Json {
  const text = JSON.stringify(json)
    .replace(OF_SERVICE, `$1_${service}`)
    .replace(/"(\/?)app"/g, `"$1app-${service}"`)
    .replaceAll("/app/*", `/app-${service}/*`);
  const copy = JSON.parse(text) as Json; // it was an object
  return { ...copy, name: String(copy["address"]).split(".")[1] };
}

/** Rules of the security groups that the services share: a rule for each service would exceed the quota of AWS. */
const SHARED_RULE =
  /^aws_vpc_security_group_(egress_rule\.(balancer_to_tasks|tasks_to_files)|ingress_rule\.(endpoints|files_from_tasks))$/;

/** The mount targets of the file system that the services share: they have the security group of the VPC endpoints. */
const MOUNT_TARGET =
  /^(aws_efs_mount_target\.|aws_vpc_security_group_ingress_rule\.files_from_tasks$)/;

function withSharedGroup(entry: Json): Json {
  const text = JSON.stringify(entry);
  return MOUNT_TARGET.test(String(entry["address"]))
    ? (JSON.parse(
        text.replaceAll("aws_security_group.tasks", "aws_security_group.endpoints"),
      ) as Json) // it was an object
    : entry;
}

/** A rule that refers to the security group of one service, for the whole VPC instead. */
function forWholeVpc(entry: Json): Json {
  if (!SHARED_RULE.test(String(entry["address"]))) return entry;
  const { expressions, change } = entry;
  const without = (json: unknown): Json => {
    const { referenced_security_group_id: _, ...rest } = isObject(json) ? json : {};
    return rest;
  };
  const cidr = { cidr_ipv4: "10.0.0.0/16" };
  return {
    ...entry,
    ...(isObject(expressions) ? { expressions: without(expressions) } : {}),
    ...(isObject(change)
      ? {
          change: {
            ...change,
            after: { ...without(change["after"]), ...cidr },
            after_unknown: without(change["after_unknown"]),
          },
        }
      : {}),
  };
}

/** A plan of services in one VPC, behind one load balancer. */
export function generateSharedVpcPlan(services: number): string {
  const plan = recordedPlan();
  const configuration = isObject(plan["configuration"]) ? plan["configuration"] : {};
  const root = isObject(configuration["root_module"]) ? configuration["root_module"] : {};
  const copies = (entries: readonly Json[]): Json[] => {
    const isOfService = (entry: Json): boolean =>
      ["", "_container_definitions"].includes(String(entry["address"]).replace(OF_SERVICE, ""));
    const perService = entries.filter(isOfService);
    return [
      ...entries
        .filter((entry) => !isOfService(entry))
        .map((entry) => withSharedGroup(forWholeVpc(entry))),
      ...Array.from({ length: services }, (_, service) =>
        perService.map((entry) => copyFor(service, forWholeVpc(entry))),
      ).flat(),
    ];
  };
  // What the recorded configuration has for its one service refers to the first copy.
  const text = JSON.stringify({
    ...plan,
    resource_changes: copies([...jsonsOf(plan["resource_changes"]), LISTENER_RULE.change]),
    configuration: {
      ...configuration,
      root_module: {
        ...root,
        resources: copies([...jsonsOf(root["resources"]), LISTENER_RULE.block]),
      },
    },
  });
  return text.replace(OF_SERVICE, (match, _name, offset: number) =>
    /^_\d/.test(text.slice(offset + match.length, offset + match.length + 2))
      ? match
      : `${match}_0`,
  );
}

/** Duration and memory of one check. */
export interface CheckMeasurement {
  readonly resources: number;
  /** Milliseconds of JSON.parse alone. */
  readonly parse: number;
  /** Milliseconds from the text to the verdict. */
  readonly check: number;
  /** Maximum memory of the process, in bytes. */
  readonly memory: number;
}

/** The built modules that the measured process imports. */
const EVALUATE_MODULE: URL = new URL("../dist/checks/engine/evaluate.js", import.meta.url);
const PLAN_JSON_MODULE: URL = new URL("../dist/plan/plan-json.js", import.meta.url);

const PROGRAM = `
import { readFileSync } from "node:fs";
import { evaluateChecks } from "${EVALUATE_MODULE.href}";
import { parsePlanJson } from "${PLAN_JSON_MODULE.href}";
const text = readFileSync(process.argv[1], "utf8");
const start = performance.now();
JSON.parse(text);
const parsed = performance.now();
const { resources } = evaluateChecks(parsePlanJson(text, "a plan"), { account: "111122223333" });
const done = performance.now();
console.log(JSON.stringify({
  resources,
  parse: parsed - start,
  check: done - parsed,
  memory: process.resourceUsage().maxRSS * 1024,
}));
`;

/** Checks copies of one service and its VPC in a new process. */
export const measureCheck = (resources: number): CheckMeasurement =>
  measureCheckOf(generatePlan(resources));

/** Checks services in one VPC in a new process. */
export const measureSharedVpcCheck = (services: number): CheckMeasurement =>
  measureCheckOf(generateSharedVpcPlan(services));

function measureCheckOf(plan: string): CheckMeasurement {
  const folder = mkdtempSync(join(tmpdir(), "berth-plans-"));
  try {
    const file = join(folder, "plan.json");
    writeFileSync(file, plan);
    const output = execFileSync(process.execPath, ["--input-type=module", "-e", PROGRAM, file], {
      encoding: "utf8",
      cwd: fileURLToPath(new URL("..", import.meta.url)),
    });
    return JSON.parse(output) as CheckMeasurement; // PROGRAM printed it
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
