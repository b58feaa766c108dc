import * as ecs from "@aws-sdk/client-ecs";
import { expect, it } from "vitest";
import { type Egress, givenStage } from "./stage.ts";

it.each<Egress>(["nat", "endpoints"])("starts a healthy service behind %s", async (egress) => {
  const stage = await givenStage(egress);
  const outcome = await stage.launch();
  expect(outcome).toMatchObject({ running: 2, reasons: [], rollout: "COMPLETED" });
  expect(outcome.events.at(-1)).toBe("(service app) has reached a steady state.");
  expect(await stage.health()).toEqual(["healthy", "healthy"]);
  expect(stage.request()).toMatchObject({ kind: "answered", status: 200 });
  await stage.aws.ecs.send(
    new ecs.UpdateServiceCommand({ cluster: "app", service: "app", desiredCount: 0 }),
  );
  expect(await stage.poll()).toMatchObject({ running: 0 });
  expect(stage.request()).toMatchObject({ kind: "answered", status: 503 });
  await stage.close();
});
