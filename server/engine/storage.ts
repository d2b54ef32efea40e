import { join } from "node:path";
import { LocalContentStore } from "./content/local.ts";
import type { ContentStore } from "./content/store.ts";
import { Differ } from "./diff/differ.ts";
import { FailedPrecondition } from "./errdefs/errors.ts";
import { LocalGarbageCollector } from "./gc/collector.ts";
import { LocalLayerBlobs } from "./layers/blobs.ts";
import { LocalLayerStore } from "./layers/local.ts";
import { LocalLeaseManager } from "./leases/local.ts";
import type { Database } from "./metadata/database.ts";
import { LocalMounter, makeShared } from "./mount/local-mounter.ts";
import { type KernelProbe, probeKernel } from "./mount/probe.ts";
import { ProjectQuota } from "./quota/project-quota.ts";
import { CopySnapshotter } from "./snapshots/copy.ts";
import type { DirectorySnapshotter } from "./snapshots/directory-snapshotter.ts";
import { OverlaySnapshotter } from "./snapshots/overlay.ts";

export interface StorageOptions {
  /** `/var/lib/drydock`: blobs, snapshots and what belongs to them */
  dataRoot: string;
  /** `/run/drydock`: made a shared mount, so that runtimes see what is mounted beneath it */
  runRoot: string;
  db: Database;
  /** default: what the directory began with; else overlay where the kernel can mount it with id maps, else copy */
  snapshotter?: "overlay" | "copy";
  /** see `LocalGarbageCollectorOptions` */
  graceMs?: number;
  /** told of failures in the background */
  onError?: (error: Error) => void;
}

/** All that keeps bytes on disk, put together. */
export interface Storage {
  content: ContentStore;
  snapshots: DirectorySnapshotter;
  differ: Differ;
  layers: LocalLayerStore;
  blobs: LocalLayerBlobs;
  leases: LocalLeaseManager;
  /** Collects nothing by itself until `gc.begin()`: call it once all root sources are added. */
  gc: LocalGarbageCollector;
  mounter: LocalMounter;
  probe: KernelProbe;
  /** where the file system has quotas */
  quota: ProjectQuota | undefined;
  /** Ends background work and takes the mounter's idmapped views away. Mounts of containers stay. */
  close(): Promise<void>;
}

/**
 * Opens the storage of a state directory and removes what a crash left. The snapshotter is chosen once: layers of one
 * are nothing to the other, so a directory stays with the one it began with.
 * @throws FailedPrecondition when another one is asked for
 */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const { dataRoot, runRoot, db } = options;
  const reporting = options.onError === undefined ? {} : { onError: options.onError };
  makeShared(runRoot);
  const probe = await probeKernel(dataRoot);
  const content = new LocalContentStore(join(dataRoot, "content"));
  const kind = chooseSnapshotter(db, probe, options.snapshotter);
  if (options.snapshotter !== undefined && options.snapshotter !== kind) {
    throw new FailedPrecondition(
      `${dataRoot} was begun with the ${kind} snapshotter, and ${options.snapshotter} cannot read its layers: ` +
        "change the setting back, or give another directory",
    );
  }
  const quota = ProjectQuota.open(dataRoot);
  const owning =
    quota === undefined ? {} : { assign: (directory: string, project: number) => quota.assign(directory, project) };
  const snapshotsDir = join(dataRoot, "snapshots", kind);
  const snapshots =
    kind === "overlay"
      ? new OverlaySnapshotter({ db, dir: snapshotsDir, volatile: probe.volatile.ok, ...owning, ...reporting })
      : new CopySnapshotter({ db, dir: snapshotsDir, ...owning, ...reporting });
  const mounter = new LocalMounter({ idMapRoot: join(runRoot, "idmaps"), layerRoots: [snapshotsDir] });
  const differ = new Differ(snapshots);
  const blobs = new LocalLayerBlobs(db);
  const layers = new LocalLayerStore({
    db,
    dir: join(dataRoot, "layers"),
    snapshotter: snapshots,
    differ,
    content,
    blobs,
    ...reporting,
  });
  const leases = new LocalLeaseManager(db);
  const gc = new LocalGarbageCollector({
    content,
    layers,
    blobs,
    snapshotter: snapshots,
    leases,
    held: true,
    ...(options.graceMs === undefined ? {} : { graceMs: options.graceMs }),
    ...reporting,
  });
  const close = async () => {
    await gc.close();
    await layers.close();
    await snapshots.idle();
    await mounter.close();
  };
  return { content, snapshots, differ, layers, blobs, leases, gc, mounter, probe, quota, close };
}

/** What the directory began with, else what is asked for, else the best this kernel can do. */
function chooseSnapshotter(db: Database, probe: KernelProbe, asked: StorageOptions["snapshotter"]): "overlay" | "copy" {
  db.migrate("storage", ["CREATE TABLE storage_choice (snapshotter TEXT NOT NULL)"]);
  const chosen = db.get<{ snapshotter: "overlay" | "copy" }>("SELECT snapshotter FROM storage_choice");
  if (chosen !== undefined) {
    return chosen.snapshotter;
  }
  const snapshotter = asked ?? (probe.overlay.ok && probe.idMappedOverlay.ok ? "overlay" : "copy");
  db.run("INSERT INTO storage_choice (snapshotter) VALUES (?)", snapshotter);
  return snapshotter;
}
