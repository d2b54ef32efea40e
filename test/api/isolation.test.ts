import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inject } from "./inject.ts";
import { makeApp } from "./make-app.ts";
import { Twin } from "./twin.ts";

const endpoints = JSON.parse(readFileSync(join(import.meta.dirname, "engine-api-1.50-endpoints.json"), "utf8")) as [
  string,
  string,
][];

/** Streams without an end of their own. */
const endless = new Set(["GET /events"]);

/** A tenant with one of everything, each with `secret` in its name. */
async function owner() {
  const twin = new Twin("owner");
  twin.addImage("secret-image:latest");
  const { app } = makeApp(twin);
  const post = async (path: string, body: object) => {
    const answer = await inject(app, { method: "POST", path, body });
    assert.equal(answer.status, 201, answer.text);
    return answer.json as { Id?: string };
  };
  const container = await post("/containers/create?name=secret-container", { Image: "secret-image" });
  const network = await post("/networks/create", { Name: "secret-network" });
  await post("/volumes/create", { Name: "secret-volume" });
  const exec = await post("/containers/secret-container/exec", { Cmd: ["secret-command"] });
  return { twin, ids: { container: container.Id ?? "", network: network.Id ?? "", exec: exec.Id ?? "" } };
}

test("no route shows one tenant anything of another, by name or by id", async () => {
  const { twin, ids } = await owner();
  const secrets = [ids.container, ids.network, ids.exec, ...twin.images.keys()];
  const { app } = makeApp(new Twin("stranger"));
  const names: Record<string, string[]> = {
    containers: ["secret-container", ids.container, ids.container.slice(0, 12)],
    images: ["secret-image", "secret-image:latest", ...twin.images.keys()],
    networks: ["secret-network", ids.network],
    volumes: ["secret-volume"],
    exec: [ids.exec],
  };
  for (const [method, path] of endpoints.filter(([method, path]) => !endless.has(`${method} ${path}`))) {
    const noun = path.split("/")[1] ?? "";
    for (const name of /\{\w+\}/.test(path) ? (names[noun] ?? []) : [""]) {
      const url = path.replace(/\{\w+\}/, name);
      const answer = await inject(app, { method, path: `${url}?all=1&path=/&repo=x&stdout=1&name=x` });
      if (name !== "") {
        assert.ok(answer.status >= 400 && answer.status !== 500, `${method} ${url} answered ${answer.status}`);
      }
      // The name itself may come back in "No such container: secret-container".
      const told = answer.text.replaceAll(name === "" ? /$^/g : name, "");
      assert.doesNotMatch(told, /secret/, `${method} ${url}`);
      for (const secret of secrets.filter((id) => id !== name && !id.startsWith(name === "" ? "?" : name))) {
        assert.ok(!told.includes(secret), `${method} ${url} told ${secret}`);
      }
    }
  }
  assert.equal(twin.containers.size, 1);
  assert.equal(twin.networks.size, 1);
  assert.equal(twin.volumes.size, 1);
  assert.equal(twin.images.size, 1);
});
