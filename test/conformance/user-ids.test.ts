import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { engineOfThisFile, whyNot } from "../suites/drydockd.ts";

const skip = whyNot() ?? false;
const engine = engineOfThisFile({ pull: ["busybox"] });
const { good } = engine;
const run = (...args: string[]) => engine.docker("run", "--rm", ...args);
const init = "cat /proc/self/uid_map | tr -s ' '";

test("--userns host: the machine's own ids, for files, volumes and processes", { skip }, async () => {
  const all = readFileSync("/proc/self/uid_map", "utf8").trim().replaceAll(/\s+/g, " ");
  assert.equal(good(await run("--userns", "host", "busybox", "sh", "-c", init)).trim(), all);
  assert.notEqual(good(await run("busybox", "sh", "-c", init)).trim(), all);

  // Who owns what is the same from either side.
  good(await run("-v", "ids:/v", "busybox", "sh", "-c", "echo a > /v/a; chown 33:34 /v/a; id -u > /v/root"));
  const seen = ["-v", "ids:/v", "busybox", "stat", "-c", "%u:%g", "/v", "/v/a", "/v/root"];
  assert.deepEqual(good(await run(...seen)).split("\n"), ["0:0", "33:34", "0:0"]);
  assert.deepEqual(good(await run("--userns", "host", ...seen)).split("\n"), ["0:0", "33:34", "0:0"]);
  good(await run("--userns", "host", "-v", "ids:/v", "busybox", "chown", "35", "/v/a"));
  assert.equal(good(await run("-v", "ids:/v", "busybox", "stat", "-c", "%u", "/v/a")), "35");

  const host = ["--userns", "host", "--name", "free", "busybox", "sleep", "100"];
  good(await engine.docker("run", "-d", ...host));
  assert.equal(good(await engine.docker("exec", "free", "stat", "-c", "%u", "/etc/hosts", "/etc/resolv.conf")), "0\n0");
  assert.match(good(await engine.docker("top", "free")), /root .*sleep 100/);
  writeFileSync(join(engine.directory, "f"), "in\n");
  good(await engine.docker("cp", join(engine.directory, "f"), "free:/f"));
  assert.equal(good(await engine.docker("exec", "free", "stat", "-c", "%u", "/f")), "0");
  good(await engine.docker("stop", "-t", "0", "free"));
  good(await engine.docker("start", "free"));
  const joined = await run("--network", "container:free", "busybox", "true");
  assert.match(joined.stderr, /cannot join the network namespace of container free.*--userns host too/);
  good(await run("--network", "container:free", "--userns", "host", "busybox", "true"));
  good(await engine.docker("rm", "-f", "free"));
  good(await engine.docker("volume", "rm", "ids"));
});

test("root of a container is root to what it binds and to volumes with options", { skip }, async () => {
  const directory = join(engine.directory, "bound");
  mkdirSync(directory);
  for (const ids of [[], ["--userns", "host"]]) {
    good(await run(...ids, "-v", `${directory}:/b`, "busybox", "sh", "-c", "echo x > /b/x; chown 33 /b/x"));
    assert.equal(statSync(join(directory, "x")).uid, 33);
  }
  good(
    await engine.docker("volume", "create", "-o", "type=tmpfs", "-o", "device=tmpfs", "-o", "o=size=1m,uid=33", "tt"),
  );
  for (const ids of [[], ["--userns", "host"]]) {
    assert.equal(good(await run(...ids, "-v", "tt:/t", "busybox", "stat", "-c", "%u", "/t")), "33");
  }
  good(await engine.docker("volume", "rm", "tt"));
});

test("what is mounted beneath a bind's source is seen, and stays when the container ends", { skip }, async (t) => {
  const outer = join(engine.directory, "shared");
  const mount = (...args: string[]) => execFileSync("mount", args);
  mkdirSync(outer);
  mount("-t", "tmpfs", "tmpfs", outer);
  t.after(() => execFileSync("umount", ["-R", "-l", outer]));
  mount("--make-shared", outer);
  mkdirSync(join(outer, "inner"));
  mount("-t", "tmpfs", "tmpfs", join(outer, "inner"));
  writeFileSync(join(outer, "inner", "f"), "inner\n");
  for (const propagation of ["rprivate", "rslave", "rshared"]) {
    assert.equal(good(await run("-v", `${outer}:/o:${propagation}`, "busybox", "cat", "/o/inner/f")), "inner");
    assert.equal(readFileSync(join(outer, "inner", "f"), "utf8"), "inner\n", propagation);
  }
  const inside = ["--privileged", "--userns", "host", "-v", `${outer}:/o:rshared`, "busybox"];
  good(await run(...inside, "sh", "-c", "mkdir /o/made && mount -t tmpfs tmpfs /o/made && echo m > /o/made/f"));
  if (existsSync("/sys/fs/cgroup/unified")) {
    t.diagnostic(
      "not looked at: on a machine with both versions of control groups runtimes are in a slave of its mounts",
    );
  } else {
    assert.equal(readFileSync(join(outer, "made", "f"), "utf8"), "m\n");
  }
  const alone = join(engine.directory, "alone");
  mkdirSync(alone);
  mount("-t", "tmpfs", "tmpfs", alone);
  t.after(() => execFileSync("umount", ["-l", alone]));
  mount("--make-private", alone);
  for (const [propagation, wanted] of [
    ["rshared", "a shared mount"],
    ["rslave", "a shared or slave mount"],
  ] as const) {
    const refused = await run("-v", `${alone}:/o:${propagation}`, "busybox", "true");
    const why = `path ${alone} is mounted on ${alone} but it is not ${wanted}`;
    // the 26 client adds a dot
    assert.equal(refused.stderr.split("\n")[0]?.replace(/\.$/, ""), `docker: Error response from daemon: ${why}`);
  }
});

test("an image is mounted, or a part of it, and nobody changes it", { skip }, async (t) => {
  const client = good(await engine.docker("version", "--format", "{{.Client.APIVersion}}"));
  if (Number(client.split(".")[1]) < 48)
    return t.skip(`this machine's docker client speaks ${client}: no image mounts`);
  const context = join(engine.directory, "data");
  mkdirSync(context);
  writeFileSync(join(context, "Dockerfile"), 'FROM scratch\nCOPY f /d/f\nCMD ["none"]\n');
  writeFileSync(join(context, "f"), "of the image\n");
  good(await engine.docker("build", "-q", "-t", "data", context));
  const mount = (rest = "") => ["--mount", `type=image,src=data,dst=/i${rest}`, "busybox"];
  assert.equal(good(await run(...mount(), "cat", "/i/d/f")), "of the image");
  assert.equal(good(await run(...mount(",image-subpath=d"), "cat", "/i/f")), "of the image");
  assert.equal(good(await run("--userns", "host", ...mount(",image-subpath=d/f"), "cat", "/i")), "of the image");
  assert.match((await run(...mount(), "touch", "/i/x")).stderr, /Read-only file system/);
  assert.match(
    (await run(...mount(",image-subpath=../d"), "true")).stderr,
    /must be a relative path within the volume/,
  );
  assert.match(
    (await run(...mount(",image-subpath=nope"), "true")).stderr,
    /cannot access path data:nope: no such file/,
  );
  const missing = await run("--mount", "type=image,src=nothing-like-it:1,dst=/i", "busybox", "true");
  assert.match(missing.stderr, /nothing-like-it:1/);

  // It stays for as long as a container has it.
  good(await engine.docker("create", "--name", "keeper", ...mount(), "cat", "/i/d/f"));
  const [shown] = JSON.parse(good(await engine.docker("inspect", "keeper"))) as { Mounts: object[] }[];
  assert.deepEqual(shown?.Mounts, [
    { Type: "image", Name: "data", Source: "", Destination: "/i", Mode: "", RW: false, Propagation: "rprivate" },
  ]);
  good(await engine.docker("rmi", "data"));
  good(await engine.docker("image", "prune", "-f"));
  good(await engine.docker("builder", "prune", "-af"));
  assert.equal(good(await engine.docker("start", "-a", "keeper")), "of the image");
  good(await engine.docker("rm", "keeper"));
});
