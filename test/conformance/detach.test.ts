import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Drydockd, run, whyNot } from "../suites/drydockd.ts";
import { dockerClient } from "../suites/docker-clients.ts";

const skip = whyNot() ?? false;
const engine = new Drydockd();

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
});
