import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { Internal, DiskFull } from "../errdefs/errors.ts";
import type { Mount } from "../mount/mount.ts";
import { asCharged } from "../runtime/cgroups/account.ts";
import {
  DirectorySnapshotter,
  type DirectorySnapshotterOptions,
  type SnapshotFormat,
} from "./directory-snapshotter.ts";

/**
 * Snapshots as whole copies, for file systems and kernels without overlayfs on idmapped layers. Slow and large,
 * except where the file system shares blocks between copies (btrfs, xfs).
 */
export class CopySnapshotter extends DirectorySnapshotter {
  constructor(options: DirectorySnapshotterOptions) {
    super(new CopyFormat(), options);
  }
}

class CopyFormat implements SnapshotFormat {
  readonly name = "copy";
  readonly tree = "full";

  async populate(dir: string, parent: string | undefined): Promise<void> {
    const target = join(dir, "fs");
    if (parent === undefined) {
      chmodSync(target, 0o755);
      return;
    }
    rmdirSync(target);
    await copyTree(join(parent, "fs"), target);
  }

  mounts(dir: string, _parents: string[], writable: boolean): Mount[] {
    return [{ type: "bind", source: join(dir, "fs"), options: [writable ? "rw" : "ro"] }];
  }

  seal(): void {}
}

/** A copy with owners, modes, times, links, devices and extended attributes; `target` must not exist. */
async function copyTree(source: string, target: string): Promise<void> {
  const [program, ...args] = asCharged(["cp", "-a", "--reflink=auto", "--", source, target]);
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString().slice(0, 1000)));
  const [status] = (await once(child, "close")) as [number | null];
  if (status !== 0) {
    const message = `copying ${source}: ${complaint.trim() || `cp ended with ${status}`}`;
    throw complaint.includes("No space left") ? new DiskFull(message) : new Internal(message);
  }
}
