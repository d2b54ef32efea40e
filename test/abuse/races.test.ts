/** Files, names and numbers that change their meaning while the engine works on them. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, test } from "node:test";
import { archive } from "../fakes/archives.ts";
import { skip, stageOfThisFile } from "./stage.ts";

const stage = stageOfThisFile();
const { good } = stage.engine;
const docker = (...args: string[]) => stage.attacker.docker(...args);

/** Puts a directory and a link to the trap in each other's place for ever (renameat2(2), RENAME_EXCHANGE). */
const swap = (directory: string, link: string): string => {
  const call = process.arch === "x64" ? 316 : 276;
  return `perl -e 'symlink "${stage.trap}","${link}";$|=1;print "ready\n";syscall ${call},-100,"${directory}",-100,"${link}",2 while 1'`;
};

describe("a directory that turns into a link to the machine's, and back", { skip }, () => {
  test("while docker diff and a commit without a pause look at it: no name of the machine's is told", async () => {
    const built = await stage.build("named", "FROM debian\nRUN mkdir /d && touch /d/canary /d/nowhere\n");
    assert.ok(!built.text.includes("errorDetail"), built.text.slice(-500));
    const script = `rm -r /d && mkdir /d && ${swap("/d", "/l")}`;
    good(await docker("run", "-d", "--name", "swapper", "named", "sh", "-c", script));
    while (good(await docker("logs", "swapper")) !== "ready");
    for (let look = 0; look < 300; look += 1) {
      const { text } = await stage.api("GET", "/containers/swapper/changes");
      const gone = (JSON.parse(text) as { Path: string; Kind: number }[]).filter(({ Kind }) => Kind === 2);
      const names = gone.map(({ Path }) => Path).filter((path) => path.startsWith("/d/"));
      assert.ok(names.length !== 1, `what is not in the trap is deleted, what is in it is not: ${names.join()}`);
    }
    good(await docker("rm", "-f", "swapper"));
    await stage.unharmed();
  });

  test("while builds of the workspace copy it, write into it, and containers bind it", async () => {
    const script = `mkdir -p /w/d/sub; echo own > /w/d/canary; chmod -R 777 /w/d; ${swap("/w/d", "/w/l")}`;
    good(await docker("run", "-d", "--name", "swapper", "-v", "/workspace:/w", "debian", "sh", "-c", script));
    while (good(await docker("logs", "swapper")) !== "ready");
    let builds = 0;
    for (let round = 0; round < 12; round += 1) {
      const started = await stage.api("POST", "/drydock/v1/builds", {
        contextPath: "",
        dockerfileText: `FROM scratch\nCOPY d/canary d/su* /copied/\nCOPY d/sub /sub\nLABEL round=${round}\n`,
        contexts: { other: "d" },
        outputs: ["type=local,dest=d/made", "type=tar,dest=d/made.tar"],
        tags: ["swapped"],
      });
      if (started.status < 300) {
        builds += 1;
        const { id } = JSON.parse(started.text) as { id: string };
        const events = await stage.api("GET", `/drydock/v1/builds/${id}/events`);
        const output = await stage.api("GET", `/drydock/v1/builds/${id}/output`);
        await stage.unharmed(events.text, output.text);
      }
      const bound = await docker(
        "run",
        "--rm",
        "-v",
        "/workspace/d/new:/x",
        "debian",
        "sh",
        "-c",
        "ls /x; touch /x/planted",
      );
      const seen = await docker(
        "run",
        "--rm",
        "-v",
        "/workspace/d:/x",
        "debian",
        "sh",
        "-c",
        "cat /x/canary; touch /x/planted",
      );
      const packed = await stage.api("GET", "/drydock/v1/workspace/tar?path=");
      const listed = await stage.api("GET", "/drydock/v1/workspace/files");
      await stage.unharmed(bound.stdout, seen.stdout, packed.text, listed.text);
    }
    assert.ok(builds > 0);
    good(await docker("rm", "-f", "swapper"));
    await stage.unharmed();
  });
});

describe("a volume that another container writes into", { skip }, () => {
  test("while it takes what the image has: links among its names lead no byte out of it", async () => {
    const names = 3_000;
    const files = `mkdir /data && cd /data && for i in $(seq ${names}); do echo stolen > f$i; done`;
    const built = await stage.build("full", `FROM debian\nRUN ${files}\n`);
    assert.ok(!built.text.includes("errorDetail"), built.text.slice(-500));
    const plant = `$|=1;print "ready\\n";until(glob "/v/f*"){}for(reverse 1..${names}){symlink "${stage.canary}","/v/f$_"}`;
    for (let round = 0; round < 3; round += 1) {
      good(await docker("run", "-d", "--name", "planter", "-v", "raced:/v", "debian", "perl", "-e", plant));
      good(await docker("create", "--name", "taker", "-v", "raced:/data", "full", "true"));
      good(await docker("rm", "-f", "planter", "taker"));
      good(await docker("volume", "rm", "raced"));
      await stage.unharmed();
    }
  });
});

/** A message with a descriptor, on x86-64 and arm64 alike but for the calls' numbers (unix(7), SCM_RIGHTS). */
const message = `use Socket;$|=1;$b="x"x8;$i=pack "PQ",$b,8;$c=pack "Qiiix4",20,1,1,1;$m=pack "QLx4PQPQLx4",0,0,$i,1,$c,24,0;`;
const [recvmsg, sendmsg, fchdir, renameat2] = process.arch === "x64" ? [47, 46, 81, 316] : [212, 211, 50, 276];
const keeper = `${message}socket L,PF_UNIX,SOCK_STREAM,0;bind L,sockaddr_un("/v/s")or die $!;listen L,1;accept C,L;print syscall ${recvmsg},fileno C,$m,0;sleep 1000`;
const giver = `${message}socket S,PF_UNIX,SOCK_STREAM,0;1 until connect S,sockaddr_un("/v/s");print syscall ${sendmsg},fileno S,$m,0;sleep 1000`;

test("a container whose output another one holds open", { skip }, async () => {
  good(await docker("run", "-d", "--name", "keeper", "-v", "held:/v", "debian", "perl", "-e", keeper));
  good(await docker("run", "-d", "--name", "giver", "-v", "held:/v", "debian", "perl", "-e", giver));
  while (good(await docker("logs", "keeper")) !== "8");
  const state = async (): Promise<{ Running: boolean; Pid: number }> =>
    JSON.parse(good(await docker("inspect", "-f", "{{json .State}}", "giver"))) as { Running: boolean; Pid: number };
  const { Pid } = await state();
  const killed = docker("kill", "giver");
  let looks = 0;
  for (let running = true; running; looks += 1) {
    const isThere = existsSync(`/proc/${Pid}`);
    running = (await state()).Running;
    assert.ok(!running || isThere, "the number of its process is free for the machine's, and docker cp goes by it");
    const { text } = await stage.api("GET", `/containers/giver/archive?path=${stage.canary}`);
    assert.ok(!text.includes(stage.hostSecret), text);
  }
  good(await killed);
  assert.ok(looks > 5, String(looks));
  good(await docker("rm", "-f", "keeper", "giver"));
  await stage.works();
});

test("a lease on a file that drydockd writes: it waits for nobody's", { skip }, async () => {
  // The default filter of system calls allows none; who may do without it can take one.
  const trusted = await stage.engine.tenant("trusted", "open");
  good(await trusted.docker("pull", "-q", "debian"));
  good(await trusted.docker("network", "create", "late"));
  // fcntl(2), F_SETLEASE: who opens the file for writing waits until the lease is given back, 45 seconds.
  const lease = `open F,"<",$_ and fcntl(F,1024,0) and push @f,*F{IO} or die "$_ $!",undef *F for "/etc/hosts","/etc/resolv.conf";$|=1;print "ready\\n";$SIG{IO}="IGNORE";sleep 1000`;
  good(
    await trusted.docker(
      "run",
      "-d",
      "--security-opt=seccomp=unconfined",
      "--name",
      "lessee",
      "debian",
      "perl",
      "-e",
      lease.replace(",undef *F", ""),
    ),
  );
  while (good(await trusted.docker("logs", "lessee")) !== "ready");
  const { status, stderr } = await trusted.docker("network", "connect", "late", "lessee");
  assert.notEqual(status, 0, "drydockd waited for it");
  assert.match(stderr, /\/etc\/(?:hosts|resolv\.conf) .*lease/);
  good(await trusted.docker("rm", "-f", "lessee"));
  await stage.works();
});

test(
  "docker cp by way of links into /proc and /sys: nothing of the kernel's is read with drydockd's rights",
  { skip },
  async () => {
    good(await stage.inside("ln -sfn /sys /s; ln -sfn /proc /p; ln -sfn / /r; ls /sys/kernel/mm"));
    for (const path of ["/s/kernel/uevent_seqnum", "/s/kernel/.", "/p/version", "/p/.", "/s/."]) {
      const { status, text } = await stage.api("GET", `/containers/cell/archive?path=${path}`);
      assert.equal(status, 404, `${path}: ${text.slice(0, 200)}`);
    }
    const { text } = await stage.api("GET", "/containers/cell/archive?path=/r/etc/.");
    assert.ok(text.includes("passwd"));
    const all = await stage.api("GET", "/containers/cell/archive?path=/r/.");
    assert.ok(all.text.includes("passwd") && !all.text.includes("uevent_seqnum"));
    await stage.unharmed();
  },
);

/** Perl: a descriptor of `path` is given to who listens, by the name of a network namespace's that is in no file system. */
const give = (path: string) =>
  `use Socket;open D,"<","${path}" or opendir D,"${path}" or die $!;$b="x"x8;$i=pack "PQ",$b,8;$c=pack "Qiiix4",20,1,1,fileno(D)//dirfd;` +
  `$m=pack "QLx4PQPQLx4",0,0,$i,1,$c,24,0;socket S,PF_UNIX,SOCK_STREAM,0;connect S,sockaddr_un("\\0held") or die $!;syscall(${sendmsg},fileno S,$m,0)==8 or die $!`;
/** Perl: takes a descriptor of a directory, goes there, and does `then`. */
const take = (then: string) =>
  `use Socket;$|=1;$b="x"x8;$i=pack "PQ",$b,8;$c="\\0"x24;$m=pack "QLx4PQPQLx4",0,0,$i,1,$c,24,0;socket L,PF_UNIX,SOCK_STREAM,0;` +
  `bind L,sockaddr_un("\\0held") or die $!;listen L,1;print "listens\n";accept C,L;syscall(${recvmsg},fileno C,$m,0)==8 or die $!;` +
  `my $f=(unpack "Qiii",$c)[3];syscall(${fchdir},$f)==0 or die $!;${then}`;

describe("a directory of a build step that a container holds open", { skip }, () => {
  const says = async (word: string): Promise<void> => {
    while (!good(await docker("logs", "holder")).includes(word));
  };
  const hold = async (then: string): Promise<void> => {
    good(await docker("run", "-d", "--name", "holder", "debian", "perl", "-e", take(then)));
    await says("listens");
  };
  const step = (run: string, query = "") => {
    const context = archive({ name: "Dockerfile", content: `FROM debian\nRUN ${run}\n` });
    return stage.upload("POST", `/build?networkmode=container:holder${query}`, context);
  };

  test("a cache mount, while it is deleted: what links in it lead to stays", async () => {
    const pairs = 200;
    const fill = `for(1..${pairs}){mkdir "d$_";for my $n("canary","passwd"){open F,">","d$_/$n"}symlink "${stage.trap}","l$_"}`;
    const swaps = `while(1){for(1..${pairs}){syscall ${renameat2},-100,"d$_",-100,"l$_",2}}`;
    for (const [round, remove] of [
      () => step("--mount=type=cache,target=/c,mode=0700 true", "&nocache=1"),
      () => stage.api("POST", "/build/prune?all=1"),
    ].entries()) {
      await hold(`${fill}print "filled\n";${swaps}`);
      await step(`--mount=type=cache,target=/c,mode=0700 perl -e '${give("/c")}' # ${round}`);
      await says("filled");
      await remove();
      good(await docker("rm", "-f", "holder"));
      await stage.unharmed();
    }
  });

  // Perl, in the holder: writes to the step's file until it is not let, and goes on trying.
  const write =
    'while(1){if(open F,">","late"){print F ++$n;close F;print "wrote\n"}else{print "$!\n"}select undef,undef,undef,.02}';
  const untilWritten = 'until(-e"/late"){select undef,undef,undef,.02}';
  const programs = ["usr:/usr", "usr/lib:/lib", "usr/lib64:/lib64"].map((pair) => {
    const [source, target] = pair.split(":");
    return `--mount=from=debian,source=/${source},target=${target}`;
  });
  const late = async (image: string): Promise<string> => {
    good(await docker("create", "--name", "look", image, "x"));
    const { status, text } = await stage.api("GET", "/containers/look/archive?path=/late");
    assert.equal(status, 200, text);
    good(await docker("rm", "look"));
    return text;
  };

  for (const [base, mounts] of [
    ["debian", ""],
    ["scratch", programs.join(" ")],
  ]) {
    test(`the root of a step of FROM ${base}: a layer that is made is not written to any more`, async () => {
      await hold(write);
      const run = JSON.stringify(["/usr/bin/perl", "-e", `${give("/")};${untilWritten}`]);
      const context = archive({ name: "Dockerfile", content: `FROM ${base}\nRUN ${mounts} ${run}\n` });
      const { text } = await stage.upload("POST", "/build?networkmode=container:holder&t=late", context);
      assert.ok(text.includes("Successfully tagged"), text);
      const made = await late("late");
      const tries = async (): Promise<number> => good(await docker("logs", "holder")).split("\n").length;
      for (const before = await tries(); (await tries()) < before + 10;);
      assert.equal(await late("late"), made);
      assert.match(good(await docker("logs", "--tail=1", "holder")), /Read-only file system/);
      good(await docker("rm", "-f", "holder"));
      good(await docker("rmi", "late"));
    });
  }

  for (const [ending, told] of [
    ["", /what this step has written cannot be kept: a process that goes on after it/],
    [";exit 7", /returned a non-zero code: 7/],
  ] as const) {
    test(`a file of a step${ending} that stays open for writing: no layer is made of it`, async () => {
      await hold('open F,">","late" or die $!;print "open\n";sleep 1000');
      const { text } = await step(`perl -e '${give("/")};${untilWritten}${ending}'`, "&t=open");
      assert.match(text, told);
      good(await docker("rm", "-f", "holder"));
      assert.notEqual((await docker("image", "inspect", "open")).status, 0);
    });
  }
});
