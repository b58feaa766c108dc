import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import type { Settings } from "../../src/config/options.ts";
import { synthJson } from "../../src/constructs/synth/synth.ts";
import type { RehearsalResult, Checkpoint } from "../../src/rehearsal/options.ts";
import { rehearse } from "../../src/rehearsal/rehearsal-run.ts";

type Block = Record<string, unknown>;
type Resources = Record<string, Record<string, Block>>;

interface Root {
  readonly resource: Resources;
  readonly output?: Record<string, unknown>;
}

/** A configuration in which one resource is removed or weakened. */
export interface Mutant {
  /** Such as "aws_route.network_nat: removed". */
  readonly name: string;
  readonly json: string;
}

/** Ways to weaken a resource, by its type: a description and the changed attributes. expected.json contains the descriptions. */
const WEAKER: Readonly<Record<string, Readonly<Record<string, (body: Block) => Block>>>> = {
  aws_vpc: {
    "no DNS": () => ({ enable_dns_support: false, enable_dns_hostnames: false }),
  },
  aws_vpc_endpoint: {
    "a policy that denies all": () => ({
      policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Deny", Principal: "*", Action: "*", Resource: "*" }],
      }),
    }),
    "no private DNS": (body) =>
      body["private_dns_enabled"] === true ? { private_dns_enabled: false } : {},
    "no route tables": (body) => ("route_table_ids" in body ? { route_table_ids: [] } : {}),
  },
  aws_vpc_security_group_ingress_rule: { "another port": () => ({ from_port: 7, to_port: 7 }) },
  aws_vpc_security_group_egress_rule: { "another port": () => ({ from_port: 7, to_port: 7 }) },
  aws_route: {
    "another destination": (body) =>
      "destination_cidr_block" in body ? { destination_cidr_block: "198.18.0.0/15" } : {},
  },
  aws_kms_key_policy: {
    "for the root alone": () => ({
      policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { AWS: "arn:aws:iam::111122223333:root" },
            Action: "kms:*",
            Resource: "*",
          },
        ],
      }),
    }),
  },
  aws_lb_target_group: {
    "a health check on another port": (body) => ({
      health_check: { ...(body["health_check"] as Block), port: "9" },
    }),
  },
  aws_lb_listener: {
    "an answer of its own": () => ({
      default_action: {
        type: "fixed-response",
        fixed_response: { content_type: "text/plain", status_code: "503" },
      },
    }),
  },
  aws_lb: {
    "a security group of others": () => ({
      security_groups: ["${aws_security_group.security_groups_tasks.id}"],
    }),
  },
};

/** The root module without a resource. References in depends_on and outputs are removed too. */
function without(root: Root, type: string, name: string): Root {
  const address = `${type}.${name}`;
  const refersToResource = (value: unknown): boolean =>
    new RegExp(`\\b${address}(?![\\w-])`).test(JSON.stringify(value));
  const resource = structuredClone(root.resource);
  delete resource[type]?.[name];
  if (Object.keys(resource[type] ?? {}).length === 0) delete resource[type];
  for (const bodies of Object.values(resource)) {
    for (const body of Object.values(bodies)) {
      const dependencies = body["depends_on"];
      if (Array.isArray(dependencies))
        body["depends_on"] = dependencies.filter((dependency) => dependency !== address);
    }
  }
  const output = Object.fromEntries(
    Object.entries(root.output ?? {}).filter(([, value]) => !refersToResource(value)),
  );
  return { ...root, resource, output };
}

/** All mutants of a foundation: each resource removed, and weakened in each known way. */
export function mutantsOf(settings: Settings): Mutant[] {
  const root = JSON.parse(synthJson(settings)) as Root; // written by synthJson
  return Object.entries(root.resource).flatMap(([type, bodies]) =>
    Object.entries(bodies).flatMap(([name, body]) => {
      const weakened = Object.entries(WEAKER[type] ?? {}).flatMap(([how, weaken]) => {
        const change = weaken(body);
        if (Object.keys(change).length === 0) return [];
        const resource = structuredClone(root.resource);
        (resource[type] ??= {})[name] = { ...body, ...change };
        return [{ name: `${type}.${name}: ${how}`, json: JSON.stringify({ ...root, resource }) }];
      });
      return [
        { name: `${type}.${name}: removed`, json: JSON.stringify(without(root, type, name)) },
        ...weakened,
      ];
    }),
  );
}

function folderOf(json: string): string {
  const folder = mkdtempSync(join(tmpdir(), "berth-mutant-"));
  writeFileSync(join(folder, "main.tf.json"), json);
  return folder;
}

/** Applies a foundation. Returns the checkpoint after the apply. */
export async function checkpointOf(settings: Settings): Promise<Checkpoint> {
  let checkpoint: Checkpoint | undefined;
  await rehearse({
    dir: folderOf(synthJson(settings)),
    until: "apply",
    keep: (_sandbox, current) => {
      checkpoint = current;
      return Promise.resolve();
    },
  });
  if (!checkpoint) throw new Error("the apply of the foundation failed");
  return checkpoint;
}

/** A short description of the first problem, such as "pulling the image: NET-11". */
export function outcomeOf({ errors, services, requests }: RehearsalResult): string {
  const [error] = errors;
  const serviceFindings = services.flatMap((service) => service.findings);
  const requestFindings = requests.flatMap((request) => request.finding ?? []);
  const first = serviceFindings[0] ?? requestFindings[0];
  const ids = (findings: readonly { readonly id?: string; readonly step: string }[]): string =>
    [...new Set(findings.map((entry) => entry.id ?? entry.step))].join(", ");
  if (error) return `Terraform: ${error.id ?? error.message.split(":")[0]}`;
  if (first)
    return serviceFindings.length > 0
      ? `${first.step}: ${ids(serviceFindings)}`
      : `a request: ${ids(requestFindings)}`;
  return services.some((service) => service.outcome === "unknown") ? "nothing to try" : "launches";
}

/** Changes an applied foundation into a mutant. Returns the outcome of a service in it. */
export async function rehearseMutant({ json }: Mutant, checkpoint: Checkpoint): Promise<string> {
  return outcomeOf(await rehearse({ dir: folderOf(json), checkpoint, until: "traffic" }));
}
