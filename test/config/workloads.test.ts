import { describe, expect, it } from "vitest";
import { resolveConfig } from "../../src/config/load.ts";
import { UserErrors } from "../../src/shared/errors.ts";

const base = {
  name: "shop",
  region: "eu-west-1",
  loadBalancer: { allowFrom: ["0.0.0.0/0"] },
};
const image = { tag: "v1" };
const routed = { image, port: 8080, route: { path: "/*" } };
const ECR = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:v1";

/** The errors of a config, without their place. */
function errorsOf(config: object, environment?: string): readonly string[] {
  try {
    resolveConfig({ ...base, ...config }, environment);
  } catch (error) {
    if (error instanceof UserErrors) return error.errors.map(({ message }) => message);
    throw error;
  }
  return [];
}

const web = (options: object): object => ({ services: { web: { image, ...options } } });
const job = (options: object): object => ({ jobs: { nightly: { image, ...options } } });

type Case = readonly [what: string, config: object, error: string];

const cases: readonly Case[] = [
  [
    "name of a service",
    { services: { Web: { image } } },
    "services.Web: the name of a service has 1 to 20 lower-case letters, digits and single hyphens, and starts with a letter",
  ],
  [
    "name of a job",
    { jobs: { "night-": { image } } },
    "jobs.night-: the name of a job has 1 to 20 lower-case letters, digits and single hyphens, and starts with a letter",
  ],
  [
    "unknown option of a service",
    web({ ports: 80 }),
    'services.web: unknown key "ports"; did you mean "port"?',
  ],
  [
    "no image",
    { services: { web: {} } },
    "services.web.image: expected the URI of an image, { build }, { tag } or { digest }",
  ],
  [
    "image URI",
    web({ image: "https://example.com/shop" }),
    'services.web.image: expected the URI of an image, such as "public.ecr.aws/nginx/nginx:1.27"',
  ],
  [
    "image URI with a capital letter in its path",
    web({ image: "example.com/Shop" }),
    'services.web.image: expected the URI of an image, such as "public.ecr.aws/nginx/nginx:1.27"',
  ],
  [
    "image URI with a capital letter and no host",
    web({ image: "Shop/web" }),
    'services.web.image: expected the URI of an image, such as "public.ecr.aws/nginx/nginx:1.27"',
  ],
  [
    "image URI with a host of Amazon ECR in capital letters",
    web({ image: ECR.replace("ecr", "ECR") }),
    `services.web.image: write the host in lower case: ${ECR.split("/")[0]}`,
  ],
  [
    "image digest",
    web({ image: { digest: "sha256:12" } }),
    "services.web.image.digest: expected sha256: and 64 hexadecimal digits",
  ],
  [
    "image tag",
    web({ image: { tag: "a b" } }),
    "services.web.image.tag: a tag has 1 to 128 letters, digits and . _ -",
  ],
  [
    "build context",
    web({ image: { build: "" } }),
    'services.web.image.build: expected a folder, such as "."',
  ],
  [
    "registry that endpoints do not reach",
    web({ image: "nginx:1.27" }),
    'services.web.image: tasks cannot reach the registry docker.io: with egress "endpoints", they reach only ECR in eu-west-1; copy the image to ECR, or set another egress',
  ],
  [
    "ECR in another region",
    web({ image: ECR.replace("eu-west-1", "us-east-1") }),
    'services.web.image: tasks cannot reach the registry 111122223333.dkr.ecr.us-east-1.amazonaws.com: with egress "endpoints", they reach only ECR in eu-west-1; copy the image to ECR, or set another egress',
  ],
  [
    "CPU units",
    web({ size: { cpu: 300, memory: 512 } }),
    "services.web.size.cpu: Fargate has no tasks with 300 CPU units; use one of 256, 512, 1024, 2048, 4096, 8192, 16384",
  ],
  [
    "memory of small tasks",
    web({ size: { cpu: 256, memory: 4096 } }),
    "services.web.size.memory: a Fargate task with 256 CPU units cannot have 4096 MiB; use 512, 1024, 2048",
  ],
  [
    "memory of large tasks",
    web({ size: { cpu: 1024, memory: 2500 } }),
    "services.web.size.memory: a Fargate task with 1024 CPU units cannot have 2500 MiB; use 2048 to 8192 in steps of 1024",
  ],
  [
    "architecture",
    web({ architecture: "arm" }),
    'services.web.architecture: "arm" is not accepted; did you mean "arm64"?',
  ],
  [
    "ephemeral storage",
    web({ ephemeralStorage: 20 }),
    "services.web.ephemeralStorage: 20 is not an ephemeral storage size in GiB: a whole number from 21 to 200",
  ],
  ["port", web({ port: 0 }), "services.web.port: 0 is not a port: a whole number from 1 to 65535"],
  [
    "route without a port",
    web({ route: { path: "/*" } }),
    "services.web.port: a service with a route requires a port",
  ],
  [
    "route without a load balancer",
    { loadBalancer: false, services: { web: routed } },
    "services.web.route: the foundation has no load balancer: set loadBalancer, or remove the route",
  ],
  [
    "route without conditions",
    web({ port: 80, route: {} }),
    'services.web.route: set a path or a host; path: "/*" matches all requests',
  ],
  [
    "path without a slash",
    web({ port: 80, route: { path: "api/*" } }),
    'services.web.route.path: a path pattern starts with "/"',
  ],
  [
    "path with other characters",
    web({ port: 80, route: { path: "/a b" } }),
    "services.web.route.path: a path pattern contains only letters, digits, _ - . $ / ~ \" ' @ : + & and the wildcards * and ?",
  ],
  [
    "path that is too long",
    web({ port: 80, route: { path: `/${"a".repeat(128)}` } }),
    "services.web.route.path: a path pattern has at most 128 characters",
  ],
  [
    "host with a scheme",
    web({ port: 80, route: { host: "https://example.com" } }),
    'services.web.route.host: expected a host name such as "www.example.com" or "*.example.com", without a scheme and a port',
  ],
  [
    "too many conditions",
    web({ port: 80, route: { path: ["/a", "/b", "/c", "/d"], host: ["a.com", "b.com"] } }),
    "services.web.route: a listener rule has at most 5 paths and hosts together, not 6",
  ],
  [
    "path twice",
    web({ port: 80, route: { path: ["/a", "/a"] } }),
    "services.web.route.path: a path is set twice",
  ],
  [
    "priority",
    web({ port: 80, route: { path: "/*", priority: 50_001 } }),
    "services.web.route.priority: 50001 is not a priority: a whole number from 1 to 50000",
  ],
  [
    "same priority",
    {
      services: {
        web: { ...routed, route: { path: "/web/*", priority: 7 } },
        api: { ...routed, route: { path: "/api/*", priority: 7 } },
      },
    },
    "services.api.route.priority: services.web also has the priority 7: set different priorities",
  ],
  [
    "route that gets no requests",
    {
      services: {
        web: { ...routed, route: { path: "/*", priority: 1 } },
        api: { ...routed, route: { path: "/api/*", priority: 2 } },
      },
    },
    "services.api.route: gets no requests: services.web has priority 1, before 2, and matches all of them",
  ],
  [
    "name of the target group",
    { name: "a-long-name-of-a-foundation", services: { "a-long-service": routed } },
    'services.a-long-service: the name of the target group "a-long-name-of-a-foundation-a-long-service" is 42 characters long; AWS accepts 1 to 32',
  ],
  [
    "health check without a route",
    web({ port: 80, healthCheck: { path: "/health" } }),
    "services.web.healthCheck: requires a load balancer: set route, or remove this option",
  ],
  [
    "timeout of the health check",
    { services: { web: { ...routed, healthCheck: { interval: 5, timeout: 5 } } } },
    "services.web.healthCheck.timeout: a timeout of 5 s must be shorter than the interval of 5 s",
  ],
  [
    "codes of the health check",
    { services: { web: { ...routed, healthCheck: { matcher: "2xx" } } } },
    'services.web.healthCheck.matcher: expected HTTP codes from 200 to 499 such as "200", "200,302" or "200-299"',
  ],
  [
    "count",
    web({ count: -1 }),
    "services.web.count: -1 is not a number of tasks: a whole number from 0 to 5000",
  ],
  [
    "count and scale",
    web({ count: 2, scale: { min: 1, max: 2, cpu: 60 } }),
    "services.web.count: scale controls the number of tasks: remove count or scale",
  ],
  [
    "minimum above the maximum",
    web({ scale: { min: 5, max: 2, cpu: 60 } }),
    "services.web.scale.min: 5 is larger than the maximum, which is 2",
  ],
  [
    "scale without a metric",
    web({ scale: { min: 1, max: 2 } }),
    "services.web.scale: set cpu, memory or requestsPerTarget: without one, nothing is scaled",
  ],
  [
    "scale by requests without a route",
    web({ scale: { min: 1, max: 2, requestsPerTarget: 100 } }),
    "services.web.scale.requestsPerTarget: requires a load balancer: set route, or remove this option",
  ],
  [
    "CPU utilization",
    web({ scale: { min: 1, max: 2, cpu: 120 } }),
    "services.web.scale.cpu: 120 is not a CPU utilization in percent: a number above 0, at most 100",
  ],
  [
    "variable that ECS sets",
    web({ environment: { AWS_EXECUTION_ENV: "x" } }),
    "services.web.environment.AWS_EXECUTION_ENV: ECS sets AWS_EXECUTION_ENV in each container: choose another name",
  ],
  [
    "name of a variable",
    web({ environment: { "1ST": "x" } }),
    'services.web.environment.1ST: "1ST" is not the name of an environment variable: expected letters, digits and _ . -, not starting with a digit',
  ],
  [
    "value of a variable",
    web({ environment: { COUNT: 1 } }),
    "services.web.environment.COUNT: expected a string, but this is a number",
  ],
  [
    "task definition that is too large",
    web({ environment: { TEXT: "x".repeat(65_536) } }),
    "services.web: the task definition has more than 65536 bytes, the maximum of ECS: move environment variables to a file in the image, or to secrets",
  ],
  [
    "task definition that is too large in bytes",
    web({ environment: { TEXT: "é".repeat(32_768) } }),
    "services.web: the task definition has more than 65536 bytes, the maximum of ECS: move environment variables to a file in the image, or to secrets",
  ],
  [
    "secret without a source",
    web({ secrets: { TOKEN: {} } }),
    "services.web.secrets.TOKEN: expected { secret } for Secrets Manager, or { parameter } for Parameter Store",
  ],
  [
    "secret with two sources",
    web({ secrets: { TOKEN: { secret: "a", parameter: "/a" } } }),
    "services.web.secrets.TOKEN: set secret or parameter, not both",
  ],
  [
    "variable and secret",
    web({ environment: { TOKEN: "x" }, secrets: { TOKEN: { parameter: "/shop/token" } } }),
    "services.web.secrets.TOKEN: environment also sets TOKEN: remove one of them",
  ],
  [
    "key in another region",
    web({
      secrets: {
        TOKEN: {
          parameter: "/shop/token",
          kmsKeyArn: "arn:aws:kms:us-east-1:111122223333:key/1234abcd",
        },
      },
    }),
    "services.web.secrets.TOKEN.kmsKeyArn: the key is in us-east-1; a secret in eu-west-1 requires a key in eu-west-1",
  ],
  [
    "secret in another region",
    web({
      secrets: {
        TOKEN: { secret: "arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/db-AbCdEf" },
      },
    }),
    "services.web.secrets.TOKEN.secret: ECS reads secrets in the region of the task, eu-west-1, and not in us-east-1",
  ],
  [
    "JSON key",
    web({ secrets: { TOKEN: { secret: "shop/db", key: "a:b" } } }),
    "services.web.secrets.TOKEN.key: a JSON key must not be empty or contain a colon",
  ],
  [
    "action",
    web({ permissions: [{ actions: ["*"], resources: ["*"] }] }),
    'services.web.permissions[0].actions[0]: "*" is not an IAM action such as s3:GetObject',
  ],
  [
    "resource",
    web({ permissions: [{ actions: ["s3:GetObject"], resources: ["shop-uploads/*"] }] }),
    'services.web.permissions[0].resources[0]: "shop-uploads/*" is not an ARN, and not "*"',
  ],
  [
    "stop timeout",
    web({ stopTimeout: 121 }),
    "services.web.stopTimeout: 121 is not a stop timeout in seconds: a whole number from 1 to 120",
  ],
  [
    "writable path",
    web({ writablePaths: ["tmp"] }),
    "services.web.writablePaths[0]: expected an absolute path of a folder, such as /tmp",
  ],
  [
    "writable path twice",
    web({ writablePaths: ["/tmp", "/tmp"] }),
    'services.web.writablePaths[1]: "/tmp" is set twice',
  ],
  [
    "writable path of ECS Exec",
    web({ exec: true, writablePaths: ["/var/lib/amazon/ssm/x"] }),
    "services.web.writablePaths[0]: ECS Exec mounts its own volume on /var/lib/amazon/ssm/x: remove it, or set exec: false",
  ],
  [
    "writable path of ECS Exec in a sidecar",
    web({
      exec: true,
      sidecars: { proxy: { image: ECR, writablePaths: ["/managed-agents"] } },
    }),
    "services.web.sidecars.proxy.writablePaths[0]: ECS Exec mounts its own volume on /managed-agents: remove it, or set exec: false",
  ],
  [
    "build option that does not exist",
    web({ image: { build: ".", platform: "linux/arm64" } }),
    'services.web.image: unknown key "platform"; use one of build, dockerfile, target, args, attestations',
  ],
  [
    "empty Dockerfile",
    web({ image: { build: ".", dockerfile: "" } }),
    "services.web.image.dockerfile: expected the path of a Dockerfile, relative to the build folder",
  ],
  [
    "build stage",
    web({ image: { build: ".", target: "--x" } }),
    "services.web.image.target: expected the name of a build stage, such as runtime",
  ],
  [
    "build argument",
    web({ image: { build: ".", args: { "A=B": "" } } }),
    'services.web.image.args.A=B: "A=B" is not the name of a build argument: expected letters, digits and _, not starting with a digit',
  ],
  [
    "command of the container health check",
    web({ containerHealthCheck: { command: ["curl", "localhost"] } }),
    'services.web.containerHealthCheck.command: the first word is "CMD" or "CMD-SHELL"',
  ],
  [
    "command line of the container health check",
    web({ containerHealthCheck: { command: ["CMD-SHELL", "curl", "localhost"] } }),
    'services.web.containerHealthCheck.command: "CMD-SHELL" has one argument: the command line',
  ],
  [
    "timeout of the container health check",
    web({ containerHealthCheck: { command: ["CMD", "true"], interval: 5, timeout: 10 } }),
    "services.web.containerHealthCheck.timeout: a timeout of 10 s is longer than the interval of 5 s",
  ],
  [
    "name of a sidecar",
    web({ sidecars: { web: { image: ECR } } }),
    "services.web.sidecars.web: the container of the service has this name: choose another",
  ],
  [
    "port of a sidecar",
    web({ port: 80, sidecars: { proxy: { image: ECR, port: 80 } } }),
    "services.web.sidecars.proxy.port: container web of the same task already listens on port 80",
  ],
  [
    "memory of the sidecars",
    web({ sidecars: { proxy: { image: ECR, memory: 512 } } }),
    "services.web.sidecars: the sidecars use 512 of 512 MiB: set a larger size.memory",
  ],
  [
    "number of containers",
    web({
      sidecars: Object.fromEntries(
        Array.from({ length: 10 }, (_, index) => [`s${index}`, { image: ECR }]),
      ),
    }),
    "services.web.sidecars: a task has at most 10 containers, not 11",
  ],
  [
    "dependency that does not exist",
    web({ dependsOn: { proxy: "START" } }),
    'services.web.dependsOn.proxy: the task has no container "proxy"; it has web',
  ],
  [
    "dependency on itself",
    web({ dependsOn: { web: "START" } }),
    "services.web.dependsOn.web: a container cannot wait for itself",
  ],
  [
    "dependency on health without a health check",
    web({ dependsOn: { proxy: "HEALTHY" }, sidecars: { proxy: { image: ECR } } }),
    "services.web.dependsOn.proxy: container proxy has no containerHealthCheck, so that it never becomes healthy",
  ],
  [
    "dependency on the end of an essential container",
    web({ dependsOn: { setup: "SUCCESS" }, sidecars: { setup: { image: ECR } } }),
    "services.web.dependsOn.setup: container setup is essential: the task stops when it completes; set essential: false for it",
  ],
  [
    "circular dependencies",
    web({
      dependsOn: { a: "START" },
      sidecars: {
        a: { image: ECR, dependsOn: { b: "START" } },
        b: { image: ECR, dependsOn: { web: "START" } },
      },
    }),
    "services.web.dependsOn: containers wait for each other: web -> a -> b -> web",
  ],
  [
    "capacity provider",
    { cluster: { capacityProviders: ["FARGATE"] }, ...web({ capacityProvider: "FARGATE_SPOT" }) },
    "services.web.capacityProvider: the cluster does not have FARGATE_SPOT: add it to cluster.capacityProviders",
  ],
  [
    "deployment without room",
    web({ count: 1, deployment: { maximumPercent: 100 } }),
    "services.web.deployment.maximumPercent: with a count of 1, at least 1 tasks must run and at most 1 may run, so that no task can be replaced: increase maximumPercent, or reduce minimumHealthyPercent",
  ],
  [
    "deregistration delay without a route",
    web({ deployment: { deregistrationDelay: 10 } }),
    "services.web.deployment.deregistrationDelay: requires a load balancer: set route, or remove this option",
  ],
  [
    "alarm without a route",
    web({ deployment: { alarms: { target5xxPercent: 1 } } }),
    "services.web.deployment.alarms.target5xxPercent: requires a load balancer: set route, or remove this option",
  ],
  [
    "command before a deployment",
    web({ before: { command: [] } }),
    "services.web.before.command: a command has at least one word",
  ],
  [
    "log retention",
    web({ logs: { retentionDays: 2 } }),
    "services.web.logs.retentionDays: CloudWatch Logs cannot retain events for 2 days; use one of 0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653",
  ],
  [
    "outputs that are not published",
    { publish: false, ...web({}) },
    "publish: services and jobs read the published outputs: remove publish: false",
  ],
  [
    "service and job with one name",
    { services: { web: { image } }, jobs: { web: { image } } },
    'jobs.web: a service is also named "web": their log groups and roles would have the same names',
  ],
  [
    "cron with five fields",
    job({ schedule: "cron(0 3 * * *)" }),
    "jobs.nightly.schedule: a cron expression has 6 fields (minutes hours day-of-month month day-of-week year), not 5",
  ],
  [
    "cron without a question mark",
    job({ schedule: "cron(0 3 * * * *)" }),
    'jobs.nightly.schedule: exactly one of day of month and day of week must be "?"',
  ],
  [
    "cron with an hour that does not exist",
    job({ schedule: "cron(0 24 * * ? *)" }),
    'jobs.nightly.schedule: "24" is not a value of the field hours (0 to 23)',
  ],
  [
    "cron without a name",
    job({ schedule: "0 3 * * ? *" }),
    'jobs.nightly.schedule: "0 3 * * ? *" is not a schedule; expected cron(…), rate(…) or at(…), such as cron(0 3 * * ? *)',
  ],
  [
    "rate",
    job({ schedule: "rate(1 week)" }),
    'jobs.nightly.schedule: "1 week" is not a rate; expected a number and minutes, hours or days, such as rate(6 hours)',
  ],
  [
    "time",
    job({ schedule: "at(2027-13-01T00:00:00)" }),
    'jobs.nightly.schedule: "2027-13-01T00:00:00" is not a time; expected yyyy-mm-ddThh:mm:ss, such as at(2027-01-31T03:00:00)',
  ],
  [
    "time zone",
    job({ schedule: "rate(1 day)", timezone: "Mars/Base" }),
    'jobs.nightly.timezone: "Mars/Base" is not a time zone such as Europe/Berlin',
  ],
  [
    "time zone without a schedule",
    job({ timezone: "Europe/Berlin" }),
    "jobs.nightly.timezone: requires a schedule: set schedule, or remove this option",
  ],
  [
    "dead-letter queue",
    job({ schedule: "rate(1 day)", deadLetterQueueArn: "failed" }),
    'jobs.nightly.deadLetterQueueArn: "failed" is not an ARN such as arn:aws:sqs:eu-west-1:111122223333:failed',
  ],
  [
    "FIFO dead-letter queue",
    job({
      schedule: "rate(1 day)",
      deadLetterQueueArn: "arn:aws:sqs:eu-west-1:111122223333:failed.fifo",
    }),
    "jobs.nightly.deadLetterQueueArn: EventBridge Scheduler requires a standard queue, not a FIFO queue",
  ],
];

describe("errors of services and jobs", () => {
  it.each(cases)("%s", (_, config, error) => {
    expect(errorsOf(config)).toEqual([error]);
  });
});

describe("services and jobs", () => {
  it("of the issue are accepted as they are", () => {
    const services = {
      web: {
        image: { build: "." },
        port: 8080,
        route: { path: "/*" },
        size: { cpu: 256, memory: 512 },
        architecture: "arm64",
        scale: { min: 2, max: 10, cpu: 60, requestsPerTarget: 500 },
        environment: { LOG_LEVEL: "info" },
        secrets: {
          DATABASE_URL: { secret: "shop/db", key: "url" },
          TOKEN: { parameter: "/shop/token" },
        },
        permissions: [{ actions: ["s3:GetObject"], resources: ["arn:aws:s3:::shop-uploads/*"] }],
        healthCheck: { path: "/health" },
        containerHealthCheck: { command: ["CMD-SHELL", "wget -q -O - localhost:8080/health"] },
        before: { command: ["node", "migrate.js"] },
        deployment: {
          minimumHealthyPercent: 100,
          maximumPercent: 200,
          alarms: { target5xxPercent: 1 },
        },
      },
    };
    const jobs = { nightly: { image, command: ["node", "x.js"], schedule: "cron(0 3 * * ? *)" } };
    const settings = resolveConfig({ ...base, services, jobs });
    expect(settings.services).toEqual(services);
    expect(settings.jobs).toEqual(jobs);
  });

  it("of an environment are merged, and replace an image or a secret as a whole", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const config = {
      ...base,
      services: {
        web: {
          ...routed,
          secrets: { A: { secret: "a", key: "k" } },
          scale: { min: 1, max: 3, cpu: 50 },
        },
      },
      environments: {
        production: {
          services: {
            web: { image: { digest }, secrets: { A: { parameter: "/a" } }, scale: { max: 9 } },
          },
        },
      },
    };
    expect(resolveConfig(config, "production").services?.["web"]).toEqual({
      ...routed,
      image: { digest },
      secrets: { A: { parameter: "/a" } },
      scale: { min: 1, max: 9, cpu: 50 },
    });
  });

  it("of an environment are merged too if their names are those of options", () => {
    const config = {
      ...base,
      services: { secrets: { ...routed, scale: { min: 1, max: 3, cpu: 50 } } },
      environments: { production: { services: { secrets: { scale: { max: 9 } } } } },
    };
    expect(resolveConfig(config, "production").services?.["secrets"]?.scale).toEqual({
      min: 1,
      max: 9,
      cpu: 50,
    });
  });

  it("of an environment replace a secret of a sidecar as a whole", () => {
    const sidecars = { proxy: { image: ECR, secrets: { A: { parameter: "/a" } } } };
    const config = {
      ...base,
      services: {
        web: {
          image,
          sidecars: { proxy: { image: ECR, secrets: { A: { secret: "a", key: "k" } } } },
        },
      },
      environments: {
        production: { services: { web: { sidecars } } },
      },
    };
    expect(errorsOf(config, "production")).toEqual([]);
  });

  it("of an environment only need all required options", () => {
    expect(
      errorsOf({ environments: { test: { services: { web: { port: 80 } } } } }, "test"),
    ).toEqual([
      "services.web.image: expected the URI of an image, { build }, { tag } or { digest }",
    ]);
  });

  it("accept an image of another registry if tasks reach the internet", () => {
    for (const image of [
      "nginx:1.27",
      "Registry.Example.com:5000/shop/web:1",
      "Build-1:5000/web",
      "localhost/web",
    ])
      expect(errorsOf({ egress: "nat", ...web({ image }) })).toEqual([]);
    expect(errorsOf(web({ image: ECR }))).toEqual([]);
  });

  it("accept more than 100 environment variables: ECS has no such quota", () => {
    const environment = Object.fromEntries(
      Array.from({ length: 150 }, (_, index) => [`V${index}`, "x"]),
    );
    expect(errorsOf(web({ environment }))).toEqual([]);
  });

  it.each([
    "cron(0/15 8-18 ? * MON-FRI *)",
    "cron(0 3 L * ? *)",
    "cron(0 3 ? JAN,JUL 2#1 2027-2030)",
    "cron(0 3 15W * ? *)",
    "rate(1 minute)",
    "rate(6 hours)",
    "at(2027-01-31T03:00:00)",
  ])("accept the schedule %s", (schedule) => {
    expect(errorsOf(job({ schedule }))).toEqual([]);
  });
});
