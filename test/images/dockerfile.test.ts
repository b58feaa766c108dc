import { describe, expect, it } from "vitest";
import { exposedPorts } from "../../src/images/index.ts";

describe("the ports that a Dockerfile exposes", () => {
  it.each<readonly [dockerfile: string, ports: number[], unknown: string[]]>([
    ["FROM a", [], []],
    ["FROM a\nEXPOSE 8080", [8080], []],
    ["from a\nexpose 8080/tcp 9090 8080", [8080, 9090], []],
    ["FROM a\nEXPOSE 53/udp 8000-8010/TCP", [8000], []],
    ["FROM a\n# EXPOSE 1\nEXPOSE \\\n  # a comment\n  80 \\\n  443\n", [80, 443], []],
    ["FROM a\nEXPOSE $PORT ${ADMIN_PORT:-9090}", [], ["$PORT", "${ADMIN_PORT:-9090}"]],
    ["FROM a AS build\nEXPOSE 1\nFROM b\nEXPOSE 2", [2], []],
    ["FROM --platform=$BUILDPLATFORM a AS Base\nEXPOSE 1\nFROM base AS end\nEXPOSE 2", [1, 2], []],
    ["EXPOSE 1", [], []],
  ])("%j: %j and %j", (dockerfile, ports, unknown) => {
    expect(exposedPorts(dockerfile)).toEqual({ ports, unknown });
  });
});
