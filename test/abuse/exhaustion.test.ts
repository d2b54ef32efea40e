/** Everything that can be used up: the attacker comes to its own limit, and the neighbour goes on working. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { detectHierarchy } from "#engine/runtime/cgroups/hierarchy.ts";
import { archive } from "../fakes/archives.ts";
import { dockerClient } from "../suites/docker-clients.ts";
import type { TenantClient } from "../suites/drydockd.ts";
import { patience } from "../suites/patience.ts";
import { until } from "../integration/faults/http.ts";
import { skip, stageOfThisFile } from "./stage.ts";

const stage = stageOfThisFile();
const { good } = stage.engine;
/** What drydockd may come to hold while somebody tries to fill it. */
const mostMemory = 640 * 1024 ** 2;

/** Perl: sends to itself what it does not read, in many sockets, half a gigabyte and more; then its output ends, and it waits. */
const unread = {
  TCP: `use Socket;use IO::Handle;socket(L,2,1,0);bind(L,sockaddr_in(0,INADDR_LOOPBACK));listen(L,500);my $x="x"x65536;
    for(1..200){socket(my $c,2,1,0);connect($c,getsockname(L))or last;accept(my $s,L)or last;push @k,$c,$s;$c->blocking(0);
    1 while defined syswrite($c,$x)}print "all sent\\n";close STDOUT;close STDERR;sleep 1000`,
  UDP: `use Socket;socket(my $c,2,2,0);my $x="x"x60000;for(1..3000){socket(my $s,2,2,0);bind($s,sockaddr_in(0,INADDR_LOOPBACK));
    push @k,$s;send($c,$x,0,getsockname($s))for 1..3}print "all sent\\n";close STDOUT;close STDERR;sleep 1000`,
};

const many = 64 * 1024 ** 2;
/** Perl: what needs no process to be there, once it is made (svipc(7), memfd_create(2)); bytes. */
const outlasting: Record<string, [script: string, bytes: number]> = {
  "shared memory of System V": [
    `my $i=shmget(0,${many},0600)//die $!;shmwrite($i,"x"x${many},0,${many})or die $!`,
    many,
  ],
  "messages of System V": [
    `for(1..4096){my $q=msgget(0,0600)//die $!;for(1..2){msgsnd($q,pack("l! a*",1,"x"x8192),2048)or die $!}}`,
    many,
  ],
  "semaphores of System V": [`for(1..32){semget(0,32000,0600)//die $!}`, many],
  "files of no directory": [
    `my $n="x";my $f=syscall(${process.arch === "arm64" ? 279 : 319},$n,0);open my $h,">&=",$f or die $!;syswrite($h,"x"x1048576)//die $! for 1..64`,
    many,
  ],
};

/** The tenant's memory, of which they are an eighth at most on cgroup v1, and what others have meanwhile; bytes. */
const mostUnread = (detectHierarchy().version === "v2" ? 640 : 256) * 1024 ** 2;

/** Of all sockets of the machine's, bytes (proc(5), /proc/net/sockstat). */
function waiting(protocol: string): number {
  const pages = new RegExp(`^${protocol}: .*mem (\\d+)$`, "m").exec(readFileSync("/proc/net/sockstat", "utf8"))?.[1];
  return Number(pages) * 4096;
}

/** Runs `script` in a container of its own until it ends, with the neighbour at work meanwhile. */
async function whileAtWork(name: string, script: string, ...options: string[]) {
  const running = stage.attacker.docker("run", "--name", name, ...options, "debian", "sh", "-c", script);
  await stage.works();
  const outcome = await running;
  const { text } = await stage.api("GET", `/containers/${name}/json`);
  await stage.attacker.docker("rm", "-f", name);
  await stage.works();
  return { ...outcome, state: (JSON.parse(text) as { State: { OOMKilled: boolean; ExitCode: number } }).State };
}

describe("what root in a container can use up", { skip }, () => {
  test("a fork bomb: no more processes than the tenant has", async () => {
    const bomb =
      "perl -e 'my $n=0;for(1..2000){my $p=fork;if(!defined $p){print \"$n $!\\n\";last}if(!$p){sleep 20;exit}$n++}kill 9,-$$'";
    const { stdout } = await whileAtWork("bomb", bomb);
    const [, count = "", why = ""] = /^(\d+) (.+)$/m.exec(stdout) ?? [];
    assert.match(why, /Resource temporarily unavailable/);
    assert.ok(Number(count) < 512, count);
  });

  test("memory: the container ends, and is told why", async () => {
    const { state } = await whileAtWork("hog", "perl -e 'my @a;push @a,\"x\"x10_000_000 while 1'");
    assert.deepEqual([state.OOMKilled, state.ExitCode], [true, 137]);
  });

  test("memory by way of a tmpfs without a size", async () => {
    const { state, stderr } = await whileAtWork("tmp", "head -c 2G /dev/zero > /t/x", "--tmpfs", "/t");
    assert.ok(state.ExitCode !== 0, stderr);
    // No process has that memory: the kernel ends any of the tenant's, which may be the attacker's other one.
    good(await stage.attacker.docker("start", "cell"));
  });

  test("shared memory: no more than 64 MiB", async () => {
    const { stderr } = await whileAtWork("shm", "head -c 100M /dev/zero > /dev/shm/x");
    assert.match(stderr, /No space left on device/);
  });

  test("open files: as many as one process may have", async () => {
    const { stdout } = await whileAtWork(
      "files",
      'perl -e \'my @h;while(open my $f,"<","/dev/null"){push @h,$f;last if @h>3e6}print "$!\\n"\'',
    );
    assert.match(stdout, /Too many open files/);
  });

  test("open files of all processes together: each is memory of the container's", async () => {
    const used = `sub used{for my $f("memory/memory.usage_in_bytes","memory.current"){open my $h,"<","/sys/fs/cgroup/$f" or next;return <$h>+0}die}`;
    const script = `use POSIX;${used}my $a=used();for(1..15000){defined POSIX::open("/dev/null") or die "$!"}print int((used()-$a)/15000)`;
    const { stdout, stderr } = await whileAtWork("many-files", `perl -e '${script}'`);
    assert.ok(Number(stdout) > 100, `${stdout} bytes a file ${stderr}`);
  });

  for (const [what, [script, least]] of Object.entries(outlasting)) {
    test(`${what}: memory of the container's, and gone with it`, async () => {
      const used = async () => {
        const { text } = await stage.api("GET", "/drydock/v1/limits");
        return (JSON.parse(text) as { memory: { used: number } }).memory.used;
      };
      const counted = `sub used{for my $f("memory/memory.usage_in_bytes","memory.current"){open my $h,"<","/sys/fs/cgroup/$f" or next;return <$h>+0}die}`;
      const before = await used();
      const program = `$|=1;${counted}my $a=used();${script};print used()-$u,"\\n";`;
      const { stdout, stderr } = await whileAtWork("outlasting", `perl -e '${program}'`);
      assert.ok(Number(stdout) > least * 0.9, `${stdout} of ${least} bytes ${stderr}`);
      await until("it is gone", async () => (await used()) < before + least / 2);
    });
  }

  for (const [protocol, script] of Object.entries(unread)) {
    test(`what waits unread in ${protocol} sockets: no more than the tenant's memory, and none of the others'`, async () => {
      const before = waiting(protocol);
      const name = `unread-${protocol}`;
      good(await stage.attacker.docker("run", "-d", "--name", name, "debian", "perl", "-e", script));
      const { text } = await stage.api("GET", `/containers/${name}/logs?stdout=1&follow=1`);
      const held = waiting(protocol) - before;
      // A small machine is short of buffers for TCP before the tenant is of memory, and ends who has most of them.
      if (!text.includes("all sent")) {
        const state = good(await stage.attacker.docker("wait", name));
        assert.equal(state, "137", `${text}\n${stage.engine.log}`);
      }
      assert.ok(held < mostUnread, `${held} bytes: ${text}`);
      await stage.works();
      good(await stage.attacker.docker("rm", "-f", name));
    });
  }

  test("output without end: drydockd holds no more for it", async () => {
    good(
      await stage.attacker.docker("run", "-d", "--name", "loud", "debian", "sh", "-c", "yes | head -c 200M; sleep 100"),
    );
    await stage.works();
    assert.ok(stage.engine.residentBytes() < mostMemory, String(stage.engine.residentBytes()));
    good(await stage.attacker.docker("rm", "-f", "loud"));
    await stage.works();
  });

  test("a reader that does not read: the writer waits, drydockd holds no more for it", async () => {
    good(
      await stage.attacker.docker(
        "run",
        "-d",
        "--name",
        "unread",
        "debian",
        "sh",
        "-c",
        "yes | head -c 200M; sleep 100",
      ),
    );
    const sockets = [
      "/containers/unread/logs?stdout=1&follow=1",
      "/containers/unread/attach?stream=1&stdout=1&logs=1",
    ].map(
      (path) =>
        new Promise<Socket>((resolve, reject) => {
          const outgoing = request({
            socketPath: stage.attacker.socket,
            method: path.includes("attach") ? "POST" : "GET",
            path,
            agent: false,
          });
          outgoing.on("response", (response) => resolve(response.pause().socket));
          outgoing.on("error", reject);
          outgoing.end();
        }),
    );
    const open = await Promise.all(sockets);
    await stage.works();
    assert.ok(stage.engine.residentBytes() < mostMemory, String(stage.engine.residentBytes()));
    for (const socket of open) socket.destroy();
    good(await stage.attacker.docker("rm", "-f", "unread"));
  });

  test("ten thousand containers: as many as the tenant may have, the rest is refused as fast as it is asked for", async () => {
    const { socket } = await stage.engine.tenant("crowded", "public");
    await stage.engine.call("PUT", "/drydock/v1/tenants/crowded/limits", { containers: 3 });
    good(await stage.engine.cli(await dockerClient(), ["pull", "-q", "debian"], undefined, socket));
    const answers = await Promise.all(
      Array.from({ length: 400 }, () => stage.engine.call("POST", "/containers/create", { Image: "debian" }, socket)),
    );
    await stage.works();
    assert.equal(answers.filter(({ status }) => status === 201).length, 3);
    for (const { status, text } of answers.filter((answer) => answer.status !== 201)) {
      assert.match(
        text,
        status === 429 ? /requests at once are allowed here|the limit of 3 containers/ : /the limit of 3 containers/,
      );
    }
    assert.ok(stage.engine.residentBytes() < mostMemory, String(stage.engine.residentBytes()));
  });

  test("ports: no more are published than the tenant may have, in one container and in all", async () => {
    const publisher = await stage.engine.tenant("publisher", "public", { ports: 3 });
    good(await publisher.docker("pull", "-q", "debian"));
    const ports = Array.from({ length: 65_535 }, (_, n) => n + 1);
    const bindingOf = (port: number) => [`${port}/tcp`, [{ HostIp: "127.0.0.1", HostPort: `${port}` }]];
    const body = {
      Image: "debian",
      ExposedPorts: Object.fromEntries(ports.map((port) => [`${port}/tcp`, {}])),
      HostConfig: { PortBindings: Object.fromEntries(ports.map(bindingOf)) },
    };
    const all = stage.engine.call("POST", "/containers/create", body, publisher.socket);
    await stage.works();
    const { status, text } = await all;
    assert.equal(status, 429);
    assert.match(text, /65535 ports are to be published: the limit is 3 of all containers that run/);
    const run = (name: string, ...ports: string[]) =>
      publisher.docker(
        "run",
        "-d",
        "--name",
        name,
        ...ports.flatMap((port) => ["-p", port]),
        "debian",
        "sleep",
        "1000",
      );
    good(await run("first", "81", "82"));
    const second = await run("second", "83", "84");
    assert.notEqual(second.status, 0);
    assert.match(second.stderr, /2 ports are to be published, and 2 are published already: the limit is 3 of all/);
    good(await publisher.docker("rm", "-f", "first"));
    good(await publisher.docker("start", "second"));
  });

  test("the disk, by each way there is to it: a layer, a volume, a build's cache, a tmpfs, the log", async () => {
    const mebibyte = 1024 ** 2;
    const limits = { disk: 16 * mebibyte, logs: 2 * mebibyte, memory: 256 * mebibyte };
    // Until a write is refused, or all is stopped: it ends in no other way.
    const fill = (path: string) => `while head -c 4194304 /dev/zero >> ${path}; do sleep 0.1; done; echo over`;
    const ways: Record<string, (filler: TenantClient) => Promise<string>> = {
      layer: async (filler) =>
        (await filler.docker("run", "--name", "filler", "debian", "sh", "-c", fill("/x"))).stdout,
      volume: async (filler) =>
        (await filler.docker("run", "--name", "filler", "-v", "v:/v", "debian", "sh", "-c", fill("/v/x"))).stdout,
      cache: async ({ socket }) => {
        const step = `RUN --mount=type=cache,target=/c ${fill("/c/x")}`;
        const context = archive({ name: "Dockerfile", content: `FROM debian\n${step}\n` });
        return (await stage.upload("POST", "/build?t=x", context, undefined, socket)).text;
      },
      tmpfs: async (filler) => {
        const size = "--tmpfs=/t:size=4m";
        return (await filler.docker("run", "--name", "filler", size, "debian", "sh", "-c", fill("/t/x"))).stdout;
      },
      log: async (filler) => {
        good(
          await filler.docker(
            "run",
            "-d",
            "--name",
            "filler",
            "debian",
            "sh",
            "-c",
            `yes ${"x".repeat(1000)} | head -c 8M`,
          ),
        );
        return (await filler.docker("wait", "filler")).stdout;
      },
    };
    const fillers = await Promise.all(
      Object.keys(ways).map((way) => stage.engine.tenant(`fill-${way}`, "public", limits)),
    );
    for (const filler of fillers) good(await filler.docker("pull", "-q", "debian"));
    const outcomes = Promise.all(Object.values(ways).map((way, index) => way(fillers[index] as TenantClient)));
    await stage.works();
    await outcomes;
    for (const [index, way] of Object.keys(ways).entries()) {
      const { text } = await stage.engine.call("GET", "/drydock/v1/limits", undefined, fillers[index]?.socket);
      const { disk } = JSON.parse(text) as { disk: { used: number } };
      assert.ok(disk.used < 300 * mebibyte, `${way}: ${disk.used} bytes`);
    }
    await stage.works();
  });
});

describe("what can be used up in drydockd", { skip }, () => {
  /** A request of the attacker's; the neighbour is answered while it is worked on. */
  const meanwhile = async (attack: Promise<{ status: number; text: string }>) => {
    await stage.works();
    const answer = await attack;
    assert.ok(stage.engine.residentBytes() < mostMemory, String(stage.engine.residentBytes()));
    await stage.works();
    return answer;
  };
  const doubled = (instruction: string) =>
    [
      `${instruction} x0=0123456789`,
      ...Array.from({ length: 40 }, (_, n) => `${instruction} x${n + 1}=$x${n}$x${n}`),
    ].join("\n");

  for (const [name, dockerfile] of [
    ["ARG before FROM", `${doubled("ARG")}\nFROM debian\n`],
    ["ARG", `FROM debian\n${doubled("ARG")}\nRUN echo $x40\n`],
    ["ENV", `FROM debian\n${doubled("ENV")}\n`],
    ["a replacement", `FROM debian\nARG a=${"x".repeat(5_000)}\nARG b=\${a//x/$a}\nENV c=\${b//x/$a}\n`],
  ] as const) {
    test(`${name}: a value that doubles forty times`, async () => {
      const { text } = await meanwhile(stage.build("laughs", dockerfile));
      assert.match(text, /longer than 131072 characters/);
    });
  }

  test("a Dockerfile of two hundred thousand instructions", async () => {
    const { text } = await meanwhile(stage.build("many", `FROM debian\n${"ENV a=b\n".repeat(200_000)}`));
    assert.match(text, /the file has more than 4000 instructions/);
  });

  test("patterns that would be tried for ever: .dockerignore, COPY, filters", async () => {
    const evil = `${"*a".repeat(28)}b`;
    const long = `${"a".repeat(60)}c`;
    const file = { name: long, content: "x" };
    const ignore = { name: ".dockerignore", content: `${evil}\n${"**/".repeat(20)}b\n` };
    await meanwhile(stage.build("ignored", `FROM debian\nCOPY . /x\n`, ignore, file));
    const { text } = await meanwhile(stage.build("copied", `FROM debian\nCOPY ${evil} /x/\n`, file));
    assert.match(text, /Successfully built/);
    for (const filter of [{ reference: [evil] }, { label: ["(a+)+$"] }]) {
      const path = `/images/json?filters=${encodeURIComponent(JSON.stringify(filter))}`;
      assert.equal((await meanwhile(stage.api("GET", path))).text.trim(), "[]");
    }
    const names = encodeURIComponent(JSON.stringify({ name: ["^(([a-z])+.)+[A-Z]([a-z])+$"] }));
    assert.equal((await meanwhile(stage.api("GET", `/containers/json?all=1&filters=${names}`))).text.trim(), "[]");
  });

  test("bodies that are too large or too deep", async () => {
    const large = Buffer.from(`{"Image":"${"a".repeat(20_000_000)}"}`);
    assert.equal((await meanwhile(stage.upload("POST", "/containers/create", large, "application/json"))).status, 413);
    const deep = Buffer.from("[".repeat(2_000_000));
    assert.equal((await meanwhile(stage.upload("POST", "/containers/create", deep, "application/json"))).status, 400);
  });

  test("an archive with names that have no end, and more of them than there is room for", async () => {
    const names = Array.from({ length: 20_000 }, (_, n) => ({ name: `${"d/".repeat(60)}${n}`, content: "" }));
    const answer = await meanwhile(
      stage.upload("POST", "/build?t=names", archive({ name: "Dockerfile", content: "FROM debian\n" }, ...names)),
    );
    assert.equal(answer.status, 200, answer.text);
  });

  test("decompressing is charged to the attacker, for as long as it takes", async () => {
    // A gzip header (RFC 1952, 2.3), and never the data.
    const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
    const path = "/containers/cell/archive?path=/tmp";
    const sending = request({ socketPath: stage.attacker.socket, method: "PUT", path, agent: false });
    sending.on("error", () => undefined);
    sending.write(Buffer.concat([head, Buffer.alloc(4)]));
    const group = `drydock-${stage.engine.name}/mallory/.requests/cgroup.procs`;
    const trees = ["/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/cpu"].map((tree) => `${tree}/${group}`);
    const programs = () =>
      trees.filter((file) => existsSync(file)).map((file) => readFileSync(file, "utf8").split("\n").filter(Boolean));
    /** nothing of one that has ended meanwhile */
    const nameOf = (pid: string) =>
      existsSync(`/proc/${pid}/comm`) ? readFileSync(`/proc/${pid}/comm`, "utf8").trim() : "";
    const isThere = () => programs().some((pids) => pids.some((pid) => /^i?gzip$/.test(nameOf(pid))));
    for (const end = Date.now() + patience; !isThere() && Date.now() < end;) await delay(20);
    const [first = [], ...others] = programs();
    assert.equal(first.length, 1);
    for (const other of others) assert.deepEqual(other, first, "memory and time alike");
    sending.destroy();
    for (const end = Date.now() + patience; programs().flat().length > 0 && Date.now() < end;) await delay(20);
    assert.deepEqual(programs().flat(), [], "it ends with the request");
    await stage.works();
  });

  test("archives of a tree two thousand deep that nobody reads: few of drydockd's descriptors", async () => {
    const deeper =
      "mkdir -p /deep && cd /deep && i=0; while [ $i -lt 1900 ]; do mkdir d && cd d || exit; i=$((i+1)); done";
    stage.engine.good(await stage.inside(`${deeper}; head -c 3000000 /dev/zero >last`));
    const descriptors = () => readdirSync(`/proc/${stage.engine.pid}/fd`).length;
    const before = descriptors();
    const sockets = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const asking = request({ socketPath: stage.attacker.socket, path: "/containers/cell/archive?path=/deep" });
        asking.end();
        const [answer] = (await once(asking, "response")) as [IncomingMessage];
        answer.pause();
        return asking;
      }),
    );
    await delay(2_000);
    const taken = descriptors() - before;
    for (const asking of sockets) asking.destroy();
    assert.ok(taken < 8 * 100, `${taken} descriptors for eight archives`);
    await stage.works();
  });

  test("a layer of terabytes of nothing is refused, not read", async () => {
    const { text } = await stage.build("nothing", "FROM debian\nRUN truncate -s 8T /nothing\n");
    assert.match(text, /nothing: a layer's files have \d+ bytes together at most/);
    await stage.works();
  });

  test("connections by the thousand: the tenant has so many, the rest is told so and let go", async () => {
    const descriptors = () => readdirSync(`/proc/${stage.engine.pid}/fd`).length;
    const before = descriptors();
    const seen = { open: 0, refused: 0 };
    const sockets = Array.from({ length: 2_500 }, () => {
      const socket = connect(stage.attacker.socket);
      socket.on("connect", () => seen.open++);
      socket.on("data", (said: Buffer) => (seen.refused += said.toString().startsWith("HTTP/1.1 429 ") ? 1 : 0));
      socket.on("error", () => undefined);
      return socket;
    });
    for (const end = Date.now() + patience; seen.refused < 1_500 && Date.now() < end;) await delay(20);
    assert.deepEqual(seen, { open: 2_500, refused: 1_500 });
    assert.ok(descriptors() - before < 1_100, `${descriptors() - before} descriptors`);
    await stage.works();
    for (const socket of sockets) socket.destroy();
    for (const end = Date.now() + patience; descriptors() - before > 100 && Date.now() < end;) await delay(20);
    assert.equal((await stage.api("GET", "/_ping")).status, 200, "and of these each that is closed is free again");
  });

  test("connections that say nothing, and requests that never end", async () => {
    const sockets = Array.from({ length: 300 }, (_, n) => {
      const socket = connect(stage.attacker.socket);
      socket.on("error", () => undefined);
      if (n % 2 === 0) socket.write("POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{");
      return socket;
    });
    await stage.works();
    assert.equal((await stage.api("GET", "/_ping")).status, 200, "the attacker's own API, too");
    for (const socket of sockets) socket.destroy();
    await stage.works();
  });
});
