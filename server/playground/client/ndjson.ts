import type { Readable } from "node:stream";

const newline = 0x0a;
/** A record that grows beyond this is not one of ours. */
const longestLine = 8 * 1024 * 1024;

/** The lines of a stream as JSON values, in the batches they arrived in: `[values, bytes]`. */
export async function* readNdjson<Value>(stream: Readable): AsyncGenerator<[Value[], number]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(newline);
    rest = bytes.subarray(end + 1);
    if (rest.length > longestLine) throw new Error("The engine sent a line of more than 8 MiB.");
    if (end < 0) continue;
    const values = bytes
      .toString("utf8", 0, end)
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => JSON.parse(line) as Value);
    if (values.length > 0) yield [values, end];
  }
}
