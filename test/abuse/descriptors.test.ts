/** drydockd's descriptors: they are all tenants', and each has a number that is somebody else's once it is closed. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { skip, stageOfThisFile } from "./stage.ts";

const stage = stageOfThisFile();
const { good } = stage.engine;

const descriptors = () => readdirSync(`/proc/${stage.engine.pid}/fd`).length;

/** What is done holds so many at most, and leaves few behind. */
async function holdsFew(act: () => Promise<void>, most: number): Promise<void> {
  const before = descriptors();
  let held = 0;
  const clock = setInterval(() => (held = Math.max(held, descriptors() - before)), 5);
  await act().finally(() => clearInterval(clock));
  for (let tries = 0; descriptors() - before > 20 && tries < 50; tries++) await delay(100);
  assert.ok(descriptors() - before <= 20, `${descriptors() - before} left open`);
  assert.ok(held < most, `${held} at once`);
  await stage.works();
}

const inWorkspace = (script: string) =>
  stage.attacker.docker("run", "--rm", "-v", "/workspace:/w", "-w", "/w", "debian", "sh", "-c", script);

/** Directories in one another, more of them than a path has room for; perl, as a shell's `cd` goes by whole paths. */
const nest = (name: string, depth: number) =>
  `perl -e 'for (1..${depth}) { mkdir "${name}" and chdir "${name}" or die "$!" }'`;

/** Where AppArmor confines containers nothing can be made in them beyond the longest path: it goes by whole paths, too. */
const pathsAreWhole = "File name too long";

describe("drydockd's descriptors", { skip }, () => {
  test("binds of a path that is too long on the machine", async () => {
    const name = "d".repeat(200);
    good(await inWorkspace(nest(name, 20)));
    const path = `/workspace/${Array.from({ length: 20 }, () => name).join("/")}/${"e".repeat(50)}`;
    await holdsFew(async () => {
      for (let tries = 0; tries < 100; tries++) {
        const body = { Image: "debian", HostConfig: { Binds: [`${path}:/x`] } };
        const { status, text } = await stage.api("POST", "/containers/create", body);
        assert.equal(status, 400, text);
      }
    }, 60);
  });

  test("a build's context that is nested without end", async (t) => {
    const nested = await inWorkspace(
      `mkdir deep && cd deep && printf 'FROM debian\\nCOPY . /x\\n' >Dockerfile; ${nest("n", 6_000)}`,
    );
    if (nested.stderr.includes(pathsAreWhole)) return t.skip("AppArmor keeps containers from nesting so deep");
    good(nested);
    await holdsFew(async () => {
      const { status, text } = await stage.api("POST", "/drydock/v1/builds", { contextPath: "deep", tags: ["deep"] });
      assert.equal(status, 202, text);
      const { id } = JSON.parse(text) as { id: string };
      const events = await stage.api("GET", `/drydock/v1/builds/${id}/events`);
      assert.match(events.text, /nested more than \d+ deep|too long/);
    }, 200);
  });

  test("a terminal that several end at once, while somebody reads it slowly", async () => {
    await holdsFew(async () => {
      for (let tries = 0; tries < 10; tries++) {
        const cmd = ["sh", "-c", "head -c 800000 /dev/zero | tr '\\0' x; sleep 100"];
        const made = await stage.api("POST", "/drydock/v1/terminals", {
          container: "cell",
          cmd,
          columns: 80,
          rows: 24,
        });
        assert.equal(made.status, 201, made.text);
        const { id } = JSON.parse(made.text) as { id: string };
        const reading = request({ socketPath: stage.attacker.socket, path: `/drydock/v1/terminals/${id}/output` });
        reading.on("error", () => undefined).end();
        const [output] = (await once(reading, "response")) as [IncomingMessage];
        await delay(100);
        const ends = await Promise.all(
          Array.from({ length: 5 }, () => stage.api("DELETE", `/drydock/v1/terminals/${id}`)),
        );
        for (const { status, text } of ends) assert.ok([204, 404].includes(status), `${status} ${text}`);
        // What has its number by now is nobody's output.
        let text = "";
        output.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
        output.on("error", () => undefined);
        await once(output, "close");
        assert.match(text, /^x*$/);
      }
    }, 200);
  });

  test("directories without end do not keep what is beside them from being counted", async (t) => {
    const held = stage.attacker;
    stage.attacker = await stage.engine.tenant("deep", "public", { disk: 64 * 1024 ** 2 });
    try {
      good(await stage.attacker.docker("pull", "-q", "debian"));
      const nested = await inWorkspace(nest("d".repeat(200), 100));
      if (nested.stderr.includes(pathsAreWhole)) return t.skip("AppArmor keeps containers from nesting so deep");
      good(nested);
      const { status, stderr } = await inWorkspace(
        "for i in $(seq 200); do head -c 2000000 /dev/zero >f$i || exit 9; sleep .05; done",
      );
      assert.notEqual(status, 0, "it wrote as much as it wanted");
      const { text } = await stage.api("GET", "/drydock/v1/limits");
      const { disk } = JSON.parse(text) as { disk: { used: number } };
      assert.ok(disk.used > 32 * 1024 ** 2 && disk.used < 200 * 1024 ** 2, `${disk.used} ${stderr}`);
    } finally {
      stage.attacker = held;
    }
    await stage.works();
  });
});
