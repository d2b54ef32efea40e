import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dockerClient } from "../../suites/docker-clients.ts";
import { engineOfThisFile, whyNot } from "../../suites/drydockd.ts";
import { whyNotRuntime } from "./machine.ts";

const engine = engineOfThisFile({ pull: ["busybox"] });
const docker = async (...args: string[]) => engine.good(await engine.docker(...args));

for (const runtime of ["crun", "runc", "runsc"] as const) {
  const skip = whyNot() ?? whyNotRuntime(runtime) ?? false;
  describe(`containers with the runtime ${runtime}`, { skip }, () => {
    const run = (...args: string[]) => engine.docker("run", "--runtime", runtime, ...args);

    test("run: output and exit code are the program's", async () => {
      const { status, stdout, stderr } = await run("--rm", "busybox", "sh", "-c", "echo out; echo err >&2; exit 42");
      assert.deepEqual({ status, stdout, stderr }, { status: 42, stdout: "out\n", stderr: "err\n" });
      const missing = await run("--rm", "busybox", "nosuch");
      assert.equal(missing.status, 127);
      assert.match(missing.stderr, /exec: "nosuch": executable file not found in \$PATH/);
      assert.equal(await docker("ps", "-aq"), "");
    });

    test("exec, logs, inspect and kill of one that runs", async () => {
      const script = "trap 'echo got; exit 9' TERM; echo ready; while :; do sleep 0.1; done";
      engine.good(await run("-d", "--name", "box", "-e", "A=b", "-w", "/tmp", "busybox", "sh", "-c", script));
      const exec = await engine.docker("exec", "-e", "C=d", "box", "sh", "-c", "echo $A $C; pwd; exit 3");
      assert.deepEqual([exec.status, exec.stdout], [3, "b d\n/tmp\n"]);
      assert.equal(
        await docker("inspect", "-f", "{{.HostConfig.Runtime}} {{.State.Status}}", "box"),
        `${runtime} running`,
      );
      await docker("exec", "box", "sh", "-c", "echo kept >/file");
      await docker("kill", "-s", "TERM", "box");
      assert.equal(await docker("wait", "box"), "9");
      assert.equal(await docker("logs", "box"), "ready\ngot");
      assert.match(await docker("diff", "box"), /^A \/file$/m);
      await docker("rm", "box");
    });

    test("SIGKILL ends it with 137, and what is typed reaches it", async () => {
      const { stdout } = await engine.cli("sh", [
        "-c",
        `echo typed | "$0" run -i --rm --runtime ${runtime} busybox cat`,
        await dockerClient(),
      ]);
      assert.equal(stdout, "typed\n");
      engine.good(await run("-d", "--name", "endless", "busybox", "sleep", "1000"));
      await docker("kill", "endless");
      assert.equal(await docker("wait", "endless"), "137");
      await docker("rm", "endless");
    });

    test("a published port answers, from this machine and from another container", async () => {
      const serve = "mkdir /www && echo served >/www/index.html && httpd -f -p 80 -h /www";
      engine.good(await run("-d", "--name", "server", "-p", "127.0.0.1::80", "busybox", "sh", "-c", serve));
      const address = await docker("port", "server", "80");
      assert.equal(await answer(`http://${address}/`), "served\n");
      const ip = await docker("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "server");
      const client = await run("--rm", "busybox", "wget", "-q", "-O", "-", `http://${ip}/`);
      assert.equal(client.stdout, "served\n", client.stderr);
      await docker("rm", "-f", "server");
    });
  });
}

/** Of a server that is about to listen. */
async function answer(url: string): Promise<string> {
  for (;;) {
    try {
      return await (await fetch(url)).text();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
