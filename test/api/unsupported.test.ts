import assert from "node:assert/strict";
import { test } from "node:test";
import * as tables from "../../server/daemon/unsupported/fields.ts";
import type { UnsupportedField } from "../../server/daemon/unsupported/refuse.ts";
import { inject } from "./inject.ts";
import { makeApp } from "./make-app.ts";
import { Twin } from "./twin.ts";

/** A table of fields that are not read, and a request with them that is good without. */
interface Surface {
  fields: readonly UnsupportedField[];
  path: string;
  method?: string;
  /** undefined: the fields are parameters of the query */
  body?: object;
}

const create = { path: "/containers/create", body: { Image: "busybox" } };
const surfaces: Surface[] = [
  { fields: tables.createContainerFields, ...create },
  { fields: tables.startContainerParameters, path: "/containers/box/start" },
  { fields: tables.createVolumeFields, path: "/volumes/create", body: { Name: "data" } },
  { fields: tables.buildParametersNotRead, path: "/build" },
];

const nothing = [null, 0, false, "", [], {}];
const something = [
  1,
  2,
  true,
  false,
  "other",
  "cluster",
  "client-session",
  "upload-request:x",
  ["169.254.1.1"],
  [{ Path: "/dev/sda", Rate: 1 }],
  { a: "b" },
];

async function app() {
  const twin = new Twin("alone");
  twin.addImage("busybox:latest");
  const { app } = makeApp(twin);
  await inject(app, { method: "POST", path: "/containers/create?name=box", body: { Image: "busybox" } });
  return { app, twin };
}

/** `value` at `field`, within a copy of `body`; a mount's or a pool's other fields are good ones. */
function withField(body: object, field: string, value: unknown): object {
  const [name = "", ...rest] = field.split(".");
  const inner = rest[0] === "*" ? rest.slice(1).join(".") : rest.join(".");
  const old = (body as Record<string, unknown>)[name] ?? (name === "Mounts" ? { Type: "tmpfs", Target: "/t" } : {});
  const made = rest.length === 0 ? value : withField(old, inner, value);
  const isList = name === "Mounts" || name === "Config";
  return { ...body, [name]: rest[0] !== "*" ? made : isList ? [made] : { bridge: made } };
}

function request({ path, method = "POST", body }: Surface, field: string, value: unknown) {
  return body === undefined
    ? {
        method,
        path: `${path}?${field}=${encodeURIComponent(typeof value === "string" ? value : JSON.stringify(value))}`,
      }
    : { method, path, body: withField(body, field, value) };
}

for (const surface of surfaces) {
  test(`${surface.method ?? "POST"} ${surface.path}: what is not read answers 501 with the field's name`, async () => {
    const { app: api } = await app();
    for (const { field, instead, isSet } of surface.fields) {
      const values = something.filter((candidate) => isSet?.(candidate) ?? candidate !== false);
      let [value] = values;
      let answer = await inject(api, request(surface, field, value));
      // A value of a wrong type is refused as such.
      for (let other = 1; answer.status === 400 && other < values.length; other++) {
        value = values[other];
        answer = await inject(api, request(surface, field, value));
      }
      assert.equal(answer.status, 501, `${field}=${JSON.stringify(value)}: ${answer.text}`);
      const { message } = answer.json as { message: string };
      const shown =
        field
          .replaceAll(".*", surface.body === undefined ? "" : ".*")
          .split("*")
          .at(-1) ?? field;
      assert.ok(message.includes(shown), message);
      assert.ok(message.endsWith(instead), message);
    }
  });

  test(`${surface.method ?? "POST"} ${surface.path}: what says nothing passes`, async () => {
    for (const { field, isSet } of surface.fields) {
      for (const value of nothing.filter((candidate) => isSet?.(candidate) !== true)) {
        const { app: api } = await app();
        const answer = await inject(api, request(surface, field, value));
        assert.notEqual(answer.status, 501, `${field}=${JSON.stringify(value)}: ${answer.text}`);
      }
    }
  });
}

test("a mount's part of a volume, a range of ports, and paths of /proc go to the engine and come back", async () => {
  const { app: api, twin } = await app();
  const mount = { Type: "volume", Source: "data", Target: "/d", VolumeOptions: { Subpath: "a/b" } };
  const host = {
    Mounts: [mount],
    PortBindings: { "80/tcp": [{ HostPort: "8000-8010" }] },
    MaskedPaths: [],
    ReadonlyPaths: ["/proc/sys"],
  };
  const path = "/containers/create?name=all";
  const made = await inject(api, { method: "POST", path, body: { Image: "busybox", HostConfig: host } });
  assert.equal(made.status, 201, made.text);
  assert.equal(twin.lastCreate?.host.mounts[0]?.volumeSubpath, "a/b");
  const [port] = twin.lastCreate?.host.portBindings ?? [];
  assert.deepEqual([port?.hostPort, port?.lastHostPort], [8000, 8010]);
  const shown = (await inject(api, { path: "/containers/all/json" })).json as { HostConfig: typeof host };
  assert.equal(shown.HostConfig.Mounts[0]?.VolumeOptions.Subpath, "a/b");
  assert.equal(shown.HostConfig.PortBindings["80/tcp"][0]?.HostPort, "8000-8010");
  assert.deepEqual(shown.HostConfig.MaskedPaths, []);
  assert.deepEqual(shown.HostConfig.ReadonlyPaths, ["/proc/sys"]);
});

test("what inspect shows can be sent back", async () => {
  const { app: api } = await app();
  const { HostConfig } = (await inject(api, { path: "/containers/box/json" })).json as { HostConfig: object };
  const again = await inject(api, {
    method: "POST",
    path: "/containers/create",
    body: { Image: "busybox", HostConfig },
  });
  assert.equal(again.status, 201, again.text);
});

test("another platform than the image's is not found; a range of ports has to be one", async () => {
  const { app: api } = await app();
  const headers = { "X-Registry-Auth": "e30=" };
  const foreign = encodeURIComponent(JSON.stringify({ os: "linux", architecture: "s390x" }));
  for (const [method, path] of [
    ["GET", "/images/busybox/json"],
    ["GET", "/images/busybox/history"],
    ["POST", "/images/busybox/push"],
    ["POST", "/containers/create"],
  ] as const) {
    const body = path === "/containers/create" ? { Image: "busybox" } : undefined;
    const answer = await inject(api, { method, path: `${path}?platform=${foreign}`, body, headers });
    assert.equal(answer.status, 404, `${method} ${path}: ${answer.text}`);
    assert.match(
      answer.text,
      /wanted linux\/s390x, actual: linux\/amd64|\(linux\/amd64\) does not match the specified platform \(linux\/s390x\)/,
    );
  }
  assert.equal((await inject(api, { path: "/v1.48/images/busybox/json?platform=linux/amd64" })).status, 200);
  for (const HostPort of ["8010-8000", "0-80", "1-99999", "x", "80-"]) {
    const HostConfig = { PortBindings: { "80/tcp": [{ HostPort }] } };
    const answer = await inject(api, {
      method: "POST",
      path: "/containers/create",
      body: { ...create.body, HostConfig },
    });
    assert.equal(answer.status, 400, `${HostPort}: ${answer.text}`);
  }
});
