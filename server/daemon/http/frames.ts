const streamIds = { stdin: 0, stdout: 1, stderr: 2 } as const;

/**
 * One frame of Docker's multiplexed stream: a byte for the stream, three zero bytes, the length as 32 bits
 * big-endian, the bytes (Engine API, ContainerAttach, Stream format).
 */
export function frame(stream: keyof typeof streamIds, chunk: Uint8Array): Buffer {
  const result = Buffer.allocUnsafe(8 + chunk.length);
  result.writeUInt32BE(streamIds[stream] * 0x1000000, 0);
  result.writeUInt32BE(chunk.length, 4);
  result.set(chunk, 8);
  return result;
}
