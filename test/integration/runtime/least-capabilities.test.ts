import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { allCapabilities } from "#engine/runtime/spec/capabilities.ts";
import { Drydockd, whyNot } from "../../suites/drydockd.ts";

const skip = whyNot() ?? false;
const security = readFileSync(join(import.meta.dirname, "../../../docs/security.md"), "utf8");
/** What the documentation takes from the service (systemd.exec(5): `~` stands for all others). */
const taken = (/^ *CapabilityBoundingSet=~(.*)$/m.exec(security)?.[1] ?? "").split(" ");
/** Of a process: its capabilities by name. */
const capabilitiesOf = (status: string, set: string): string[] => {
  const mask = BigInt(`0x${new RegExp(`^Cap${set}:\\s*([0-9a-f]+)$`, "m").exec(status)?.[1] ?? "0"}`);
  return allCapabilities.filter((_, bit) => ((mask >> BigInt(bit)) & 1n) === 1n);
};
/** The kernel's, or whoever runs the tests', may be fewer. */
const own = capabilitiesOf(readFileSync("/proc/self/status", "utf8"), "Bnd");
const left = own.filter((name) => !taken.includes(name));

let engine: Drydockd;
before(async () => {
  if (skip !== false) return;
  engine = new Drydockd({
    standIns: ["busybox"],
    capabilities: left.map((name) => name.slice("CAP_".length).toLowerCase()),
  });
  await engine.start();
  engine.good(await engine.docker("pull", "busybox"));
});
after(async () => {
  if (skip === false) await engine.dispose();
});

test("drydockd and what it starts have no capability that was taken from the service", { skip }, () => {
  assert.ok(taken.length > 15 && taken.every((name) => allCapabilities.includes(name)), taken.join(" "));
  const status = readFileSync(`/proc/${engine.pid}/status`, "utf8");
  for (const set of ["Prm", "Eff", "Bnd"]) assert.deepEqual(capabilitiesOf(status, set), left);
});

test("all goes on without them: builds, networks, volumes, execs, copies, limits", { skip }, async () => {
  const { good } = engine;
  const learner = await engine.tenant("ada", "public", { memory: 256 * 2 ** 20, pids: 100 });
  const operator = (...args: string[]) => engine.docker(...args);
  const clients = [operator, (...args: string[]) => learner.docker(...args)];
  for (const [index, docker] of clients.entries()) {
    const dockerfile = "FROM busybox\nRUN echo built >/built && chown 1000 /built\nUSER 1000\n";
    const files = join(engine.directory, `context-${index}`);
    mkdirSync(files);
    writeFileSync(join(files, "Dockerfile"), dockerfile);
    good(await docker("pull", "-q", "busybox"));
    good(await docker("build", "-q", "-t", "own", files));
    good(await docker("network", "create", "net"));
    good(
      await docker(
        "run",
        "-d",
        "--name",
        "served",
        "--net",
        "net",
        "-v",
        "kept:/kept",
        "-m",
        "32m",
        "-p",
        "80",
        "own",
        "sleep",
        "1000",
      ),
    );
    assert.equal(
      good(await docker("exec", "-u", "0", "served", "sh", "-c", "cp /built /kept && cat /kept/built")),
      "built",
    );
    const asked = await docker("run", "--rm", "--net", "net", "busybox", "ping", "-c1", "-W5", "served");
    assert.match(good(asked), /1 packets received/);
    good(await docker("cp", "served:/built", join(files, "copied")));
    good(await docker("pause", "served"));
    good(await docker("unpause", "served"));
    good(await docker("commit", "served", "committed"));
    good(await docker("rm", "-fv", "served"));
  }
});

test(
  "a privileged container of the operator's has those that are left, and no program is kept from setuid",
  { skip },
  async () => {
    const status = async (...args: string[]) =>
      engine.good(await engine.docker("run", "--rm", ...args, "busybox", "cat", "/proc/self/status"));
    const privileged = await status("--privileged");
    assert.deepEqual(capabilitiesOf(privileged, "Eff"), left);
    assert.match(privileged, /^NoNewPrivs:\s0$/m, "drydockd has no_new_privs no more than its containers");
    const asked = capabilitiesOf(await status("--cap-add", "SYS_TIME", "--cap-add", "NET_ADMIN"), "Eff");
    assert.ok(asked.includes("CAP_NET_ADMIN") && !asked.includes("CAP_SYS_TIME"), asked.join(" "));
  },
);
