import assert from "node:assert/strict";
import { patience } from "../../suites/patience.ts";
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { isEngineError } from "#engine/errdefs/errors.ts";
import { collect, Machine, until, whyNot } from "./machine.ts";

const skip = whyNot() ?? false;

describe("containers on a real machine", { skip }, () => {
  const machine = new Machine();
  before(() => machine.start());
  after(() => machine.dispose());

  it("runs a program to its end and keeps its output and exit code", async () => {
    const id = await machine.run(["sh", "-c", "echo hello; id -u; hostname; cat /etc/hosts; exit 3"]);
    assert.deepEqual(await machine.ended(id), { exitCode: 3 });
    assert.match(await machine.logged(id), new RegExp(`^hello\n0\n${id.slice(0, 12)}\n127.0.0.1\tlocalhost`));
    const container = machine.engine.containers.get(id);
    assert.equal(container.status, "exited");
    assert.ok((container.finishedAt ?? 0) >= (container.startedAt ?? 1));
    await machine.engine.containers.remove(id, { force: false, volumes: false });
    assert.throws(() => machine.engine.containers.get(id), { message: `No such container: ${id}` });
    assert.deepEqual(machine.errors, []);
  });

  it("tells of each step in dockerd's words and order", async () => {
    machine.events.length = 0;
    const id = await machine.run(["true"], { name: "told" });
    await machine.ended(id);
    await machine.engine.containers.remove(id, { force: false, volumes: false });
    assert.deepEqual(
      machine.events.map((event) => `${event.type} ${event.action}`),
      [
        "container create",
        "network connect",
        "container start",
        "container die",
        "network disconnect",
        "container destroy",
      ],
    );
    const die = machine.events.find((event) => event.action === "die");
    assert.equal(die?.actor.attributes["exitCode"], "0");
    assert.equal(die?.actor.attributes["name"], "told");
    assert.equal(die?.actor.attributes["image"], "busybox");
  });

  it("runs as the tenant's own ids, in namespaces of its own", async () => {
    const id = await machine.run(["sleep", "60"]);
    const { pid } = machine.engine.containers.get(id);
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    assert.match(status, new RegExp(`^Uid:\\s+${machine.tenant.idMap.hostBase}\\b`, "m"));
    // The kernel sets a new program's arguments a moment after its name.
    await until(async () => (await machine.engine.streams.top(id, "-ef")).processes[0]?.at(-1) === "sleep 60");
    const top = await machine.engine.streams.top(id, "-ef");
    assert.deepEqual(
      top.processes.map((row) => [row[0], row.at(-1)]),
      [["root", "sleep 60"]],
    );
    const stats = await machine.engine.streams.stats(id);
    assert.ok((stats.metrics?.memory.usage ?? 0) > 0);
    assert.ok("eth0" in stats.networks);
    await machine.engine.containers.remove(id, { force: true, volumes: true });
    assert.ok(!existsSync(join(machine.directory, "run/containers", id)), "nothing is left of it");
  });

  it("stops by signal, and by force what ignores it", async () => {
    const { containers } = machine.engine;
    const kind = await machine.run(["sh", "-c", "trap 'exit 7' TERM; echo ready; while :; do sleep 0.1; done"]);
    await machine.wrote(kind, "ready");
    await containers.stop(kind, { timeoutSeconds: 10 });
    assert.equal(containers.get(kind).exitCode, 7);
    await assert.rejects(containers.stop(kind), (error) => isEngineError(error, "not_modified"));
    await assert.rejects(containers.kill(kind), (error) => isEngineError(error, "conflict"));
    const deaf = await machine.run(["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"]);
    await machine.wrote(deaf, "ready");
    await assert.rejects(
      containers.remove(deaf, { force: false, volumes: false }),
      /cannot remove a running container/,
    );
    await containers.stop(deaf, { timeoutSeconds: 0 });
    assert.equal(containers.get(deaf).exitCode, 137);
    await containers.restart(kind, { timeoutSeconds: 0 });
    assert.equal(containers.get(kind).status, "running");
    await containers.pause(kind);
    assert.equal(containers.get(kind).status, "paused");
    await containers.unpause(kind);
    await containers.remove(kind, { force: true, volumes: false });
  });

  it("reports a program that is not there, and stays startable", async () => {
    const { container } = await machine.engine.containers.create(machine.request(["no-such-program"]));
    await assert.rejects(machine.engine.containers.start(container.id), /executable file not found in \$PATH/);
    const { status, exitCode, error } = machine.engine.containers.get(container.id);
    assert.deepEqual([status, exitCode], ["created", 127]);
    assert.match(error, /no-such-program/);
    assert.ok(!existsSync(join(machine.directory, "run/containers", container.id, "rootfs")));
  });

  it("removes itself with --rm, and its anonymous volume", async () => {
    const id = await machine.run(["sh", "-c", "cat /data/from-image"], {
      config: { image: "with-volume" },
      host: { autoRemove: true },
    });
    assert.equal(machine.engine.volumes.list().length, 1);
    await machine.engine.containers.wait(id, "removed", AbortSignal.timeout(patience));
    assert.equal(
      machine.engine.containers.list().some((container) => container.id === id),
      false,
    );
    assert.deepEqual(machine.engine.volumes.list(), []);
  });

  it("copies the image's content up into a new volume, with its owner", async () => {
    const id = await machine.run(["sh", "-c", "cat /data/from-image; echo more > /data/new; ls -ln /data | wc -l"], {
      host: { mounts: [{ type: "volume", source: "kept", target: "/data", readonly: false }] },
    });
    await machine.ended(id);
    assert.match(await machine.logged(id), /^image\n3\n/);
    const volume = machine.engine.volumes.get("kept");
    const { hostBase } = machine.tenant.idMap;
    assert.equal(statSync(join(volume.mountpoint, "from-image")).uid, hostBase + 1000);
    assert.equal(statSync(join(volume.mountpoint, "new")).uid, hostBase);
    await assert.rejects(machine.engine.volumes.remove("kept", false), /volume is in use/);
    await machine.engine.containers.remove(id, { force: false, volumes: true });
    assert.equal(machine.engine.volumes.get("kept").name, "kept", "named volumes stay");
    await machine.engine.volumes.remove("kept", false);
  });

  it("mounts the learner's own files, and no link out of them", async () => {
    const { workspace } = machine.paths;
    mkdirSync(join(workspace, "src"), { recursive: true });
    writeFileSync(join(workspace, "src/hello"), "from the workspace\n");
    chownSync(join(workspace, "src"), machine.tenant.idMap.hostBase, machine.tenant.idMap.hostBase);
    symlinkSync("/etc", join(workspace, "outside"));
    const bind = (source: string) => ({
      host: { mounts: [{ type: "bind" as const, source, target: "/src", readonly: false, createSource: true }] },
    });
    const id = await machine.run(["sh", "-c", "cat /src/hello; touch /src/made"], bind("/workspace/src"));
    await machine.ended(id);
    assert.equal(await machine.logged(id), "from the workspace\n");
    assert.equal(statSync(join(workspace, "src/made")).uid, machine.tenant.idMap.hostBase);
    await assert.rejects(machine.engine.containers.create(machine.request(["true"], bind("/etc"))), (error) =>
      isEngineError(error, "permission_denied"),
    );
    await assert.rejects(
      machine.engine.containers.create(machine.request(["true"], bind("/workspace/outside/passwd"))),
    );
    assert.ok(!existsSync("/etc/passwd/made"));
  });

  it("attaches: input, output, and what was there before", async () => {
    const { container } = await machine.engine.containers.create(
      machine.request(["sh", "-c", "echo first; read line; echo got $line >&2"], {
        config: { openStdin: true, stdinOnce: true, attachStdin: true },
      }),
    );
    const attached = await machine.engine.streams.attach(container.id, {
      stdin: true,
      logs: false,
      stream: true,
      signal: AbortSignal.timeout(patience),
    });
    const reading = collect(attached.output);
    await machine.engine.containers.start(container.id);
    await attached.stdin?.write(Buffer.from("ship\n"));
    attached.stdin?.end();
    assert.deepEqual(await reading, { stdout: "first\n", stderr: "got ship\n" });
    const late = await machine.engine.streams.attach(container.id, {
      stdin: false,
      logs: true,
      stream: false,
      signal: AbortSignal.timeout(patience),
    });
    assert.deepEqual(await collect(late.output), { stdout: "first\n", stderr: "got ship\n" });
  });

  it("resumes output by offset", async () => {
    const id = await machine.run(["sh", "-c", "for i in 1 2 3 4 5; do echo $i; done"]);
    await machine.ended(id);
    const read = async (offset: number) => {
      const records = [];
      for await (const record of machine.engine.streams.output(id, { offset, signal: AbortSignal.timeout(patience) })) {
        records.push(record);
      }
      return records;
    };
    const all = await read(0);
    assert.deepEqual(
      all.map((record) => record.text),
      ["1\n", "2\n", "3\n", "4\n", "5\n"],
    );
    assert.deepEqual(await read((all[2]?.offset ?? 0) + 1), all.slice(3));
  });

  it("tells the last output of a container that runs on", async () => {
    const id = await machine.run(["sh", "-c", "echo 1; echo 2; echo 3; sleep 60"]);
    await machine.wrote(id, "3\n");
    const signal = AbortSignal.timeout(patience);
    const texts = [];
    for await (const { text } of machine.engine.streams.output(id, { tail: 2, signal })) texts.push(text);
    assert.deepEqual(texts, ["2\n", "3\n"]);
  });

  it("runs further processes", async () => {
    const id = await machine.run(["sleep", "60"]);
    const request = {
      env: ["A=1"],
      user: "learner",
      workingDir: "/tmp",
      tty: false,
      attachStdin: false,
      attachStdout: true,
      attachStderr: true,
      privileged: false,
      detachKeys: "",
    };
    const exec = machine.engine.execs.create(id, {
      ...request,
      cmd: ["sh", "-c", "id -u; pwd; echo $A $HOME; exit 4"],
    });
    const streams = await machine.engine.execs.start(exec.id, { detach: false });
    assert.deepEqual(await collect(streams?.output), { stdout: "1000\n/tmp\n1 /home\n", stderr: "" });
    assert.deepEqual(await machine.engine.execs.wait(exec.id), { exitCode: 4 });
    assert.equal(machine.engine.execs.get(exec.id).exitCode, 4);
    await assert.rejects(machine.engine.execs.start(exec.id, { detach: false }), /already run/);
    const missing = machine.engine.execs.create(id, { ...request, cmd: ["nothing-here"] });
    await assert.rejects(machine.engine.execs.start(missing.id, { detach: false }), /executable file not found/);
    assert.equal(machine.engine.execs.get(missing.id).exitCode, 126);
    await machine.engine.containers.remove(id, { force: true, volumes: false });
    assert.equal(machine.engine.execs.get(exec.id).exitCode, 4, "who was attached may still ask how it ended");
    await until(() => unknown(() => machine.engine.execs.get(exec.id)));
  });

  it("copies files in and out, running or not", async () => {
    const id = await machine.run([
      "sh",
      "-c",
      "echo data > /tmp/file; ln -s /etc/passwd /tmp/link 2>/dev/null; sleep 60",
    ]);
    const { files } = machine.engine;
    await until(() =>
      files.stat(id, "/tmp/file").then(
        () => true,
        () => false,
      ),
    );
    const unpacked = join(machine.directory, "unpacked");
    mkdirSync(unpacked);
    const list = async () => {
      const { stat, tar } = await files.read(id, "/tmp/file");
      const chunks: Buffer[] = [];
      for await (const chunk of tar) {
        chunks.push(chunk as Buffer);
      }
      execFileSync("tar", ["-x", "-C", unpacked, "--numeric-owner"], { input: Buffer.concat(chunks) });
      return { stat, text: readFileSync(join(unpacked, "file"), "utf8"), uid: statSync(join(unpacked, "file")).uid };
    };
    const running = await list();
    assert.deepEqual([running.stat.name, running.stat.size, running.text, running.uid], ["file", 5, "data\n", 0]);
    await machine.engine.containers.stop(id, { timeoutSeconds: 0 });
    assert.equal((await list()).text, "data\n");
    writeFileSync(join(unpacked, "in"), "written\n");
    const tar = execFileSync("tar", ["-c", "-C", unpacked, "in"]);
    const { Readable } = await import("node:stream");
    await files.write(id, "/home", Readable.from([tar]), { noOverwriteDirNonDir: false, copyUidGid: false });
    assert.equal((await files.stat(id, "/home/in")).size, 8);
    assert.equal((await files.stat(id, "/")).name, "/");
    await assert.rejects(files.stat(id, "/nowhere"), /Could not find the file \/nowhere in container/);
    const changes = await files.changes(id);
    assert.ok(changes.some((change) => change.path === "/tmp/file" && change.kind === "added"));
    const image = await files.commit(id, {
      name: "mine",
      author: "",
      comment: "",
      pause: true,
      changes: ["CMD cat /home/in"],
    });
    assert.equal(machine.images.get("mine").id, image);
    const again = await machine.run([], { config: { image: "mine" } });
    await machine.ended(again);
    assert.equal(await machine.logged(again), "written\n");
  });

  it("keeps limits: memory", async () => {
    const id = await machine.run(["sh", "-c", "head -c 100000000 /dev/zero | grep x"], {
      host: { memory: 16 * 1024 * 1024, memorySwap: 16 * 1024 * 1024 },
    });
    await machine.ended(id);
    assert.equal(machine.engine.containers.get(id).oomKilled, true);
  });

  it("tells of want of memory while it runs on", async () => {
    // The one that takes it is the first to be ended, however small the others' share.
    const greedy = "sh -c 'echo 1000 >/proc/self/oom_score_adj; exec grep x'";
    const id = await machine.run(["sh", "-c", `head -c 100000000 /dev/zero | ${greedy}; sleep 60`], {
      host: { memory: 16 * 1024 * 1024, memorySwap: 16 * 1024 * 1024 },
    });
    const told = () => machine.events.filter(({ action, actor }) => action === "oom" && actor.id === id).length;
    for (let waited = 0; told() === 0 && waited < 20_000; waited += 50) await delay(50);
    assert.equal(machine.engine.containers.get(id).status, "running");
    await machine.engine.containers.kill(id);
    await machine.ended(id);
    assert.equal(told(), 1);
  });

  it("reaches others by name, and publishes ports", async () => {
    const network = machine.networks;
    await network.create({ name: "together" });
    const server = await machine.run(["httpd", "-f", "-p", "80", "-h", "/data"], {
      name: "server",
      host: {
        networkMode: "together",
        portBindings: [{ protocol: "tcp", containerPort: 80, hostAddress: "127.0.0.1", hostPort: 0 }],
      },
    });
    // The server may need a moment until it listens.
    const script = "until wget -q -O - http://server/from-image 2>/dev/null; do sleep 0.1; done";
    const client = await machine.run(["sh", "-c", script], {
      host: { networkMode: "together" },
    });
    await machine.ended(client);
    assert.equal(await machine.logged(client), "image\n");
    const [port] = machine.engine.containers.get(server).ports;
    assert.ok(port !== undefined && port.hostPort >= 32_768, "chosen, and told");
    await machine.engine.containers.remove(server, { force: true, volumes: false });
    await machine.engine.containers.remove(client, { force: true, volumes: false });
    await network.remove("together");
  });

  it("restarts by policy, and a stop holds", async () => {
    const { containers } = machine.engine;
    const id = await machine.run(["sh", "-c", "exit 1"], {
      host: { restartPolicy: { name: "on-failure", maximumRetryCount: 2 } },
    });
    await until(() => containers.get(id).status === "restarting");
    assert.ok(containers.get(id).restartCount > 0, "counted with the end, before the wait");
    await until(() => containers.get(id).status === "exited" && containers.get(id).restartCount === 2);
    const always = await machine.run(["sleep", "60"], {
      host: { restartPolicy: { name: "always", maximumRetryCount: 0 } },
    });
    process.kill(containers.get(always).pid, "SIGKILL");
    await until(() => containers.get(always).restartCount === 1 && containers.get(always).status === "running");
    await containers.stop(always, { timeoutSeconds: 0 });
    assert.equal(containers.get(always).status, "exited");
    await containers.remove(always, { force: false, volumes: false });
  });

  it("shares the network of another container", async () => {
    const server = await machine.run(["httpd", "-f", "-p", "8080", "-h", "/data"]);
    const client = await machine.run(
      ["sh", "-c", "sleep 0.2; wget -q -O - http://127.0.0.1:8080/from-image; hostname"],
      {
        host: { networkMode: `container:${server}` },
      },
    );
    await machine.ended(client);
    assert.match(await machine.logged(client), /^image\n/);
    await machine.engine.containers.remove(server, { force: true, volumes: false });
    const { container } = await machine.engine.containers.create(
      machine.request(["true"], { host: { networkMode: `container:${client}` } }),
    );
    await assert.rejects(machine.engine.containers.start(container.id), /non running container/);
  });

  for (const runtime of ["crun", "runc"] as const) {
    it(`gives a program its user, directory, read-only root and tmpfs (${runtime})`, async () => {
      const id = await machine.run(
        ["sh", "-c", "id -u; pwd; touch /no 2>&1; touch /scratch/yes && ls /scratch; test -t 1 && echo tty"],
        {
          config: { user: "learner", workingDir: "/made/on/start", tty: true },
          host: { runtime, readonlyRootfs: true, tmpfs: { "/scratch": "mode=1777" }, networkMode: "none" },
        },
      );
      await machine.ended(id);
      const lines = (await machine.logged(id)).split("\r\n");
      assert.deepEqual(lines, ["1000", "/made/on/start", "touch: /no: Read-only file system", "yes", "tty", ""]);
    });
  }

  it("checks health", async () => {
    const { containers } = machine.engine;
    const id = await machine.run(["sh", "-c", "sleep 0.3; touch /tmp/ready; sleep 60"], {
      config: { healthcheck: { Test: ["CMD-SHELL", "test -e /tmp/ready"], Interval: 100e6, Retries: 50 } },
    });
    await until(() => containers.get(id).health?.status === "healthy");
    await containers.remove(id, { force: true, volumes: false });
    assert.deepEqual(machine.errors, []);
  });
});

function unknown(ask: () => unknown): boolean {
  try {
    ask();
    return false;
  } catch (error) {
    assert.match(String(error), /No such exec instance/);
    return true;
  }
}
