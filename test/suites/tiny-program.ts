/** Machine code that writes the 3 bytes after it ("hi\n") and exits with 0, by GOARCH's name. */
const code = {
  // mov x0, 1; adr x1, .+28; mov x2, 3; mov x8, 64 (write); svc 0; mov x0, 0; mov x8, 93 (exit); svc 0
  arm64: { machine: 183, words: "200080d2 e1000010 620080d2 080880d2 010000d4 000080d2 a80b80d2 010000d4" },
  // mov edi, 1; lea rsi, [rip+19]; mov edx, 3; mov eax, 1 (write); syscall; xor edi, edi; mov eax, 60 (exit); syscall
  amd64: { machine: 62, words: "bf01000000 488d3515000000 ba03000000 b801000000 0f05 31ff b83c000000 0f05" },
} as const;

const [headerBytes, segmentBytes] = [64, 56];

/** The smallest program for Linux on that processor: one loaded segment (elf(5)). */
export function tinyProgram(architecture: keyof typeof code): Buffer {
  const { machine, words } = code[architecture];
  const body = Buffer.concat([Buffer.from(words.replaceAll(" ", ""), "hex"), Buffer.from("hi\n")]);
  const offset = headerBytes + segmentBytes;
  const base = 0x400000n;
  const header = Buffer.alloc(headerBytes);
  header.write("7f454c46020101", "hex"); // 64 bits, little endian
  header.writeUInt16LE(2, 16); // an executable
  header.writeUInt16LE(machine, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(base + BigInt(offset), 24); // where it begins
  header.writeBigUInt64LE(BigInt(headerBytes), 32);
  header.writeUInt16LE(headerBytes, 52);
  header.writeUInt16LE(segmentBytes, 54);
  header.writeUInt16LE(1, 56);
  const segment = Buffer.alloc(segmentBytes);
  segment.writeUInt32LE(1, 0); // to be loaded
  segment.writeUInt32LE(5, 4); // read and execute
  segment.writeBigUInt64LE(base, 16);
  segment.writeBigUInt64LE(base, 24);
  segment.writeBigUInt64LE(BigInt(offset + body.length), 32);
  segment.writeBigUInt64LE(BigInt(offset + body.length), 40);
  segment.writeBigUInt64LE(0x1000n, 48);
  return Buffer.concat([header, segment, body]);
}
