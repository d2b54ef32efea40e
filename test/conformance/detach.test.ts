import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { Drydockd, run, whyNot } from "../suites/drydockd.ts";
import { dockerClient } from "../suites/docker-clients.ts";

const skip = whyNot() ?? false;
const engine = new Drydockd({ standIns: ["busybox"] });

/** Runs a command on a pseudo-terminal, types the keys once `prompt` shows, and ends with its exit status. */
const onTerminal = `
import os, pty, sys, select, time
prompt, keys, command = sys.argv[1].encode(), sys.argv[2].encode().decode("unicode_escape").encode("latin-1"), sys.argv[3:]
pid, master = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
seen, typed, end = b"", False, time.time() + 60
while time.time() < end:
    ready, _, _ = select.select([master], [], [], 0.5)
    if ready:
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        if not data:
            break
        seen += data
    if not typed and prompt in seen:
        typed = True
        os.write(master, keys)
sys.stdout.write(seen.decode("utf-8", "replace"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

describe("detaching from a terminal", { skip }, () => {
  before(async () => {
    await engine.start();
    const pulled = await engine.docker("pull", "busybox");
    assert.equal(pulled.status, 0, pulled.stderr);
  });
  after(() => engine.dispose());

  test("Ctrl-P Ctrl-Q leaves the container running, and it can be attached to again", async () => {
    const docker = [await dockerClient(), "-H", `unix://${engine.socket}`];
    const detached = await run("python3", [
      "-c",
      onTerminal,
      "/ # ",
      "\\x10\\x11",
      ...docker,
      "run",
      "-it",
      "--name",
      "det",
      "busybox",
    ]);
    assert.equal(detached.status, 0, detached.stdout + detached.stderr);
    // What ended a container here was the end of the client's connection, noticed a moment later.
    const later = await engine.docker("exec", "det", "sh", "-c", "sleep 2; echo alive");
    assert.equal(later.stdout.trim(), "alive", later.stderr);
    const state = await engine.docker("inspect", "-f", "{{.State.Status}}", "det");
    assert.equal(state.stdout.trim(), "running");
    const again = await run("python3", [
      "-c",
      onTerminal,
      "det",
      "echo back; exit 7\\r",
      "sh",
      "-c",
      `echo det; exec ${docker.join(" ")} attach det`,
    ]);
    assert.equal(again.status, 7, again.stdout + again.stderr);
  });

  test("keys that a client of the API sends detach it, and there is an event of it", async () => {
    assert.equal((await engine.docker("run", "-dit", "--name", "api", "busybox")).status, 0);
    const made = await engine.call("POST", "/v1.41/containers/api/exec", {
      Cmd: ["sh"],
      AttachStdin: true,
      AttachStdout: true,
      Tty: true,
      DetachKeys: "ctrl-a,d",
    });
    const { Id: id } = JSON.parse(made.text) as { Id: string };
    const start = JSON.stringify({ Tty: true });
    const requests = [
      ["/containers/api/attach?stream=1&stdin=1&stdout=1&detachKeys=ctrl-a,d", ""],
      [`/exec/${id}/start`, `Content-Type: application/json\r\nContent-Length: ${start.length}\r\n\r\n${start}`],
    ] as const;
    for (const [path, rest] of requests) {
      const socket = connect(engine.socket);
      const head = `POST /v1.41${path} HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n`;
      socket.write(`${head}${rest === "" ? "\r\n" : rest}`);
      await once(socket, "data");
      socket.write("\x01d");
      socket.resume();
      await once(socket, "end");
    }
    const now = String(Date.now() / 1_000);
    const told = await engine.docker("events", "--since", "1", "--until", now, "--format", "{{.Action}}");
    assert.deepEqual(
      told.stdout.split("\n").filter((action) => action.endsWith("detach")),
      ["detach", "exec_detach"],
    );
    assert.equal((await engine.docker("inspect", "-f", "{{.State.Running}}", "api")).stdout.trim(), "true");
  });
});
