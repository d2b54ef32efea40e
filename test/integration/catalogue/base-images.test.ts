import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openBaseImages } from "../../../server/compose/base-images.ts";
import type { Config } from "../../../server/compose/config.ts";
import { RootBuilder } from "../../../server/engine/catalogue/root-builder.ts";
import type { Image } from "../../../server/engine/images/image-store.ts";
import type { TransferProgress } from "../../../server/engine/remotes/remotes.ts";
import { diskMachine } from "../../fakes/disk-machine.ts";
import { giveStandIns } from "../../suites/stand-ins.ts";
import { whyNoStandIns } from "./why-skip.ts";

const skip = whyNoStandIns() ?? false;
type Machine = Awaited<ReturnType<ReturnType<typeof diskMachine>["open"]>>;

/** Runs a command in a writable snapshot of an image, without the runtime: its programs and links must work. */
async function runIn(machine: Machine, image: Image, script: string): Promise<string> {
  const { snapshots, mounter } = machine.storage;
  const target = mkdtempSync(join(tmpdir(), "drydock-run-in-"));
  await snapshots.prepare("test-run", image.layers.at(-1));
  try {
    await mounter.mount(snapshots.mounts("test-run"), target);
    const result = spawnSync("chroot", [target, "/bin/sh", "-c", script], {
      encoding: "utf8",
      env: { NODE_ENV: "test", PATH: image.config.config?.Env?.find((entry) => entry.startsWith("PATH="))?.slice(5) },
    });
    assert.equal(result.status, 0, `${script}: ${result.stderr}`);
    return result.stdout.trim();
  } finally {
    await mounter.unmount(target);
    await snapshots.remove("test-run");
    rmSync(target, { recursive: true, force: true });
  }
}

test(
  "busybox without a registry: made once, given to each tenant, still there after a restart",
  { skip },
  async (t) => {
    const disk = diskMachine();
    t.after(disk.close);
    let machine = await disk.open();
    t.after(() => machine.shut());
    const lines: TransferProgress[] = [];
    const onProgress = (progress: TransferProgress) => void lines.push(progress);
    const [one, two] = [machine.tenant("t-one"), machine.tenant("t-two")];
    const images = await Promise.all([
      one.transfer.pull("busybox", { onProgress }),
      two.transfer.pull("docker.io/library/busybox:1.36"),
    ]);
    assert.equal(images[0].id, images[1].id);
    assert.deepEqual(one.images.get("busybox").tags, ["busybox:latest"]);
    assert.deepEqual(two.images.get("busybox:1.36").tags, ["busybox:1.36"]);
    assert.equal(images[0].standIn, true);
    assert.equal(images[0].config.config?.Labels?.["io.drydock.stand-in"], "true");
    assert.ok(lines.some(({ status }) => /is a local stand-in: busybox [0-9.]+, made from/.test(status)));
    assert.equal(machine.storage.layers.list().length, 1);
    assert.equal([...machine.storage.leases.resources()].length, 0);

    assert.equal(
      await runIn(machine, images[0], "id -u; echo a b | awk '{print $2}'; readlink /usr/bin/env"),
      "0\nb\n../../bin/env",
    );
    assert.equal(await runIn(machine, images[0], "stat -c '%a %u' /tmp /root"), "1777 0\n700 0");
    await runIn(
      machine,
      images[0],
      "for name in sh ls httpd wget nc vi tar awk; do test -x /bin/$name || exit 1; done",
    );

    await machine.shut();
    machine = await disk.open();
    await machine.storage.gc.collect();
    assert.equal(machine.baseImages.list().find(({ name }) => name === "busybox")?.ready, true);
    assert.equal((await machine.tenant("t-three").transfer.pull("busybox")).id, images[0].id);
  },
);

test("an interrupted making leaves nothing, and the next one succeeds", { skip }, async (t) => {
  const disk = diskMachine();
  t.after(disk.close);
  const machine = await disk.open();
  t.after(() => machine.shut());
  const { transfer, images } = machine.tenant("t-one");
  const stop = new AbortController();
  const pulled = transfer.pull("debian", {
    signal: stop.signal,
    onProgress: ({ id }) => {
      if (id === "stand-in") {
        stop.abort();
      }
    },
  });
  await assert.rejects(pulled, { name: "Cancelled" });
  // The making itself ends a moment after its last waiter left.
  while (machine.storage.snapshots.list().length > 0) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.deepEqual(images.list(), []);
  assert.deepEqual(machine.storage.layers.list(), []);
  assert.ok(!readFileSync("/proc/self/mounts", "utf8").includes(join(machine.runRoot, "roots")));
  assert.equal(machine.baseImages.list().find(({ name }) => name === "debian")?.error, undefined);
  await transfer.pull("busybox");
});

test("what cannot be had is told with the reason and with what there is", { skip }, async (t) => {
  const disk = diskMachine();
  t.after(disk.close);
  const machine = await disk.open();
  t.after(() => machine.shut());
  const { transfer } = machine.tenant("t-one");
  await assert.rejects(transfer.pull("nope/nope"), {
    name: "Unavailable",
    message:
      /^Docker Hub cannot be reached \(there is no network.*no local stand-in for nope\/nope:latest \(use debian\)/,
  });
  await assert.rejects(transfer.pull("node:22-alpine"), {
    name: "Unavailable",
    message: /no local stand-in for node:22-alpine: it is made of Alpine's own packages.*\(use node\); an operator can/,
  });
  await assert.rejects(transfer.pull("alpine"), {
    name: "Unavailable",
    message:
      /no local stand-in for alpine:latest: it is made of Alpine's own .* with apt-get in the place of apk, or busybox\)/,
  });
  await assert.rejects(transfer.pull("moby/buildkit:buildx-stable-1"), {
    name: "Unavailable",
    message:
      /buildx starts it where an engine has no BuildKit \(use DOCKER_BUILDKIT=0, or devcontainer --buildkit never\)/,
  });
  await assert.rejects(transfer.pull("drydock/other"), { name: "NotFound", message: /no local stand-in/ });
  const foreign = process.arch === "arm64" ? "amd64" : "arm64";
  await assert.rejects(transfer.pull("busybox", { platform: { os: "linux", architecture: foreign } }), {
    name: "Unavailable",
    message: new RegExp(`linux/${foreign}`),
  });
});

test("an image that the operator gave is served under its name, before any stand-in", { skip }, async (t) => {
  const disk = diskMachine();
  t.after(disk.close);
  const machine = await disk.open();
  t.after(() => machine.shut());
  const operator = machine.tenant("operator");
  const busybox = await operator.transfer.pull("busybox");
  const { stdout } = spawnSync("tar", ["-C", "/etc", "-cf", "-", "hostname"]);
  const { Readable } = await import("node:stream");
  const given = await operator.archives.import(Readable.from([stdout]), { name: "debian", message: "", changes: [] });
  const learner = machine.tenant("t-one");
  assert.equal((await learner.transfer.pull("debian")).id, given.id);
  assert.equal((await learner.transfer.pull("busybox")).id, busybox.id);
  assert.equal(learner.images.get("debian").standIn, false);
});

test("what everybody runs first is there too", { skip }, async (t) => {
  const disk = diskMachine();
  t.after(disk.close);
  const machine = await disk.open();
  t.after(() => machine.shut());
  const image = await machine.tenant("t-one").transfer.pull("hello-world");
  assert.deepEqual(image.config.config?.Cmd, ["/hello"]);
  assert.match(await runIn(machine, image, "/hello"), /^Hello from Drydock!$/m);
});

const programs: [name: string, script: string, expected: RegExp][] = [
  ["distribution", "dpkg --audit; apt-get --version | head -1; ls /dev /tmp /run /var/lib/apt/lists", /^apt [0-9.]+/],
  [
    "drydock/workstation",
    "docker --version; git --version; vim --version | head -1; curl --version | head -1",
    /Docker version/,
  ],
  ["python:3", "python -c 'import ssl, venv; print(1 + 1)' && pip --version", /^2\npip/],
  [
    "node",
    "node -p '6 * 7' && npm --version && npx --version && su node -c id",
    /^42\n[0-9.]+\n[0-9.]+\nuid=1000\(node\)/,
  ],
  ["nginx", "nginx -v 2>&1 && cat /usr/share/nginx/html/index.html", /^nginx version[^]*Welcome to nginx/],
  ["redis", "redis-server --version && stat -c %U /data", /^Redis server[^]*redis$/],
  [
    "gcc",
    "echo 'int main(void){return 0;}' > a.c && gcc -static a.c -o a && ./a && make --version | head -1",
    /^GNU Make/,
  ],
];

test("each stand-in works, on one shared distribution layer", { skip }, async (t) => {
  const disk = diskMachine();
  t.after(disk.close);
  const names = programs.map(([name]) => name.split(":")[0] ?? name);
  await giveStandIns(["busybox", "debian", "ubuntu", ...names], disk.dataRoot);
  const machine = await disk.open();
  t.after(() => machine.shut());
  const { transfer, images } = machine.tenant("t-one");
  const distribution = machine.baseImages.list().some(({ name }) => name === "ubuntu") ? "ubuntu" : "debian";
  for (const [name, script, expected] of programs) {
    const image = await transfer.pull(name === "distribution" ? distribution : name);
    assert.match(await runIn(machine, image, script), expected, name);
    assert.match(image.config.config?.Labels?.["io.drydock.stand-in.version"] ?? "", /^[0-9]+\./, name);
  }
  assert.equal(new Set(images.list().map((image) => image.layers[0])).size, 1);
  assert.deepEqual(await machine.storage.gc.collect(), { content: 0, layers: 0, snapshots: 0, bytes: 0 });
});

test("what a crash left of a stand-in half made is gone after the next start", { skip }, async (t) => {
  const disk = diskMachine();
  t.after(disk.close);
  const machine = await disk.open();
  t.after(() => machine.shut());
  const { snapshots: snapshotter, mounter, layers, leases } = machine.storage;
  const run = join(disk.directory, "run");
  const roots = new RootBuilder({ snapshotter, mounter, layers, leases, mountDirectory: join(run, "catalogue") });
  const mounted = Promise.withResolvers<string>();
  void roots.build(undefined, (root) => {
    mounted.resolve(root);
    return new Promise<never>(() => undefined);
  });
  const left = await mounted.promise;
  assert.ok(existsSync(left));

  const config = { run, data: disk.dataRoot } as Config;
  await openBaseImages(config, machine.storage, machine.db, machine.tenant("operator").images, (line) =>
    t.diagnostic(line),
  );
  assert.equal(existsSync(left), false, "the mount and its directory");
  assert.doesNotMatch(readFileSync("/proc/self/mountinfo", "utf8"), new RegExp(left));
  assert.deepEqual(
    snapshotter.list().filter(({ kind }) => kind === "active"),
    [],
  );
});
