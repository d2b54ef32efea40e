import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InvalidArgument } from "#engine/errdefs/errors.ts";
import { checksumOf, deviceNumber, deviceParts, type TarHeader } from "#engine/diff/tar/tar-header.ts";
import { TarReader } from "#engine/diff/tar/tar-reader.ts";
import { paxRecord } from "#engine/diff/tar/tar-records.ts";
import { encodeHeader, endOfArchive, padding } from "#engine/diff/tar/tar-writer.ts";
import { decodeName } from "#engine/mount/libc.ts";

function header(changes: Partial<TarHeader>): TarHeader {
  return {
    name: "file",
    type: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: 0,
    mtimeNs: 1_700_000_000_000_000_000n,
    linkName: "",
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: new Map(),
    ...changes,
  };
}

interface Entry {
  header: TarHeader;
  content: Buffer;
}

/** Reads an archive in pieces of `step` bytes, each gone with its call; sparse holes come as zeros. */
function read(archive: Buffer, step = archive.length): Entry[] {
  const entries: Entry[] = [];
  const reader = new TarReader({
    entry: (found) => entries.push({ header: found, content: Buffer.alloc(found.size) }),
    data: (piece, offset) => void piece.copy(entries.at(-1)?.content ?? Buffer.alloc(0), offset),
    end: () => {},
  });
  for (let at = 0; at < archive.length; at += step) {
    const piece = Buffer.from(archive.subarray(at, at + step));
    reader.write(piece);
    piece.fill("?");
  }
  reader.finish();
  return entries;
}

function archiveOf(...entries: [TarHeader, Buffer?][]): Buffer {
  const parts = entries.flatMap(([head, content = Buffer.alloc(0)]) => [
    encodeHeader(head),
    content,
    padding(content.length),
  ]);
  return Buffer.concat([...parts, endOfArchive]);
}

/** A header block with fields changed by `change` and its checksum made good. */
function rawBlock(change: (block: Buffer) => void, base = header({})): Buffer {
  const block = encodeHeader(base);
  change(block);
  block.write(`${checksumOf(block).toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

function extension(type: string, body: Buffer): Buffer {
  const block = rawBlock(
    (bytes) => {
      bytes.write(type, 156);
    },
    header({ name: "extension", size: body.length }),
  );
  return Buffer.concat([block, body, padding(body.length)]);
}

describe("tar archives", () => {
  const odd: TarHeader[] = [
    header({ name: "a".repeat(101), size: 3 }),
    header({ name: `${"dir/".repeat(300)}x`, type: "symlink", linkName: "t".repeat(3000) }),
    header({ name: "größe-✓" }),
    header({ name: decodeName(Buffer.from([0x62, 0xff, 0xfe])) }),
    header({ uid: 5_000_000_000, gid: 3_000_000 }),
    header({ mtimeNs: 1_700_000_000_123_456_789n }),
    header({ mtimeNs: -1_500_000_000n }),
    header({ name: "dir", type: "directory", mode: 0o1777 }),
    header({ name: "hard", type: "link", linkName: "file" }),
    header({ name: "fifo", type: "fifo" }),
    header({ name: "null", type: "character", deviceMajor: 1, deviceMinor: 3 }),
    header({ name: "sda", type: "block", deviceMajor: 8, deviceMinor: 300 }),
    header({
      name: "caps",
      xattrs: new Map([
        ["security.capability", Buffer.from([1, 0, 0, 2, 0])],
        ["user.note", Buffer.from("x=y\n")],
      ]),
    }),
  ];

  it("come back as they were written, in pieces of any size", () => {
    const archive = archiveOf(...odd.map((head) => [head, Buffer.alloc(head.size, "x")] as [TarHeader, Buffer]));
    for (const step of [archive.length, 511, 512, 7]) {
      const entries = read(archive, step);
      assert.deepEqual(
        entries.map((entry) => entry.header),
        odd,
      );
      assert.equal(entries[0]?.content.toString(), "xxx");
    }
  });

  it("are the same bytes for the same headers", () => {
    assert.ok(archiveOf([odd[0] as TarHeader]).equals(archiveOf([odd[0] as TarHeader])));
  });

  it("may have GNU long names, global pax headers and base-256 numbers", () => {
    const long = "n".repeat(300);
    const big = rawBlock((block) => {
      block.fill(0, 108, 116);
      block[108] = 0x80;
      block.writeUInt32BE(3_000_000_000, 112);
    });
    const archive = Buffer.concat([
      extension("g", paxRecord("mtime", "5.5")),
      extension("L", Buffer.from(`${long}\0`)),
      extension("K", Buffer.from("target\0")),
      rawBlock((block) => void block.write("2", 156)),
      big,
      endOfArchive,
    ]);
    const [link, file] = read(archive);
    assert.equal(link?.header.name, long);
    assert.equal(link?.header.linkName, "target");
    assert.equal(link?.header.mtimeNs, 5_500_000_000n);
    assert.equal(file?.header.name, "file");
    assert.equal(file?.header.uid, 3_000_000_000);
  });

  it("may have sparse files in pax format 1.0", () => {
    const map = Buffer.from("2\n0\n4\n1000\n4\n");
    const stored = Buffer.concat([map, padding(map.length), Buffer.from("headtail")]);
    const pax = Buffer.concat([
      paxRecord("GNU.sparse.major", "1"),
      paxRecord("GNU.sparse.minor", "0"),
      paxRecord("GNU.sparse.name", "sparse"),
      paxRecord("GNU.sparse.realsize", "1004"),
    ]);
    const block = encodeHeader(header({ name: "GNUSparseFile.0/sparse", size: stored.length }));
    const archive = Buffer.concat([extension("x", pax), block, stored, padding(stored.length), endOfArchive]);
    for (const step of [archive.length, 100]) {
      const [entry] = read(archive, step);
      assert.equal(entry?.header.name, "sparse");
      assert.equal(entry?.header.size, 1004);
      assert.equal(entry?.content.toString("latin1", 0, 4), "head");
      assert.equal(entry?.content.toString("latin1", 1000), "tail");
    }
  });

  it("may have a map of several blocks of a sparse file", () => {
    const pieces = Array.from({ length: 200 }, (_, index) => `${index * 10}\n1\n`);
    const map = Buffer.from(`200\n${pieces.join("")}`);
    assert.ok(map.length > 2 * 512);
    const stored = Buffer.concat([map, padding(map.length), Buffer.alloc(200, "x")]);
    const pax = Buffer.concat([paxRecord("GNU.sparse.major", "1"), paxRecord("GNU.sparse.realsize", "1991")]);
    const block = encodeHeader(header({ size: stored.length }));
    const archive = Buffer.concat([extension("x", pax), block, stored, padding(stored.length), endOfArchive]);
    for (const step of [archive.length, 512, 100]) {
      const [entry] = read(archive, step);
      assert.equal(entry?.content.toString("latin1").replaceAll("\0", ""), "x".repeat(200), String(step));
    }
  });

  it("may end without a mark, but not within an entry", () => {
    const whole = archiveOf([header({ size: 600 }), Buffer.alloc(600)]);
    assert.equal(read(whole.subarray(0, whole.length - 1024)).length, 1);
    // As the docker CLI sends a context with a Dockerfile from elsewhere: the last entry is not even padded.
    assert.equal(read(whole.subarray(0, 512 + 600)).length, 1);
    for (const length of [100, 512, 700, 1100]) {
      assert.throws(() => read(whole.subarray(0, length)), InvalidArgument, String(length));
    }
  });

  it("are refused when they are none", () => {
    const tooLong = rawBlock((block) => void block.write("x", 156), header({ size: 1 << 30 }));
    for (const bytes of [
      Buffer.alloc(2048, "not a tar"),
      encodeHeader(header({})).fill("z", 0, 5),
      tooLong,
      extension("x", Buffer.from("12 path=x")),
      extension("x", Buffer.from("99999999 path=x\n")),
      Buffer.concat([extension("x", paxRecord("size", "-5")), encodeHeader(header({}))]),
      Buffer.concat([extension("x", paxRecord("uid", "1e3")), encodeHeader(header({}))]),
    ]) {
      assert.throws(() => read(bytes), InvalidArgument);
    }
  });

  it("encode devices as the kernel does", () => {
    for (const [major, minor] of [
      [1, 3],
      [8, 300],
      [4095, 1_048_575],
      [5000, 70_000],
    ] as const) {
      assert.deepEqual(deviceParts(deviceNumber(major, minor)), { major, minor });
    }
    assert.equal(deviceNumber(8, 1), 0x801n);
  });
});
