import { describe, expect, it } from "vitest";
import { coversRoute, priorityOf } from "../../src/config/routes.ts";

describe("the priority of a route", () => {
  it("is that of the config", () => {
    expect(priorityOf("web", { path: "/*", priority: 12 })).toBe(12);
  });

  it("is lower, and so evaluated first, for a longer path and for a host", () => {
    const priorities = [
      priorityOf("web", { host: "a.example.com", path: "/api/*" }),
      priorityOf("web", { host: "a.example.com" }),
      priorityOf("web", { path: "/api/users/*" }),
      priorityOf("web", { path: "/api/*" }),
      priorityOf("web", { path: "/*" }),
    ];
    expect(priorities).toEqual([...priorities].sort((a, b) => a - b));
  });

  it("differs between services with paths of the same length", () => {
    expect(priorityOf("web", { path: "/web/*" })).not.toBe(priorityOf("api", { path: "/api/*" }));
  });

  it("is one that AWS accepts", () => {
    const longest = `/${"a".repeat(127)}`;
    expect(priorityOf("zz", { path: longest, host: "a.b" })).toBeGreaterThanOrEqual(1);
    expect(priorityOf("zz", { path: "/*" })).toBeLessThanOrEqual(50_000);
  });
});

describe("a route that matches all requests of another", () => {
  it.each([
    [{ path: "/*" }, { path: "/api/*" }, true],
    [{ path: "/api/*" }, { path: "/api/users" }, true],
    [{ path: "/api/*" }, { path: ["/api/users", "/other"] }, false],
    [{ path: "/api/*" }, { path: "/*" }, false],
    [{ path: "/*", host: "a.com" }, { path: "/x" }, false],
    [{ path: "/*", host: "A.com" }, { path: "/x", host: "a.com" }, true],
    [{ path: "/*" }, { host: "a.com" }, true],
    [{ host: "*.com" }, { host: "a.com" }, false],
    [{ path: "/a*" }, { path: "/a*" }, true],
  ])("%j and %j: %s", (general, special, expected) => {
    expect(coversRoute(general, special)).toBe(expected);
  });
});
