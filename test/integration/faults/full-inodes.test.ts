import assert from "node:assert/strict";
import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Drydockd, whyNot } from "../../suites/drydockd.ts";
import { ownedDirectory } from "../../suites/owned-directory.ts";
import { classicBuild } from "./building.ts";
import { send } from "./http.ts";
import { SmallDisk } from "./small-disk.ts";

const skip = whyNot() ?? false;
/** What a message about it says. */
const full = /no space left|disk is full/i;

let directory: string;
let disk: SmallDisk;
let engine: Drydockd;

before(async () => {
  if (skip !== false) return;
  directory = ownedDirectory("ddi-");
  chmodSync(directory, 0o711);
  disk = await SmallDisk.make(directory, 256 * 1_024 ** 2, 4_000);
  engine = new Drydockd({ data: join(disk.path, "d") });
  await engine.start();
  engine.good(await engine.docker("pull", "-q", "busybox"));
  engine.good(await engine.docker("run", "-d", "--name", "before", "busybox", "sleep", "1000"));
});

after(async () => {
  if (skip !== false) return;
  disk.release();
  await engine.dispose();
  await disk.remove();
  rmSync(directory, { recursive: true, force: true });
});

describe("a disk with room, but for no further file", { skip }, () => {
  test("what needs one is refused in words, what runs goes on, and then it works again", async () => {
    disk.fillInodes();
    const refused = await engine.docker("run", "--name", "more", "busybox", "true");
    assert.notEqual(refused.status, 0);
    assert.match(refused.stderr, full);
    assert.match((await engine.docker("volume", "create", "vv")).stderr, full);
    const { lines } = await classicBuild(engine.socket, "FROM busybox\nRUN echo x >/file\n");
    assert.match(JSON.stringify(lines), full);
    assert.match((await engine.docker("exec", "before", "touch", "/f")).stderr, full);
    assert.equal((await send(engine.socket, "/_ping")).status, 200);
    assert.equal(engine.good(await engine.docker("exec", "before", "echo", "alive")), "alive");
    assert.deepEqual(engine.good(await engine.docker("ps", "-a", "--format", "{{.Names}}")).split("\n"), ["before"]);

    disk.fillInodes();
    await engine.kill("SIGKILL");
    await assert.rejects(engine.start(), full);
    disk.release();
    await engine.start();
    assert.equal(engine.good(await engine.docker("exec", "before", "echo", "alive")), "alive");
    engine.good(await engine.docker("run", "--rm", "--name", "more", "busybox", "true"));
    engine.good(await engine.docker("volume", "create", "vv"));
    const again = await classicBuild(engine.socket, "FROM busybox\nRUN echo x >/file\n");
    assert.equal(again.lines.at(-1)?.error, undefined);
  });
});
