import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { clientNames, namedClient } from "../suites/docker-clients.ts";
import { engineOfThisFile, type Outcome, whyNot } from "../suites/drydockd.ts";

const skip = whyNot() ?? false;
const engine = engineOfThisFile({ pull: ["busybox"] });
const { good } = engine;

for (const which of clientNames) {
  describe(`sessions of ${which}`, { skip }, () => {
    sessions(which);
  });
}

function sessions(which: (typeof clientNames)[number]) {
  const prefix = which === "docker" ? "new" : "old";
  /** A session; the old client's say why when there is none. */
  const session = (
    name: string,
    body: (docker: (...args: string[]) => Promise<Outcome>, program: string) => unknown,
  ): void =>
    void test(name, async (t) => {
      const client = await namedClient(which, (text) => t.diagnostic(text));
      if ("why" in client) return t.skip(client.why);
      const { program } = client;
      await body((...args) => engine.cli(program, args), program);
    });

  session("version, info, images", async (docker) => {
    const version = good(await docker("version"));
    assert.match(version, /Server:[\s\S]*API version:\s+1\.50/);
    // Each runtime that is installed, with its version.
    assert.match(version, / (?:crun|runc):\n  Version:\s+\d+\.\d+/);
    assert.doesNotMatch(version, /\n  Version:\s*\n/);
    if (existsSync(join(import.meta.dirname, "../../.git"))) assert.match(version, /Git commit:\s+[0-9a-f]{7}\n/);
    assert.match(good(await docker("info")), /Server Version: 0\.1\.0/);
    assert.match(good(await docker("images")), /busybox\s+latest/);
  });

  session("run: output, streams apart, exit status, stdin, environment, --rm", async (docker, program) => {
    const split = await docker("run", "--rm", "busybox", "sh", "-c", "echo out; echo err >&2; exit 3");
    assert.deepEqual(split, { status: 3, stdout: "out\n", stderr: "err\n" });
    const piped = await engine.cli(program, ["run", "--rm", "-i", "busybox", "cat"], "through\n");
    assert.equal(good(piped), "through");
    assert.equal(good(await docker("run", "--rm", "-e", "A=b c", "busybox", "sh", "-c", "echo $A")), "b c");
    const missing = await docker("run", "--rm", "busybox", "no-such-program");
    assert.equal(missing.status, 127);
    // The 20.10 client adds a line of its own before.
    assert.match(missing.stderr, /^docker: Error response from daemon: .*executable file not found in \$PATH/m);
    const directory = await docker("run", "--rm", "busybox", "/etc");
    assert.equal(directory.status, 126);
    assert.match(directory.stderr, /exec: "\/etc": permission denied/);
    assert.match(
      good(await docker("run", "--rm", "-e", "B=1", "busybox", "env")),
      /^PATH=.*\nHOSTNAME=.*\nB=1\nHOME=\/root$/,
    );
    assert.equal(good(await docker("ps", "-aq")), "");
  });

  session("run -it: a pseudo-terminal", async (_docker, program) => {
    const { status, stdout } = await engine.terminal(`${program} run --rm -it busybox sh -c 'tty; exit 5'`);
    assert.match(stdout, /\/dev\/pts\/0|\/dev\/console/);
    assert.equal(status, 5);
  });

  session("run -d, ps, logs, inspect, top, stats, stop, start, restart, kill, wait, rm", async (docker) => {
    const name = `${prefix}-loop`;
    const script = "echo begin; trap 'echo end; exit 4' TERM; while true; do sleep 0.1; done";
    const id = good(
      await docker("run", "-d", "--name", name, "-m", "64m", "--cpus", "0.5", "busybox", "sh", "-c", script),
    );
    assert.match(id, /^[0-9a-f]{64}$/);
    assert.match(good(await docker("ps", "--no-trunc")), new RegExp(`${id}.*Up `));
    assert.match(
      good(await docker("inspect", name, "-f", "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}}")),
      /67108864 500000000/,
    );
    assert.match(good(await docker("top", name)), /sh -c/);
    assert.match(good(await docker("stats", "--no-stream", name)), /64MiB/);
    good(await docker("stop", name));
    assert.equal(good(await docker("logs", name)), "begin\nend");
    assert.equal(good(await docker("wait", name)), "4");
    good(await docker("start", name));
    good(await docker("restart", "-t", "1", name));
    good(await docker("kill", name));
    assert.equal(good(await docker("wait", name)), "137");
    good(await docker("rm", name));
    assert.deepEqual(await docker("inspect", name), {
      status: 1,
      stdout: "[]\n",
      stderr: `Error: No such object: ${name}\n`,
    });
    assert.match(
      (await docker("kill", name)).stderr,
      new RegExp(`Cannot kill container: ${name}: No such container: ${name}`),
    );
  });

  session("pause, unpause, rename, update, start -a, wait", async (docker) => {
    const [name, renamed] = [`${prefix}-paused`, `${prefix}-renamed`];
    good(await docker("run", "-d", "--name", name, "busybox", "sleep", "60"));
    good(await docker("pause", name));
    assert.match(good(await docker("ps", "-f", `name=${name}`)), /Up .* \(Paused\)/);
    assert.match((await docker("exec", name, "true")).stderr, /is paused, unpause the container before exec/);
    good(await docker("unpause", name));
    good(await docker("rename", name, renamed));
    good(await docker("update", "--memory", "64m", "--memory-swap", "64m", renamed));
    assert.equal(good(await docker("inspect", renamed, "-f", "{{.HostConfig.Memory}}")), "67108864");
    const waited = docker("wait", renamed);
    good(await docker("stop", "-t", "0", renamed));
    assert.equal(good(await waited), "137");
    good(await docker("rm", renamed));
    good(await docker("create", "--name", name, "busybox", "echo", "made"));
    assert.equal(good(await docker("start", "-a", name)), "made");
    good(await docker("rm", name));
  });

  session("requests that cannot be met are refused in dockerd's words", async (docker) => {
    const refused = async (wanted: RegExp, ...args: string[]) => {
      const { status, stderr } = await docker("run", "--rm", ...args);
      assert.equal(status, 125, stderr);
      assert.match(stderr, wanted);
    };
    await refused(/invalid mode: zz/, "-v", "x:/x:zz", "busybox");
    await refused(/Range of CPUs is from 0\.01 to/, "--cpus", "9999", "busybox");
    await refused(/Minimum memory limit allowed is 6MB/, "-m", "1m", "busybox");
    await refused(/network nope not found/, "--network", "nope", "busybox");
    await refused(/Invalid container name \(a b\)/, "--name", "a b", "busybox");
    assert.equal(good(await docker("ps", "-aq")), "");
  });

  session("logs -f follows to the end", async (docker) => {
    const name = `${prefix}-follow`;
    good(
      await docker("run", "-d", "--name", name, "busybox", "sh", "-c", "for i in 1 2 3; do echo $i; sleep 0.2; done"),
    );
    assert.equal(good(await docker("logs", "-f", name)), "1\n2\n3");
    assert.match(good(await docker("logs", "-t", "--tail", "1", name)), /^\d{4}-\d\d-\d\dT[\d:.]+Z 3$/);
    good(await docker("rm", name));
  });

  session("attach: what is typed reaches the program", async (docker, program) => {
    const name = `${prefix}-attach`;
    good(await docker("run", "-d", "-i", "--name", name, "busybox", "sh", "-c", "read line; echo got $line"));
    assert.equal(good(await engine.cli(program, ["attach", name], "it\n")), "got it");
    good(await docker("rm", "-f", name));
  });

  session("exec: output, status, environment, user, terminal", async (docker, program) => {
    const name = `${prefix}-exec`;
    good(await docker("run", "-d", "--name", name, "busybox", "sleep", "60"));
    assert.equal(good(await docker("exec", "-e", "X=1", "-w", "/tmp", name, "sh", "-c", "echo $X $PWD")), "1 /tmp");
    assert.equal((await docker("exec", name, "sh", "-c", "exit 9")).status, 9);
    assert.equal(good(await docker("exec", "-u", "1000:1000", name, "id", "-u")), "1000");
    assert.equal(good(await engine.cli(program, ["exec", "-i", name, "cat"], "in\n")), "in");
    assert.equal((await docker("exec", name, "no-such-program")).status, 126);
    const tty = await engine.terminal(`${program} exec -it ${name} sh -c 'tty; exit 6'`);
    assert.equal(tty.status, 6, tty.stdout);
    good(await docker("rm", "-f", name));
    assert.notEqual((await docker("exec", name, "true")).status, 0);
  });

  session("ports: -p reaches the program, and is shown", async (docker) => {
    const name = `${prefix}-web`;
    const script = "mkdir /w; echo served > /w/index.html; httpd -f -p 80 -h /w";
    good(await docker("run", "-d", "--name", name, "-p", "127.0.0.1::80", "busybox", "sh", "-c", script));
    const address = good(await docker("port", name, "80"));
    assert.match(address, /^127\.0\.0\.1:\d+$/);
    assert.equal((await retry(() => fetch(`http://${address}/`).then((answer) => answer.text()))).trim(), "served");
    good(await docker("rm", "-f", name));
  });

  session("build: cold, cached, failing, with the classic builder's words", async (docker) => {
    const context = join(engine.directory, `${prefix}-context`);
    mkdirSync(context);
    const marker = `${prefix}-${process.pid}`;
    const dockerfile = `FROM busybox\nARG WHO=you\nRUN echo for $WHO > /who && echo ${marker}\nCOPY file /file\nCMD ["cat", "/who", "/file"]\n`;
    writeFileSync(join(context, "Dockerfile"), dockerfile);
    writeFileSync(join(context, "file"), "copied\n");
    const build = () => docker("build", "-t", `${prefix}-app`, "--build-arg", "WHO=me", context);
    const first = good(await build());
    assert.match(first, /Step 1\/5 : FROM busybox\n ---> [0-9a-f]{12}\n/);
    assert.match(first, new RegExp(`Step 3/5 : RUN .*\n ---> Running in [0-9a-f]{12}\n${marker}\n`));
    assert.match(first, new RegExp(`Successfully built [0-9a-f]{12}\nSuccessfully tagged ${prefix}-app:latest$`));
    assert.equal(good(await docker("run", "--rm", `${prefix}-app`)), "for me\ncopied");
    assert.match(good(await build()), / ---> Using cache/);
    assert.match(good(await docker("history", `${prefix}-app`)), /COPY file:/);
    writeFileSync(join(context, "Dockerfile"), "FROM busybox\nRUN echo before; exit 3\n");
    const failed = await build();
    assert.notEqual(failed.status, 0);
    assert.match(failed.stdout, /before/);
    assert.match(failed.stderr, /returned a non-zero code: 3/);
    writeFileSync(join(context, "Dockerfile"), "FROM busybox\nRUNN true\n");
    // The failed step's container stays, to be looked into, as with dockerd.
    good(await docker("rm", good(await docker("ps", "-aq"))));
    assert.match((await build()).stderr, /dockerfile parse error line 2: unknown instruction: RUNN/);
  });

  session("cp, diff, commit, export", async (docker) => {
    const name = `${prefix}-files`;
    const file = join(engine.directory, `${prefix}-file`);
    writeFileSync(file, "from the host\n");
    good(await docker("run", "-d", "--name", name, "busybox", "sleep", "60"));
    good(await docker("cp", file, `${name}:/tmp/in`));
    good(await docker("exec", name, "sh", "-c", "cat /tmp/in > /tmp/out"));
    good(await docker("cp", `${name}:/tmp/out`, `${file}-back`));
    assert.equal(readFileSync(`${file}-back`, "utf8"), "from the host\n");
    const busy = await docker("cp", file, `${name}:/etc/hosts`);
    assert.deepEqual(
      [busy.status, busy.stderr.includes("unlinkat /etc/hosts: device or resource busy")],
      [1, true],
      busy.stderr,
    );
    assert.match(good(await docker("exec", name, "cat", "/etc/hosts")), /localhost/);
    assert.equal(good(await docker("diff", name)), "C /tmp\nA /tmp/in\nA /tmp/out");
    assert.match(good(await docker("commit", "-m", "note", name, `${prefix}-kept`)), /^sha256:/);
    assert.equal(good(await docker("run", "--rm", `${prefix}-kept`, "cat", "/tmp/out")), "from the host");
    good(await docker("export", "-o", `${file}.tar`, name));
    good(await docker("rm", "-f", name));
    const removed = good(await docker("rmi", `${prefix}-kept`)).split("\n");
    assert.match(
      removed.join("\n"),
      /^Untagged: \w+-kept:latest\nDeleted: sha256:[0-9a-f]{64}\nDeleted: sha256:[0-9a-f]{64}$/,
    );
  });

  session("tag, save, rmi, load", async (docker) => {
    const name = `${prefix}-copy:1`;
    const file = join(engine.directory, `${prefix}.tar`);
    good(await docker("tag", "busybox", name));
    assert.equal(good(await docker("images", `${prefix}-copy`, "--format", "{{.Repository}}:{{.Tag}}")), name);
    good(await docker("save", "-o", file, name));
    assert.match(good(await docker("rmi", name)), /Untagged/);
    assert.equal((await docker("image", "inspect", name)).status, 1);
    assert.match(good(await docker("load", "-i", file)), new RegExp(`Loaded image: ${name}`));
    good(await docker("rmi", name));
  });

  session("networks: names, connect, inspect, remove", async (docker) => {
    const [network, name] = [`${prefix}-net`, `${prefix}-server`];
    good(await docker("network", "create", network));
    good(await docker("run", "-d", "--name", name, "--network", network, "busybox", "sleep", "60"));
    good(await docker("run", "--rm", "--network", network, "busybox", "ping", "-c", "1", "-w", "5", name));
    assert.match(good(await docker("network", "inspect", network)), new RegExp(name));
    assert.notEqual((await docker("network", "rm", network)).status, 0);
    good(await docker("network", "disconnect", network, name));
    good(await docker("network", "connect", "--alias", "also", network, name));
    good(await docker("run", "--rm", "--network", network, "busybox", "ping", "-c", "1", "-w", "5", "also"));
    good(await docker("rm", "-f", name));
    good(await docker("network", "rm", network));
    assert.doesNotMatch(good(await docker("network", "ls")), new RegExp(network));
  });

  session("volumes: created, shared, kept, removed", async (docker) => {
    const volume = `${prefix}-data`;
    good(await docker("volume", "create", volume));
    good(await docker("run", "--rm", "-v", `${volume}:/d`, "busybox", "sh", "-c", "echo kept > /d/f"));
    assert.equal(good(await docker("run", "--rm", "-v", `${volume}:/d:ro`, "busybox", "cat", "/d/f")), "kept");
    assert.match(good(await docker("volume", "ls")), new RegExp(volume));
    good(await docker("volume", "rm", volume));
    assert.equal((await docker("volume", "inspect", volume)).status, 1);
  });

  session("events tell what happened", async (docker) => {
    const since = String(Date.now() / 1000);
    good(await docker("run", "--rm", "--name", `${prefix}-seen`, "busybox", "true"));
    const events = good(await docker("events", "--since", since, "--until", String(Date.now() / 1000 + 0.5)));
    for (const action of ["create", "start", "die", "destroy"]) {
      assert.match(events, new RegExp(`container ${action} [0-9a-f]{64} \\(.*name=${prefix}-seen`));
    }
  });

  session("system df, and what each prune takes", async (docker) => {
    const context = join(engine.directory, `${prefix}-prune`);
    mkdirSync(context);
    for (const content of ["one", "two"]) {
      writeFileSync(join(context, "Dockerfile"), `FROM busybox\nRUN echo ${content}-${prefix} > /f\n`);
      good(await docker("build", "-t", `${prefix}-prune`, context));
    }
    good(await docker("run", "--name", `${prefix}-ended`, "busybox", "true"));
    assert.match(good(await docker("system", "df")), /Images\s+\d+[\s\S]*Containers\s+1\s+0[\s\S]*Build Cache\s+\d/);
    assert.match(
      good(await docker("container", "prune", "-f")),
      /Deleted Containers:\n[0-9a-f]{64}\n\nTotal reclaimed space: /,
    );
    assert.match(
      good(await docker("image", "prune", "-f")),
      /deleted: sha256:[0-9a-f]{64}[\s\S]*Total reclaimed space: \d/,
    );
    assert.match(good(await docker("builder", "prune", "-af")), /Total(?: reclaimed space)?:\s+\d/);
    assert.match(good(await docker("network", "prune", "-f")), /^$/);
    assert.match(good(await docker("volume", "prune", "-f")), /Total reclaimed space: 0B/);
    good(await docker("rmi", `${prefix}-prune`));
    assert.match(good(await docker("system", "prune", "-f")), /Total reclaimed space: /);
  });

  session("what is not there is refused with a reason", async (docker) => {
    assert.match((await docker("search", "--limit", "101", "busybox")).stderr, /Limit 101 is outside the range/);
    assert.match((await docker("swarm", "init")).stderr, /not implemented/);
    assert.match((await docker("service", "ls")).stderr, /not a swarm manager/);
    assert.match((await docker("run", "nothing/here-at-all")).stderr, /nothing\/here-at-all/);
  });
}

/** For something that comes up a moment later. */
async function retry<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = 40; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
