import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { engineOfThisFile, whyNot } from "../../suites/drydockd.ts";
import { json, lines, send } from "../faults/http.ts";
import { tar } from "../faults/tar.ts";

const skip = whyNot() ?? false;
const engine = engineOfThisFile({ pull: ["busybox"] });

/** Makes other bytes whenever it runs. */
const random = (name: string) => `RUN cat /proc/sys/kernel/random/uuid > /${name}; sleep 0.1\n`;

async function tenant(id: string, group?: string): Promise<string> {
  const { socket } = await json<{ socket: string }>(engine.socket, "POST", "/drydock/v1/tenants", {
    id,
    policy: "class",
    ...(group === undefined ? {} : { group }),
  });
  const { text } = await send(socket, "/images/create?fromImage=busybox&tag=latest", { method: "POST" });
  assert.doesNotMatch(text, /error/);
  return socket;
}

/** Digests of what the steps made. */
async function build(socket: string, steps: string): Promise<string[]> {
  const body = tar([{ name: "Dockerfile", content: `FROM busybox\n${steps}` }]);
  const headers = { "Content-Type": "application/x-tar" };
  const { text } = await send(socket, "/v1.41/build?t=made", { method: "POST", headers, body });
  assert.equal(
    lines<{ error?: string }>(text).find(({ error }) => error !== undefined),
    undefined,
  );
  const { RootFS } = await json<{ RootFS: { Layers: string[] } }>(socket, "GET", "/images/made/json");
  return RootFS.Layers.slice(1);
}

describe("tenants of one trust group", { skip }, () => {
  test("do each step once, at the same time and later; nobody else takes part", async () => {
    const names = Array.from({ length: 6 }, (_, number) => `member${number}`);
    const members = await Promise.all(names.map((name) => tenant(name, "course-1")));
    const others = [await tenant("alone"), await tenant("elsewhere", "course-2")];
    const steps = random("a") + random("b");
    const perMember = 5; // thirty builds in all, as many of one tenant as may run at once or fewer
    const rounds: string[][] = [];
    for (let round = 0; round < perMember; round++) {
      rounds.push(...(await Promise.all(members.map((member) => build(member, steps)))));
    }
    assert.equal(rounds.length, 30);
    assert.equal(new Set(rounds.map((layers) => layers.join(" "))).size, 1, "one result for all");
    const theirs = await Promise.all(others.map((other) => build(other, steps)));
    const all = new Set([...(rounds[0] ?? []), ...theirs.flat()]);
    assert.equal(all.size, 6, "each group's own");
  });

  test("keep what they made when one of them goes", async () => {
    const [first, second] = await Promise.all([tenant("goes", "course-3"), tenant("stays", "course-3")]);
    const made = await build(first, random("c"));
    await json(engine.socket, "DELETE", "/drydock/v1/tenants/goes");
    assert.deepEqual(await build(second, random("c")), made);
    await json(engine.socket, "DELETE", "/drydock/v1/tenants/stays");
    assert.notDeepEqual(
      await build(await tenant("comes", "course-3"), random("c")),
      made,
      "the last one takes it along",
    );
  });

  test("are made by the operator alone", async () => {
    const body = JSON.stringify({ id: "web-made", policy: "class", group: "course-1" });
    const headers = { "Content-Type": "application/json" };
    const web = `${engine.runDirectory}/web.sock`;
    const { status, text } = await send(web, "/drydock/v1/tenants", { method: "POST", headers, body });
    assert.equal(status, 403, text);
    const wrong = { method: "POST", headers, body: JSON.stringify({ id: "wrong", policy: "class", group: "a b" }) };
    assert.equal((await send(engine.socket, "/drydock/v1/tenants", wrong)).status, 400);
  });
});
