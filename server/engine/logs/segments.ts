import { readdir, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";

/** One file of a log. `base` is the offset of its first byte in all that was ever logged. */
export interface Segment {
  path: string;
  base: number;
  size: number;
}

const digits = 16;

/** Where a full file goes: `<log>.<base>`, so that offsets can be told from names alone. */
export function rotatedPath(path: string, base: number): string {
  return `${path}.${String(base).padStart(digits, "0")}`;
}

/**
 * The files of the log at `path`, oldest first, the one being written last (with size 0 if there is none yet).
 * The current file's base follows from the newest rotated one, which is why one of those is always kept.
 */
export async function listSegments(path: string): Promise<Segment[]> {
  const prefix = `${basename(path)}.`;
  const names = await namesIn(dirname(path));
  const bases = names
    .filter((name) => name.startsWith(prefix) && name.length === prefix.length + digits)
    .map((name) => Number(name.slice(prefix.length)))
    .toSorted((a, b) => a - b);
  const newest = bases.at(-1);
  if (newest === undefined) return [{ path, base: 0, size: (await sizeOf(path)) ?? 0 }];
  const size = await sizeOf(rotatedPath(path, newest));
  // Dropped meanwhile, since there is a newer one.
  if (size === undefined) return listSegments(path);
  // Of a thousand files one is looked at: each begins where the one before it ends.
  const end = newest + size;
  const rotated = bases.map((base, at) => ({
    path: rotatedPath(path, base),
    base,
    size: (bases[at + 1] ?? end) - base,
  }));
  return [...rotated, { path, base: end, size: (await sizeOf(path)) ?? 0 }];
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    return absent(error, []);
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    return absent(error, undefined);
  }
}

function absent<T>(error: unknown, value: T): T {
  if ((error as NodeJS.ErrnoException).code === "ENOENT") {
    return value;
  }
  throw error;
}
