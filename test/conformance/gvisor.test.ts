import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { dockerClient } from "../suites/docker-clients.ts";
import { engineOfThisFile, whyNot } from "../suites/drydockd.ts";
import { runExample } from "../suites/example-runner.ts";
import { whyNoGvisor, whyOldGvisor } from "../suites/gvisor.ts";

/*
 * All on gVisor's kernel, as an operator's policy says it (`runtime=runsc`). Releases differ: what needs a newer one
 * than the machine has says so.
 */

const skip = whyNot() ?? whyNoGvisor ?? false;
const old = whyOldGvisor ?? false;

const engine = engineOfThisFile({ standIns: ["busybox", "debian", "ubuntu", "gcc", "node"] });
const { good } = engine;
const docker = async (...args: string[]) => good(await engine.docker(...args));

describe("a policy with runtime=runsc", { skip }, () => {
  before(async () => {
    const answer = await engine.call("PUT", "/drydock/v1/policies/open", { runtime: "runsc" });
    assert.equal(answer.status, 200, answer.text);
    await docker("pull", "busybox");
  });

  test("containers and build steps are on gVisor's kernel, and no other runtime may be named", async () => {
    assert.match(await docker("run", "--rm", "busybox", "dmesg"), /Starting gVisor/);
    const dockerfile = "FROM busybox\nRUN dmesg >/seen\n";
    good(await engine.cli(await dockerClient(), ["build", "-q", "-t", "seen", "-"], dockerfile));
    assert.match(await docker("run", "--rm", "seen", "cat", "/seen"), /Starting gVisor/);
    const { stderr } = await engine.docker("run", "--rm", "--runtime", "crun", "busybox", "true");
    assert.match(stderr, /--runtime crun is not allowed here \(rule "runtime" of the open policy\)/);
    assert.equal(await docker("info", "-f", "{{.DefaultRuntime}}"), "runsc");
  });

  test("top is refused, naming what to do", async () => {
    await docker("run", "-d", "--name", "sandboxed", "busybox", "sleep", "60");
    const { status: ended, stderr } = await engine.docker("top", "sandboxed");
    assert.notEqual(ended, 0);
    assert.match(stderr, /use docker exec sandboxed ps/);
    await docker("rm", "-f", "sandboxed");
  });

  test("containers of one network find each other by name, also after drydockd was away", async () => {
    await docker("network", "create", "own");
    await docker(
      "run",
      "-d",
      "--name",
      "www",
      "--network",
      "own",
      "--network-alias",
      "site",
      "--expose",
      "80",
      "--expose",
      "81",
      "busybox",
      "sh",
      "-c",
      "echo hello >/f; httpd -f -h /",
    );
    await docker("run", "-d", "--name", "asker", "--network", "own", "busybox", "sleep", "600");
    const get = (name: string) =>
      docker(
        "exec",
        "asker",
        "sh",
        "-c",
        `i=0; until wget -qO- http://${name}/f; do i=$((i+1)); [ $i -lt 100 ] || exit 1; sleep 0.2; done`,
      );
    assert.equal(await get("www"), "hello");
    // What it listens on is not in the kernel's tables: of the ports that it names, those that answer.
    const { text } = await engine.call("GET", "/drydock/v1/containers/www/ports");
    const ipv4 = await docker("inspect", "-f", "{{.NetworkSettings.Networks.own.IPAddress}}", "www");
    assert.deepEqual(JSON.parse(text), [{ protocol: "tcp", port: 80, address: ipv4 }]);
    assert.equal(await get("site"), "hello");
    await engine.restart();
    assert.equal(await get("www"), "hello");
    await docker("rm", "-f", "www", "asker");
    await docker("network", "rm", "own");
  });

  test("its sandbox has the tenant's own ids and no other tenant's", { skip: old }, async () => {
    const tenant = await engine.tenant("sandboxed", "open");
    good(await tenant.docker("pull", "busybox"));
    const id = good(await tenant.docker("run", "-d", "busybox", "sleep", "600"));
    const sandbox = readdirSync("/proc").find((pid) => {
      const words = /^\d+$/.test(pid) ? readCommand(pid) : [];
      return words[0]?.includes("runsc-sandbox") === true && words.some((word) => word.includes(id));
    });
    assert.notEqual(sandbox, undefined);
    const uid = Number(/^Uid:\t(\d+)/m.exec(readFileSync(`/proc/${sandbox}/status`, "utf8"))?.[1]);
    assert.ok(uid >= 1_000_000, `uid ${uid}`);
    good(await tenant.docker("rm", "-f", id));
  });

  const examples = join(import.meta.dirname, "../../examples");
  const listDirectories = ["python-web", "node-app"];
  for (const { name } of readdirSync(examples, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    test(`the example ${name}`, { skip: listDirectories.includes(name) && old }, async () => {
      await runExample(join(examples, name), {
        docker: await dockerClient(),
        host: `unix://${engine.socket}`,
        name,
        environment: { DOCKER_CONFIG: join(engine.directory, "config"), DOCKER_BUILDKIT: "0" },
      });
    });
  }
});

/** Empty of a process that has ended meanwhile. */
function readCommand(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}
