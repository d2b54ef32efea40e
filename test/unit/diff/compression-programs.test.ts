import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { after, test } from "node:test";
import { crc32, gunzipSync, gzipSync } from "node:zlib";
import { DataLoss, InvalidArgument } from "#engine/errdefs/errors.ts";
import { currentAccount } from "#engine/runtime/cgroups/account.ts";
import { compress, decompress } from "#engine/diff/compression.ts";

const directory = mkdtempSync(join(tmpdir(), "dd-programs-"));
const path = process.env["PATH"];
after(() => {
  process.env["PATH"] = path;
  delete process.env["DRYDOCK_SECRET_OF_THIS_TEST"];
  rmSync(directory, { recursive: true });
});

const isRoot = process.getuid?.() === 0;
const unlessRoot = { skip: !isRoot && "who is not root starts it as the user that it is" };

/** What stands in for the program tells who it is, what it may, where it is, and what of the machine's it has. */
const report = `#!/bin/sh
cat >/dev/null
echo "id=$(id -u) $(id -G)"
echo "directory=$(pwd)"
echo "capabilities=$(grep -hE '^Cap(Inh|Prm|Eff|Bnd|Amb)' /proc/self/status | cut -f2 | sort -u)"
echo "new privileges=$(grep NoNewPrivs /proc/self/status | cut -f2)"
echo "shadow=$(cat /etc/shadow 2>/dev/null || echo closed)"
echo "network=$(readlink /proc/self/ns/net)"
echo "memory=$(ulimit -v)"
echo "files=$(ulimit -f)"
echo "secret=$DRYDOCK_SECRET_OF_THIS_TEST"
`;

const heads = {
  igzip: [0x1f, 0x8b, 0x08, 0x00],
  zstd: [0x28, 0xb5, 0x2f, 0xfd],
  xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
  bzip2: [0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59],
};

async function reportOf(stream: Readable): Promise<Record<string, string>> {
  const lines = (await text(stream)).trimEnd().split("\n");
  return Object.fromEntries(lines.map((line) => line.split("=") as [string, string]));
}

/** Each way through a program, which `report` stands in for. */
const ways: { program: string; open: () => Promise<Readable> }[] = [
  ...Object.entries(heads).map(([program, head]) => ({
    program,
    open: async () => (await decompress(Readable.from([Buffer.from([...head, ...Buffer.alloc(100)])]))).stream,
  })),
  { program: "igzip", open: () => Promise.resolve(compress(Readable.from([Buffer.from("text")]))) },
];

test(
  "what decompresses and compresses is a user that nothing belongs to, and each another one",
  unlessRoot,
  async () => {
    chmodSync(directory, 0o755);
    process.env["PATH"] = `${directory}:${path}`;
    process.env["DRYDOCK_SECRET_OF_THIS_TEST"] = "ours";
    const users = new Set<string>();
    for (const { program, open } of ways) {
      writeFileSync(join(directory, program), report, { mode: 0o755 });
      const { id, network, ...rest } = await reportOf(await open());
      const [user = "", ...groups] = id?.split(" ") ?? [];
      assert.deepEqual(groups, [user], program);
      assert.ok(Number(user) > 2 ** 31, `${program} is ${user}: a tenant's or an account's`);
      users.add(user);
      assert.notEqual(network, readlinkSync("/proc/self/ns/net"), program);
      assert.deepEqual(
        rest,
        {
          directory: "/",
          capabilities: "0".repeat(16),
          "new privileges": "1",
          shadow: "closed",
          memory: String(512 * 1024),
          files: "0",
          secret: "",
        },
        program,
      );
    }
    assert.equal(users.size, ways.length, "none could trace another");
  },
);

test("a machine without igzip has gzip do it, and what follows the data is passed over", async () => {
  process.env["PATH"] = "/usr/bin:/bin";
  const programs = mkdtempSync(join(directory, "few-"));
  chmodSync(directory, 0o755);
  chmodSync(programs, 0o755);
  for (const name of ["gzip", "prlimit", "unshare", "setpriv"]) {
    writeFileSync(join(programs, name), `#!/bin/sh\nPATH=/usr/bin:/bin exec ${name} "$@"\n`, { mode: 0o755 });
  }
  process.env["PATH"] = programs;
  const packed = Buffer.concat([gzipSync("one "), gzipSync("two"), Buffer.from("no gzip")]);
  const { stream, compression } = await decompress(Readable.from([packed]));
  assert.deepEqual([compression, await text(stream)], ["gzip", "one two"]);
  assert.equal(gunzipSync(await buffer(compress(Readable.from(["text"])))).toString(), "text");
  await assert.rejects(async () => decompress(Readable.from([Buffer.from(heads.zstd)])), {
    message: "this is zstd data: install zstd on the server",
  });
});

test("an archive that asks for more memory than it may have is refused", async (t) => {
  process.env["PATH"] = path;
  if (spawnSync("xz", ["--version"]).error !== undefined) return t.skip("needs xz: apt-get install xz-utils");
  // With several threads, as since xz 5.6 by default, the block's header has its sizes, too.
  const packed = execFileSync("xz", ["-c", "-T1"], { input: "text" });
  // xz-file-format 3.1: after the stream's header of 12 bytes the block's, whose filter LZMA2 says how large its dictionary
  // is in one byte (40: 4 GiB), and whose last 4 bytes are its CRC32.
  const length = ((packed[12] ?? 0) + 1) * 4;
  assert.deepEqual([packed[14], packed[15]], [0x21, 1], "LZMA2");
  packed[16] = 40;
  packed.writeUInt32LE(crc32(packed.subarray(12, 12 + length - 4)), 12 + length - 4);
  const { stream } = await decompress(Readable.from([packed]));
  await assert.rejects(
    text(stream),
    (error: Error) => error instanceof InvalidArgument && /memory/i.test(error.message),
  );
});

test("what is compressed has the same bytes each time, and is not made out of half of its source", async () => {
  process.env["PATH"] = path;
  const packed = () => buffer(compress(Readable.from(["text"])));
  const first = await packed();
  // The format's time is in seconds.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  assert.deepEqual(await packed(), first);
  async function* broken() {
    yield Buffer.from("half");
    await Promise.reject(new DataLoss("the layer is damaged"));
  }
  await assert.rejects(buffer(compress(Readable.from(broken()))), DataLoss);
});

test("what decompresses and compresses is in the control group of whose request it is for; where it cannot be, it does nothing", async () => {
  process.env["PATH"] = path;
  // A directory for each tree, with a file that takes the words as the kernel's does.
  const trees = ["cpu", "memory"].map((name) => join(mkdtempSync(join(directory, "tree-")), name));
  const packed = () => Readable.from([gzipSync("text")]);
  const charged = () => currentAccount.run(trees, async () => text((await decompress(packed())).stream));
  const packing = () => currentAccount.run(trees, async () => buffer(compress(Readable.from(["text"]))));
  const entered = () => trees.map((tree) => readFileSync(join(tree, "cgroup.procs"), "utf8"));
  assert.equal(await charged(), "text");
  assert.deepEqual(entered(), ["0\n", "0\n"]);
  trees.forEach((tree) => rmSync(join(tree, "cgroup.procs")));
  assert.equal(gunzipSync(await packing()).toString(), "text");
  assert.deepEqual(entered(), ["0\n", "0\n"]);
  rmSync(trees[1] ?? "", { recursive: true });
  writeFileSync(trees[1] ?? "", "no directory");
  await assert.rejects(charged(), { name: "Internal" });
  await assert.rejects(packing(), { name: "Internal" });
});
