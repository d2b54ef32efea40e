import { chmodSync, chownSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Mount } from "../mount/mount.ts";
import {
  DirectorySnapshotter,
  type DirectorySnapshotterOptions,
  type SnapshotFormat,
} from "./directory-snapshotter.ts";

export interface OverlaySnapshotterOptions extends DirectorySnapshotterOptions {
  /**
   * Mount with `volatile` (Linux 5.10): an unmount does not wait until all of the disk is written. What a container
   * wrote may then be lost when the machine loses power, not when a process is killed.
   */
  volatile?: boolean;
}

/**
 * Snapshots as overlayfs layers: each directory holds `fs/`, what it changes on top of its parents, and while it is
 * writable `work/` and, without parents, `nothing/`, which overlayfs needs. Making one costs a mkdir, committing one a row.
 */
export class OverlaySnapshotter extends DirectorySnapshotter {
  constructor(options: OverlaySnapshotterOptions) {
    super(new OverlayFormat(options.volatile === true), options);
  }
}

/** No feature that leaves marks only this kernel and this stack of layers could read: a layer must stand for itself. */
const features = ["index=off", "metacopy=off", "redirect_dir=nofollow"];

class OverlayFormat implements SnapshotFormat {
  readonly name = "overlay";
  readonly tree = "overlay";
  readonly #volatile: boolean;

  constructor(volatile: boolean) {
    this.#volatile = volatile;
  }

  async populate(dir: string, parent: string | undefined): Promise<void> {
    mkdirSync(join(dir, "work"), { mode: 0o711 });
    if (parent !== undefined) {
      // The merged root has the attributes of the top one.
      const { mode, uid, gid } = statSync(join(parent, "fs"));
      chownSync(join(dir, "fs"), uid, gid);
      chmodSync(join(dir, "fs"), mode & 0o7777);
    } else {
      chmodSync(join(dir, "fs"), 0o755);
    }
  }

  mounts(dir: string, parents: string[], writable: boolean): Mount[] {
    const upper = join(dir, "fs");
    const lower = parents.map((parent) => join(parent, "fs"));
    if (!writable) {
      if (lower.length === 0) return [{ type: "bind", source: upper, options: ["ro"] }];
      return [
        { type: "overlay", source: "overlay", options: ["ro", ...features], overlay: { lower: [upper, ...lower] } },
      ];
    }
    if (lower.length === 0) {
      // An overlay also without parents: it can be frozen, as a directory cannot.
      const nothing = join(dir, "nothing");
      mkdirSync(nothing, { recursive: true, mode: 0o755 });
      lower.push(nothing);
    }
    const work = join(dir, "work");
    // Left by a volatile mount; the kernel would refuse the next one, fearing a crash in between.
    rmSync(join(work, "work", "incompat"), { recursive: true, force: true });
    const options = this.#volatile ? [...features, "volatile"] : features;
    return [{ type: "overlay", source: "overlay", options, overlay: { lower, upper, work } }];
  }

  seal(dir: string): void {
    for (const name of ["work", "nothing"]) rmSync(join(dir, name), { recursive: true, force: true });
  }
}
