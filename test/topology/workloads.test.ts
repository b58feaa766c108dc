import { describe, expect, it } from "vitest";
import { isUnknown } from "../../src/plan/unknown.ts";
import {
  accountAndRegionAt,
  accountAndRegionOf,
  arnInAwsError,
  arnOf,
  arnText,
} from "../../src/topology/account-and-region.ts";
import { loadBalancersOf, sendersTo } from "../../src/topology/load-balancers.ts";
import {
  imageOf,
  pullThroughRuleOf,
  type TaskDefinition,
  taskDefinitionOf,
} from "../../src/topology/task-definitions.ts";
import { workloadsOf } from "../../src/topology/workloads.ts";
import { type BlockSpec, type PlanSpec, planOf, resourceIn } from "../support/plan-builder.ts";
import { block, service, subnet, unknownReferences, vpc } from "./topology.fixtures.ts";

const DEFINITION = "aws_ecs_task_definition.app";

const definition = (containers: readonly object[]): BlockSpec =>
  block(DEFINITION, {
    values: { family: "app", container_definitions: JSON.stringify(containers) },
  });

const network = { subnets: ["aws_subnet.a.id"], security_groups: ["aws_security_group.app.id"] };
const base = [vpc, subnet("a", "10.0.1.0/24"), block("aws_security_group.app")];

function summary(spec: PlanSpec) {
  return workloadsOf(planOf({ ...spec, blocks: [...base, ...(spec.blocks ?? [])] })).map(
    ({ kind, name, subnets, securityGroups, assignPublicIp, definition: task, desiredCount }) => ({
      kind,
      name,
      subnets: subnets.items.map(({ key }) => key),
      securityGroups: securityGroups.items,
      assignPublicIp,
      definition: isUnknown(task) ? String(task) : task?.resource?.address,
      desiredCount,
    }),
  );
}

const inNetwork = {
  subnets: ["aws_subnet.a"],
  securityGroups: ["aws_security_group.app"],
  assignPublicIp: false,
};

describe("workloads", () => {
  it.each<{ title: string; spec: PlanSpec; expected: readonly object[] }>([
    {
      title: "are services with their network configuration and task definition",
      spec: {
        blocks: [
          definition([]),
          service(network, {
            unknown: { task_definition: true },
            expressions: { task_definition: [`${DEFINITION}.arn`] },
          }),
        ],
      },
      expected: [
        {
          ...inNetwork,
          kind: "service",
          name: "aws_ecs_service.app",
          definition: DEFINITION,
          desiredCount: 2,
        },
      ],
    },
    {
      title: "are services that name the family and revision of the task definition",
      spec: {
        blocks: [definition([]), service(network, { values: { task_definition: "app:7" } })],
      },
      expected: [expect.objectContaining({ definition: DEFINITION })],
    },
    {
      title: "have an unknown task definition if the plan does not contain it",
      spec: { blocks: [service(network, { values: { task_definition: "other:7" } })] },
      expected: [
        expect.objectContaining({
          definition: "aws_ecs_service.app: task_definition is other:7, which is not in this plan",
        }),
      ],
    },
    {
      title: "are not services with an external deployment controller, but their task sets",
      spec: {
        blocks: [
          service(network, { values: { deployment_controller: [{ type: "EXTERNAL" }] } }),
          { ...service(network), address: "aws_ecs_task_set.blue" },
        ],
      },
      expected: [
        {
          ...inNetwork,
          kind: "task set",
          name: "aws_ecs_task_set.blue",
          definition: undefined,
          desiredCount: 1,
        },
      ],
    },
    {
      title: "are one task for a daemon service",
      spec: {
        blocks: [service(network, { values: { scheduling_strategy: "DAEMON", desired_count: 9 } })],
      },
      expected: [expect.objectContaining({ desiredCount: 1 })],
    },
    {
      title: "are schedules with an ECS target",
      spec: {
        blocks: [
          block("aws_cloudwatch_event_target.other", { values: { ecs_target: [] } }),
          block("aws_cloudwatch_event_target.night", {
            values: {
              ecs_target: [
                {
                  task_count: 3,
                  task_definition_arn: "app",
                  network_configuration: [
                    { subnets: ["subnet-9"], security_groups: ["sg-9"], assign_public_ip: true },
                  ],
                },
              ],
            },
          }),
          definition([]),
        ],
      },
      expected: [
        {
          kind: "schedule",
          name: "aws_cloudwatch_event_target.night",
          subnets: ["subnet-9"],
          securityGroups: ["sg-9"],
          assignPublicIp: true,
          definition: DEFINITION,
          desiredCount: 3,
        },
      ],
    },
    {
      title: "are schedules of EventBridge Scheduler that start tasks",
      spec: {
        blocks: [
          block("aws_scheduler_schedule.other", { values: { target: [{ arn: "queue" }] } }),
          block("aws_scheduler_schedule.night", {
            values: {
              target: [
                {
                  ecs_parameters: [
                    {
                      task_count: 2,
                      task_definition_arn: "app",
                      network_configuration: [
                        {
                          subnets: ["subnet-9"],
                          security_groups: ["sg-9"],
                          assign_public_ip: true,
                        },
                      ],
                    },
                  ],
                },
              ],
            },
          }),
          definition([]),
        ],
      },
      expected: [
        {
          kind: "schedule",
          name: "aws_scheduler_schedule.night",
          subnets: ["subnet-9"],
          securityGroups: ["sg-9"],
          assignPublicIp: true,
          definition: DEFINITION,
          desiredCount: 2,
        },
      ],
    },
    {
      title: "are a probe for a foundation without a service",
      spec: {
        outputs: {
          task_subnet_ids: ["aws_subnet.a.id"],
          task_security_group_id: ["aws_security_group.app.id"],
          assign_public_ip: true,
        },
      },
      expected: [
        {
          ...inNetwork,
          kind: "probe",
          name: "a service that uses the outputs",
          assignPublicIp: true,
          definition: undefined,
          desiredCount: 2,
        },
      ],
    },
    { title: "are none without a service and outputs", spec: {}, expected: [] },
  ])("$title", ({ spec, expected }) => {
    expect(summary(spec)).toEqual(expected);
  });

  it("have the target groups, containers and ports of their load_balancer blocks", () => {
    const plan = planOf({
      blocks: [
        ...base,
        block("aws_lb_target_group.web"),
        service(network, {
          values: { load_balancer: [{ container_name: "web", container_port: 8080 }] },
          unknown: { load_balancer: [{ target_group_arn: true }] },
          expressions: {
            load_balancer: [{ target_group_arn: { references: ["aws_lb_target_group.web.arn"] } }],
          },
        }),
      ],
    });
    expect(
      workloadsOf(plan).flatMap(({ bindings }) =>
        bindings.map(({ targetGroups, container, port }) => [
          targetGroups.map(({ address }) => address),
          container,
          port,
        ]),
      ),
    ).toEqual([[["aws_lb_target_group.web"], "web", 8080]]);
  });
});

describe("a task definition", () => {
  const containersOf = (blocks: readonly BlockSpec[]) => {
    const plan = planOf({ blocks });
    return taskDefinitionOf(plan, resourceIn(plan, DEFINITION));
  };

  it("has the image, ports, log configuration, secrets and environment files of its containers", () => {
    const secretArn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf";
    const { containers, unknown } = containersOf([
      block("aws_secretsmanager_secret.db", {
        values: { arn: secretArn },
        unknown: { arn: false },
      }),
      block("aws_cloudwatch_log_group.app", { values: { name: "/app" } }),
      definition([
        {
          name: "web",
          image: "nginx:1.27",
          portMappings: [{ containerPort: 8080 }],
          logConfiguration: {
            logDriver: "awslogs",
            options: { "awslogs-group": "/app", "awslogs-region": "eu-west-1" },
          },
          secrets: [{ name: "PASSWORD", valueFrom: `${secretArn}:password::` }],
          environmentFiles: [{ type: "s3", value: "arn:aws:s3:::b/env" }],
        },
      ]),
    ]);
    expect(unknown).toBeUndefined();
    expect(containers).toMatchObject([
      {
        name: "web",
        image: { reference: "nginx:1.27", kind: "public", registry: "registry-1.docker.io" },
        ports: [8080],
        log: {
          driver: "awslogs",
          group: { address: "aws_cloudwatch_log_group.app" },
          region: "eu-west-1",
          createsGroup: false,
        },
        secrets: [
          { kind: "secretsmanager", resource: { address: "aws_secretsmanager_secret.db" } },
        ],
        environmentFiles: ["arn:aws:s3:::b/env"],
      },
    ]);
  });

  it("has one container with the referenced resources if the definitions are unknown", () => {
    const { containers, unknown } = containersOf([
      block("aws_ecr_repository.app"),
      block("aws_ssm_parameter.p"),
      block(
        DEFINITION,
        unknownReferences({
          container_definitions: [
            "aws_ecr_repository.app.repository_url",
            "aws_ssm_parameter.p.arn",
          ],
        }),
      ),
    ]);
    expect(unknown?.attribute).toBe("container_definitions");
    expect(containers).toMatchObject([
      {
        name: undefined,
        json: undefined,
        image: { kind: "ecr", repository: { address: "aws_ecr_repository.app" } },
        secrets: [{ kind: "ssm", resource: { address: "aws_ssm_parameter.p" } }],
      },
    ]);
  });

  it("has the known parts of the definitions from the companion resource", () => {
    const { containers, unknown } = containersOf([
      block("aws_ecr_repository.app"),
      block(DEFINITION, { unknown: { container_definitions: true } }),
      {
        address: "terraform_data.berth_companion_aws_ecs_task_definition_app_container_definitions",
        values: { input: [{ name: "web" }] },
        unknown: { input: [{ image: true }] },
        expressions: { input: ["aws_ecr_repository.app.repository_url"] },
      },
    ]);
    expect(unknown).toBeUndefined();
    expect(containers).toMatchObject([
      {
        name: "web",
        json: { name: "web", image: "(known after apply)" },
        image: { kind: "ecr", repository: { address: "aws_ecr_repository.app" } },
      },
    ]);
  });

  it("is unknown if its definitions are not JSON", () => {
    const { unknown } = containersOf([
      block(DEFINITION, { values: { container_definitions: "{" } }),
    ]);
    expect(unknown?.reason).toBe("is not JSON");
  });
});

describe("an image reference", () => {
  const plan = planOf({
    account: "111122223333",
    blocks: [block("aws_ecr_repository.app", { values: { name: "team/app" } })],
  });

  it.each([
    [
      "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/app:1",
      {
        kind: "ecr",
        account: "111122223333",
        region: "eu-west-1",
        repository: "aws_ecr_repository.app",
      },
    ],
    [
      "999999999999.dkr.ecr.eu-west-1.amazonaws.com/team/app@sha256:aa",
      { kind: "ecr", account: "999999999999", region: "eu-west-1", repository: undefined },
    ],
    ["nginx", { kind: "public", registry: "registry-1.docker.io" }],
    ["public.ecr.aws/nginx/nginx:1", { kind: "public", registry: "public.ecr.aws" }],
    ["localhost/app", { kind: "public", registry: "localhost" }],
  ])("%s is read as %j", (reference, expected) => {
    const { repository, ...image } = imageOf(plan, reference);
    expect({ ...image, repository: repository?.address }).toEqual({
      reference,
      repository: undefined,
      ...expected,
    });
  });
});

describe("a load balancer", () => {
  const loadBalancer = block("aws_lb.web", {
    values: { internal: false, load_balancer_type: "application" },
    ...unknownReferences({ subnets: ["aws_subnet.a.id"] }),
  });
  const listener = block("aws_lb_listener.https", {
    values: { port: 443, default_action: [{ type: "forward" }] },
    unknown: { load_balancer_arn: true, default_action: [{ target_group_arn: true }] },
    expressions: {
      load_balancer_arn: ["aws_lb.web.arn"],
      default_action: [{ target_group_arn: { references: ["aws_lb_target_group.web.arn"] } }],
    },
  });

  it("has its subnets, the default security group of its VPC, and its listeners", () => {
    const plan = planOf({
      blocks: [...base, loadBalancer, listener, block("aws_lb_target_group.web")],
    });
    const [found, ...others] = loadBalancersOf(plan);
    expect(others).toEqual([]);
    expect(found?.isInternal).toBe(false);
    expect(found?.subnets.items.map(({ key }) => key)).toEqual(["aws_subnet.a"]);
    expect(found?.securityGroups.items).toEqual(["aws_vpc.main#default"]);
    expect(found?.listeners).toMatchObject([
      { port: 443, protocol: "HTTP", actions: [{ type: "forward" }] },
    ]);
  });

  it("has each subnet once, although each dynamic subnet_mapping refers to all of them", () => {
    const mapping = { references: ["aws_subnet.a.id", "aws_subnet.b.id"] };
    const plan = planOf({
      blocks: [
        ...base,
        subnet("b", "10.0.2.0/24"),
        block("aws_lb.nlb", {
          values: { load_balancer_type: "network", subnet_mapping: [{}, {}] },
          unknown: { subnet_mapping: [{ subnet_id: true }, { subnet_id: true }] },
          expressions: { subnet_mapping: [{ subnet_id: mapping }, { subnet_id: mapping }] },
        }),
      ],
    });
    expect(loadBalancersOf(plan)[0]?.subnets.items.map(({ key }) => key)).toEqual([
      "aws_subnet.a",
      "aws_subnet.b",
    ]);
  });

  it("sends requests to the target groups of its actions", () => {
    const plan = planOf({
      blocks: [
        ...base,
        loadBalancer,
        listener,
        block("aws_lb_target_group.web"),
        block("aws_lb_target_group.unused"),
      ],
    });
    const loadBalancers = loadBalancersOf(plan);
    const sendersOf = (address: string) =>
      sendersTo(loadBalancers, resourceIn(plan, address)).map(
        (sender) => sender.listener.resource.address,
      );
    expect(sendersOf("aws_lb_target_group.web")).toEqual(["aws_lb_listener.https"]);
    expect(sendersOf("aws_lb_target_group.unused")).toEqual([]);
  });

  it("keeps the port of the request in a redirect without a port", () => {
    const plan = planOf({
      blocks: [
        ...base,
        loadBalancer,
        block("aws_lb_listener.http", {
          values: {
            port: 80,
            default_action: [
              { type: "redirect", redirect: [{ port: "443" }] },
              { type: "redirect", redirect: [{ port: "#{port}" }] },
            ],
          },
          ...unknownReferences({ load_balancer_arn: ["aws_lb.web.arn"] }),
        }),
      ],
    });
    expect(
      loadBalancersOf(plan).flatMap(({ listeners }) =>
        listeners.flatMap(({ actions }) => actions.map(({ redirectsTo }) => redirectsTo)),
      ),
    ).toEqual([443, "same"]);
  });
});

describe("the account and the region of a plan", () => {
  it.each<[string, PlanSpec, object]>([
    [
      "the data sources",
      {
        blocks: [
          { address: "data.aws_caller_identity.c", actions: ["read"], values: { account_id: "1" } },
          { address: "data.aws_region.r", actions: ["read"], values: { name: "eu-west-1" } },
        ],
      },
      { account: "1", region: "eu-west-1" },
    ],
    [
      "the ARN of a resource",
      {
        blocks: [{ address: "aws_sqs_queue.q", values: { arn: "arn:aws:sqs:eu-west-2:2:q" } }],
      },
      { account: "2", region: "eu-west-2" },
    ],
    [
      "an availability zone and the provider configuration",
      {
        blocks: [{ address: "aws_subnet.a", values: { availability_zone: "eu-west-3b" } }],
        providers: { aws: { expressions: { allowed_account_ids: { constant_value: ["3"] } } } },
      },
      { account: "3", region: "eu-west-3" },
    ],
    ["the options", { account: "4" }, { account: "4", region: undefined }],
  ])("come from %s", (_, spec, expected) => {
    expect(accountAndRegionOf(planOf(spec))).toEqual(expected);
  });

  it.each<[BlockSpec, string]>([
    [
      { address: "aws_iam_role.r", values: { arn: "arn:aws:iam::9:role/known" } },
      "arn:aws:iam::9:role/known",
    ],
    [block("aws_iam_role.r", { values: { name: "task" } }), "arn:aws:iam::1:role/task"],
    [
      block("aws_iam_role.r", { values: { name: "task", path: "/team/" } }),
      "arn:aws:iam::1:role/team/task",
    ],
    [block("aws_s3_bucket.b", { values: { bucket: "logs" } }), "arn:aws:s3:::logs"],
    [
      block("aws_ssm_parameter.p", { values: { name: "/app/key" } }),
      "arn:aws:ssm:<region>:1:parameter/app/key",
    ],
    [block("aws_sqs_queue.q"), "arn:aws:berth:<region>:1:aws_sqs_queue.q"],
  ])("are part of the ARN of %j: %s", (spec, expected) => {
    const plan = planOf({ blocks: [spec] });
    const accountAndRegion = { account: "1", region: undefined };
    expect(arnOf(resourceIn(plan, spec.address), accountAndRegion)).toBe(expected);
  });

  it("are shown as the address of the resource, and are not part of an AWS error, if they are placeholders", () => {
    const placeholder = "arn:aws:berth:us-east-1:<account>:module.a.aws_kms_key.main";
    expect(arnText(placeholder)).toBe("module.a.aws_kms_key.main");
    expect(arnInAwsError(placeholder)).toBeUndefined();
    expect(arnText("arn:aws:s3:::logs")).toBe("arn:aws:s3:::logs");
    expect(arnInAwsError("arn:aws:s3:::logs")).toBe("arn:aws:s3:::logs");
  });
});

describe("the protocol of a listener that has none", () => {
  const protocolFor = (values: Record<string, string>) => {
    const plan = planOf({
      blocks: [
        block("aws_lb.main", { values }),
        block("aws_lb_listener.web", {
          values: { port: 443 },
          unknown: { protocol: true, load_balancer_arn: true },
          expressions: { load_balancer_arn: ["aws_lb.main.arn"], port: { constant_value: 443 } },
        }),
      ],
    });
    return loadBalancersOf(plan)[0]?.listeners[0]?.protocol;
  };

  it("is HTTP for an application load balancer", () => {
    expect(protocolFor({})).toBe("HTTP");
    expect(protocolFor({ load_balancer_type: "application" })).toBe("HTTP");
  });

  it("is unknown for a network load balancer", () => {
    expect(isUnknown(protocolFor({ load_balancer_type: "network" }))).toBe(true);
  });
});

describe("an SSM parameter of which a container definition reads the value", () => {
  it("is not a secret", () => {
    const plan = planOf({
      blocks: [
        block("aws_ssm_parameter.cpu", { values: { name: "/cpu" } }),
        block("aws_secretsmanager_secret.password"),
        block(DEFINITION, {
          unknown: { container_definitions: true },
          expressions: {
            container_definitions: [
              "aws_ssm_parameter.cpu.value",
              "aws_secretsmanager_secret.password.arn",
            ],
          },
        }),
      ],
    });
    const { containers } = taskDefinitionOf(plan, resourceIn(plan, DEFINITION));
    expect(
      containers.flatMap(({ secrets }) => secrets.map(({ resource }) => resource?.address)),
    ).toEqual(["aws_secretsmanager_secret.password"]);
  });
});

describe("container definitions that are known after apply", () => {
  const COMPANION =
    "terraform_data.berth_companion_aws_ecs_task_definition_app_container_definitions";

  it("have the value of each place from the expression of the .tf files", () => {
    const plan = planOf({
      blocks: [
        block("aws_ecr_repository.web"),
        block("aws_ecr_repository.proxy"),
        block("aws_ssm_parameter.cpu", { values: { name: "/cpu", value: "256" } }),
        {
          address: "data.aws_ssm_parameter.cpu",
          actions: ["read"],
          values: { name: "/cpu" },
          unknown: { value: true },
        },
        block(DEFINITION, {
          unknown: { container_definitions: true },
          expressions: { container_definitions: ["aws_ecr_repository.web.repository_url"] },
        }),
        {
          address: COMPANION,
          values: { input: [{ name: "web" }, { name: "proxy" }] },
          unknown: { input: [{ image: true, cpu: true }, { image: true }] },
          expressions: {
            input: [
              "aws_ecr_repository.web.repository_url",
              "data.aws_ssm_parameter.cpu.value",
              "aws_ecr_repository.proxy.repository_url",
            ],
          },
        },
      ],
      sources: {
        bodies: {
          locals: {},
          outputs: {},
          calls: {},
          resources: {
            [`|${DEFINITION}`]: {
              container_definitions:
                '${jsonencode([{ name = "web", image = "${aws_ecr_repository.web.repository_url}:1", cpu = tonumber(data.aws_ssm_parameter.cpu.value) }, { name = "proxy", image = "${aws_ecr_repository.proxy.repository_url}:1" }])}',
            },
          },
        },
      },
    });
    const { containers, unknown } = taskDefinitionOf(plan, resourceIn(plan, DEFINITION));
    expect(unknown).toBeUndefined();
    expect(
      containers.map(({ name, image, json }) => [name, image.repository?.address, json?.["cpu"]]),
    ).toEqual([
      ["web", "aws_ecr_repository.web", 256],
      ["proxy", "aws_ecr_repository.proxy", undefined],
    ]);
  });
});

it("an ARN has the region of the provider of its resource, and the account of the same credentials", () => {
  const region = (name: string) => ({ expressions: { region: { constant_value: name } } });
  const plan = planOf({
    account: "111122223333",
    providers: { aws: region("eu-west-1"), "aws.dr": region("eu-central-1") },
    blocks: [
      block("aws_ecr_repository.first", { values: { name: "app" } }),
      { ...block("aws_ecr_repository.second", { values: { name: "app" } }), provider: "aws.dr" },
    ],
  });
  const arns = ["first", "second"].map((name) =>
    arnOf(resourceIn(plan, `aws_ecr_repository.${name}`), accountAndRegionOf(plan)),
  );
  expect(arns).toEqual([
    "arn:aws:ecr:eu-west-1:111122223333:repository/app",
    "arn:aws:ecr:eu-central-1:111122223333:repository/app",
  ]);
  expect(accountAndRegionAt(plan, resourceIn(plan, "aws_ecr_repository.second"))).toEqual({
    account: "111122223333",
    region: "eu-central-1",
  });
});

describe("container definitions by templatefile", () => {
  function containersBy(template: string): TaskDefinition {
    const plan = planOf({
      blocks: [
        block("data.aws_ecr_repository.web", {
          actions: ["read"],
          unknown: { repository_url: true },
        }),
        block("aws_cloudwatch_log_group.web", { unknown: { arn: true } }),
        block(DEFINITION, {
          unknown: { container_definitions: true },
          expressions: { container_definitions: ["data.aws_ecr_repository.web.repository_url"] },
        }),
      ],
      sources: {
        bodies: {
          locals: {},
          outputs: {},
          calls: {},
          resources: {
            [`|${DEFINITION}`]: {
              container_definitions:
                '${templatefile("${path.module}/web.json", { url = data.aws_ecr_repository.web.repository_url, cpu = 256, ports = jsonencode([{ containerPort = 8080 }]) })}',
            },
          },
          templates: { "|${path.module}/web.json": template },
        },
      },
    });
    return taskDefinitionOf(plan, resourceIn(plan, DEFINITION));
  }

  it("have the values of the template", () => {
    const { containers, unknown } = containersBy(
      '[{"name": "web", "image": "${url}:1", "cpu": ${cpu}, "portMappings": ${ports}}]',
    );
    expect(unknown).toBeUndefined();
    expect(
      containers.map(({ name, image, json, ports }) => [
        name,
        image.repository?.address,
        json?.["cpu"],
        ports,
      ]),
    ).toEqual([["web", "data.aws_ecr_repository.web", 256, [8080]]]);
  });

  it.each(["not JSON: ${url}", '[{"name": "${url}", "image": "nginx"}]'])(
    "are unknown if the template is %s",
    (template) => {
      expect(containersBy(template).unknown).toBeDefined();
    },
  );
});

it.each([
  ["mirror", "mirror/nginx/nginx:1", true],
  ["mirror/", "mirror/nginx/nginx:1", true],
  ["ROOT", "nginx:1", true],
  ["mirror", "mirrored/nginx:1", false],
])("a pull-through cache rule with the prefix %s and the image %s", (prefix, path, isFound) => {
  const plan = planOf({
    blocks: [
      {
        address: "aws_ecr_pull_through_cache_rule.mirror",
        values: { ecr_repository_prefix: prefix },
      },
    ],
  });
  const image = {
    kind: "ecr",
    reference: `111122223333.dkr.ecr.eu-west-1.amazonaws.com/${path}`,
    account: "111122223333",
    region: "eu-west-1",
  } as const;
  expect(pullThroughRuleOf(plan, image)?.address).toBe(
    isFound ? "aws_ecr_pull_through_cache_rule.mirror" : undefined,
  );
});
