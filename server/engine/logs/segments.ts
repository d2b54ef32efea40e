import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

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
  const directory = dirname(path);
  const prefix = `${basename(path)}.`;
  const names = await namesIn(directory);
  const rotated: Segment[] = [];
  for (const name of names.filter((name) => name.startsWith(prefix) && name.length === prefix.length + digits)) {
    const size = await sizeOf(join(directory, name));
    if (size !== undefined) {
      rotated.push({ path: join(directory, name), base: Number(name.slice(prefix.length)), size });
    }
  }
  rotated.sort((a, b) => a.base - b.base);
  const newest = rotated.at(-1);
  const base = newest === undefined ? 0 : newest.base + newest.size;
  return [...rotated, { path, base, size: (await sizeOf(path)) ?? 0 }];
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
