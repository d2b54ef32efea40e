import { closeSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Socket } from "node:net";
import { callError } from "../mount/errno.ts";
import * as libc from "../mount/libc.ts";
import { decompressor, detectCompression, type Filter, magicLength, startFilter } from "./compression.ts";

const bufferSize = 1 << 20;

/**
 * The file at `path` decompressed as by `decompress`, piece by piece; each is valid until the next is asked for. The program
 * reads the file by itself, and what it makes is read into one buffer: hundreds of megabytes in streams' pieces of 64 KB
 * cost more than all that is done with them.
 * @param signal ends it, with any error
 * @throws what `decompress` does
 */
export async function* decompressFile(path: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const file = await open(path, "r");
  try {
    const head = Buffer.alloc(magicLength);
    const { bytesRead } = await file.read(head, 0, magicLength, 0);
    const compression = detectCompression(head.subarray(0, bytesRead));
    signal?.throwIfAborted();
    yield* compression === "none" ? asIs(file, signal) : throughProgram(file.fd, decompressor(compression), signal);
  } finally {
    await file.close();
  }
}

async function* asIs(file: FileHandle, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(bufferSize);
  for (let position = 0; ;) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, bufferSize, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* throughProgram(file: number, filter: Filter, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const { reader, writer } = pipe();
  let program: ReturnType<typeof startFilter>;
  try {
    program = startFilter(filter, [file, writer]);
  } catch (error) {
    closeSync(reader);
    throw error;
  } finally {
    closeSync(writer);
  }
  const { child, failure } = program;
  const kill = () => child.kill("SIGKILL");
  signal?.addEventListener("abort", kill, { once: true });
  try {
    yield* inPlace(reader);
    const error = await failure;
    if (error !== undefined) throw error;
  } finally {
    signal?.removeEventListener("abort", kill);
    kill();
  }
}

function pipe(): { reader: number; writer: number } {
  const ends = libc.pipe(bufferSize);
  if (typeof ends === "number") throw callError("pipe2", ends, "decompressing");
  return ends;
}

/** What comes out of a pipe; each piece is valid until the next is asked for. Closes `reader`. */
async function* inPlace(reader: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(bufferSize);
  let arrival = Promise.withResolvers<number>();
  // Nothing more is read before it resumes.
  const callback = (length: number): boolean => {
    arrival.resolve(length);
    return false;
  };
  const socket = new Socket({ fd: reader, readable: true, onread: { buffer, callback } });
  socket.on("end", () => arrival.resolve(0));
  socket.on("error", (error) => arrival.reject(error));
  try {
    for (;;) {
      const length = await arrival.promise;
      if (length === 0) return;
      yield buffer.subarray(0, length);
      arrival = Promise.withResolvers();
      socket.resume();
    }
  } finally {
    socket.destroy();
  }
}
