import assert from "node:assert/strict";
import { mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { type Holder, MemoryGuard } from "#engine/quota/memory-guard.ts";
import { ownedDirectory } from "../../suites/owned-directory.ts";

const MiB = 2 ** 20;
const hex = (bytes: number) => bytes.toString(16).toUpperCase().padStart(8, "0");
const addressed = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const socket = (sent: number, received: number) =>
  ` 131: 0100007F:00C8 00000000:0000 07 ${hex(sent)}:${hex(received)} 00:00000000 00000000     0        0 29216367 2 0 62\n`;

interface Machine {
  /** MB */
  available: number;
  /** pages that TCP has */
  tcp?: number;
  locks?: { count: number; lines: string };
  /** by pid: its network, and the tables of that; what it has mounted, and open by descriptor */
  processes: Record<
    number,
    { network: string; tables?: Record<string, string>; mounts?: string[]; open?: Record<number, string> }
  >;
}

/** A /proc with what the guard reads. */
function procOf({ available, tcp = 10, locks, processes }: Machine): string {
  const proc = ownedDirectory("memory-guard-");
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(proc, path)), { recursive: true });
    writeFileSync(join(proc, path), text);
  };
  write("meminfo", `MemTotal:       ${4096 * 1024} kB\nMemFree: 1 kB\nMemAvailable:   ${available * 1024} kB\n`);
  write("net/sockstat", `sockets: used 19\nTCP: inuse 1 orphan 0 tw 0 alloc 1 mem ${tcp}\nUDP: inuse 0 mem 0\n`);
  write("sys/net/ipv4/tcp_mem", "10000\t50000\t90000\n");
  write(
    "slabinfo",
    `slabinfo - version: 2.1\nfile_lock_cache ${locks?.count ?? 0} ${locks?.count ?? 0} 192 21 1 : tunables\n`,
  );
  write("locks", locks?.lines ?? "");
  const all: [string, Machine["processes"][number]][] = [
    ...Object.entries(processes),
    ["self", { network: "net:[1]" }],
  ];
  for (const [pid, { network, tables = {}, mounts = [], open = {} }] of all) {
    mkdirSync(join(proc, pid, "ns"), { recursive: true });
    symlinkSync(network, join(proc, pid, "ns/net"));
    for (const [name, text] of Object.entries(tables)) write(join(pid, "net", name), text);
    write(join(pid, "mountinfo"), mounts.map((device) => `407 290 ${device} / / rw - overlay x rw\n`).join(""));
    mkdirSync(join(proc, pid, "fd"));
    for (const [descriptor, path] of Object.entries(open)) symlinkSync(path, join(proc, pid, "fd", descriptor));
  }
  return proc;
}

interface Seen {
  ended: Pick<Holder, "bytes" | "what">[];
  paths: string[];
  log: string[];
}

async function look(machine: Machine, groups: Record<string, number[]>): Promise<Seen> {
  const seen: Seen = { ended: [], paths: [], log: [] };
  const guard = new MemoryGuard({
    groups: () => Object.entries(groups).map(([path, pids]) => ({ tenant: "mallory", path, pids })),
    end: ({ group, bytes, what }) => {
      seen.paths.push(group.path);
      seen.ended.push({ bytes, what });
      return Promise.resolve();
    },
    log: (line) => seen.log.push(line),
    proc: procOf(machine),
  });
  await guard.look();
  return seen;
}

const full = { raw: addressed + socket(0, 100 * MiB) };

test("who holds most is ended when little memory is left", async () => {
  const netlink = `sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode\n0000 0 0 00000000 ${80 * MiB} ${MiB} 0 2 0 4\n`;
  const packet = `sk RefCnt Type Proto Iface R Rmem User Inode\n0000 3 3 0003 2 1 ${60 * MiB} 0 5\n`;
  const { paths, ended, log } = await look(
    {
      available: 300,
      processes: {
        7: { network: "net:[7]", tables: { raw: addressed + socket(MiB, 89 * MiB) } },
        8: { network: "net:[8]", tables: { netlink, packet, raw6: addressed + socket(0, MiB) } },
        9: { network: "net:[9]", tables: {} },
      },
    },
    { "/drydock/a/one": [7], "/drydock/a/two": [8], "/drydock/a/three": [9] },
  );
  assert.deepEqual(paths, ["/drydock/a/two"]);
  assert.deepEqual(ended, [{ bytes: 142 * MiB, what: "sockets" }]);
  assert.match(
    log.join("\n"),
    /the machine has 300 MiB of memory left: .*two of tenant mallory is ended, whose sockets hold 142 MiB/,
  );
});

test("nobody is, while there is enough", async () => {
  const seen = await look(
    { available: 500, processes: { 7: { network: "net:[7]", tables: full } } },
    { "/d/a/b": [7] },
  );
  assert.deepEqual(seen, { ended: [], paths: [], log: [] });
});

test("nobody is for what honest use has: the operator hears of it", async () => {
  const tables = { raw: addressed + socket(0, 63 * MiB) };
  const { ended, log } = await look(
    { available: 300, processes: { 7: { network: "net:[7]", tables } } },
    { "/d/a/b": [7] },
  );
  assert.deepEqual(ended, []);
  assert.match(log.join("\n"), /300 MiB of memory left, and no container is seen to hold/);
});

test("the machine's own network is nobody's, and a process that has ended holds nothing", async () => {
  const processes = { 7: { network: "net:[1]", tables: full } };
  const { ended } = await look({ available: 300, processes }, { "/d/a/b": [7], "/d/a/c": [12], "/d/a/d": [] });
  assert.deepEqual(ended, []);
});

test("locks are those of who took them last", async () => {
  const line = (pid: number, n: number) => `${n}: POSIX  ADVISORY  WRITE ${pid} fe:00:2154850 ${n} ${n}\n`;
  const lines = `${line(7, 1)}1: -> POSIX  ADVISORY  WRITE 8 fe:00:2154850 1 1\n${line(7, 2)}3: OFDLCK ADVISORY  READ -1 fe:00:2154850 1 1\n`;
  const { paths, ended } = await look(
    {
      available: 300,
      locks: { count: MiB, lines },
      processes: { 7: { network: "net:[7]" }, 8: { network: "net:[8]" } },
    },
    { "/d/a/b": [8], "/d/a/c": [7] },
  );
  assert.deepEqual(paths, ["/d/a/c"]);
  assert.deepEqual(ended, [{ bytes: 96 * MiB, what: "locks" }]);
});

const descriptionLocks = (file: string, count = 4) =>
  Array.from({ length: count }, (_, n) => `${n}: OFDLCK ADVISORY  WRITE -1 ${file} ${n} ${n}\n`).join("");

test("locks of no process that is there are those of who alone has the file's mount", async () => {
  const lines = descriptionLocks("00:30:326") + "9: POSIX  ADVISORY  WRITE 12 00:30:326 8 8\n";
  const { paths, ended } = await look(
    {
      available: 300,
      locks: { count: MiB, lines },
      processes: {
        7: { network: "net:[7]", mounts: ["254:0", "0:48"] },
        8: { network: "net:[8]", mounts: ["254:0", "0:49"] },
      },
    },
    { "/d/a/b": [8], "/d/a/c": [7] },
  );
  assert.deepEqual(paths, ["/d/a/c"]);
  assert.deepEqual(ended, [{ bytes: 192 * MiB, what: "locks" }]);
});

test("on a disk that many have they are those of who has the file open", async () => {
  const volume = ownedDirectory("memory-guard-volume-");
  const [locked, other] = [join(volume, "locked"), join(volume, "other")];
  for (const path of [locked, other]) writeFileSync(path, "");
  const { dev, ino } = statSync(locked);
  const major = ((dev >> 8) & 0xfff).toString(16).padStart(2, "0");
  const minor = ((dev & 0xff) | ((dev >> 12) & 0xfff00)).toString(16).padStart(2, "0");
  const disk = `${Number.parseInt(major, 16)}:${Number.parseInt(minor, 16)}`;
  const decoys = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [n, other]));
  const processes = {
    7: { network: "net:[7]", mounts: [disk], open: { 3: other } },
    8: { network: "net:[8]", mounts: [disk], open: { ...decoys, 200: locked, 201: "/nowhere" } },
  };
  const locks = { count: MiB, lines: descriptionLocks(`${major}:${minor}:${ino}`) };
  const groups = { "/d/a/b": [7], "/d/a/c": [8] };
  assert.deepEqual((await look({ available: 300, locks, processes }, groups)).paths, ["/d/a/c"]);
});

test("connections that nobody accepts count, and multicast addresses by who listens to them", async () => {
  const row = (state: string, inode: number) =>
    ` 2: 0100007F:0400 0100007F:8A22 ${state} 00000000:00000001 00:00000000 00000000     0        0 ${inode} 1 00000000fde0c8f5 20 4 0 10 -1\n`;
  const tables = {
    tcp: addressed + row("0A", 5) + row("08", 77).repeat(99_999) + row("05", 0).repeat(99_999),
    tcp6: addressed + row("08", 0).repeat(40_000),
  };
  const igmp6 = `1    lo              ff010000000000000000000000000001 ${2 ** 20} 0000000C 0\n`;
  const processes = {
    7: { network: "net:[7]", tables },
    8: { network: "net:[8]", tables: { igmp6 } },
  };
  const first = await look({ available: 300, processes }, { "/d/a/b": [7] });
  assert.deepEqual(first.ended, [{ bytes: 40_000 * 3_073, what: "sockets" }]);
  const second = await look({ available: 300, processes }, { "/d/a/c": [8] });
  assert.deepEqual(second.ended, [{ bytes: 64 * MiB + 256, what: "sockets" }]);
});

test("when TCP is short of buffers, who has most is ended", async () => {
  const tcp = (bytes: number) => ({ tcp: addressed + socket(0, bytes) });
  const processes = {
    7: { network: "net:[7]", tables: tcp(150 * MiB) },
    8: { network: "net:[8]", tables: tcp(20 * MiB) },
  };
  const groups = { "/d/a/b": [7], "/d/a/c": [8] };
  assert.deepEqual((await look({ available: 3000, tcp: 49_000, processes }, groups)).paths, []);
  const { paths, log } = await look({ available: 3000, tcp: 51_000, processes }, groups);
  assert.deepEqual(paths, ["/d/a/b"]);
  // Nothing of limits: of these each byte counts.
  assert.match(
    log.join("\n"),
    /TCP has .* of buffers, .*: \/d\/a\/b of tenant mallory is ended, whose sockets hold 150 MiB$/,
  );
});
