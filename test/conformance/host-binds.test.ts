import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { dockerClient } from "../suites/docker-clients.ts";
import { engineOfThisFile, whyNot } from "../suites/drydockd.ts";
import { removeMounted } from "../suites/kernel-traces.ts";

/* The operator's bind mounts: root of a container is root to the machine's files, as with dockerd. */

const engine = engineOfThisFile({ pull: ["busybox"] });
const skip = whyNot();

/** Nobody but root may enter it. */
function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "ddb-"));
  t.after(() => removeMounted(path));
  return path;
}

/** With a file system mounted in it. */
async function directoryWithMount(t: TestContext): Promise<{ path: string; inner: string }> {
  const path = directory(t);
  const inner = join(path, "inner");
  mkdirSync(inner);
  await engine.cli("mount", ["-t", "tmpfs", "none", inner]);
  return { path, inner };
}

test("root of a container reads and writes root's own files, which stay root's", { skip }, async (t) => {
  const path = directory(t);
  writeFileSync(join(path, "mine"), "secret", { mode: 0o600 });
  const script = "cat /d/mine; echo new >/d/made; stat -c ' %u' /d/made /d";
  assert.match(
    engine.good(await engine.docker("run", "--rm", "-v", `${path}:/d`, "busybox", "sh", "-c", script)),
    /^secret 0\n 0$/,
  );
  assert.equal(statSync(join(path, "made")).uid, 0);
});

test("docker cp writes to them, of a running container and of one that is not", { skip }, async (t) => {
  const path = directory(t);
  writeFileSync(join(path, "file"), "x");
  for (const [name, make] of [
    ["going", "run"],
    ["made", "create"],
  ] as const) {
    const options = make === "run" ? ["-d"] : [];
    engine.good(await engine.docker(make, ...options, "--name", name, "-v", `${path}:/d`, "busybox", "sleep", "100"));
    engine.good(await engine.docker("cp", join(path, "file"), `${name}:/d/${name}`));
    assert.equal(statSync(join(path, name)).uid, 0);
  }
});

test("another user's files are that user's in the container, too", { skip }, async (t) => {
  const path = directory(t);
  chmodSync(path, 0o755);
  const file = join(path, "f");
  writeFileSync(file, "x", { mode: 0o600 });
  chownSync(file, 1000, 1000);
  const run = ["run", "--rm", "--user", "1000", "-v", `${file}:/f`, "busybox"];
  assert.equal(engine.good(await engine.docker(...run, "sh", "-c", "echo y >>/f; stat -c %u /f; cat /f")), "1000\nxy");
});

test("a UNIX socket of the machine can be written to", { skip }, async (t) => {
  const socket = join(directory(t), "s");
  const server = createServer();
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  chmodSync(socket, 0o600);
  const script = "test -S /s && test -w /s && stat -c %u /s";
  const run = ["run", "--rm", "-v", `${socket}:/s`, "busybox", "sh", "-c", script];
  assert.equal(engine.good(await engine.docker(...run)), "0");
});

test(
  "a directory that was removed is made again at the start, and what is mounted beneath one is seen",
  { skip },
  async (t) => {
    const { path, inner } = await directoryWithMount(t);
    writeFileSync(join(inner, "f"), "beneath");
    assert.equal(
      engine.good(await engine.docker("run", "--rm", "-v", `${path}:/d`, "busybox", "cat", "/d/inner/f")),
      "beneath",
    );
    const gone = join(path, "gone");
    engine.good(await engine.docker("create", "--name", "gone", "-v", `${gone}:/d`, "busybox", "ls", "-d", "/d"));
    rmSync(gone, { recursive: true });
    assert.equal(engine.good(await engine.docker("start", "-a", "gone")), "/d");
  },
);

test("a directory with the engine's own mounts in it can be bound, by crun and by runc", { skip }, async () => {
  for (const runtime of ["crun", "runc"]) {
    const bind = ["-v", `${engine.directory}:/d`, "--runtime", runtime];
    assert.match(engine.good(await engine.docker("run", "--rm", ...bind, "busybox", "ls", "/d/r")), /^drydock\.sock$/m);
  }
  // Each container would have all that the earlier ones have mounted, twice as much every time.
  engine.good(await engine.docker("run", "-d", "-v", `${engine.directory}:/d`, "busybox", "sleep", "100"));
  const inside = await engine.docker("run", "--rm", "-v", `${engine.directory}:/d`, "busybox", "cat", "/proc/mounts");
  assert.doesNotMatch(engine.good(inside), / \/d\/r\/containers\//);
});

test(
  "of what is mounted beneath, what has ids mapped is root's, and what root cannot reach does no harm",
  { skip },
  async (t) => {
    const path = directory(t);
    const [lower, inner] = [join(path, "lower"), join(path, "inner")];
    mkdirSync(join(lower, "closed/deep"), { recursive: true });
    chmodSync(join(lower, "closed"), 0o700);
    for (const made of ["inner", "open"]) mkdirSync(join(path, made));
    // The ids of an overlay cannot be mapped, those of the root file system's can.
    await engine.cli("mount", ["-t", "overlay", "-o", `lowerdir=${lower}:${path}/open`, "none", inner]);
    await engine.cli("mount", ["-t", "tmpfs", "none", join(inner, "closed/deep")]);
    mkdirSync(join(lower, "secret"), { mode: 0o700 });
    writeFileSync(join(lower, "secret/f"), "root's");
    await engine.cli("mount", ["--bind", lower, join(path, "open")]);
    for (const runtime of ["crun", "runc"]) {
      const run = ["run", "--rm", "--runtime", runtime, "-v", `${path}:/d`, "busybox"];
      assert.equal(engine.good(await engine.docker(...run, "cat", "/d/open/secret/f")), "root's");
      assert.match((await engine.docker(...run, "ls", "/d/inner/closed")).stderr, /Permission denied/);
    }
  },
);

test(
  "a read-only bind covers what is mounted beneath it from API 1.44 on, unless it is asked not to",
  { skip },
  async (t) => {
    const { path, inner } = await directoryWithMount(t);
    chmodSync(inner, 0o777);
    const touch = [
      "busybox",
      "sh",
      "-c",
      "touch /d/x 2>/dev/null || echo outer; touch /d/inner/x 2>/dev/null || echo inner",
    ];
    const bind = `type=bind,src=${path},dst=/d,readonly`;
    const client = await dockerClient();
    const said = async (version: string, ...options: string[]) =>
      engine.good(
        await engine.cli("env", [`DOCKER_API_VERSION=${version}`, client, "run", "--rm", ...options, ...touch]),
      );
    assert.equal(await said("1.43", "-v", `${path}:/d:ro`), "outer");
    assert.equal(await said("1.44", "-v", `${path}:/d:ro`), "outer\ninner");
    assert.equal(await said("1.44", "--mount", bind), "outer\ninner");
    const asked = await engine.cli(client, ["run", "--rm", "--mount", "bind-recursive=writable", "busybox"]);
    if (/unexpected key/.test(asked.stderr)) return t.skip("this docker client does not know bind-recursive");
    assert.equal(await said("1.44", "--mount", `${bind},bind-recursive=writable`), "outer");
    assert.equal(
      await said("1.44", "--mount", `${bind},bind-recursive=readonly,bind-propagation=rprivate`),
      "outer\ninner",
    );
  },
);
