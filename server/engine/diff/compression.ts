import type { ChildProcess } from "node:child_process";
import { PassThrough, pipeline, Readable } from "node:stream";
import { InvalidArgument, Internal, NotImplemented, ResourceExhausted } from "../errdefs/errors.ts";
import { errnoCode } from "../mount/errno.ts";
import { firstOnPath } from "../on-path.ts";
import { notCharged } from "../runtime/cgroups/account.ts";
import { type PowerlessStdio, spawnPowerless } from "./powerless.ts";

export type Compression = "none" | "gzip" | "zstd" | "bzip2" | "xz";

const magics: [Compression, number[]][] = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
];

/** Bytes at the head that `detectCompression` looks at. */
export const magicLength = 6;

/** By the first bytes, never by name or media type. */
export function detectCompression(head: Uint8Array): Compression {
  const found = magics.find(([, magic]) => magic.every((byte, index) => head[index] === byte));
  return found?.[0] ?? "none";
}

/** What decompresses each, and compresses: the first of these that the machine has (isal's igzip takes a quarter of gzip's time). */
const programs: Record<Exclude<Compression, "none">, readonly string[]> = {
  gzip: ["igzip", "gzip"],
  zstd: ["zstd"],
  bzip2: ["bzip2"],
  xz: ["xz"],
};

/** gzip(1): a warning, as of what follows the data, which is passed over */
const gzipWarning = 2;

const bufferSize = 1 << 20;

/**
 * `source` as gzip makes it, by a program that can do no harm (`spawnPowerless`), on the account of whose request it is for.
 * Errors as with `decompress`. @throws NotImplemented (the machine lacks the program)
 */
export function compress(source: Readable): Readable {
  const program = firstOnPath(programs.gzip);
  if (program === undefined) {
    source.destroy();
    throw new NotImplemented("a layer cannot be compressed: install gzip on the server");
  }
  const failed = (why: string) => new Internal(`${program} failed: ${why}`);
  // Without the time in it: a layer made anew has the same digest.
  return throughProgram(source, { program, args: ["-cn"], doing: "compressed", failed });
}

/**
 * `source` decompressed, whatever it was compressed with, by a program that can do no harm (`spawnPowerless`). Errors of
 * `source` and of the program arrive in the result; destroying the result destroys `source`.
 * @throws (in the stream) InvalidArgument (corrupt data), ResourceExhausted (no memory left); NotImplemented (the machine lacks the program)
 */
export async function decompress(source: Readable): Promise<{ stream: Readable; compression: Compression }> {
  const { head, whole } = await peek(source, magicLength);
  const compression = detectCompression(head);
  try {
    return { stream: compression === "none" ? whole : throughProgram(whole, decompressor(compression)), compression };
  } catch (error) {
    source.destroy();
    throw error;
  }
}

/** A program that takes data and gives other data. */
export interface Filter {
  /** a full path */
  program: string;
  args: readonly string[];
  /** what is done to the data, for messages */
  doing: string;
  failed: (why: string) => Error;
  /** exit status that is no failure */
  warning?: number | undefined;
}

/** @throws NotImplemented (the machine lacks the program) */
export function decompressor(compression: Exclude<Compression, "none">): Filter {
  const program = firstOnPath(programs[compression]);
  if (program === undefined) {
    throw new NotImplemented(`this is ${compression} data: install ${programs[compression].at(-1)} on the server`);
  }
  return {
    program,
    // xz would use as many threads as there are processors, and memory for each
    args: compression === "xz" ? ["-dc", "-T1"] : ["-dc"],
    doing: "decompressed",
    failed: (why) => new InvalidArgument(`the ${compression} data is corrupt: ${why}`),
    warning: compression === "gzip" ? gzipWarning : undefined,
  };
}

/**
 * Starts the program, from the first to the second of `stdio`.
 * @returns also why it failed, when it has ended: undefined if it did not
 */
export function startFilter(
  { program, args, doing, failed, warning = 0 }: Filter,
  stdio: PowerlessStdio,
): { child: ChildProcess; failure: Promise<Error | undefined> } {
  const child = spawnPowerless(program, args, stdio);
  let complaint = "";
  child.stderr?.on("data", (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-1000)));
  const { promise: failure, resolve } = Promise.withResolvers<Error | undefined>();
  child.on("error", (cause) => resolve(new Internal(`${program} could not be started`, { cause })));
  child.on("close", (status, signal) => {
    if (signal === "SIGKILL") {
      resolve(new ResourceExhausted(`data could not be ${doing} by ${program}: your memory is used up`));
    } else if (status === notCharged) {
      resolve(new Internal(`${program} could not be started: ${complaint.trim()}`));
    } else if (status === 0 || status === warning) {
      resolve(undefined);
    } else {
      resolve(failed(complaint.trim() || `status ${status}`));
    }
  });
  return { child, failure };
}

function throughProgram(source: Readable, filter: Filter): Readable {
  const { child, failure } = startFilter(filter, ["pipe", "pipe"]);
  const output = new PassThrough({ highWaterMark: bufferSize });
  if (child.stdin !== null) {
    pipeline(source, child.stdin, (error) => {
      if (error !== null && error !== undefined && errnoCode(error) !== "EPIPE") {
        output.destroy(error);
      }
    });
  }
  child.stdout?.pipe(output, { end: false });
  void failure.then((error) => (error === undefined ? output.end() : output.destroy(error)));
  output.on("close", () => {
    child.kill("SIGKILL");
    source.destroy();
  });
  return output;
}

/** The first `length` bytes (fewer if there are fewer), and a stream of all of them. */
async function peek(source: Readable, length: number): Promise<{ head: Buffer; whole: Readable }> {
  const chunks: Buffer[] = [];
  let gathered = 0;
  const iterator = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  while (gathered < length) {
    const next = await iterator.next();
    if (next.done === true) {
      break;
    }
    chunks.push(next.value);
    gathered += next.value.length;
  }
  async function* all() {
    try {
      yield* chunks;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
        yield next.value;
      }
    } finally {
      source.destroy();
    }
  }
  const whole = Readable.from(all(), { objectMode: false });
  // Destroyed before it was read from, a generator does not run, not even its `finally`.
  whole.once("close", () => source.destroy());
  return { head: Buffer.concat(chunks), whole };
}
