import { read, readSync, write } from "node:fs";
import { promisify } from "node:util";
import { throwIfAborted } from "../solver/semaphore.ts";

const readAt = promisify(read);
const writeAt = promisify(write);
/** Bytes. Between two pieces others have their turn, and a build that nobody wants any more ends. */
const pieceBytes = 1 << 20;

const shared = Buffer.allocUnsafeSlow(256 * 1024);

/** `size` bytes of a small file, fewer if it has fewer, at once; each piece is good until the next one is asked for. */
export function* shortPieces(fd: number, size: number): Generator<Buffer> {
  for (let at = 0; at < size;) {
    const bytesRead = readSync(fd, shared, 0, Math.min(shared.length, size - at), null);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield shared.subarray(0, bytesRead);
  }
}

/**
 * What is left to read of a large file, in pieces; each is good until the next one is asked for. Nothing is read ahead:
 * the caller may close `fd` at once.
 * @throws Cancelled
 */
export async function* piecesOf(fd: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(pieceBytes);
  for (;;) {
    throwIfAborted(signal);
    const { bytesRead } = await readAt(fd, buffer, 0, buffer.length, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

/** The rest of one file to the end of another. Both stay open. @throws Cancelled */
export async function copyPieces(from: number, to: number, signal: AbortSignal): Promise<void> {
  for await (const piece of piecesOf(from, signal)) {
    for (let written = 0; written < piece.length;) {
      written += (await writeAt(to, piece, written, piece.length - written, null)).bytesWritten;
    }
  }
}
