import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why a small file system cannot be mounted here; undefined where it can. */
export const whyNoMount = process.getuid?.() === 0 ? undefined : "only root mounts";

/** A file system in memory of 1 MiB, for what is to be done without room. `release` gives the room back that `fill` took. */
export class TinyDisk implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "drydock-tiny-"));

  constructor() {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "drydock-tiny", this.path]);
  }

  fill(): void {
    for (let bytes = 1 << 20; bytes > 0; bytes = Math.floor(bytes / 2)) {
      try {
        writeFileSync(join(this.path, "ballast"), Buffer.alloc(bytes), { flag: "a" });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    }
  }

  release(): void {
    rmSync(join(this.path, "ballast"), { force: true });
  }

  [Symbol.dispose](): void {
    execFileSync("umount", ["-l", this.path]);
    rmSync(this.path, { recursive: true });
  }
}
