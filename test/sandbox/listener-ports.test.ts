import * as ec2 from "@aws-sdk/client-ec2";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import { describe, expect, it, vi } from "vitest";
import { startSandbox } from "../../src/sandbox/server.ts";
import { service as elasticloadbalancing } from "../../src/sandbox/services/elasticloadbalancing/index.ts";
import { clientOptions } from "../support/clients.ts";
import { givenListener } from "../support/listener.ts";
import { givenStage } from "./failures/stage.ts";

describe("listener port", () => {
  it("answers by the rules of the listener and with the selected task", async () => {
    const stage = await givenStage("nat", {
      listenerPorts: true,
      apps: { containers: { app: { answers: { "/teapot": 418 } } } },
    });
    const [listenerPort] = stage.sandbox.listenerPorts();
    expect(listenerPort).toMatchObject({ port: 80, listenerArn: stage.ids.listener });
    const get = (path: string): Promise<Response> =>
      fetch(`${listenerPort?.url}${path}`, { redirect: "manual" });
    expect((await get("/")).status).toBe(503);
    await stage.launch();
    const answer = await get("/things?a=1");
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ container: "app", path: "/things", query: "a=1" });
    expect((await get("/teapot")).status).toBe(418);
    await stage.aws.elb.send(
      new elb.CreateRuleCommand({
        ListenerArn: stage.ids.listener,
        Priority: 1,
        Conditions: [{ Field: "path-pattern", Values: ["/old/*"] }],
        Actions: [
          { Type: "redirect", RedirectConfig: { Path: "/new/#{path}", StatusCode: "HTTP_302" } },
        ],
      }),
    );
    const redirected = await get("/old/page");
    expect([redirected.status, redirected.headers.get("location")]).toEqual([
      302,
      "http://127.0.0.1:80/new/old/page",
    ]);
    await stage.aws.ec2.send(
      new ec2.RevokeSecurityGroupIngressCommand({
        GroupId: stage.ids.albGroup,
        IpPermissions: [
          { IpProtocol: "tcp", FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
        ],
      }),
    );
    const timedOut = await get("/");
    expect([timedOut.status, timedOut.headers.get("x-berth-lost")]).toEqual([
      504,
      stage.ids.albGroup,
    ]);
    await stage.aws.elb.send(new elb.DeleteListenerCommand({ ListenerArn: stage.ids.listener }));
    expect(stage.sandbox.listenerPorts()).toEqual([]);
    await expect(get("/")).rejects.toThrow("fetch failed");
    await stage.close();
  });

  it("does not fail calls whose changes are stored, and follows the next change", async () => {
    const warnings: string[] = [];
    const sandbox = await startSandbox({
      onListenerPort: () => {
        throw new TypeError("the program has a fault");
      },
      onWarning: (message) => {
        warnings.push(message.split("\n")[0] ?? "");
        throw new TypeError("the receiver of warnings has a fault");
      },
    });
    const emitted = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const { listenerArn, targetGroupArn } = await givenListener(sandbox);
    const client = new elb.ElasticLoadBalancingV2Client({
      ...clientOptions(sandbox.url, "us-east-1"),
      maxAttempts: 3,
    });
    const listeners = elasticloadbalancing.listeners ?? { list: () => [] };
    const list = vi.spyOn(listeners, "list").mockImplementationOnce(() => {
      throw new TypeError("the list has a fault");
    });
    const [first] = sandbox.listenerPorts();
    const { LoadBalancerArn, DefaultActions } =
      (
        sandbox.invoke("elasticloadbalancing", "DescribeListeners", {
          ListenerArns: [listenerArn],
        }) as elb.DescribeListenersOutput
      ).Listeners?.[0] ?? {};
    // Calls of Sandbox.invoke do not open ports.
    sandbox.invoke("elasticloadbalancing", "CreateListener", {
      LoadBalancerArn,
      DefaultActions,
      Port: 81,
      Protocol: "HTTP",
    });
    await client.send(new elb.DeleteTargetGroupCommand({ TargetGroupArn: targetGroupArn }));
    expect(sandbox.listenerPorts()).toEqual([first]);
    await client.send(new elb.DeleteListenerCommand({ ListenerArn: listenerArn }));
    expect(sandbox.listenerPorts()).toMatchObject([{ port: 81 }]);
    expect(sandbox.calls.map(({ operation, error }) => [operation, error])).toEqual([
      ["DeleteTargetGroup", undefined],
      ["DeleteListener", undefined],
    ]);
    const fault =
      "the option onListenerPort of the sandbox threw an error: TypeError: the program has a fault";
    expect(warnings).toEqual([
      fault,
      "cannot update the listener ports: TypeError: the list has a fault",
      fault,
    ]);
    expect(emitted).toHaveBeenCalledTimes(3);
    list.mockRestore();
    emitted.mockRestore();
    await sandbox.close();
  });
});
