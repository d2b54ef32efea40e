import assert from "node:assert/strict";
import { test } from "node:test";
import { webProcesses } from "../../../server/cli/webs.ts";

const shared = { DRYDOCK_DATABASE_URL: "postgresql://db/page", DRYDOCK_REDIS_URL: "redis://cache" };

test("there is one web on the page's port, with previews as they are set", () => {
  for (const environment of [{}, { DRYDOCK_WEBS: "" }, { DRYDOCK_WEBS: "1" }]) {
    assert.deepEqual(webProcesses({ port: 8080 }, environment), [
      { name: "web", port: 8080, environment: { DRYDOCK_PORT: "8080" } },
    ]);
  }
});

test("several have a port, a log and an address for metrics each, and no preview ports", () => {
  const webs = webProcesses({ port: 9000 }, { ...shared, DRYDOCK_WEBS: "3", DRYDOCK_WEB_METRICS: "[::1]:9324" });
  assert.deepEqual(
    webs.map(({ name, port }) => [name, port]),
    [
      ["web", 9000],
      ["web-2", 9001],
      ["web-3", 9002],
    ],
  );
  assert.deepEqual(webs[2]?.environment, {
    DRYDOCK_PORT: "9002",
    DRYDOCK_PREVIEW_PORTS: "none",
    DRYDOCK_WEB_METRICS: "[::1]:9326",
  });
});

test("several that would have nothing in common, and what is no number, are refused", () => {
  assert.throws(
    () => webProcesses({ port: 9000 }, { DRYDOCK_WEBS: "2" }),
    /need DRYDOCK_DATABASE_URL and DRYDOCK_REDIS_URL/,
  );
  for (const DRYDOCK_WEBS of ["0", "-1", "1.5", "many", "17"]) {
    assert.throws(
      () => webProcesses({ port: 9000 }, { ...shared, DRYDOCK_WEBS }),
      /DRYDOCK_WEBS must be a number from 1 to 16/,
    );
  }
});
