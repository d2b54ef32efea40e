import { chmodSync, mkdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "node:test";
import { Drydockd, run, whyNot } from "../../suites/drydockd.ts";
import { ownedDirectory } from "../../suites/owned-directory.ts";

/** What a message about a full disk says. */
export const full = /no space left|disk is full/i;

/**
 * A drydockd for the tests of the calling file, where it can run here (`whyNot`), whose state is on a small disk. It has
 * the image busybox and a container `before`, which runs.
 * @param take told before the first test
 */
export function engineOnSmallDisk(
  { bytes, inodes }: { bytes: number; inodes?: number },
  take: (made: { disk: SmallDisk; engine: Drydockd }) => void,
): void {
  if (whyNot() !== undefined) return;
  const directory = ownedDirectory("ddf-");
  chmodSync(directory, 0o711);
  let disk: SmallDisk | undefined;
  let engine: Drydockd | undefined;
  before(async () => {
    disk = await SmallDisk.make(directory, bytes, inodes);
    engine = new Drydockd({ data: join(disk.path, "d") });
    take({ disk, engine });
    await engine.start();
    engine.good(await engine.docker("pull", "-q", "busybox"));
    engine.good(await engine.docker("run", "-d", "--name", "before", "busybox", "sleep", "1000"));
  });
  after(async () => {
    disk?.release();
    await engine?.dispose();
    await disk?.remove();
    rmSync(directory, { recursive: true, force: true });
  });
}

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
      throw new Error(`a small disk for the test: ${mounted.stderr.trim() || `status ${mounted.status}`}`);
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
