import assert from "node:assert/strict";
import { test } from "node:test";
import { inject } from "./inject.ts";
import { makeApp } from "./make-app.ts";
import { Twin } from "./twin.ts";

const amd64 = encodeURIComponent('{"os":"linux","architecture":"amd64"}');
const s390x = encodeURIComponent('{"os":"linux","architecture":"s390x"}');

function app() {
  const twin = new Twin("alone");
  twin.addImage("busybox:latest");
  return makeApp(twin).app;
}

interface Case {
  path: string;
  method?: string;
  status: number;
  message?: RegExp;
}

const mismatch = /^image with reference busybox(?::latest)? was found but its platform \(linux\/amd64\) does not match/;
const cases: Case[] = [
  { path: `/v1.49/images/busybox/json?platform=${amd64}`, status: 200 },
  { path: `/v1.49/images/busybox/json?platform=${s390x}`, status: 404, message: mismatch },
  { path: `/v1.48/images/busybox/json?platform=${s390x}`, status: 200 },
  { path: `/v1.49/images/busybox/json?platform=${amd64}&manifests=1`, status: 400, message: /^conflicting options: / },
  { path: "/v1.49/images/busybox/json?platform=linux", status: 400, message: /^failed to parse platform: / },
  {
    path: `/v1.49/images/busybox/json?platform=${encodeURIComponent('{"os":"linux"}')}`,
    status: 400,
    message: /^both OS and Architecture must be provided$/,
  },
  {
    path: `/v1.49/images/busybox/json?platform=${encodeURIComponent('{"variant":"v7"}')}`,
    status: 400,
    message: /^optional platform fields provided, but OS and Architecture are missing$/,
  },
  { path: `/v1.48/images/busybox/history?platform=${s390x}`, status: 404, message: mismatch },
  { path: `/v1.47/images/busybox/history?platform=${s390x}`, status: 200 },
  { path: `/v1.48/images/busybox/get?platform=${s390x}`, status: 500, message: /^no suitable export target found for/ },
  { path: `/v1.48/images/load?platform=x`, method: "POST", status: 400, message: /^failed to parse platform: / },
  {
    path: `/v1.48/images/load?platform=${amd64}&platform=${s390x}`,
    method: "POST",
    status: 400,
    message: /^multiple platform parameters not supported$/,
  },
  { path: `/v1.46/images/busybox/push?platform=${s390x}&tag=latest`, method: "POST", status: 404, message: mismatch },
  { path: `/v1.50/images/busybox?platforms=${s390x}`, method: "DELETE", status: 404, message: mismatch },
  {
    path: `/v1.50/images/busybox?platforms=${amd64}&platforms=${s390x}`,
    method: "DELETE",
    status: 400,
    message: /^multiple platforms are not supported$/,
  },
];

for (const { path, method = "GET", status, message } of cases) {
  test(`${method} ${decodeURIComponent(path)}`, async () => {
    const headers = { "x-registry-auth": "e30=" };
    const answer = await inject(app(), { method, path, headers });
    assert.equal(answer.status, status, answer.text);
    if (message !== undefined) {
      assert.match((answer.json as { message: string }).message, message);
    }
  });
}

test("manifests are told from the versions on that have them", async () => {
  const told = async (path: string) => JSON.stringify((await inject(app(), { method: "GET", path })).json);
  assert.match(await told("/v1.47/images/json?manifests=1"), /"Manifests":\[/);
  assert.doesNotMatch(await told("/v1.46/images/json?manifests=1"), /"Manifests"/);
  assert.match(await told("/v1.48/images/busybox/json?manifests=1"), /"Manifests":\[/);
  assert.doesNotMatch(await told("/v1.47/images/busybox/json?manifests=1"), /"Manifests"/);
  assert.doesNotMatch(await told("/v1.41/images/json?shared-size=1"), /"SharedSize":[0-9]/);
});
