import { open } from "node:fs/promises";

/** So many bytes of a file at most, as text: how long a file of /proc is may be up to somebody hostile. */
export async function readBeginning(path: string, bytes: number): Promise<string> {
  await using file = await open(path);
  const buffer = Buffer.alloc(bytes);
  let length = 0;
  for (let read = -1; read !== 0 && length < bytes; length += read) {
    // Of /proc a page at once, where it is made up line by line.
    ({ bytesRead: read } = await file.read(buffer, length, bytes - length));
  }
  return buffer.toString("utf8", 0, length);
}
