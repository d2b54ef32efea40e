import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import type { TerminalSummary } from "../../../server/contract/extension-api.ts";
import { type Drydockd, type Outcome, whyNot } from "../../suites/drydockd.ts";
import { classicBuild, eventsOf, startBuild, summaryOf, untilWritten } from "./building.ts";
import { json, send, until } from "./http.ts";
import { engineOnSmallDisk, full, type SmallDisk } from "./small-disk.ts";
import { tar } from "./tar.ts";

const skip = whyNot() ?? false;
const mebibyte = 1_024 ** 2;

let disk: SmallDisk;
let engine: Drydockd;
engineOnSmallDisk({ bytes: 96 * mebibyte }, (made) => ({ disk, engine } = made));

function good({ status, stdout, stderr }: Outcome): string {
  assert.equal(status, 0, `${stdout}\n${stderr}\n${engine.log.split("\n").slice(-12).join("\n")}`);
  return stdout.trim();
}

/** Everything that was there is there, and everything works again. */
async function assertSound(): Promise<void> {
  assert.equal((await send(engine.socket, "/_ping")).status, 200);
  assert.equal(good(await engine.docker("exec", "before", "echo", "alive")), "alive");
  assert.equal(good(await engine.docker("run", "--rm", "busybox", "echo", "runs")), "runs");
  const { lines } = await classicBuild(engine.socket, "FROM busybox\nRUN echo works >/file\n");
  assert.equal(lines.at(-1)?.error, undefined, JSON.stringify(lines.at(-1)));
}

describe("a full disk", { skip }, () => {
  test("in a RUN: the step fails with what its program says, and its leftovers give their room back", async () => {
    const free = disk.free();
    const { lines } = await classicBuild(engine.socket, "FROM busybox\nRUN dd if=/dev/zero of=/big bs=1M\n");
    assert.match(lines.map(({ stream }) => stream ?? "").join(""), full);
    assert.match(lines.at(-1)?.error ?? "", /non-zero code: 1/);
    await until("the room is back", () => disk.free() > free - 8 * mebibyte);
    await assertSound();
  });

  test("in a container: its program is told, the engine goes on; its log is cut short, not broken", async () => {
    const free = disk.free();
    const { status, stderr } = await engine.docker(
      "run",
      "--name",
      "eater",
      "busybox",
      "dd",
      "if=/dev/zero",
      "of=/big",
    );
    assert.equal(status, 1);
    assert.match(stderr, full);
    assert.equal((await send(engine.socket, "/_ping")).status, 200);
    good(await engine.docker("ps", "-a"));
    good(await engine.docker("rm", "-f", "eater"));
    await until("the room is back", () => disk.free() > free - 8 * mebibyte);
    await assertSound();
  });

  test("container's output while there is no room: nothing hangs, and it is logged again when there is", async () => {
    const script = "while true; do head -c 20000 /dev/zero | tr '\\0' x; echo; echo tick; sleep 0.2; done";
    good(await engine.docker("run", "-d", "--name", "talker", "busybox", "sh", "-c", script));
    await disk.fill();
    await until("drydockd has noticed", () => full.test(engine.log));
    assert.equal((await send(engine.socket, "/_ping")).status, 200);
    disk.release();
    const since = new Date().toISOString();
    await until("it is logged again", async () => {
      const { stdout } = await engine.docker("logs", "--since", since, "talker");
      return stdout.includes("tick");
    });
    const { stdout } = await engine.docker("logs", "talker");
    assert.ok(stdout.split("\n").every((line) => line === "" || line === "tick" || /^x+$/.test(line)));
    good(await engine.docker("rm", "-f", "talker"));
    await assertSound();
  });

  test("in a terminal that was opened before: it goes on to its end, and none is left half open", async () => {
    const terminals = "/drydock/v1/terminals";
    const cmd = ["sh", "-c", "read a; echo $a | sed s/^/got-/; seq 100000; read b; echo $b | sed s/^/got-/; exit 3"];
    const start = { container: "before", cmd, columns: 80, rows: 24 };
    const { id } = await json<TerminalSummary>(engine.socket, "POST", terminals, start);
    await disk.fill();
    for (const body of ["first\n", "second\n"]) {
      const { status, text } = await send(engine.socket, `${terminals}/${id}/input`, { method: "POST", body });
      assert.ok(status < 300, text);
    }
    const { text } = await send(engine.socket, `${terminals}/${id}/output?offset=0`);
    for (const line of ["got-first", "100000", "got-second"]) assert.ok(text.split("\r\n").includes(line), line);
    const running = () =>
      engine.docker("top", "before", "-o", "args").then(({ stdout }) => stdout.match(/read a/g)?.length ?? 0);
    assert.equal(await running(), 0);
    const headers = { "Content-Type": "application/json" };
    const refused = await send(engine.socket, terminals, { method: "POST", headers, body: JSON.stringify(start) });
    assert.match(refused.text, full);
    assert.equal(await running(), 0);
    disk.release();
    const [ended, ...more] = await json<TerminalSummary[]>(engine.socket, "GET", terminals);
    assert.deepEqual([ended?.id, ended?.running, ended?.exitCode, more], [id, false, 3, []]);
    await json(engine.socket, "DELETE", `${terminals}/${id}`);
    await assertSound();
  });

  test("the whole disk is full: everything is refused in words, nothing dies, and then it works again", async () => {
    await disk.fill();
    const words = async (what: string, outcome: Promise<{ text: string; failed: boolean }>) => {
      const { text, failed } = await outcome;
      assert.ok(failed, `${what}: ${text}`);
      assert.match(text, full, what);
    };
    const cli = (...args: string[]) =>
      engine
        .docker(...args)
        .then(({ status, stdout, stderr }) => ({ failed: status !== 0, text: `${stdout}${stderr}` }));
    await words(
      "build context",
      send(engine.socket, "/v1.41/build", {
        method: "POST",
        body: tar([
          { name: "Dockerfile", content: "FROM busybox\nCOPY . /\n" },
          { name: "f", content: Buffer.alloc(mebibyte, 1) },
        ]),
      }).then(({ status, text }) => ({ text, failed: status >= 400 || text.includes('"error"') })),
    );
    await words("docker load", engineLoad());
    await words(
      "docker cp",
      send(engine.socket, "/v1.41/containers/before/archive?path=/tmp", {
        method: "PUT",
        body: tar([{ name: "f", content: Buffer.alloc(mebibyte, 1) }]),
      }).then(({ status, text }) => ({ text, failed: status >= 400 })),
    );
    await words(
      "workspace upload",
      send(engine.socket, "/drydock/v1/workspace/file?path=f", { method: "PUT", body: Buffer.alloc(mebibyte, 1) }).then(
        ({ status, text }) => ({ text, failed: status >= 400 }),
      ),
    );
    // A few kilobytes may still find a place in a block or in SQLite's pages: enough of them do not.
    await words("metadata", manyRecords(cli));
    assert.equal((await send(engine.socket, "/_ping")).status, 200);
    good(await engine.docker("ps", "-a"));
    disk.release();
    await assertSound();
    assert.equal(good(await engine.docker("image", "inspect", "-f", "{{.RepoTags}}", "busybox")), "[busybox:latest]");
  });

  test("a recorded build on a full disk fails, and tells the reason", async () => {
    const untilFull = "echo begun; while dd if=/dev/zero bs=64k count=1 >>/big; do sleep 0.1; done; true";
    const dockerfile = `FROM busybox\nRUN ${untilFull}\nCOPY big /\n`;
    // More than a file system may find again of what it kept for itself.
    const big = { method: "PUT", body: Buffer.alloc(8 * mebibyte, 1) };
    await send(engine.socket, "/drydock/v1/workspace/file?path=build/big", big);
    const { id } = await startBuild(engine.socket, dockerfile);
    await untilWritten(engine.socket, id, "begun");
    await disk.fill();
    await until("it has ended", async () => (await summaryOf(engine.socket, id)).status !== "running");
    const { status, error } = await summaryOf(engine.socket, id);
    disk.release();
    const events = await eventsOf(engine.socket, id);
    assert.equal(status, "failed", JSON.stringify(events));
    assert.match(error ?? "", full);
    assert.equal(events.at(-1)?.type, "failed", "its record is whole all the same");
    await assertSound();
  });

  test("in a commit: the step is not kept, or whole; the same build is right when there is room", async () => {
    const free = disk.free();
    // Ends when the disk is full or it is let go, which is no part of what the step is in the cache.
    const wait = "until [ -e /run/secrets/go ] || ! dd if=/dev/zero bs=64k count=1 >>/big; do sleep 0.1; done";
    const dockerfile = `FROM busybox\nRUN --mount=type=secret,id=go echo whole >/done; echo begun; ${wait}\n`;
    const { id } = await startBuild(engine.socket, dockerfile);
    await untilWritten(engine.socket, id, "begun");
    await disk.fill();
    await until("it has ended", async () => (await summaryOf(engine.socket, id)).status !== "running");
    disk.release();
    const again = await startBuild(engine.socket, dockerfile, { noCache: false, secrets: { go: { value: "go" } } });
    assert.equal((await eventsOf(engine.socket, again.id)).at(-1)?.type, "completed");
    const { imageId = "" } = await summaryOf(engine.socket, again.id);
    assert.equal(good(await engine.docker("run", "--rm", imageId, "cat", "/done")), "whole");
    // every layer is made again byte for byte as its digest says
    const { body, status } = await send(engine.socket, `/images/${imageId}/get`);
    assert.equal(status, 200);
    assert.ok(body.length > 0);
    await until("the room is back", () => disk.free() > free - 8 * mebibyte);
    await assertSound();
  });

  test("drydockd is killed and started on a full disk: it answers, and works when there is room", async () => {
    await disk.fill();
    await engine.kill("SIGKILL");
    await engine.start().catch(() => undefined);
    disk.release();
    if (!(await engine.answers())) {
      assert.match(engine.log, full);
      await engine.start();
    }
    await assertSound();
  });

  test("it is taken down on a full disk, with all that it has in the kernel", async () => {
    await disk.fill();
    await engine.kill("SIGKILL");
    const { status, stderr } = await engine.clear();
    disk.release();
    assert.equal(status, 0, stderr);
    const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
    assert.deepEqual(
      mounts.filter((line) => line.includes(` ${engine.runDirectory}/`)),
      [],
    );
    await engine.start();
    good(await engine.docker("start", "before"));
    await assertSound();
  });

  async function engineLoad(): Promise<{ text: string; failed: boolean }> {
    const { status, text } = await send(engine.socket, "/v1.41/images/load", {
      method: "POST",
      body: tar([{ name: "layer.tar", content: Buffer.alloc(2 * mebibyte, 1) }]),
    });
    return { text, failed: status >= 400 || text.includes('"error"') };
  }

  async function manyRecords(
    cli: (...args: string[]) => Promise<{ text: string; failed: boolean }>,
  ): Promise<{ text: string; failed: boolean }> {
    let last = { text: "", failed: false };
    for (let index = 0; index < 30 && !last.failed; index++) {
      const label = "x".repeat(100_000);
      last = await cli("create", "--label", `big=${label}`, "busybox");
    }
    return last;
  }
});
