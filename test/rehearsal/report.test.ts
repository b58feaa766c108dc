import { expect, it } from "vitest";
import { markdownOf } from "../../src/rehearsal/report/markdown.ts";
import { textOf } from "../../src/rehearsal/report/text.ts";
import type { FailedRequests, Rehearsal, SkippedResource } from "../../src/rehearsal/result.ts";

const passed: Rehearsal = {
  verdict: "pass",
  stacks: ["shop"],
  phases: [{ name: "apply", outcome: "pass", summary: "12 created", seconds: 26 }],
  services: [
    { service: "aws_ecs_service.shop", outcome: "pass", running: 2, desired: 2, findings: [] },
  ],
  requests: [],
  errors: [],
  differences: [],
  outages: [],
  remainingResources: [],
  latentRisks: [],
  skippedResources: [],
  skippedProviders: [],
  allowedProviders: [],
  localCode: [],
  unsupportedCalls: [],
  assumptions: [],
  calls: 170,
  seconds: 65,
};

const failed: Rehearsal = {
  ...passed,
  verdict: "fail",
  services: [
    {
      service: "aws_ecs_service.shop",
      outcome: "fail",
      running: 0,
      desired: 2,
      findings: [
        {
          id: "TD-11",
          title: "Secret does not exist",
          step: "reading secrets",
          message: "ResourceInitializationError: unable to pull secrets",
          isSandboxError: true,
          seconds: 289,
          fix: "Create the secret.",
        },
      ],
    },
  ],
  requests: [
    {
      listener: "aws_lb_listener.http",
      url: "http://shop.elb.amazonaws.com:80/",
      from: "the internet",
      answeredBy: "no response",
      finding: { step: "reaching the load balancer", message: "connection timed out" },
    },
  ],
  outages: [
    {
      subject: "aws_ecs_service.shop",
      what: "no task is running",
      from: { call: "ecs:UpdateService", number: 3, addresses: ["update aws_ecs_service.shop"] },
      finding: { step: "running", message: "it was deleted" },
    },
  ],
  skippedResources: [
    {
      stack: "shop",
      address: "aws_sqs_queue.jobs",
      reason: "sandbox",
      requires: "the service sqs",
      dependents: ["aws_cloudwatch_log_group.jobs"],
      mayDecide: true,
    },
  ],
  remainingResources: ["logs/log-group /shop"],
  assumptions: ["the VPC vpc-1 exists"],
};

it("shows a rehearsal without problems in a few lines", () => {
  expect(textOf(passed)).toBe(`✓ apply    12 created (26s)

Services
✓ aws_ecs_service.shop: pass, 2 of 2 tasks run

shop: pass 1m05s, 170 calls, no AWS account accessed`);
});

it("marks error texts of AWS, and shows other messages without a heading", () => {
  expect(textOf(failed)).toBe(`✓ apply    12 created (26s)

Services
✗ aws_ecs_service.shop: TD-11 Secret does not exist
    failed step: reading secrets (on AWS after 4m49s)
    error of the sandbox
      ResourceInitializationError: unable to pull secrets
    fix  Create the secret.

Requests
✗ aws_lb_listener.http: http://shop.elb.amazonaws.com:80/ from the internet → no response
    failed step: reaching the load balancer
    connection timed out

Outages during the change
✗ aws_ecs_service.shop: no task is running
    from   call 3, ecs:UpdateService (update aws_ecs_service.shop)
    until  the end of the change
    failed step: running
    it was deleted

Resources left after destroy
  logs/log-group /shop

Skipped
? aws_sqs_queue.jobs: the sandbox does not support the service sqs
    skipped because of it: aws_cloudwatch_log_group.jobs

Assumptions
  the VPC vpc-1 exists

shop: fail 1m05s, 170 calls, no AWS account accessed`);
});

it("marks a request that was not sent as unknown", () => {
  const requests = [
    { listener: "l", url: "http://x/", from: "anywhere", answeredBy: "no request sent" },
  ];
  const text = textOf({ ...passed, requests });
  expect(text).toContain("? l: http://x/ from anywhere → no request sent");
  expect(text).toContain("shop: pass; 1 request was not sent 1m05s");
  expect(markdownOf({ ...passed, requests })).toContain("- ❔ `http://x/`");
});

it("adds to the verdict what was not tested, and the phase of an interrupt", () => {
  const topic: SkippedResource = {
    stack: "shop",
    address: "aws_sns_topic.alarms",
    reason: "sandbox",
    requires: "the service sns",
    dependents: [],
    mayDecide: false,
  };
  const last = (rehearsal: Rehearsal): string | undefined => textOf(rehearsal).split("\n").at(-1);
  expect(last({ ...passed, skippedResources: [topic] })).toMatch(
    /^shop: pass; 1 unrelated resource was not tested 1m05s/,
  );
  expect(last({ ...passed, skippedResources: [topic, topic, topic] })).toMatch(
    /^shop: pass; 3 unrelated resources were not tested 1m05s/,
  );
  expect(last({ ...passed, verdict: "applied" })).toMatch(/^shop: applied 1m05s/);
  expect(last({ ...passed, verdict: "unknown", interruptedIn: "destroy" })).toMatch(
    /^shop: unknown; interrupted during destroy 1m05s/,
  );
  expect(markdownOf({ ...passed, skippedResources: [topic] })).toContain(
    "shop: pass; 1 unrelated resource was not tested",
  );
});

const failedRequests: FailedRequests = {
  phase: "update",
  service: "web",
  change: "update",
  url: "http://shop.elb.amazonaws.com:80/",
  status: 503,
  message: "503 from the load balancer, and not from the service",
  fromSecond: 12,
  untilSecond: 14,
  count: 3,
};

it("prints deployments and the requests during them", () => {
  const rehearsal: Rehearsal = {
    ...passed,
    deployments: [
      {
        service: "web",
        phase: "rollback",
        change: "program-exits",
        outcome: "pass",
        ended: "rolled-back",
        explainedBy: "TD-09",
        seconds: 95,
        findings: [],
      },
      {
        service: "web",
        phase: "rollback",
        change: "image-missing",
        outcome: "fail",
        ended: "stopped",
        findings: [{ step: "the rollback", message: "ECS did not roll the update back: stopped" }],
      },
      {
        service: "web",
        phase: "rollback",
        change: "secret-missing",
        outcome: "unknown",
        findings: [],
        reason: "none of its secrets exists",
      },
    ],
    deploymentRequests: { sent: 120, failed: [] },
  };
  const text = textOf(rehearsal);
  expect(text).toContain(
    `
Deployments
✓ web: update whose program exits: rolled back (TD-09) after 1m35s
✗ web: update whose image is missing: stopped
    failed step: the rollback
    ECS did not roll the update back: stopped
? web: update while a secret is missing: unknown, none of its secrets exists

Requests during the deployments
✓ no request failed during the deployments: 120 requests sent
`,
  );
  const markdown = markdownOf(rehearsal);
  expect(markdown).toContain("- ✅ web: update whose program exits: rolled back");
  expect(markdown).toContain("`ECS did not roll the update back: stopped`");
  expect(markdown).toContain("- ✅ no request failed during the deployments: 120 requests sent");
  const failing = { ...rehearsal, deploymentRequests: { sent: 120, failed: [failedRequests] } };
  expect(textOf(failing).replaceAll(/\s+/g, " ")).toContain(
    "✗ 3 requests of 120 failed during the deployments update of web (update), 12s to 14s after its start: http://shop.elb.amazonaws.com:80/: 503 from the load balancer, and not from the service (3 requests)",
  );
  expect(markdownOf(failing)).toContain("- ❌ update of web (update), 12s to 14s after its start");
});

it("reports that no request was sent during the deployments", () => {
  const rehearsal: Rehearsal = { ...passed, deploymentRequests: { sent: 0, failed: [] } };
  expect(textOf(rehearsal)).toContain("? no request was sent during the deployments");
  expect(markdownOf(rehearsal)).toContain("- ❔ no request was sent during the deployments");
});

it("names services and jobs that were not rehearsed", () => {
  const rehearsal: Rehearsal = { ...passed, notRehearsed: ["web", "nightly"] };
  const text = textOf(rehearsal);
  expect(text).toContain(
    "Not rehearsed\n  web: it was not deployed\n  nightly: it was not deployed",
  );
  expect(text).toContain("shop: pass; web, nightly not rehearsed 1m05s");
  expect(markdownOf(rehearsal)).toContain("- `web`: it was not deployed");
  expect(textOf(passed)).not.toContain("ot rehearsed");
});

it("prints an error once, and errors of the destroy after the services", () => {
  const error = { step: "Terraform", message: "rejected", address: "aws_ecs_service.shop" };
  const rehearsal: Rehearsal = {
    ...failed,
    errors: [
      { ...error, phase: "apply" },
      { step: "Terraform", message: "in use", address: "aws_lb.shop", phase: "destroy" },
    ],
    services: [
      {
        service: "aws_ecs_service.shop",
        outcome: "fail",
        running: 0,
        desired: 0,
        findings: [error],
      },
    ],
  };
  const text = textOf(rehearsal);
  expect(text.split("rejected")).toHaveLength(2);
  expect(text).toContain("✗ aws_ecs_service.shop: not created, see the errors");
  expect(text.indexOf("Services")).toBeLessThan(text.indexOf("aws_lb.shop during destroy"));
  expect(text.indexOf("aws_ecs_service.shop during apply")).toBeLessThan(text.indexOf("Services"));
  expect(markdownOf(rehearsal).split("rejected")).toHaveLength(2);
});

it("marks a request whose targets were skipped as unknown", () => {
  const requests = [
    {
      listener: "l",
      url: "http://x/",
      from: "the internet",
      status: 503,
      answeredBy: "the load balancer",
      untested: "its target aws_ecs_service.shop was skipped",
    },
  ];
  expect(textOf({ ...passed, requests })).toContain(
    "? l: http://x/ from the internet → 503 by the load balancer: unknown, its target aws_ecs_service.shop was skipped",
  );
  expect(markdownOf({ ...passed, requests })).toContain("- ❔ `http://x/`");
});

it("shows the same problems in Markdown", () => {
  const markdown = markdownOf(failed);
  expect(markdown).toContain(
    "Error of the sandbox: `ResourceInitializationError: unable to pull secrets`",
  );
  expect(markdown).toMatch(/^### Outages during the change$/m);
  expect(markdown).toMatch(/^### Resources left after destroy$/m);
  expect(markdown).not.toContain("Error of the sandbox: `it was deleted`");
});

it("prints the location of each finding", () => {
  const location = { file: "infra/main.tf", line: 12 };
  const located: Rehearsal = {
    ...failed,
    services: failed.services.map((service) => ({
      ...service,
      findings: service.findings.map((finding) => ({ ...finding, location })),
    })),
  };
  expect(textOf(located)).toContain(
    "✗ aws_ecs_service.shop: TD-11 Secret does not exist\n    at   infra/main.tf:12\n    failed step: reading secrets",
  );
  expect(markdownOf(located)).toContain("`TD-11` Secret does not exist (`infra/main.tf:12`)");
});
