import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as acm from "@aws-sdk/client-acm";
import * as scaling from "@aws-sdk/client-application-auto-scaling";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as codedeploy from "@aws-sdk/client-codedeploy";
import * as ec2 from "@aws-sdk/client-ec2";
import * as ecr from "@aws-sdk/client-ecr";
import * as efs from "@aws-sdk/client-efs";
import * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import * as route53 from "@aws-sdk/client-route-53";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import * as servicediscovery from "@aws-sdk/client-servicediscovery";
import * as sfn from "@aws-sdk/client-sfn";
import * as ssm from "@aws-sdk/client-ssm";
import * as sts from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildModel } from "../../scripts/build-models.mjs";
import {
  loadModel,
  type Member,
  type ServiceModel,
  shapeAt,
} from "../../src/sandbox/protocol/model.ts";
import { decodeCall, encodeAnswer, operationName } from "../../src/sandbox/protocol/wire.ts";
import { clientOptions } from "../../start/clients.ts";

/** A repeatable stream of numbers from 0 to 1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

/** A value that fits a shape. Lists and maps are never empty: a query cannot tell an empty one from none. */
function valueOf(model: ServiceModel, index: number, next: () => number, depth = 0): unknown {
  const shape = shapeAt(model, index);
  switch (shape.k) {
    case "structure": {
      if (depth > 8) return {};
      const required = new Set(shape.r);
      const entries = Object.entries(shape.m);
      // A union may hold itself: deep down, one of its plain members ends it.
      const plain = entries.filter(
        ([, member]) => !["structure", "list", "map"].includes(shapeAt(model, member.s).k),
      );
      const pool = depth > 2 && plain.length > 0 ? plain : entries;
      const chosen = shape.u === 1 ? [pool[Math.floor(next() * pool.length)]] : entries;
      const filled = chosen.flatMap((entry) => {
        if (!entry) return [];
        const [name, member] = entry;
        // The client fills in a token that is missing.
        const skip =
          member.token !== 1 && !required.has(name) && shape.u !== 1 && (depth > 2 || next() < 0.3);
        return skip ? [] : [[name, memberOf(model, member, next, depth + 1)] as const];
      });
      const solid = filled.filter(([, value]) => !isHollow(value));
      const [first] = entries;
      if (solid.length > 0 || !first || depth === 0) return Object.fromEntries(solid);
      return depth > 6 ? {} : { [first[0]]: memberOf(model, first[1], next, depth + 1) };
    }
    case "list":
      return [
        valueOf(model, shape.v.s, next, depth + 1),
        valueOf(model, shape.v.s, next, depth + 1),
      ].filter((one) => !isHollow(one));
    case "map":
      return {
        one: valueOf(model, shape.v.s, next, depth + 1),
        "two & <2>": valueOf(model, shape.v.s, next, depth + 1),
      };
    case "number":
      return Math.floor(next() * 1000);
    case "boolean":
      return next() < 0.5;
    case "timestamp":
      return new Date(Math.floor(next() * 2 ** 31) * 1000);
    case "blob":
      return new Uint8Array([1, 2, 250, Math.floor(next() * 256)]);
    case "string":
    case "document":
      return `text ${Math.floor(next() * 1e6)} "&<>' ü`;
  }
}

/** A member's value; where it is of an enumeration, its words. */
function memberOf(model: ServiceModel, member: Member, next: () => number, depth: number): unknown {
  const words = member.e === undefined ? undefined : model.enums?.[member.e];
  if (!words) return valueOf(model, member.s, next, depth);
  const word = words[Math.floor(next() * words.length)];
  const { k } = shapeAt(model, member.s);
  return k === "list" ? [word] : k === "map" ? { one: word } : word;
}

/** Nothing that a query request could carry. */
const isHollow = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  !(value instanceof Date) &&
  !(value instanceof Uint8Array) &&
  Object.keys(value).length === 0;

interface Sdk {
  readonly [name: string]: unknown;
}
interface Client {
  send(command: unknown): Promise<Record<string, unknown>>;
}

const sdks: readonly (readonly [service: string, sdk: Sdk, client: string])[] = [
  ["acm", acm, "ACMClient"],
  ["application-autoscaling", scaling, "ApplicationAutoScalingClient"],
  ["codedeploy", codedeploy, "CodeDeployClient"],
  ["ec2", ec2, "EC2Client"],
  ["ecr", ecr, "ECRClient"],
  ["ecs", ecs, "ECSClient"],
  ["elasticloadbalancing", elb, "ElasticLoadBalancingV2Client"],
  ["efs", efs, "EFSClient"],
  ["iam", iam, "IAMClient"],
  ["kms", kms, "KMSClient"],
  ["logs", logs, "CloudWatchLogsClient"],
  ["monitoring", cloudwatch, "CloudWatchClient"],
  ["route53", route53, "Route53Client"],
  ["secretsmanager", secretsmanager, "SecretsManagerClient"],
  ["servicediscovery", servicediscovery, "ServiceDiscoveryClient"],
  ["sfn", sfn, "SFNClient"],
  ["ssm", ssm, "SSMClient"],
  ["sts", sts, "STSClient"],
];

/** Operations whose client rewrites what it is given (a presigned URL, a token, a host prefix), or that stream. */
const REWRITTEN = new Set(["CopySnapshot", "StartLiveTail", "GetLogObject"]);

/** Protocols that no service of the sandbox speaks yet, tried on services that do. */
const others = {
  efs: () => buildModel("efs", "client-efs", "restJson"),
  sfn: () => buildModel("sfn", "client-sfn", "json1.0"),
};
const modelOf = (service: string): Promise<ServiceModel> =>
  service === "efs" || service === "sfn" ? others[service]() : Promise.resolve(loadModel(service));

let server: Server;
let received: unknown;
let reply: Record<string, unknown> = {};
let model: ServiceModel;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request
      .on("data", (chunk: Buffer) => chunks.push(chunk))
      .on("end", () => {
        const url = new URL(request.url ?? "/", "http://127.0.0.1");
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
        );
        const wire = {
          method: request.method ?? "",
          path: url.pathname,
          query: url.searchParams,
          headers,
          body: Buffer.concat(chunks),
        };
        try {
          const name = operationName(model, wire);
          received = decodeCall(model, name, wire).input;
          const answer = encodeAnswer(model, name, reply, "request");
          response.writeHead(answer.status, answer.headers).end(answer.body);
        } catch (error) {
          response.writeHead(400, { "content-type": "text/plain" }).end(String(error));
          received = error;
        }
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe("the wire", () => {
  it.each(sdks)(
    "carries every operation of %s from AWS's client and back",
    async (service, sdk, clientName) => {
      model = await modelOf(service);
      const { port } = server.address() as AddressInfo; // it listens on TCP
      const Client = sdk[clientName] as new (options: object) => Client; // the SDK's naming
      const client = new Client({
        ...clientOptions(`http://127.0.0.1:${port}`, "us-east-1"),
        disableHostPrefix: true,
      });
      const next = numbers(service.length * 7919);
      const wrong: string[] = [];
      let carried = 0;
      for (const [name, operation] of Object.entries(model.operations)) {
        if (REWRITTEN.has(name)) continue;
        const Command = sdk[`${name}Command`] as new (input: object) => unknown; // as above
        const input = valueOf(model, operation.i, next) as Record<string, unknown>; // an input is a structure
        reply = valueOf(model, operation.o, next) as Record<string, unknown>; // and so is an output
        try {
          const { $metadata: _, ...output } = await client.send(new Command(input));
          expect(received).toEqual(input);
          expect(defined(output)).toEqual(reply);
          carried++;
        } catch (error) {
          const cause = received instanceof Error ? received : (error as Error);
          wrong.push(`${name}: ${cause.message.slice(0, 600)}`);
        }
      }
      expect(wrong).toEqual([]);
      expect(carried).toBeGreaterThan(5);
    },
    120_000,
  );
});

/** Without what the client fills in as empty. */
function defined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(defined);
  if (
    typeof value !== "object" ||
    value === null ||
    value instanceof Date ||
    value instanceof Uint8Array
  )
    return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [key, defined(inner)]),
  );
}
