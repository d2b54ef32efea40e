import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { LimitUsage } from "#contract/extension-api.ts";
import { archive } from "../../fakes/archives.ts";
import { engineOfThisFile, type TenantClient, whyNot } from "../../suites/drydockd.ts";
import { classicBuild } from "../faults/building.ts";
import { send, until } from "../faults/http.ts";

const skip = whyNot() ?? false;
const mebibyte = 2 ** 20;
const engine = engineOfThisFile({ standIns: ["busybox"] });
/** What a client is told. */
const full = /no space left on device: .* of 64 MiB are used \(.*container writer .*\).*docker system prune/;

let ada: TenantClient;
const usage = async (tenant: TenantClient): Promise<LimitUsage> =>
  JSON.parse((await engine.call("GET", "/drydock/v1/limits", undefined, tenant.socket)).text) as LimitUsage;

describe("a tenant's disk, where the file system has no quotas", { skip }, () => {
  before(async () => {
    ada = await engine.tenant("ada", "class", { disk: 64 * mebibyte });
    engine.good(await ada.docker("pull", "-q", "busybox"));
  });

  test("base images do not count, and who has what is told", async () => {
    await until(
      "only the workspace's own directory is there",
      async () => ((await usage(ada)).disk.used ?? 1e9) < mebibyte,
    );
  });

  test("what two have counts for both, so that neither sees what the other has", async () => {
    const bob = await engine.tenant("bob", "class", { disk: 64 * mebibyte });
    const names = new Map([
      [ada, "hers"],
      [bob, "his"],
    ]);
    const file = join(engine.directory, "layer.tar");
    writeFileSync(file, archive({ name: "blob", content: randomBytes(10 * mebibyte).toString("hex") }));
    const used = async (tenant: TenantClient) => (await usage(tenant)).disk.used ?? 0;
    const within = (least: number) => (bytes: number) => bytes >= least * mebibyte && bytes < (least + 15) * mebibyte;
    for (const [tenant, name] of names) engine.good(await tenant.docker("import", file, name));
    for (const [tenant, name] of names) {
      await until(`${name} counts`, async () => within(20)(await used(tenant)));
    }
    engine.good(await bob.docker("rmi", "his"));
    await until("his is free again", async () => (await used(bob)) < mebibyte);
    assert.ok(within(20)(await used(ada)));
    engine.good(await ada.docker("rmi", "hers"));
  });

  test("writes beyond it are refused, requests too, until something is removed", async () => {
    // Slowly, so that it is not yet stopped when it is refused.
    const writing =
      "dd if=/dev/zero of=/big bs=1M count=50; while head -c 1048576 /dev/zero >>/big; do sleep 0.1; done; echo refused; sleep 1000";
    engine.good(await ada.docker("run", "-d", "--name", "writer", "busybox", "sh", "-c", writing));
    await until("its write was refused", async () => (await ada.docker("logs", "writer")).stdout.includes("refused"));
    const { disk, diskParts } = await usage(ada);
    assert.ok((disk.used ?? 0) >= 64 * mebibyte, JSON.stringify(disk));
    assert.equal(diskParts[0]?.name, "container writer");
    for (const [path, body] of [
      ["/containers/create", { Image: "busybox" }],
      ["/volumes/create", {}],
      ["/drydock/v1/workspace/directory?path=more", undefined],
    ] as const) {
      const { status, text } = await engine.call("POST", path, body, ada.socket);
      assert.equal(status, 507, `${path}: ${text}`);
      assert.match(text, full);
    }
    // Removing is possible from within, and then there is room again.
    engine.good(await ada.docker("exec", "writer", "rm", "/big"));
    await until(
      "there is room",
      async () => (await ada.docker("exec", "writer", "cp", "/bin/busybox", "/copy")).status === 0,
    );
    engine.good(await ada.docker("volume", "create", "more"));
    engine.good(await ada.docker("rm", "-f", "writer"));
  });

  test("a build step that fills it fails, and says why", async () => {
    const { lines } = await classicBuild(ada.socket, "FROM busybox\nRUN dd if=/dev/zero of=/big bs=1M count=2000\n");
    assert.match(lines.at(-1)?.error ?? "", /non-zero code: (1|153)|no space left on device/);
  });

  test("what gets around it is stopped", async () => {
    // Many files have no size.
    const files = await engine.tenant("files", "class", { disk: 2 ** 30 });
    engine.good(await files.docker("pull", "-q", "busybox"));
    const limits = { disk: 2 ** 30, inodes: 2_000 };
    assert.equal((await engine.call("PUT", "/drydock/v1/tenants/files/limits", limits)).status, 200);
    const making = 'i=0; while :; do i=$((i+1)); mkdir "/d$i" || exit 1; done';
    engine.good(
      await files.docker("run", "-d", "--restart", "always", "--name", "maker", "busybox", "sh", "-c", making),
    );
    const state = async () => engine.good(await files.docker("inspect", "-f", "{{.State.Running}}", "maker"));
    await until("it is stopped", async () => (await state()) === "false");
    const { inodes } = await usage(files);
    assert.ok((inodes.used ?? 0) > 2_000, JSON.stringify(inodes));
    const again = await files.docker("start", "maker");
    assert.match(again.stderr, /no space left on device: \d+ of 2000 files and directories are used/);
    engine.good(await files.docker("rm", "maker"));
  });
});

test(
  "docker stats tells what a container may have at most: its tenant's memory, as docker info",
  { skip },
  async () => {
    const eve = await engine.tenant("eve", "class", { memory: 64 * mebibyte });
    engine.good(await eve.docker("pull", "-q", "busybox"));
    engine.good(await eve.docker("run", "-d", "--name", "free", "busybox", "sleep", "1000"));
    engine.good(await eve.docker("run", "-d", "--name", "less", "-m", "32m", "busybox", "sleep", "1000"));
    const stats = engine.good(await eve.docker("stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}"));
    assert.match(stats, /^free .* \/ 64MiB$/m);
    assert.match(stats, /^less .* \/ 32MiB$/m);
  },
);

describe("numbers of things", { skip }, () => {
  test("images, execs, builds and requests have limits, which are shown with what is used", async () => {
    const bob = await engine.tenant("bob", "class");
    engine.good(await bob.docker("pull", "-q", "busybox"));
    const set = async (limits: object): Promise<void> =>
      assert.equal((await engine.call("PUT", "/drydock/v1/tenants/bob/limits", limits)).status, 200);
    await set({ images: 1, execs: 1, concurrentBuilds: 0 });
    engine.good(await bob.docker("run", "-d", "--name", "one", "busybox", "sleep", "1000"));
    assert.match((await bob.docker("commit", "one")).stderr, /the limit of 1 images is reached: .*docker image prune/);
    engine.good(await bob.docker("exec", "-d", "one", "sleep", "1000"));
    await until("the exec runs", async () => (await usage(bob)).execs.used === 1);
    assert.match((await bob.docker("exec", "one", "true")).stderr, /the limit of 1 execs at once is reached/);
    const { lines } = await classicBuild(bob.socket, "FROM busybox\n").catch(() => ({ lines: [] }));
    assert.deepEqual(
      lines.filter(({ stream }) => stream?.startsWith("Step")),
      [],
    );
    const shown = await usage(bob);
    assert.deepEqual(shown.images, { used: 1, limit: 1 });
    assert.deepEqual(shown.containers, { used: 1 });
    assert.equal(shown.logs.limit, 200 * mebibyte);
  });

  test("too many requests are refused with when to try again, by the tenant's limit or by its policy's", async () => {
    const carl = await engine.tenant("carl", "class");
    const limited = async () => {
      for (let count = 0; count < 100; count++) {
        const answer = await send(carl.socket, "/_ping");
        if (answer.status !== 200) return answer;
      }
      return undefined;
    };
    assert.equal(await limited(), undefined);
    assert.equal((await engine.call("PUT", "/drydock/v1/policies/class", { requests: 0.1 })).status, 200);
    const refused = await limited();
    assert.equal(refused?.status, 429);
    assert.match(String(refused?.headers["retry-after"]), /^\d+$/);
    assert.equal((await engine.call("PUT", "/drydock/v1/tenants/carl/limits", { requests: 1000 })).status, 200);
    await until("its own limit goes before", async () => (await send(carl.socket, "/_ping")).status === 200);
    assert.equal((await engine.call("DELETE", "/drydock/v1/policies/class?rule=requests")).status, 200);
  });
});

describe("the disk's time", { skip }, () => {
  test("is shared by weight, where the kernel can", async () => {
    await engine.tenant("eve", "class");
    const path = "/drydock/v1/tenants/eve/limits";
    assert.equal((await engine.call("PUT", path, { ioWeight: 50 })).status, 200);
    const [file] = globSync(`/sys/fs/cgroup/{blkio/,}drydock-${engine.name}/eve/{blkio.bfq.weight,io.bfq.weight}`);
    if (file === undefined) return console.log("This kernel has no weights of the scheduler bfq: nothing to look at.");
    assert.match(readFileSync(file, "utf8"), /^(default )?50$/m);
    assert.equal((await engine.call("PUT", path, {})).status, 200);
    assert.match(readFileSync(file, "utf8"), /^(default )?100$/m);
  });
});

describe("time without activity", { skip }, () => {
  test("stops containers, keeps files, and is told in terminals before", async () => {
    const dora = await engine.tenant("dora", "class");
    engine.good(await dora.docker("pull", "-q", "busybox"));
    engine.good(await dora.docker("run", "-d", "--name", "one", "busybox", "sleep", "1000"));
    engine.good(await dora.docker("volume", "create", "kept"));
    const start = { container: "one", columns: 80, rows: 24 };
    const opened = await engine.call("POST", "/drydock/v1/terminals", start, dora.socket);
    assert.equal(opened.status, 201, opened.text);
    const { id } = JSON.parse(opened.text) as { id: string };
    // Reading is no activity: what follows only reads.
    assert.equal((await engine.call("PUT", "/drydock/v1/tenants/dora/limits", { idleHours: 0.002 })).status, 200);
    const state = async () => engine.good(await dora.docker("inspect", "-f", "{{.State.Status}}", "one"));
    await until("it is stopped", async () => (await state()) === "exited");
    assert.equal(engine.good(await dora.docker("volume", "ls", "-q")), "kept");
    const output = await engine.call("GET", `/drydock/v1/terminals/${id}/output?offset=0`, undefined, dora.socket);
    assert.match(output.text, /containers are stopped/);
  });
});
