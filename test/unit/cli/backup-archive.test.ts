import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { readArchive, writeArchive } from "../../../server/cli/backup/archive.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "drydock-archive-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("an archive of a backup", () => {
  it("leaves out what a pattern names in its place, and no file of that name further down", async () => {
    const source = join(directory, "source");
    const files = ["snapshots/overlay/trash/x", "snapshots/overlay/7/fs/trash/x", "tenants/ada/work/uploads/x"];
    for (const file of files) {
      mkdirSync(join(source, file, ".."), { recursive: true });
      writeFileSync(join(source, file), file);
    }
    const exclude = ["./snapshots/*/trash", "./tenants/*/uploads"];
    assert.deepEqual(await writeArchive(join(directory, "file"), [{ prefix: "data", directory: source, exclude }]), []);
    const target = join(directory, "target");
    mkdirSync(target);
    await readArchive(join(directory, "file"), "data", target);
    assert.deepEqual(
      files.filter((file) => existsSync(join(target, file))),
      files.slice(1),
    );
  });

  it("has all the rest where a file cannot be read, as one that turns into a link just then, and says so", async () => {
    const source = join(directory, "source");
    mkdirSync(source);
    writeFileSync(join(source, "kept"), "yes");
    // The kernel's own, which lets nobody read it.
    const unreadable = "/proc/sys/net/ipv4/route";
    const unread = await writeArchive(join(directory, "file"), [
      { prefix: "data", directory: unreadable },
      { prefix: "data", directory: source },
    ]);
    assert.match(unread.join("\n"), /flush: .*Cannot open: Permission denied/);
    const target = join(directory, "target");
    mkdirSync(target);
    await readArchive(join(directory, "file"), "data", target);
    assert.equal(readFileSync(join(target, "kept"), "utf8"), "yes");
  });
});
