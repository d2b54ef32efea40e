import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import { mergeConfig } from "#engine/containers/merge-config.ts";
import { shownName } from "#engine/containers/container-files.ts";
import { mountTarget, requestedMounts, checkTmpfsOptions, tmpfsOptions } from "#engine/containers/mount-requests.ts";
import { generateName, parseContainerName } from "#engine/containers/names.ts";
import { healthCheckOf, nextHealth } from "#engine/containers/health.ts";
import { nextBackoff, shouldRestart, startsWithDaemon } from "#engine/containers/restart-policy.ts";
import { parseSignal } from "#engine/containers/signals.ts";
import type { Container, RestartPolicy } from "#engine/containers/container.ts";
import { newContainer } from "../../suites/new-container.ts";

const id = "0123456789ab".padEnd(64, "0");

describe("a container's configuration over its image's", () => {
  const image = {
    Cmd: ["server"],
    Entrypoint: ["/init"],
    Env: ["A=1", "B=2"],
    Labels: { a: "1", b: "1" },
    WorkingDir: "/w",
  };
  const merged = (config: Parameters<typeof newContainer>[1]) =>
    mergeConfig(newContainer([], config).config, image, id);

  it("takes the image's program unless there is one", () => {
    assert.deepEqual([merged({}).entrypoint, merged({}).cmd], [["/init"], ["server"]]);
    const cmd = merged({ config: { cmd: ["x"] } });
    assert.deepEqual([cmd.entrypoint, cmd.cmd], [["/init"], ["x"]]);
    const entrypoint = merged({ config: { entrypoint: ["sh"] } });
    assert.deepEqual([entrypoint.entrypoint, entrypoint.cmd], [["sh"], []], "an entrypoint drops the image's command");
    const cleared = merged({ config: { entrypoint: [""], cmd: ["x"] } });
    assert.deepEqual([cleared.entrypoint, cleared.cmd], [[], ["x"]]);
    assert.throws(() => mergeConfig(newContainer([]).config, {}, id), /No command specified/);
  });

  it("merges variables and labels by name", () => {
    const config = merged({ config: { env: ["B=3", "C=4", "A"], labels: { b: "2" } } });
    assert.deepEqual(config.env, ["B=3", "C=4", "A"], "a name alone is kept as asked: its process does not get it");
    assert.deepEqual(config.labels, { a: "1", b: "2" });
    assert.equal(config.workingDir, "/w");
    assert.equal(config.hostname, "0123456789ab");
  });
});

describe("mount requests", () => {
  it("name each target once, the image's volumes last", () => {
    const request = newContainer([], {
      config: { volumes: ["/data", "/logs/"] },
      host: {
        mounts: [{ type: "volume", source: "mine", target: "/data/", readonly: true }],
        tmpfs: { "/tmp": "size=1m,exec" },
      },
    });
    const mounts = [...requestedMounts(request.config, request.host, [])];
    assert.deepEqual(
      mounts.map((mount) => [mount.type, mount.target, mount.source]),
      [
        ["volume", "/data", "mine"],
        ["tmpfs", "/tmp", "size=1m,exec"],
        ["volume", "/logs", ""],
      ],
    );
    const twice = newContainer([], { host: { mounts: [mounts[0]!, mounts[0]!] } });
    assert.throws(() => [...requestedMounts(twice.config, twice.host, [])], /Duplicate mount point: \/data/);
  });

  it("have absolute targets below the root", () => {
    for (const target of ["/", "//", "/a/..", "relative", "", "/a\0b"]) {
      assert.throws(() => mountTarget(target), /mount path must be absolute|destination can't be/, target);
    }
    assert.equal(mountTarget("/a/./b/../c/"), "/a/c");
  });

  it("take tmpfs options that tmpfs knows", () => {
    const request = {
      type: "tmpfs" as const,
      source: "exec,size=64m",
      target: "/t",
      readonly: false,
      tmpfsMode: 0o1777,
    };
    assert.deepEqual(tmpfsOptions(request), ["nosuid", "nodev", "size=64m", "mode=1777"]);
    assert.deepEqual(tmpfsOptions({ ...request, source: "shared", tmpfsMode: 0 }).at(-1), "shared");
    const known = tmpfsOptions({ ...request, source: "nr_blocks=5,nodiratime,mpol=bind:0,strictatime" });
    assert.doesNotThrow(() => checkTmpfsOptions(known));
    for (const source of ["lowerdir=/etc", "size=1m,,exec", "mpol=x\ny"]) {
      const wrong = tmpfsOptions({ ...request, source });
      assert.throws(() => checkTmpfsOptions(wrong), /invalid tmpfs option/, source);
    }
    assert.deepEqual(tmpfsOptions({ ...request, source: "ro,exec,rw,noexec" }).slice(0, 4), [
      "nosuid",
      "nodev",
      "rw",
      "noexec",
    ]);
  });
});

describe("names and signals", () => {
  it("are dockerd's", () => {
    assert.equal(parseContainerName("/web_1.a-b"), "web_1.a-b");
    for (const name of ["a", "-ab", "a b", "a/b", "", "ä1"]) {
      assert.throws(() => parseContainerName(name), /Invalid container name/, name);
    }
    assert.match(
      generateName(() => false),
      /^[a-z]+_[a-z]+$/,
    );
    let asked = 0;
    assert.match(
      generateName(() => asked++ < 7),
      /\d$/,
    );
    assert.deepEqual(["TERM", "sigkill", "9", "RTMIN+3", "RTMAX-1"].map(parseSignal), [15, 9, 9, 37, 63]);
    for (const signal of ["NOPE", "0", "65", "RTMIN+99"]) {
      assert.throws(() => parseSignal(signal), /[Ii]nvalid signal|does not support signal/, signal);
    }
  });
});

describe("restart policies", () => {
  const container = (policy: RestartPolicy["name"], more: Partial<Container> = {}, maximumRetryCount = 0) =>
    ({
      status: "exited",
      restartCount: 0,
      exitCode: 1,
      stoppedByUser: false,
      ...more,
      host: { restartPolicy: { name: policy, maximumRetryCount } },
    }) as unknown as Container;

  it("decide by exit code, count and who stopped it", () => {
    assert.equal(shouldRestart(container("no"), 1), false);
    assert.equal(shouldRestart(container("always"), 0), true);
    assert.equal(shouldRestart(container("always", { stoppedByUser: true }), 0), false);
    assert.equal(shouldRestart(container("on-failure"), 0), false);
    assert.equal(shouldRestart(container("on-failure"), 1), true);
    assert.equal(shouldRestart(container("on-failure", { restartCount: 3 }, 3), 1), false);
    assert.equal(startsWithDaemon(container("always", { stoppedByUser: true })), true);
    assert.equal(startsWithDaemon(container("unless-stopped", { stoppedByUser: true })), false);
    assert.equal(startsWithDaemon(container("unless-stopped")), true);
    assert.equal(startsWithDaemon(container("on-failure")), true);
    assert.equal(startsWithDaemon(container("always", { status: "created" })), false);
  });

  it("wait longer each time, up to a minute, and anew after a steady run", () => {
    assert.deepEqual(
      [nextBackoff(0, 0), nextBackoff(100, 50), nextBackoff(50_000, 0), nextBackoff(50_000, 10_000)],
      [100, 200, 60_000, 100],
    );
  });
});

describe("health", () => {
  const check = { retries: 2, startPeriod: 1_000 };
  const starting = { status: "starting" as const, failingStreak: 0 };
  it("turns after the retries, not in the start period", () => {
    assert.deepEqual(nextHealth(starting, check, false, 500), starting);
    const once = nextHealth(starting, check, false, 1_500);
    assert.deepEqual(once, { status: "starting", failingStreak: 1 });
    assert.deepEqual(nextHealth(once, check, false, 1_500), { status: "unhealthy", failingStreak: 2 });
    assert.deepEqual(nextHealth(starting, check, true, 1), { status: "healthy", failingStreak: 0 });
    assert.deepEqual(nextHealth({ status: "healthy", failingStreak: 0 }, check, false, 2), {
      status: "healthy",
      failingStreak: 1,
    });
  });
});

test("times of a health check are those of a timer: whole milliseconds, of which there are 2^31", () => {
  const times = (ns: number) => {
    const healthcheck = { Test: ["CMD", "true"], Interval: ns, Timeout: ns, StartInterval: ns };
    const check = healthCheckOf({ config: { healthcheck } } as unknown as Container);
    return [check?.interval, check?.timeout, check?.startInterval];
  };
  assert.deepEqual(times(150_500_000), [151, 151, 151]);
  assert.deepEqual(times(50_000_000), [100, 50, 100]);
  assert.deepEqual(times(1), [100, 1, 100]);
  assert.deepEqual(times(Number.MAX_SAFE_INTEGER), [2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1]);
});

test("an archive's top is called as its path ends", () => {
  const names = ["/", ".", "/.", "./", "/./", "a/./", "a/", "a/b", "a/..", "..", "a."].map(shownName);
  assert.deepEqual(names, ["/", ".", ".", ".", ".", ".", "a", "b", "/", "/", "a."]);
});
