import { mkdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../suites/drydockd.ts";

/** A file system of its own in a file: small enough to be filled. `path` is where it is mounted. */
export class SmallDisk {
  readonly path: string;
  readonly #image: string;

  private constructor(directory: string) {
    this.path = join(directory, "disk");
    this.#image = join(directory, "disk.img");
  }

  /** @param inodes how many files it can hold. @throws Error where no loop device can be had */
  static async make(directory: string, bytes: number, inodes?: number): Promise<SmallDisk> {
    const disk = new SmallDisk(directory);
    writeFileSync(disk.#image, "");
    truncateSync(disk.#image, bytes);
    mkdirSync(disk.path);
    const few = inodes === undefined ? [] : ["-N", String(inodes)];
    const made = await run("mkfs.ext4", ["-q", "-m", "0", "-O", "^has_journal", ...few, disk.#image]);
    const mounted = made.status === 0 ? await run("mount", ["-o", "loop", disk.#image, disk.path]) : made;
    if (mounted.status !== 0) {
      throw new Error(`a small disk for the test: ${mounted.stderr.trim()}`);
    }
    return disk;
  }

  /** Bytes that are left. */
  free(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  /** Takes all but `leave` bytes. */
  async fill(leave = 0): Promise<void> {
    this.release();
    const bytes = this.free() - leave;
    // fallocate fills what there is even where the estimate is off by metadata.
    await run("fallocate", ["-l", String(Math.max(4_096, bytes)), this.#ballast]);
    if (leave === 0) {
      await run("sh", ["-c", 'cat /dev/zero >"$1" 2>/dev/null', "sh", `${this.#ballast}.2`]);
    }
  }

  /** Takes all inodes: there is room, but for no further file. */
  fillInodes(): void {
    mkdirSync(`${this.#ballast}.3`, { recursive: true });
    try {
      for (let n = 0; ; n++) writeFileSync(join(`${this.#ballast}.3`, String(n)), "");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }

  /** Gives the room back. */
  release(): void {
    rmSync(`${this.#ballast}.3`, { recursive: true, force: true });
    rmSync(this.#ballast, { force: true });
    rmSync(`${this.#ballast}.2`, { force: true });
  }

  async remove(): Promise<void> {
    await run("umount", ["-l", this.path]);
    rmSync(this.#image, { force: true });
  }

  get #ballast(): string {
    return join(this.path, "ballast");
  }
}
