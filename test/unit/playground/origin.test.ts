import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { Socket } from "node:net";
import { describe, it } from "node:test";
import { readConfig as readEnvironment } from "../../../server/playground/config.ts";
import { hostName, isAllowedHost, isSameOrigin } from "../../../server/playground/http/origin.ts";

function asking(headers: IncomingHttpHeaders): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  Object.assign(request.headers, headers);
  return request;
}

const readConfig = (env: Record<string, string>) => readEnvironment({ ...env, NODE_ENV: "test" });

describe("the name a request came to", () => {
  it("is the Host without port and brackets, in lower case", () => {
    const names = { "LocalHost:8080": "localhost", "[::1]:80": "::1", "10.0.0.1": "10.0.0.1", "": "" };
    for (const [host, name] of Object.entries(names)) assert.equal(hostName(asking({ host })), name);
  });

  it("is answered to when it cannot be rebound, or the operator named it", () => {
    const named = new Set(["dock.example"]);
    for (const name of ["localhost", "127.0.0.1", "::1", "192.168.4.5", "dock.example"]) {
      assert.ok(isAllowedHost(name, named), name);
    }
    for (const name of ["", "evil.example", "localhost.evil.example", "x.localhost"]) {
      assert.ok(!isAllowedHost(name, named), name);
    }
  });
});

describe("where a change comes from", () => {
  const host = "localhost:8080";
  it("is our own page by its Origin", () => {
    assert.ok(isSameOrigin(asking({ host, origin: "http://localhost:8080" }), undefined));
    for (const origin of [
      "http://localhost:8081",
      "http://8080-0123456789ab.localhost:8080",
      "null",
      "",
      "http://evil",
    ]) {
      assert.ok(!isSameOrigin(asking({ host, origin }), undefined), origin);
    }
  });

  it("is no browser without Origin and Sec-Fetch-Site", () => {
    assert.ok(isSameOrigin(asking({ host }), undefined));
    assert.ok(isSameOrigin(asking({ host, "sec-fetch-site": "same-origin" }), undefined));
    for (const site of ["cross-site", "same-site", "none"]) {
      assert.ok(!isSameOrigin(asking({ host, "sec-fetch-site": site }), undefined), site);
    }
  });

  it("may be the public address before a proxy", () => {
    const origin = "https://play.example";
    assert.ok(isSameOrigin(asking({ host: "127.0.0.1:8080", origin }), new URL(origin)));
    assert.ok(!isSameOrigin(asking({ host: "127.0.0.1:8080", origin: "https://other.example" }), new URL(origin)));
  });
});

describe("the settings of web", () => {
  it("have a database and what several webs share; a wrong one is named without its password", () => {
    const [DRYDOCK_DATABASE_URL, DRYDOCK_REDIS_URL] = ["postgresql://web:secret@db/page", "redis://:secret@cache"];
    const several = readConfig({ DRYDOCK_DATABASE_URL, DRYDOCK_REDIS_URL });
    assert.deepEqual([several.databaseUrl, several.redisUrl], [DRYDOCK_DATABASE_URL, DRYDOCK_REDIS_URL]);
    assert.deepEqual([readConfig({}).databaseUrl, readConfig({}).redisUrl], [undefined, undefined]);
    assert.throws(() => readConfig({ DRYDOCK_REDIS_URL }), /give DRYDOCK_DATABASE_URL too/);
    const wrong = (): unknown => readConfig({ DRYDOCK_DATABASE_URL: "mysql://web:secret@db/page" });
    assert.throws(wrong, { message: "DRYDOCK_DATABASE_URL must begin with postgresql:// or postgres://." });
  });

  it("have nothing with which no workspace could run", () => {
    const wrong = {
      DRYDOCK_STOP_AFTER_HOURS: "0",
      DRYDOCK_WORKSPACE_HOURS: "0",
      DRYDOCK_TENANT_MEMORY: "1024",
      DRYDOCK_TENANT_PIDS: "0",
      DRYDOCK_TENANT_CONTAINERS: "0",
    };
    for (const [name, value] of Object.entries(wrong)) {
      const message = new RegExp(`^${name}=${value}: it is a number of \\S+( MiB)? or more\\.$`);
      assert.throws(() => readConfig({ [name]: value }), { message });
    }
  });

  it("have preview ports where the page is reached from elsewhere and names beneath it are not", () => {
    assert.deepEqual(readConfig({}).previewPorts, []);
    assert.deepEqual(readConfig({ DRYDOCK_HOST: "127.0.0.2" }).previewPorts, []);
    const ports = readConfig({ DRYDOCK_HOST: "0.0.0.0", DRYDOCK_PORT: "9000" }).previewPorts;
    assert.deepEqual([ports.length, ports[0], ports.at(-1)], [8, 9001, 9008]);
    assert.deepEqual(readConfig({ DRYDOCK_HOST: "0.0.0.0", DRYDOCK_PREVIEW_DOMAIN: "p.example" }).previewPorts, []);
    assert.deepEqual(readConfig({ DRYDOCK_PREVIEW_PORTS: "7000-7002" }).previewPorts, [7000, 7001, 7002]);
    assert.deepEqual(readConfig({ DRYDOCK_HOST: "0.0.0.0", DRYDOCK_PREVIEW_PORTS: "none" }).previewPorts, []);
  });

  it("are refused by name when they make no sense", () => {
    for (const range of ["x", "9-8", "0-3", "65530-65540", "1000-2000", "1.5"]) {
      assert.throws(() => readConfig({ DRYDOCK_PREVIEW_PORTS: range }), /DRYDOCK_PREVIEW_PORTS/, range);
    }
    assert.throws(() => readConfig({ DRYDOCK_PORT: "many" }), /DRYDOCK_PORT/);
    assert.throws(() => readConfig({ DRYDOCK_POLICY: "loose" }), /DRYDOCK_POLICY/);
  });
});
