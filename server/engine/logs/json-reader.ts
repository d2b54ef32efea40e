import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { decodeRecord } from "./json-record.ts";
import type { OffsetRecord, ReadOptions } from "./log-driver.ts";
import { listSegments } from "./segments.ts";
import type { Segment } from "./segments.ts";

/** What a reader needs to know of the writer in order to follow it. */
export interface WriterState {
  isOpen(): boolean;
  /** offset of the next byte, while open */
  end(): number;
  /** resolves at the next write or close, or when the signal aborts */
  changed(signal: AbortSignal): Promise<void>;
}

const blockSize = 64 * 1024;

/** Reads a log's records in order, over rotation, following the writer if asked. */
export async function* readLog(
  path: string,
  options: ReadOptions,
  writer: WriterState,
): AsyncGenerator<OffsetRecord, void, undefined> {
  const { sinceNano, untilNano, signal } = options;
  // Without `follow` it ends where the log ends now: a container that writes faster than we read would never let us go.
  const now = await listSegments(path);
  const end = now.at(-1);
  const last = options.follow || end === undefined ? Infinity : await endOfWholeLines(end);
  let offset = options.tail === undefined ? (options.fromOffset ?? 0) : await tailOffset(now, options.tail);
  for (;;) {
    // Taken before reading: what is written after this is found in the next round.
    const wasOpen = writer.isOpen();
    const seen = writer.end();
    for await (const record of readFrom(path, offset, signal)) {
      offset = record.next;
      if (record.offset >= last || (untilNano !== undefined && record.timeNano > untilNano)) {
        return;
      }
      if (sinceNano === undefined || record.timeNano >= sinceNano) {
        yield { offset: record.offset, stream: record.stream, timeNano: record.timeNano, line: record.line };
      }
    }
    if (!options.follow || !wasOpen || signal.aborted) {
      return;
    }
    // All of it was read, though there may be no record in it: who begins within the last one gets the next.
    if (writer.isOpen() && writer.end() <= Math.max(offset, seen)) {
      await writer.changed(signal);
    }
  }
}

/** Records from the first one that starts at or after `offset`, to the end of what is there now. */
async function* readFrom(
  path: string,
  offset: number,
  signal: AbortSignal,
): AsyncGenerator<OffsetRecord & { next: number }, void, undefined> {
  let position = offset;
  for (;;) {
    const opened = await openAt(path, position);
    if (opened === undefined) {
      return;
    }
    const { file, segment } = opened;
    try {
      const start = Math.max(position, segment.base);
      for await (const line of linesOf(file, segment.base, start)) {
        if (signal.aborted) {
          return;
        }
        position = line.next;
        const record = decodeRecord(line.text);
        if (record !== undefined) {
          yield { ...record, offset: line.offset, next: line.next };
        }
      }
    } finally {
      await file.close();
    }
    if (segment.path === path && position >= segment.base) {
      // The current file may have been rotated meanwhile: then there is a newer one behind it.
      const newer = (await listSegments(path)).at(-1);
      if (newer === undefined || newer.base <= position) {
        return;
      }
    }
    position = Math.max(position, segment.base + segment.size);
  }
}

/** Opens the file that holds `position`, or the next one there is. */
async function openAt(path: string, position: number): Promise<{ file: FileHandle; segment: Segment } | undefined> {
  // A file may be rotated or dropped between listing and opening: look again, it has moved on by then.
  for (let attempt = 0; attempt < 10; attempt++) {
    const segments = await listSegments(path);
    const segment = segments.find((segment) => segment.base + segment.size > position);
    if (segment === undefined) {
      return undefined;
    }
    try {
      const file = await open(segment.path, "r");
      if (segment.path !== path || (await isStill(path, segment))) {
        return { file, segment };
      }
      await file.close();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
        throw error;
      }
    }
  }
  return undefined;
}

/** True if the current file has the base that it had when listed: it was not rotated before we opened it. */
async function isStill(path: string, segment: Segment): Promise<boolean> {
  return (await listSegments(path)).at(-1)?.base === segment.base;
}

/** Whole lines of one file, from the first that starts at or after `start` (an offset in all of the log). */
async function* linesOf(
  file: FileHandle,
  base: number,
  start: number,
): AsyncGenerator<{ text: string; offset: number; next: number }, void, undefined> {
  // In the middle of a line: one byte earlier tells whether `start` begins one.
  let offset = Math.max(start - 1, base);
  let skipping = start > base;
  let rest: Buffer = Buffer.alloc(0);
  const block = Buffer.alloc(blockSize);
  for (;;) {
    const { bytesRead } = await file.read(block, 0, blockSize, offset + rest.length - base);
    if (bytesRead === 0) {
      return;
    }
    let data = Buffer.concat([rest, block.subarray(0, bytesRead)]);
    for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10)) {
      const next = offset + end + 1;
      if (!skipping) {
        yield { text: data.toString("utf8", 0, end), offset, next };
      }
      skipping = false;
      data = data.subarray(end + 1);
      offset = next;
    }
    rest = data;
  }
}

/** The offset of the n-th record from the end: reads backwards in blocks, so it costs what the tail is long. */
async function tailOffset(segments: readonly Segment[], count: number): Promise<number> {
  const last = segments.at(-1);
  let wanted = count;
  for (const segment of segments.toReversed()) {
    const found = await offsetInFile(segment, wanted);
    if (found.offset !== undefined) {
      return found.offset;
    }
    wanted -= found.lines;
  }
  return count <= 0 && last !== undefined ? last.base + last.size : (segments[0]?.base ?? 0);
}

/** Where the last whole line ends: a write may be half done while the size is looked at. */
async function endOfWholeLines(segment: Segment): Promise<number> {
  const end = segment.base + segment.size;
  let file: FileHandle;
  try {
    file = await open(segment.path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return end; // rotated away since: it is whole
    throw error;
  }
  try {
    const block = Buffer.alloc(blockSize);
    for (let position = segment.size; position > 0;) {
      const length = Math.min(blockSize, position);
      position -= length;
      await file.read(block, 0, length, position);
      const found = block.lastIndexOf(10, length - 1);
      if (found >= 0) return segment.base + position + found + 1;
    }
    return end;
  } finally {
    await file.close();
  }
}

async function offsetInFile(segment: Segment, wanted: number): Promise<{ offset: number | undefined; lines: number }> {
  if (segment.size === 0 && wanted > 0) {
    return { offset: undefined, lines: 0 };
  }
  if (wanted <= 0) {
    return { offset: segment.base + segment.size, lines: 0 };
  }
  let file: FileHandle;
  try {
    file = await open(segment.path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { offset: undefined, lines: 0 }; // dropped since
    throw error;
  }
  try {
    const block = Buffer.alloc(blockSize);
    let newlines = 0;
    for (let position = segment.size; position > 0;) {
      const length = Math.min(blockSize, position);
      position -= length;
      await file.read(block, 0, length, position);
      for (let index = length - 1; index >= 0; index--) {
        if (block[index] === 10 && ++newlines > wanted) {
          return { offset: segment.base + position + index + 1, lines: wanted };
        }
      }
    }
    return newlines === wanted ? { offset: segment.base, lines: newlines } : { offset: undefined, lines: newlines };
  } finally {
    await file.close();
  }
}
