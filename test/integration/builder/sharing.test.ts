import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import type { NewBuildEvent } from "#contract/build-events.ts";
import { Machine, whyNot } from "./machine.ts";

function outputOf(events: NewBuildEvent[]): string {
  return events.map((event) => (event.type === "log" ? event.text : "")).join("");
}

function cachedSteps(events: NewBuildEvent[]): boolean[] {
  return events.flatMap((event) => (event.type === "vertex-completed" ? [event.cached] : []));
}

describe("builds beside and after each other", { skip: whyNot() ?? false }, () => {
  const machine = new Machine();
  before(async () => {
    await machine.start();
    const { config, layers } = await machine.addBusybox();
    const run = { ...config.config, WorkingDir: "/not/there", User: "app" };
    await machine.images.create({ config: { ...config, config: run }, layers, tags: ["odd:latest"] });
  });
  after(() => machine.dispose());

  it("find each other's results after a restart", async () => {
    const dockerfile = "FROM busybox\nCOPY f /f\nRUN cat /f > /g\n";
    const first = await machine.build(dockerfile, { f: "f" });
    machine.reopen();
    const second = await machine.build(dockerfile, { f: "f" });
    assert.equal(second.image.id, first.image.id);
    assert.deepEqual(cachedSteps(second.events), [true, true, true]);
  });

  it("do a step that both want once, and both see its output", async () => {
    const dockerfile = "FROM busybox\nRUN echo once; sleep 0.3; head -c 8 /dev/urandom > /random\n";
    const [one, two] = await Promise.all([machine.build(dockerfile), machine.build(dockerfile)]);
    assert.equal(one.image.id, two.image.id);
    assert.deepEqual([outputOf(one.events), outputOf(two.events)], ["once\n", "once\n"]);
  });

  it("do each step once, however many want the same at once", async () => {
    const step = (name: string): string =>
      `RUN --mount=type=cache,target=/count echo ${name} >> /count/runs; sleep 0.05; echo ${name} > /${name}`;
    const dockerfile = ["FROM busybox AS a", step("a"), "FROM busybox", step("b"), step("c"), "COPY --from=a /a /"];
    const builds = Array.from({ length: 30 }, () => machine.build(dockerfile.join("\n")));
    const images = new Set((await Promise.all(builds)).map(({ image }) => image.id));
    assert.equal(images.size, 1);
    const count = "FROM busybox\nRUN --mount=type=cache,target=/count sort /count/runs";
    assert.equal(outputOf((await machine.build(count)).events), "a\nb\nc\n");
  });

  it("have other cache mounts of the same name for other owners and modes", async () => {
    const step = (options: string, name: string): string =>
      `RUN --mount=type=cache,target=/owned${options} touch /owned/${name}; stat -c '%u:%g %a' /owned; ls /owned`;
    const steps = [step("", "plain"), step(",uid=7", "uid"), step(",uid=7,mode=0755", "both"), step(",gid=0", "root")];
    const { events } = await machine.build(["FROM busybox", ...steps, step(",id=/owned", "again")].join("\n"));
    const said = ["0:0 755\nplain\n", "7:0 755\nuid\n", "7:0 755\nboth\nuid\n", "0:0 755\nroot\n"];
    assert.equal(outputOf(events), [...said, "0:0 755\nagain\nplain\n"].join(""));
  });

  it("run independent stages at the same time", async () => {
    // each waits for the other through a shared cache mount: one after the other they would never end
    const meet = (me: string, other: string): string =>
      `RUN --mount=type=cache,target=/meet touch /meet/${me}; until test -e /meet/${other}; do sleep 0.05; done; touch /${me}`;
    const dockerfile = [
      "FROM busybox AS a",
      meet("a", "b"),
      "FROM busybox AS b",
      meet("b", "a"),
      "FROM scratch",
      "COPY --from=a /a /",
      "COPY --from=b /b /",
    ].join("\n");
    const { image } = await machine.build(dockerfile, {}, { signal: AbortSignal.timeout(60_000) });
    assert.equal(image.layers.length, 2);
  });

  it("reach the network by default, and not with --network=none", async () => {
    const dockerfile = [
      "FROM busybox",
      "RUN ip -o -4 addr show eth0 | wc -l; grep -c nameserver /etc/resolv.conf; hostname",
      "RUN --network=none ip -o -4 addr show | grep -vc ' lo ' || true",
    ].join("\n");
    const { events } = await machine.build(dockerfile);
    assert.equal(outputOf(events), "1\n1\ndrydock\n0\n");
  });

  it("make a working directory that the base only names, and run as its user", async () => {
    const { events } = await machine.build("FROM odd\nRUN pwd; id -un\n");
    assert.equal(outputOf(events), "/not/there\napp\n");
  });

  it("give --no-cache builds new results, and later ones find them", async () => {
    const dockerfile = "FROM busybox\nRUN head -c 8 /dev/urandom > /random\n";
    const first = await machine.build(dockerfile);
    const second = await machine.build(dockerfile, {}, { noCache: true });
    assert.notEqual(second.image.id, first.image.id);
    assert.equal((await machine.build(dockerfile)).image.id, second.image.id);
  });

  it("list and prune the cache", async () => {
    await machine.build("FROM busybox\nRUN echo something > /s\n");
    const [record] = (await machine.builder.cache.list()).filter(
      ({ description }) => description === "RUN echo something > /s",
    );
    assert.ok(record !== undefined && record.bytes > 0 && !record.inUse);
    const pruned = await machine.builder.cache.prune({ all: true });
    assert.ok(pruned.ids.includes(record.id) && pruned.bytes >= record.bytes);
    assert.deepEqual(await machine.builder.cache.list(), []);
    const { events } = await machine.build("FROM busybox\nRUN echo something > /s\n");
    const reasons = events.flatMap((event) => (event.type === "vertex-completed" ? [event.reason.detail] : []));
    assert.match(reasons.at(-1) ?? "", /no longer in the cache/);
  });

  it("remove what a killed builder left", async () => {
    const key = `build-${machine.tenant.id}-left`;
    await machine.snapshots.prepare(key, undefined);
    const mounts = path.join(machine.directory, "run/builder/mounts");
    await machine.mounter.mount(machine.snapshots.mounts(key), path.join(mounts, key));
    machine.reopen();
    await machine.builder.recover();
    assert.deepEqual(readdirSync(mounts), []);
    assert.throws(() => machine.snapshots.stat(key), { name: "NotFound" });
  });

  it("leave nothing behind: no mount, snapshot or file of a step", async () => {
    const controller = new AbortController();
    const cancelled = machine.build(
      "FROM busybox\nRUN echo x; sleep 100\n",
      {},
      {
        signal: controller.signal,
        onEvent: (event) => {
          if (event.type === "log") {
            controller.abort();
          }
        },
      },
    );
    await assert.rejects(cancelled);
    await assert.rejects(machine.build("FROM busybox\nRUN false\n"));
    await assert.rejects(machine.build("FROM busybox\nRUN not-a-command\n"), /non-zero code: 127/);
    await assert.rejects(machine.build('FROM busybox\nRUN ["/not/there"]\n'), /not\/there/);
    const run = path.join(machine.directory, "run/builder");
    assert.deepEqual(readdirSync(path.join(run, "mounts")), []);
    assert.deepEqual(existsSync(path.join(run, "steps")) ? readdirSync(path.join(run, "steps")) : [], []);
    assert.deepEqual(
      machine.snapshots.list().filter(({ kind }) => kind !== "committed"),
      [],
    );
  });
});
