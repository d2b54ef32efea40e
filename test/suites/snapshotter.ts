import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { AlreadyExists, FailedPrecondition, NotFound } from "#engine/errdefs/errors.ts";
import type { Mounter } from "#engine/mount/mount.ts";
import type { Snapshotter } from "#engine/snapshots/snapshotter.ts";

/** One snapshotter on a fresh state directory. */
export interface SnapshotterFixture {
  snapshotter: Snapshotter;
  mounter: Mounter;
  /** an empty directory for mount points */
  scratch: string;
  /** where its directories are */
  dir: string;
  /** a new instance on the same state, as after a restart */
  reopen(): Snapshotter;
  /** until background deletion is done */
  idle(): Promise<void>;
  dispose(): Promise<void>;
}

/** What every snapshotter must do. Needs root, as it mounts. */
export function snapshotterSuite(name: string, create: () => Promise<SnapshotterFixture>): void {
  describe(`snapshotter ${name}`, { skip: process.getuid?.() === 0 ? false : "mounting needs root" }, () => {
    let fixture: SnapshotterFixture;
    let snapshotter: Snapshotter;

    beforeEach(async () => {
      fixture = await create();
      snapshotter = fixture.snapshotter;
    });
    afterEach(() => fixture.dispose());

    async function inside<T>(key: string, body: (root: string) => T): Promise<T> {
      const target = join(fixture.scratch, "root");
      await fixture.mounter.mount(snapshotter.mounts(key), target);
      try {
        return body(target);
      } finally {
        await fixture.mounter.unmount(target);
      }
    }

    /** A committed snapshot `name` on `parent`, changed by `body`. */
    async function layer(name: string, parent: string | undefined, body: (root: string) => void): Promise<void> {
      await snapshotter.prepare(`${name}-active`, parent);
      await inside(`${name}-active`, body);
      await snapshotter.commit(name, `${name}-active`);
    }

    it("stacks changes: children see their parents, parents stay as they were", async () => {
      await layer("base", undefined, (root) => {
        mkdirSync(join(root, "etc"));
        writeFileSync(join(root, "etc/a"), "1");
        writeFileSync(join(root, "etc/b"), "1");
      });
      await layer("middle", "base", (root) => {
        writeFileSync(join(root, "etc/a"), "2");
        rmSync(join(root, "etc/b"));
      });
      await layer("top", "middle", (root) => {
        rmSync(join(root, "etc"), { recursive: true });
        mkdirSync(join(root, "etc"));
        writeFileSync(join(root, "etc/c"), "3");
      });
      const look = (key: string) => inside(key, (root) => readdirSync(join(root, "etc")).toSorted());
      assert.deepEqual(await look("base"), ["a", "b"]);
      assert.deepEqual(await look("middle"), ["a"]);
      assert.deepEqual(await look("top"), ["c"]);
      assert.equal(await inside("base", (root) => readFileSync(join(root, "etc/a"), "utf8")), "1");
      assert.deepEqual(
        snapshotter.list().map(({ key, kind, parent }) => ({ key, kind, parent })),
        [
          { key: "base", kind: "committed", parent: undefined },
          { key: "middle", kind: "committed", parent: "base" },
          { key: "top", kind: "committed", parent: "middle" },
        ],
      );
    });

    it("keeps an active snapshot's changes over unmounts and restarts", async () => {
      await layer("base", undefined, (root) => writeFileSync(join(root, "x"), "1"));
      await snapshotter.prepare("active", "base");
      await inside("active", (root) => renameSync(join(root, "x"), join(root, "y")));
      snapshotter = fixture.reopen();
      assert.deepEqual(await inside("active", (root) => readdirSync(root)), ["y"]);
      await inside("active", (root) => writeFileSync(join(root, "z"), ""));
      await snapshotter.commit("done", "active");
      assert.deepEqual(await inside("done", (root) => readdirSync(root).toSorted()), ["y", "z"]);
    });

    it("does not let views and committed snapshots be written", async () => {
      await layer("base", undefined, (root) => writeFileSync(join(root, "x"), "1"));
      await layer("top", "base", (root) => writeFileSync(join(root, "y"), "1"));
      await snapshotter.prepare("view", "top", "view");
      for (const key of ["base", "top", "view"]) {
        await inside(key, (root) => assert.throws(() => writeFileSync(join(root, "x"), "2"), { code: "EROFS" }, key));
      }
      await assert.rejects(snapshotter.commit("no", "view"), FailedPrecondition);
      await assert.rejects(snapshotter.prepare("no", "view"), FailedPrecondition);
    });

    it("carries the attributes of the root directory upwards", async () => {
      await layer("base", undefined, () => {});
      await inside("base", (root) => assert.equal(statSync(root).mode & 0o7777, 0o755));
      await snapshotter.prepare("next", "base");
      await inside("next", (root) => assert.equal(statSync(root).mode & 0o7777, 0o755));
    });

    it("refuses what would break the stack", async () => {
      await layer("base", undefined, () => {});
      await snapshotter.prepare("active", "base");
      await assert.rejects(snapshotter.prepare("active", "base"), AlreadyExists);
      await assert.rejects(snapshotter.prepare("base", undefined), AlreadyExists);
      await assert.rejects(snapshotter.prepare("x", "missing"), NotFound);
      await assert.rejects(snapshotter.prepare("x", "active"), FailedPrecondition);
      await assert.rejects(snapshotter.commit("base", "active"), AlreadyExists);
      await assert.rejects(snapshotter.commit("x", "missing"), NotFound);
      await assert.rejects(snapshotter.remove("base"), FailedPrecondition);
      await assert.rejects(snapshotter.remove("missing"), NotFound);
      assert.throws(() => snapshotter.stat("missing"), NotFound);
      assert.throws(() => snapshotter.mounts("missing"), NotFound);
      await assert.rejects(snapshotter.usage("missing"), NotFound);
      assert.equal(snapshotter.stat("active").kind, "active");
      assert.equal(snapshotter.list().length, 2);
    });

    it("removes snapshots with their files", async () => {
      await layer("base", undefined, (root) => writeFileSync(join(root, "x"), ""));
      await snapshotter.prepare("active", "base");
      await snapshotter.remove("active");
      await snapshotter.remove("base");
      await fixture.idle();
      assert.deepEqual(snapshotter.list(), []);
      assert.deepEqual(readdirSync(fixture.dir), ["trash"]);
      assert.deepEqual(readdirSync(join(fixture.dir, "trash")), []);
    });

    it("throws away leftovers of a crash when opened, and nothing else", async () => {
      await layer("base", undefined, (root) => writeFileSync(join(root, "x"), ""));
      mkdirSync(join(fixture.dir, "new-crashed/fs"), { recursive: true });
      mkdirSync(join(fixture.dir, "zzzz/fs"), { recursive: true });
      mkdirSync(join(fixture.dir, "trash/half"), { recursive: true });
      snapshotter = fixture.reopen();
      await fixture.idle();
      assert.equal(existsSync(join(fixture.dir, "new-crashed")), false);
      assert.equal(existsSync(join(fixture.dir, "zzzz")), false);
      assert.deepEqual(readdirSync(join(fixture.dir, "trash")), []);
      assert.deepEqual(await inside("base", (root) => readdirSync(root)), ["x"]);
    });

    it("forgets snapshots whose files are lost, with those based on them", async () => {
      await layer("base", undefined, () => {});
      await layer("top", "base", () => {});
      await layer("other", undefined, () => {});
      const names = readdirSync(fixture.dir).filter((name) => name !== "trash");
      rmSync(join(fixture.dir, names.toSorted()[0] ?? ""), { recursive: true });
      snapshotter = fixture.reopen();
      await fixture.idle();
      assert.deepEqual(
        snapshotter.list().map(({ key }) => key),
        ["other"],
      );
      assert.equal(readdirSync(fixture.dir).length, 2);
    });

    it("tells what a snapshot itself holds", async () => {
      await layer("base", undefined, (root) => writeFileSync(join(root, "x"), Buffer.alloc(200_000)));
      const usage = await snapshotter.usage("base");
      assert.ok(usage.bytes >= 200_000 && usage.bytes < 300_000, `${usage.bytes} bytes`);
      assert.equal(usage.inodes, 2);
      assert.deepEqual(await snapshotter.usage("base"), usage);
    });

    it("takes a hundred layers", async () => {
      let parent: string | undefined;
      for (let index = 0; index < 100; index++) {
        const name = `layer${index}`;
        await layer(name, parent, (root) => writeFileSync(join(root, name), ""));
        parent = name;
      }
      const names = await inside("layer99", (root) => readdirSync(root));
      assert.equal(names.length, 100);
    });
  });
}
