import { isUtf8 } from "node:buffer";
import type { LogRecord } from "./log-driver.ts";

/** Docker splits lines longer than this into several records (moby, daemon/logger/copier.go). Bytes. */
export const longestLine = 16 * 1024;

/**
 * One line of Docker's json-file format: `{"log":"hello\n","stream":"stdout","time":"2026-01-02T03:04:05.000000006Z"}`.
 * Docker loses what is not UTF-8; here such a line has its bytes in `raw` (base64) besides, which other readers ignore.
 */
export function encodeRecord({ line, stream, timeNano }: LogRecord): string {
  const raw = isUtf8(line) ? "" : `,"raw":"${line.toString("base64")}"`;
  return `{"log":${JSON.stringify(line.toString("utf8"))},"stream":"${stream}","time":"${formatNano(timeNano)}"${raw}}\n`;
}

/** undefined for a line that is not a record (cut off by a crash). */
export function decodeRecord(line: string): LogRecord | undefined {
  try {
    const value = JSON.parse(line) as { log?: unknown; stream?: unknown; time?: unknown; raw?: unknown };
    if (typeof value.log !== "string" || typeof value.time !== "string") {
      return undefined;
    }
    return {
      stream: value.stream === "stderr" ? "stderr" : "stdout",
      timeNano: parseNano(value.time),
      line: typeof value.raw === "string" ? Buffer.from(value.raw, "base64") : Buffer.from(value.log, "utf8"),
    };
  } catch {
    return undefined;
  }
}

/** Lines that came together have one time: it is written once. */
const last = { nano: -1n, text: "" };

/** RFC 3339 with nanoseconds, always nine digits, UTC. */
export function formatNano(nano: bigint): string {
  if (nano !== last.nano) Object.assign(last, { nano, text: rfc3339(nano) });
  return last.text;
}

function rfc3339(nano: bigint): string {
  const seconds = new Date(Number(nano / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${(nano % 1_000_000_000n).toString().padStart(9, "0")}Z`;
}

/** ns since the epoch of an RFC 3339 time with any fraction; 0 if it is none. */
export function parseNano(time: string): bigint {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/.exec(time);
  if (match === null) {
    return 0n;
  }
  const milliseconds = Date.parse(`${match[1]}${match[3]}`);
  return BigInt(milliseconds) * 1_000_000n + BigInt((match[2] ?? "").padEnd(9, "0"));
}

/**
 * Cuts a stream of chunks into records: one per line, and pieces of at most 16 KiB of longer ones. A piece that ends
 * without a newline goes on in the next record.
 */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Buffer[] {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const lines: Buffer[] = [];
    for (;;) {
      const end = data.indexOf(10);
      const length = end >= 0 && end < longestLine ? end + 1 : data.length >= longestLine ? longestLine : 0;
      if (length === 0) {
        break;
      }
      lines.push(data.subarray(0, length));
      data = data.subarray(length);
    }
    // A copy: the chunk may be a view of a large pool.
    this.#rest = Buffer.from(data);
    return lines;
  }

  /** The beginning of a line, without taking it. */
  get rest(): Buffer {
    return this.#rest;
  }

  /** What is left at the end of the stream, or of a pause: a last line without a newline. */
  flush(): Buffer | undefined {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest.length === 0 ? undefined : rest;
  }
}
