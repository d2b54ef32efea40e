import type { DiskFull } from "../errdefs/errors.ts";
import { isTooManyBytes } from "../errdefs/too-many-bytes.ts";

/** What one tenant may still have on the disk, for what is written in its name. */
export interface DiskRoom {
  /** bytes, as counted last; undefined: as many as there are */
  readonly room: number | undefined;
  /** what is said of more than that: `no space left on device: …` */
  full(): DiskFull;
}

/** Asked when it is needed: the tenant's disk is counted from when the rest of it is there. */
export type DiskRoomOf = () => DiskRoom | undefined;

/** The fewer of `most` bytes and of what there is room for. */
export function roomWithin(disk: DiskRoomOf | undefined, most = Infinity): number {
  return Math.min(most, disk?.()?.room ?? most);
}

/** The same as a limit of unpacking; none where there is none. */
export function roomLimits(disk: DiskRoomOf | undefined): { limits?: { bytes: number } } {
  const bytes = roomWithin(disk);
  return bytes === Infinity ? {} : { limits: { bytes } };
}

/** What was cut off at its tenant's room (`tooManyBytes`) is told as what it is: a full disk. */
export function fullInstead(error: unknown, disk: DiskRoomOf | undefined): unknown {
  const here = disk?.();
  return here?.room !== undefined && isTooManyBytes(error) ? here.full() : error;
}

/**
 * Counts what arrives in several streams. `full` is called once, when all of it together is more than there is room for.
 * @returns makes a counter for one stream, which is told how much of it there is so far
 */
export function countingRoom(disk: DiskRoomOf | undefined, full: (error: DiskFull) => void) {
  const here = disk?.();
  const most = here?.room ?? Infinity;
  let taken = 0;
  return (): ((bytes: number) => void) => {
    let sofar = 0;
    return (bytes) => {
      const before = taken;
      taken += Math.max(0, bytes - sofar);
      sofar = Math.max(sofar, bytes);
      if (here !== undefined && before <= most && taken > most) full(here.full());
    };
  };
}
