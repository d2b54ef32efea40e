import assert from "node:assert/strict";
import { request } from "node:http";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { TerminalSummary } from "../../../server/contract/extension-api.ts";
import { engineOfThisFile, whyNot } from "../../suites/drydockd.ts";
import { json, until } from "./http.ts";

const skip = whyNot() ?? false;
const engine = engineOfThisFile({ pull: ["busybox"] });
const rounds = 5;
/** Counts as fast as it is read, with rests in which nothing is on its way. */
const script = `stty -opost
i=0; until [ -e /stop ]; do i=$((i+1)); echo $i; [ $((i % 97)) != 0 ] || sleep 0.01; done; echo end; exit 7`;

describe("a terminal when drydockd is killed", { skip }, () => {
  test(`${rounds} times while its program writes: no byte is lost or told twice, and a reader goes on by offset`, async () => {
    engine.good(await engine.docker("run", "-d", "--name", "box", "busybox", "sleep", "1000"));
    const start = { container: "box", cmd: ["sh", "-c", script], columns: 80, rows: 24 };
    const { id } = await json<TerminalSummary>(engine.socket, "POST", "/drydock/v1/terminals", start);
    let seen = Buffer.alloc(0);
    for (let round = 0; round < rounds; round++) {
      const reading = read(id, seen.length);
      await delay(150 + Math.random() * 300);
      await engine.kill("SIGKILL");
      seen = Buffer.concat([seen, await reading]);
      await engine.start();
    }
    assert.equal((await summary(id)).running, true);
    await json(engine.socket, "POST", `/drydock/v1/terminals/${id}/resize`, { columns: 100, rows: 30 });
    const rest = read(id, seen.length);
    await delay(100);
    engine.good(await engine.docker("exec", "box", "touch", "/stop"));
    seen = Buffer.concat([seen, await rest]);
    await until("its end is on record", async () => !(await summary(id)).running);
    assert.equal((await summary(id)).exitCode, 7);

    const scrollback = await read(id, 0);
    assert.ok(scrollback.equals(seen), "what the reader put together is the scrollback");
    const lines = seen.toString().split("\n");
    assert.deepEqual(lines.splice(-2), ["end", ""]);
    assert.ok(lines.length > rounds * 97, `${lines.length} lines`);
    const wrong = lines.findIndex((line, index) => line !== String(index + 1));
    assert.equal(wrong, -1, `line ${wrong + 1}: ${JSON.stringify(lines.slice(Math.max(0, wrong - 2), wrong + 2))}`);
    await json(engine.socket, "DELETE", `/drydock/v1/terminals/${id}`);
  });

  test("an exec goes on; the container names none that cannot be asked for", async () => {
    engine.good(await engine.docker("run", "-d", "--name", "other", "busybox", "sleep", "1000"));
    engine.good(await engine.docker("exec", "-d", "other", "sleep", "777"));
    const execs = async () => engine.good(await engine.docker("inspect", "-f", "{{json .ExecIDs}}", "other"));
    assert.notEqual(await execs(), "null");
    await engine.restart();
    assert.equal(await execs(), "null");
    assert.match(engine.good(await engine.docker("top", "other")), /sleep 777/);
  });
});

async function summary(id: string): Promise<TerminalSummary> {
  const all = await json<TerminalSummary[]>(engine.socket, "GET", "/drydock/v1/terminals");
  const found = all.find((terminal) => terminal.id === id);
  assert.ok(found, "the terminal is there");
  return found;
}

/** What comes from `offset` on, until it ends or drydockd is killed. */
function read(id: string, offset: number): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const end = () => resolve(Buffer.concat(chunks));
    const path = `/drydock/v1/terminals/${id}/output?offset=${offset}`;
    const outgoing = request({ socketPath: engine.socket, path, agent: false }, (response) => {
      assert.equal(response.headers["x-drydock-offset"], String(offset));
      response
        .on("data", (chunk: Buffer) => chunks.push(chunk))
        .on("error", end)
        .on("end", end);
    });
    outgoing.on("error", end).end();
  });
}
