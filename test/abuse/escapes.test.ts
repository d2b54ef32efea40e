/** Root in a container tries to get out of it: each attack fails for the reason that is asserted. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { skip, stageOfThisFile } from "./stage.ts";
import { errno, systemCalls, tryAll } from "./system-calls.ts";

const stage = stageOfThisFile();
const nameOf = (number: string) => Object.entries(errno).find(([, value]) => String(value) === number)?.[0] ?? number;

describe("system calls that reach beyond the container", { skip }, () => {
  const answers = new Map<number, string>();
  before(async () => {
    const { stdout, stderr } = await stage.inside(
      `perl -e '${tryAll(systemCalls, process.arch)}'`,
      "-e",
      `HOST_PID=${stage.engine.pid}`,
    );
    assert.equal(stderr, "");
    for (const [, index, answer = ""] of stdout.matchAll(/^(\d+) (.+)$/gm)) answers.set(Number(index), answer);
  });

  for (const [index, { name, attack, number, refused }] of systemCalls.entries()) {
    const none = number[process.arch === "arm64" ? 1 : 0] === undefined && `${process.arch} has no such call`;
    test(`${name}: ${attack}`, { skip: none }, async () => {
      const answer = answers.get(index) ?? "";
      assert.ok(refused.map(String).includes(answer), answer === "0" ? "it succeeded" : `errno ${nameOf(answer)}`);
      await stage.unharmed();
    });
  }
});

interface Attack {
  name: string;
  /** for sh, in the container */
  script: string;
  /** what its output says */
  refused: RegExp;
  /** of docker exec */
  options?: string[];
  /** the attack is in what the script is told, not in whether it fails */
  mayEnd?: true;
}

/**
 * Perl that prints a program for x86-64 which makes a 32-bit socketcall: socket(AF_VSOCK, SOCK_STREAM, 0), whose arguments
 * are in its memory. It ends with the error's number.
 */
const socketcall = [
  'my $c=pack("H*","b866000000bb01000000b9a0004000cd80f7d889c3b801000000cd80");',
  '$c.="\\0"x(40-length $c).pack("V3",40,1,0);my $n=120+length $c;',
  'print pack("H*","7f454c4602010100")."\\0"x8 .pack("vvVQQQVvvvvvv",2,62,1,0x400078,64,0,0,64,56,1,0,0,0),',
  'pack("VVQQQQQQ",1,7,0,0x400000,0x400000,$n,$n,4096).$c',
].join("");

/** Runs `script`; what must not happen prints nothing that `refused` would take. */
const attacks: Attack[] = [
  {
    name: "vsock by a 32-bit call, whose arguments no filter sees: speaks to the hypervisor",
    script: `perl -e '${socketcall}' > /tmp/old; chmod +x /tmp/old; /tmp/old; echo "error $?" >&2`,
    // ENOSYS, or where there are no 32-bit calls: a signal, or no program at all
    refused: /^error (?:38|139|126)$/m,
    mayEnd: true,
  },
  {
    name: "core_pattern: a program of the attacker's for every crash",
    script: "echo '|/tmp/x' > /proc/sys/kernel/core_pattern",
    refused: /Read-only file system/,
  },
  {
    name: "modprobe: a program of the attacker's for every unknown module",
    script: "echo /tmp/x > /proc/sys/kernel/modprobe",
    refused: /Read-only file system|nonexistent/,
  },
  {
    name: "sysrq-trigger: crashes the machine",
    script: "echo c > /proc/sysrq-trigger",
    refused: /Read-only file system|nonexistent/,
  },
  {
    name: "binfmt_misc: an interpreter for programs of all",
    script: "echo ':x:M::MZ::/tmp/x:' > /proc/sys/fs/binfmt_misc/register",
    refused: /Read-only file system|No such file|nonexistent/,
  },
  {
    name: "uevent_helper: a program of the attacker's for every device",
    script: "echo /tmp/x > /sys/kernel/uevent_helper",
    refused: /Read-only file system|nonexistent|Permission denied/,
  },
  {
    name: "sysfs: triggers a device's event",
    script: "echo add > /sys/class/mem/null/uevent",
    refused: /Read-only file system/,
  },
  {
    name: "cgroup: notify_on_release and release_agent",
    script:
      "for d in $(dirname $(find /sys/fs/cgroup -maxdepth 2 -name cgroup.procs)); do echo /tmp/x > $d/release_agent && echo WRITTEN; echo 1 > $d/notify_on_release && echo WRITTEN; done 2>&1; true",
    refused: /^(?![^]*WRITTEN)[^]*(Read-only file system|nonexistent)/,
    mayEnd: true,
  },
  {
    name: "cgroup: lifts its own limits",
    script:
      "for f in $(ls /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null); do echo -1 > $f && echo WRITTEN; done 2>&1; true",
    refused: /^(?![^]*WRITTEN)[^]*Read-only file system/,
    mayEnd: true,
  },
  {
    name: "cgroup: allows itself devices",
    script: "echo a > /sys/fs/cgroup/devices/devices.allow",
    refused: /Read-only file system|nonexistent/,
  },
  {
    name: "cgroup: leaves for its parent",
    script:
      "for d in $(dirname $(find /sys/fs/cgroup -maxdepth 2 -name cgroup.procs)); do mkdir $d/out && echo MADE; done 2>&1; true",
    refused: /^(?![^]*MADE)[^]*Read-only file system/,
    mayEnd: true,
  },
  { name: "mknod: a disk of the machine", script: "mknod /disk b 8 0", refused: /Operation not permitted/ },
  { name: "mknod: the machine's memory", script: "mknod /mem c 1 1", refused: /Operation not permitted/ },
  {
    name: "mknod: devices in the container's own /dev",
    script: "mknod /dev/kmsg c 1 11",
    refused: /Operation not permitted/,
  },
  {
    name: "devices: takes those that are mounted, which are the machine's, from all others",
    script: "for d in null zero full random urandom tty; do chmod 666 /dev/$d && echo TAKEN; done 2>&1; true",
    refused: /^(?![^]*TAKEN)[^]*Operation not permitted/,
    mayEnd: true,
  },
  {
    name: "devices: none of the machine's is there",
    script: "ls /dev | grep -E '^(sd|vd|nvme|mem|kmem|kmsg|port|fuse|kvm|loop|mapper|snapshot|vsock|net)' || echo NONE",
    refused: /^NONE$/m,
    mayEnd: true,
  },
  {
    name: "masked: the machine's memory in /proc/kcore",
    script: "head -c 16 /proc/kcore | wc -c",
    refused: /^0$/m,
    mayEnd: true,
  },
  {
    name: "masked: keys of all in /proc/keys",
    script: "wc -c < /proc/keys; cat /proc/key-users | grep -c '^ *0:'",
    refused: /^0$/m,
    mayEnd: true,
  },
  {
    name: "masked: timers, which tell of every process",
    script: "cat /proc/timer_list /proc/sched_debug 2>/dev/null | wc -c",
    refused: /^0$/m,
    mayEnd: true,
  },
  {
    name: "masked: firmware and power, which tell of others' secrets",
    script: "ls /sys/firmware /sys/devices/virtual/powercap 2>/dev/null | grep -v : | grep . || echo NONE",
    refused: /^NONE$/m,
    mayEnd: true,
  },
  {
    name: "kallsyms: addresses of the kernel",
    script: "grep -cv '^0* ' /proc/kallsyms",
    refused: /^0$/m,
    mayEnd: true,
  },
  {
    name: "dmesg: what the kernel says",
    script: "dmesg",
    refused: /Operation not permitted|read kernel buffer failed/,
  },
  {
    name: "proc: processes of others are not seen",
    script: "ls /proc | grep -c '^[0-9]'; grep -l dryd[o]ck /proc/[0-9]*/cmdline; true",
    refused: /^[1-9]\s*$/,
    mayEnd: true,
  },
  {
    name: "proc: /proc/1/root is the container's own",
    script: `ls /proc/1/root/etc/debian_version; cat /proc/1/root$CANARY`,
    refused: /No such file/,
  },
  {
    name: "chroot: climbs out by a directory kept open",
    script: `mkdir -p /jail && perl -e 'chroot "/jail";chdir ".." for 1..100;chroot ".";exec "/bin/cat",$ENV{CANARY}'`,
    refused: /No such file/,
  },
  {
    name: "descriptors: none of the runtime's is left open",
    script:
      "ls -l /proc/self/fd /proc/1/fd | grep -- '->' | grep -vE 'pipe:|socket:|/dev/(null|pts)|/proc/[0-9]+/fd$|/tasks/[0-9a-f]+/([0-9a-f]+-)?std(in|out|err)$' || echo NONE",
    refused: /^NONE$/m,
    mayEnd: true,
  },
  {
    name: "runtime: overwritten through /proc/<pid>/exe of an exec",
    script:
      "for p in /proc/[0-9]*; do readlink $p/exe | grep -E 'crun|runc|node' && : > $p/exe && echo WRITTEN; done; echo DONE",
    refused: /^DONE$/m,
    mayEnd: true,
  },
  {
    name: "oom_score_adj: has others killed in its place",
    script: "echo -1000 > /proc/self/oom_score_adj",
    refused: /Permission denied|I\/O error/,
  },
  {
    name: "priority: above all others",
    script: "perl -e 'setpriority(0,0,-20) or die \"$!\"'",
    refused: /Permission denied|not permitted/,
  },
  {
    name: "limits: more files than it was given",
    script: "ulimit -Hn 99999999",
    refused: /not permitted|Operation|error setting limit/i,
  },
  {
    name: "network: another address for its interface",
    script: `perl -e 'socket(S,2,2,0);my $r=pack("a16Snx4x8","eth0",2,0);ioctl(S,0x8916,$r) or die "$!"'`,
    refused: /not permitted/,
  },
  {
    name: "network settings: forwards for others",
    script: "echo 1 > /proc/sys/net/ipv4/conf/all/accept_redirects",
    refused: /Read-only file system/,
  },
  {
    name: "memory of others: the machine's /dev/shm",
    script: "ls /dev/shm | grep drydock-abuse || echo NONE",
    refused: /^NONE$/m,
    mayEnd: true,
  },
  {
    name: "setuid: a program of its own is root in the container, and nobody outside",
    script: "cp /bin/sleep /suid; chmod 4755 /suid; stat -c '%u %a' /suid",
    refused: /^0 4755$/m,
    mayEnd: true,
  },
  {
    name: "ptys: takes all there are",
    script: `ulimit -n $(ulimit -Hn); perl -e 'my @h;for(1..20000){open(my $f,"+<","/dev/ptmx")or last;push @h,$f}print scalar(@h),"\\n"'`,
    refused: /^6[0-4]$/m,
    mayEnd: true,
  },
];

describe("root in a container", { skip }, () => {
  before(() => writeFileSync(`/dev/shm/drydock-abuse-${process.pid}`, stage.hostSecret, { mode: 0o666 }));
  test("is somebody without rights outside", async () => {
    const { stdout } = await stage.inside("cat /proc/self/uid_map");
    const [inside = "", outside = "", count = ""] = stdout.trim().split(/\s+/);
    assert.deepEqual([inside, Number(count) >= 65_536, Number(outside) >= 65_536], ["0", true, true], stdout);
  });

  for (const { name, script, refused, options = [], mayEnd } of attacks) {
    test(name, async () => {
      const outcome = await stage.inside(script, "-e", `CANARY=${stage.canary}`, ...options);
      const said = outcome.stdout + outcome.stderr;
      assert.match(said, refused);
      if (mayEnd !== true) assert.notEqual(outcome.status, 0, said);
      assert.ok(!said.includes(stage.hostSecret), said);
      await stage.unharmed();
    });
  }

  test("sockets of the machine without a path: not of this network namespace", async (t) => {
    const name = `drydock-abuse-${process.pid}`;
    const server = createServer((socket) => socket.end("heard"));
    server.listen(`\0${name}`);
    await once(server, "listening");
    t.after(() => server.close());
    const script = `use Socket;socket(S,PF_UNIX,SOCK_STREAM,0);connect(S,sockaddr_un("\\0${name}"))or die "$!";print <S>`;
    const { stdout, stderr } = await stage.inside(`perl -e '${script}'`);
    assert.match(stderr, /Connection refused/);
    assert.equal(stdout, "");
    rmSync(`/dev/shm/drydock-abuse-${process.pid}`);
  });

  test("what is mounted over /proc by way of the image's links, for the runtime to take it for the kernel's", async () => {
    const { attacker, engine } = stage;
    const links = "ln -s /proc /one; ln -s one /two; ln -s /proc/self/attr /dangling; ln -s / /root-again";
    await stage.build("linked", `FROM debian\nRUN ${links}\n`);
    const over = ["/one", "/two", "/two/self/attr", "/dangling", "/root-again/proc", "/root-again/../two/sys"];
    for (const mount of over.flatMap((target) => [
      ["-v", `over:${target}`],
      ["--tmpfs", target],
    ])) {
      const { stderr } = await attacker.docker("run", "--rm", ...mount, "linked", "true");
      assert.match(stderr, /"\/proc\S*" cannot be mounted because it is/, mount.join(" "));
    }
    engine.good(await attacker.docker("run", "--rm", "-v", "over:/root-again/data", "linked", "touch", "/data/x"));
    for (const target of [...over, "/proc", "/proc/self/attr"]) {
      const dockerfile = `FROM linked\nRUN --mount=type=tmpfs,target=${target} --mount=type=cache,target=/data true\n`;
      assert.match((await stage.build("over", dockerfile)).text, /cannot be mounted because it is/, target);
    }
    await stage.unharmed();
  });

  test("what is mounted over /proc by way of links in other mounts, which another container changes meanwhile", async () => {
    const { attacker, engine } = stage;
    const links = "ln -s /proc /a/p; ln -s /proc/self/attr /a/attr";
    engine.good(await attacker.docker("run", "--rm", "-v", "leading:/a", "debian", "sh", "-c", links));
    for (const target of ["/a/p", "/a/p/sys", "/a/attr", "/a/p/thread-self/attr"]) {
      for (const mount of [
        ["-v", `over:${target}`],
        ["--tmpfs", target],
      ]) {
        const { stderr } = await attacker.docker("run", "--rm", "-v", "leading:/a", ...mount, "debian", "true");
        assert.match(stderr, /"\/proc\S*" cannot be mounted because it is/, mount.join(" "));
      }
    }
    const elsewhere = ["--tmpfs", "/a/own", "-v", "over:/a/data", "debian", "cat", "/proc/self/stat"];
    engine.good(await attacker.docker("run", "--rm", "-v", "leading:/a", ...elsewhere));
    const cache = (target: string) => `--mount=type=cache,id=leading,target=${target}`;
    await stage.build("led", `FROM debian\nRUN ${cache("/c")} ln -s /proc /c/p\n`);
    const over = `FROM debian\nRUN ${cache("/c")} --mount=type=tmpfs,target=/c/p/self/attr true\n`;
    assert.match((await stage.build("over", over)).text, /cannot be mounted because it is inside/);
    await stage.unharmed();
  });

  test("a volume as /dev, whose devices are links to what the machine is set by, and turn into them meanwhile", async () => {
    const { attacker, engine } = stage;
    const setting = "/proc/sys/kernel/core_pattern";
    const links = `for name in null zero full random urandom tty console ptmx core; do ln -s ${setting} $name; done`;
    const turning = `while :; do rm -f null console; ${links}; rm -f null console; mknod null c 1 3; touch console; done`;
    const still = ["--rm", "-v", "still:/x", "debian", "sh", "-c", `cd /x; ${links}`];
    engine.good(await attacker.docker("run", ...still));
    const turn = ["-d", "--name", "turning", "-v", "turning:/x", "debian", "sh", "-c", `cd /x; ${turning}`];
    engine.good(await attacker.docker("run", ...turn));
    for (const volume of ["still", ...Array.from({ length: 6 }, () => "turning")]) {
      const script = `echo evil > ${setting}; head -c 100 /proc/timer_list /proc/kcore /proc/keys; true`;
      const { stdout } = await attacker.docker(
        "run",
        "--rm",
        "-t",
        "-v",
        `${volume}:/dev`,
        "debian",
        "sh",
        "-c",
        script,
      );
      // What is hidden is empty, if it starts at all.
      assert.doesNotMatch(stdout, /Timer List|ELF|keyring/);
      await stage.unharmed();
    }
    engine.good(await attacker.docker("rm", "-f", "turning"));
  });
});
