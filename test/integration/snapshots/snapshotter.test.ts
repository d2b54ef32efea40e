import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Database } from "#engine/metadata/database.ts";
import { LocalMounter } from "#engine/mount/local-mounter.ts";
import { mountPointsBeneath } from "#engine/mount/mount-table.ts";
import { CopySnapshotter } from "#engine/snapshots/copy.ts";
import type { DirectorySnapshotter, DirectorySnapshotterOptions } from "#engine/snapshots/directory-snapshotter.ts";
import { OverlaySnapshotter } from "#engine/snapshots/overlay.ts";
import { unmountAll } from "#engine/mount/local-mounter.ts";
import { type SnapshotterFixture, snapshotterSuite } from "../../suites/snapshotter.ts";

async function fixture(
  open: (options: DirectorySnapshotterOptions) => DirectorySnapshotter,
): Promise<SnapshotterFixture> {
  const base = mkdtempSync(join(tmpdir(), "drydock-snapshots-"));
  const dir = join(base, "snapshots");
  let db = new Database(join(base, "metadata.db"));
  let snapshotter = open({ db, dir, onError: () => {} });
  const mounter = new LocalMounter({ idMapRoot: join(base, "idmaps"), layerRoots: [dir] });
  return {
    snapshotter,
    mounter,
    scratch: base,
    dir,
    reopen: () => {
      db.close();
      db = new Database(join(base, "metadata.db"));
      snapshotter = open({ db, dir, onError: () => {} });
      return snapshotter;
    },
    idle: () => snapshotter.idle(),
    dispose: async () => {
      await snapshotter.idle();
      await mounter.close();
      mountPointsBeneath(base).forEach(unmountAll);
      db.close();
      rmSync(base, { recursive: true });
    },
  };
}

snapshotterSuite("overlay", () => fixture((options) => new OverlaySnapshotter({ ...options, volatile: true })));
snapshotterSuite("overlay, not volatile", () => fixture((options) => new OverlaySnapshotter(options)));
snapshotterSuite("copy", () => fixture((options) => new CopySnapshotter(options)));
