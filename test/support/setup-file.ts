import { expect, inject, vi } from "vitest";
import { runsTerraform } from "./files-with-terraform.ts";
import { useSharedProvider } from "./provider/attach.ts";

// A worker runs files of both kinds, one after the other.
if (runsTerraform(expect.getState().testPath ?? "")) {
  delete process.env["BERTH_TEST_IN_PROCESS"];
  useSharedProvider(inject("awsProvider"));
  vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });
} else {
  process.env["BERTH_TEST_IN_PROCESS"] = "1";
  useSharedProvider(undefined);
  // Tests that start a process can take many seconds on a machine with other work.
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
}
