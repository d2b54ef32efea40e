import { spawn } from "node:child_process";
import { PassThrough, pipeline, Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { InvalidArgument, isEngineError, messageOf, NotImplemented } from "../errdefs/errors.ts";

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

/** zlib is two and a half times as fast with these as with its default of 16 KiB. */
const chunkSize = 1 << 20;

/**
 * `source` decompressed, whatever it was compressed with. Errors of `source` and of the decompressor arrive in the
 * result; destroying the result destroys `source`.
 * @throws InvalidArgument (in the stream: corrupt data), NotImplemented (xz or bzip2 without the program of that name)
 */
export async function decompress(source: Readable): Promise<{ stream: Readable; compression: Compression }> {
  const { head, whole } = await peek(source, magicLength);
  const compression = detectCompression(head);
  switch (compression) {
    case "gzip":
      return { stream: through(whole, createGunzip({ chunkSize }), compression), compression };
    case "zstd":
      return { stream: through(whole, createZstdDecompress({ chunkSize }), compression), compression };
    case "bzip2":
    case "xz":
      return { stream: throughProgram(whole, compression), compression };
    case "none":
    default:
      return { stream: whole, compression: "none" };
  }
}

function through(source: Readable, transform: NodeJS.ReadWriteStream & PassThroughLike, name: string): Readable {
  const output = new PassThrough({ highWaterMark: 4 * chunkSize });
  pipeline(source, transform, output, () => {});
  // `pipeline` destroys `output` with the error as it came; the reader shall see ours.
  const destroy = output._destroy.bind(output);
  output._destroy = (error, callback) => destroy(error === null ? null : translate(error, name), callback);
  return output;
}

type PassThroughLike = Pick<PassThrough, "destroy">;

function translate(error: Error, name: string): Error {
  const code = "code" in error ? String(error.code) : "";
  if (!isEngineError(error) && /^(Z_|ZSTD_|ERR_ZLIB|ERR_ZSTD)/.test(code)) {
    return new InvalidArgument(`the ${name} data is corrupt: ${messageOf(error)}`, { cause: error });
  }
  return error;
}

/**
 * What reads a learner's bytes has no right and no file of its own, not even `nobody`'s, who others run as: an id that no
 * account has. Who is not root has nothing to give up.
 */
const nobodyElse = 65_533;

function powerless(): { uid?: number; gid?: number } {
  return process.getuid?.() === 0 ? { uid: nobodyElse, gid: nobodyElse } : {};
}

function throughProgram(source: Readable, program: "bzip2" | "xz"): Readable {
  const child = spawn(program, ["-dc"], { stdio: ["pipe", "pipe", "pipe"], cwd: "/", ...powerless() });
  const output = new PassThrough({ highWaterMark: chunkSize });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-1000)));
  child.on("error", (cause) =>
    output.destroy(new NotImplemented(`this is ${program} data: install ${program} on the server`, { cause })),
  );
  pipeline(source, child.stdin, (error) => {
    if (error !== null && error !== undefined && "code" in error && error.code !== "EPIPE") {
      output.destroy(error);
    }
  });
  child.stdout.pipe(output, { end: false });
  child.on("close", (status) => {
    if (status === 0) {
      output.end();
    } else {
      output.destroy(new InvalidArgument(`the ${program} data is corrupt: ${complaint.trim() || `status ${status}`}`));
    }
  });
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
