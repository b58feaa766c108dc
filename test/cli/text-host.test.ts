import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TextHost } from "../../src/cli/host/text-host.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A text host in a log, with its output. */
function logHost(): { readonly host: TextHost; readonly printed: () => string } {
  const stream = new PassThrough();
  const host = new TextHost({
    out: stream as never, // a stream without a terminal
    err: stream as never,
    env: { NO_COLOR: "1" },
    quiet: false,
  });
  return { host, printed: () => String(stream.read() ?? "") };
}

describe("steps in a text", () => {
  it("are printed when they start; short ones share a line", () => {
    const { host, printed } = logHost();
    host.step("reading the config");
    expect(printed()).toBe("reading the config");
    vi.advanceTimersByTime(999);
    host.step("starting the sandbox");
    expect(printed()).toBe(" · starting the sandbox");
    vi.advanceTimersByTime(1000);
    host.step("planning");
    expect(printed()).toBe("\nplanning");
    host.note("no changes");
    expect(printed()).toBe("\n  no changes\n");
  });

  it("end their line at the end of the output", () => {
    const { host, printed } = logHost();
    host.step("planning");
    host.close();
    expect(printed()).toBe("planning\n");
  });
});

describe("changes in a text", () => {
  const change = (address: string) => ({ address, action: "create" as const });

  it("of less than a second share a line; others have a line for their start and their end", () => {
    const { host, printed } = logHost();
    for (const address of ["aws_vpc.a", "aws_subnet.b", "aws_kms_key.c"]) {
      host.started(change(address));
      vi.advanceTimersByTime(100);
      host.finished(change(address));
    }
    host.started(change("aws_ecs_cluster.d"));
    vi.advanceTimersByTime(3000);
    host.finished(change("aws_ecs_cluster.d"));
    host.close();
    expect(printed()).toBe(
      [
        "  ✓ created aws_vpc.a, aws_subnet.b, aws_kms_key.c in less than 1s each",
        "  creating aws_ecs_cluster.d: the provider waits 10 s",
        "  ✓ created aws_ecs_cluster.d 3s",
        "",
      ].join("\n"),
    );
  });

  it("that fail always have a line", () => {
    const { host, printed } = logHost();
    host.started(change("aws_vpc.a"));
    host.failed(change("aws_vpc.a"));
    expect(printed()).toBe("  ✗ could not create aws_vpc.a 0s\n");
  });
});
