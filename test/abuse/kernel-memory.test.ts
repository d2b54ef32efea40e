/**
 * Memory of the kernel's that counts for no control group: one tenant could have all that the machine has. Here the
 * machine is taken to be short of it from the beginning, so that whoever takes some tens of megabytes is ended for it.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { patience } from "../suites/patience.ts";
import { skip, stageOfThisFile } from "./stage.ts";

const stage = stageOfThisFile({ environment: { DRYDOCK_MEMORY_RESERVE: String(2 ** 48) } });

/** Perl; each holds much more than what anybody is ended for. */
const attacks = {
  // Each address is one socket's alone, so that each has packets of its own.
  sockets: `sub to { pack("S n C4 x8", 2, 0, 127, 0, 1, $_[0]) }
    for my $n (1..200) { socket(my $s, 2, 3, 200) or die $!; setsockopt($s, 1, 8, pack("l", 2**23)); bind($s, to($n)) or die $!; push @all, $s }
    socket(my $out, 2, 3, 200) or die $!; my $packet = "x" x 60_000;
    for my $round (1..100) { send($out, $packet, 0, to($_)) for 1..200 }`,
  // Programs may write to each other (NETLINK_USERSOCK).
  "netlink sockets": `for my $n (1..200) { socket(my $s, 16, 3, 2) or die $!; setsockopt($s, 1, 8, pack("l", 2**23));
      bind($s, pack("S S L L", 16, 0, $n, 0)) or die $!; push @all, $s }
    socket(my $out, 16, 3, 2) or die $!; my $message = "x" x 30_000;
    for my $round (1..200) { send($out, $message, 64, pack("S S L L", 16, 0, $_, 0)) for 1..200 }`,
  "locks of files": `for my $n (1..4000) { open(my $f, "+>", "/tmp/lock$n") or die $!; push @all, $f;
      fcntl($f, 6, pack("s s x4 q q l x4", 1, 0, 2 * $_, 1, 0)) or die $! for 1..250 }`,
  // Of what is open: they outlast who has taken them (F_OFD_SETLK), on layers of the container's own.
  "locks of open files": `for my $n (1..4000) { open(my $f, "+>", "/tmp/lock$n") or die $!; push @all, $f;
      fcntl($f, 37, pack("s s x4 q q l x4", 1, 0, 2 * $_, 1, 0)) or die $! for 1..250 }`,
  // ... and on the disk that volumes are on
  "locks of open files of a volume": `for my $n (1..4000) { open(my $f, "+>", "/data/lock$n") or die $!; push @all, $f;
      fcntl($f, 37, pack("s s x4 q q l x4", 1, 0, 2 * $_, 1, 0)) or die $! for 1..250 }`,
  // In as many queues as need not be longer than a kernel before 6.11 lets a container make them (somaxconn).
  "connections that nobody accepts": `for my $port (4000..4007) { my $to = pack("S n C4 x8", 2, $port, 127, 0, 0, 1);
    socket(my $l, 2, 1, 0); bind($l, $to) or die $!; listen($l, 4096) or die $!; push @all, $l;
    for (1..4000) { socket(my $s, 2, 1, 0); connect($s, $to) or die $! } }`,
  // Before Linux 6.8 a socket could have some 360 (optmem_max).
  "multicast addresses": `for my $n (1..4000) { socket(my $s, 10, 2, 0) or die $!; push @all, $s;
      setsockopt($s, 41, 20, pack("N n n N N L", 0xff010000, 0, 0, 0, $_, 1)) or die $! for 1..300 }`,
};

/** What some need beside. */
const options: Partial<Record<string, string[]>> = {
  "locks of open files of a volume": ["-v", "locks:/data"],
};

const script = (attack: string) => `$| = 1; our @all; ${attack} print "taken\\n"; sleep 1000`;

describe("memory that no control group counts", { skip }, () => {
  for (const [what, attack] of Object.entries(attacks)) {
    test(`${what}: who takes it is ended, and told so`, async () => {
      const { good } = stage.engine;
      const name = what.replaceAll(" ", "-");
      const run = ["run", "-d", "--name", name, ...(options[what] ?? []), "debian"];
      good(await stage.attacker.docker(...run, "perl", "-e", script(attack)));
      const state = await ended(name);
      assert.deepEqual(state, { Status: "exited", ExitCode: 137, OOMKilled: true }, await logOf(name));
      await stage.works();
      good(await stage.attacker.docker("rm", name));
    });
  }

  test("a step of a build", async () => {
    const dockerfile = `FROM debian\nRUN ["perl", "-e", ${JSON.stringify(script(attacks.sockets))}]\n`;
    const { text } = await stage.build("memory", dockerfile);
    assert.match(text, /returned a non-zero code: 137/);
    await stage.works();
  });
});

/** Once it has, or when it should long have. */
async function ended(name: string): Promise<unknown> {
  for (const end = Date.now() + patience; ; await delay(100)) {
    const { text } = await stage.api("GET", `/containers/${name}/json`);
    const { Status, ExitCode, OOMKilled } = (JSON.parse(text) as { State: Record<string, unknown> }).State;
    if (Status !== "running" || Date.now() > end) return { Status, ExitCode, OOMKilled };
  }
}

async function logOf(name: string): Promise<string> {
  const { stdout, stderr } = await stage.attacker.docker("logs", name);
  return `${stdout}${stderr}\n${stage.engine.log}`;
}
