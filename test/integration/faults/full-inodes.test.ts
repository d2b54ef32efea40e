import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Drydockd, whyNot } from "../../suites/drydockd.ts";
import { classicBuild } from "./building.ts";
import { send } from "./http.ts";
import { engineOnSmallDisk, full, type SmallDisk } from "./small-disk.ts";

const skip = whyNot() ?? false;
let disk: SmallDisk;
let engine: Drydockd;
engineOnSmallDisk({ bytes: 256 * 1_024 ** 2, inodes: 4_000 }, (made) => ({ disk, engine } = made));

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
