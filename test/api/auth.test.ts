import assert from "node:assert/strict";
import { test } from "node:test";
import { registryDomain } from "../../server/daemon/translate/registry-auth.ts";
import { inject } from "./inject.ts";
import { makeApp } from "./make-app.ts";
import { Twin } from "./twin.ts";

test("login asks the registry: right, wrong and no credentials, and an address that is none", async () => {
  const { app } = makeApp(new Twin("alone"));
  const login = (body: object) => inject(app, { method: "POST", path: "/auth", body });
  const right = { username: "user", password: "secret", serveraddress: "localhost:5000" };
  const answer = await login(right);
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json, { IdentityToken: "", Status: "Login Succeeded" });
  assert.equal((await login({ ...right, password: "wrong" })).status, 401);
  assert.equal((await login({ serveraddress: "localhost:5000" })).status, 401);
  assert.equal((await login({ ...right, serveraddress: "user@host" })).status, 400);
});

test("a registry's address in any of its forms", () => {
  for (const address of [undefined, "", "https://index.docker.io/v1/", "docker.io", "registry-1.docker.io"]) {
    assert.equal(registryDomain(address), "docker.io", address);
  }
  assert.equal(registryDomain("http://localhost:5000/v2/"), "localhost:5000");
  assert.equal(registryDomain("Registry.Example"), "registry.example");
  assert.equal(registryDomain("[::1]:5000"), "[::1]:5000");
});
