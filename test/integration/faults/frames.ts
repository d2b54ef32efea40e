/** Docker's stream format (Engine API, ContainerAttach): 1 byte of stream, 3 of nothing, 4 of length, the data. */
export function demultiplex(body: Buffer): { stdout: Buffer; stderr: Buffer } {
  const parts: Record<"stdout" | "stderr", Buffer[]> = { stdout: [], stderr: [] };
  for (let at = 0; at + 8 <= body.length;) {
    const length = body.readUInt32BE(at + 4);
    parts[body[at] === 2 ? "stderr" : "stdout"].push(body.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return { stdout: Buffer.concat(parts.stdout), stderr: Buffer.concat(parts.stderr) };
}
