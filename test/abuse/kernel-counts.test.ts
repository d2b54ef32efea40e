/**
 * What the kernel counts for root of the machine, in whose name all containers' user namespaces are made, or for all
 * there is: one tenant takes as much of it as there is to have, and there is enough left for others.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { readHostFacts } from "#engine/runtime/spec/host.ts";
import { skip, stageOfThisFile } from "./stage.ts";

const arm = process.arch === "arm64";
const number = (x64: number, arm64: number) => String(arm ? arm64 : x64);

interface Count {
  what: string;
  /** Perl: one more; true while there is */
  take: string;
  /** so many at most: some more than the kernel has by itself */
  most: number;
  /** Perl, before the first */
  begin?: string;
  /** counted for who made a user namespace: what containers may have is lifted, which takes a capability */
  lifted?: true;
}

const inotify = `syscall(${number(294, 26)}, 0)`;
const watch = (fd: string, path: string) => `syscall(${number(254, 27)}, ${fd}, ${path}, 2) >= 0`;
/** siginfo_t: a signal that somebody queued */
const siginfo = `pack("i3 x4", 34, 0, -1) . "\\0" x 112`;

const counts: readonly Count[] = [
  { what: "inotify instances", take: `${inotify} >= 0`, most: 2_000 },
  {
    what: "inotify watches",
    begin: `mkdir "/watched"; for (1..2000) { open my $f, ">", "/watched/$_" } our $in = -1;`,
    take: `($i % 2000 or ($in = ${inotify}) >= 0) && do { my $path = "/watched/" . ($i % 2000 + 1); ${watch("$in", "$path")} }`,
    most: 220_000,
  },
  {
    what: "events of asynchronous input and output",
    take: `do { my $c = "\\0" x 8; syscall(${number(206, 0)}, 30_000, $c) == 0 }`,
    most: 8,
  },
  {
    what: "message queues",
    take: `do { my $name = "q$$-$i"; syscall(${number(240, 180)}, $name, 0102, 0600, 0) >= 0 }`,
    most: 100,
    lifted: true,
  },
  {
    what: "queued signals",
    begin: `use POSIX (); POSIX::sigprocmask(0, POSIX::SigSet->new(34)); our $info = ${siginfo};`,
    take: `syscall(${number(129, 138)}, $$ + 0, 34, $info) == 0`,
    most: 400_000,
    lifted: true,
  },
  {
    what: "timers",
    take: `do { my $id = "\\0" x 8; syscall(${number(222, 107)}, 0, 0, $id) == 0 }`,
    most: 200_000,
    lifted: true,
  },
];

const script = ({ begin = "", take }: Count, most: number, then: string) =>
  `$| = 1; ${begin} our $i = 0; $i++ while $i < ${most} && (${take}); ${then}`;

const stage = stageOfThisFile();
const mayLift = readHostFacts().capabilities.includes("CAP_SYS_RESOURCE");

describe("what the kernel counts for all containers together", { skip }, () => {
  for (const count of counts) {
    const why =
      count.lifted && !mayLift && "CAP_SYS_RESOURCE is not to be had here, so limits of processes cannot be lifted";
    test(`${count.what}: taken by one tenant, they are there for another`, { skip: why ?? false }, async () => {
      const { good } = stage.engine;
      const name = count.what.replaceAll(" ", "-");
      const take = script(count, count.most, `print "$i: $!\\n"; sleep 1000`);
      good(await stage.attacker.docker("run", "-d", "--name", name, "debian", "perl", "-e", take));
      for (let tries = 0; (await stage.attacker.docker("logs", name)).stdout === "" && tries < 300; tries++) {
        await delay(100);
      }
      const taken = await stage.attacker.docker("logs", name);
      assert.match(taken.stdout, /^\d+: /, taken.stderr);
      const { stdout, stderr } = await stage.victim.docker(
        "exec",
        stage.neighbour.container,
        "perl",
        "-e",
        script(count, 2, `print "$i: $!\\n"`),
      );
      good(await stage.attacker.docker("rm", "-f", name));
      assert.match(stdout, /^2: /, `of ${taken.stdout.trim()} the neighbour has ${stdout}${stderr}`);
      await stage.works();
    });
  }

  test("memory for filters that are compiled, which the one for system calls needs in each new process", async () => {
    const { good } = stage.engine;
    // struct sock_fprog of divisions, at sockets: large ones, then smaller ones into what is left.
    const fill = `$| = 1; for my $n (4095, 500, 50, 1) {
      my $code = pack("SCCL", 0x34, 0, 0, 3) x $n . pack("SCCL", 6, 0, 0, 0); my $filter = pack("S x6 P", $n + 1, $code);
      for (1..15000) { my $s; socket($s, 2, 2, 0) && setsockopt($s, 1, 26, $filter) or last; push @k, $s } }
      print scalar(@k) . ": $!\\n"; sleep 1000`;
    good(await stage.attacker.docker("run", "-d", "--name", "filters", "debian", "perl", "-e", fill));
    let taken = "";
    for (let tries = 0; taken === "" && tries < 300; tries++) {
      await delay(100);
      taken = (await stage.attacker.docker("logs", "filters")).stdout;
    }
    assert.match(taken, /^\d+: /);
    good(await stage.victim.docker("run", "--rm", "debian", "true"));
    await stage.works();
    good(await stage.attacker.docker("rm", "-f", "filters"));
  });
});
