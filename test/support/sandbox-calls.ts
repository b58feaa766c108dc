import { CreateKeyCommand } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";
import { type ClientOptions, type Clients, clientOptions, clientsFor } from "./clients.ts";
import { type GivenNetwork, givenNetwork } from "./given.ts";

/** The region that the tests of the sandbox's services use. */
export const REGION = "us-east-1";

/** A sandbox that the tests of one file share. The members are available inside tests and hooks only. */
export interface SandboxFixture {
  readonly sandbox: Sandbox;
  readonly aws: Clients;
  /** Options for an AWS client that {@link Clients} does not have. */
  readonly clientOptions: ClientOptions;
  /** A network that each test starts with. */
  readonly network: GivenNetwork;
  /**
   * The error of a call that the sandbox must reject, as "Code: message". Also checks that the rejected call has not
   * changed the store.
   */
  errorOf(call: () => Promise<unknown>): Promise<string>;
}

async function expectError(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message}`;
  }
  throw new Error("the call was expected to fail, but it succeeded");
}

/** Starts a sandbox for the tests of a file. The store has only a network in it before each test. */
export function useSandbox(): SandboxFixture {
  let sandbox: Sandbox;
  let aws: Clients;
  let network: GivenNetwork;
  let initialState: string;

  beforeAll(async () => {
    sandbox = await startSandbox();
    aws = clientsFor(sandbox.url, REGION);
    network = await givenNetwork(aws.ec2, REGION);
    initialState = sandbox.snapshot();
  });
  beforeEach(() => sandbox.restore(initialState));
  afterAll(() => sandbox.close());

  const snapshot = (): string => JSON.stringify(sandbox.store.contents());
  return {
    get sandbox() {
      return sandbox;
    },
    get aws() {
      return aws;
    },
    get clientOptions() {
      return clientOptions(sandbox.url, REGION);
    },
    get network() {
      return network;
    },
    async errorOf(call) {
      const before = snapshot();
      const error = await expectError(call());
      expect(snapshot()).toBe(before);
      return error;
    },
  };
}

/** Creates a KMS key that the account controls, with more policy statements. Returns its ARN. */
export async function createKey(
  { aws }: SandboxFixture,
  statements: readonly object[] = [],
): Promise<string> {
  const root = {
    Effect: "Allow",
    Principal: { AWS: "arn:aws:iam::111122223333:root" },
    Action: "kms:*",
    Resource: "*",
  };
  const { KeyMetadata } = await aws.kms.send(
    new CreateKeyCommand({
      Policy: JSON.stringify({ Version: "2012-10-17", Statement: [root, ...statements] }),
    }),
  );
  return KeyMetadata?.Arn ?? "";
}
