import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { engineOfThisFile, whyNot } from "../suites/drydockd.ts";

const skip = whyNot() ?? false;
const engine = engineOfThisFile({ pull: ["busybox"] });
const { good } = engine;

test("a part of a volume is mounted, never what a link in it leads to", { skip }, async (t) => {
  const script = "mkdir -p /v/a/b && echo inside > /v/a/b/file && ln -s ../../../../etc /v/out && ln -s a/b /v/in";
  good(await engine.docker("run", "--rm", "-v", "parts:/v", "busybox", "sh", "-c", script));
  const part = (subpath: string, ...command: string[]) =>
    engine.docker("run", "--rm", "--mount", `type=volume,src=parts,dst=/p,volume-subpath=${subpath}`, ...command);
  const first = await part("a/b", "busybox", "ls", "/p");
  if (/unexpected key 'volume-subpath'/.test(first.stderr)) return t.skip("this docker client is older than API 1.45");
  assert.equal(good(first), "file");
  assert.equal(good(await part("a/b/file", "busybox", "cat", "/p")), "inside");
  assert.equal(good(await part("in", "busybox", "ls", "/p")), "file");
  good(await part("a", "busybox", "touch", "/p/made"));
  assert.match(good(await part("a", "busybox", "ls", "/p")), /made/);
  for (const [subpath, reason] of [
    ["out", /cannot access path parts:out: no such file/],
    ["missing", /cannot access path parts:missing: no such file/],
    ["../parts", /relative path within the volume/],
    ["/etc", /relative path within the volume/],
  ] as const) {
    const refused = await part(subpath, "busybox", "ls", "/p");
    assert.equal(refused.status, reason.source.startsWith("cannot") ? 127 : 125, refused.stdout);
    assert.match(refused.stderr, reason);
  }
  good(await engine.docker("volume", "rm", "parts"));
});

test("of a range of host ports the first free one is taken", { skip }, async (t) => {
  const taken = createServer();
  t.after(() => taken.close());
  taken.listen(0, "0.0.0.0");
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  const range = `127.0.0.1:${port}-${port + 9}:80`;
  good(await engine.docker("run", "-d", "--name", "range", "-p", range, "busybox", "sleep", "60"));
  const shown = good(await engine.docker("port", "range", "80"));
  const chosen = Number(shown.split(":").at(-1));
  assert.ok(chosen > port && chosen <= port + 9, shown);
  good(await engine.docker("rm", "-f", "range"));
});

test("limits of a build hold in its steps", { skip }, async () => {
  const context = join(engine.directory, "limited");
  mkdirSync(context);
  writeFileSync(join(context, "Dockerfile"), "FROM busybox\nRUN echo files=$(ulimit -n)\n");
  const options = ["--ulimit", "nofile=77:77", "--memory", "64m", "--cpu-period", "50000", "--cpu-quota", "25000"];
  const built = await engine.docker("build", ...options, "--cpuset-cpus", "0", context);
  assert.match(good(built), /files=77/);
});

test(
  "a program whose interpreter is missing: plain words on its own stderr, with either runtime",
  { skip },
  async () => {
    const context = join(engine.directory, "unrunnable");
    mkdirSync(context);
    writeFileSync(join(context, "script"), "#!/no/such/shell\n", { mode: 0o755 });
    writeFileSync(join(context, "junk"), "junk", { mode: 0o755 });
    writeFileSync(join(context, "Dockerfile"), "FROM busybox\nCOPY script junk /\n");
    good(await engine.docker("build", "-t", "unrunnable", context));
    for (const runtime of ["crun", "runc"].filter((name) => spawnSync("which", [name]).status === 0)) {
      good(await engine.docker("run", "-d", "--runtime", runtime, "--name", runtime, "unrunnable", "sleep", "60"));
      for (const command of [
        ["run", "--rm", "--runtime", runtime, "unrunnable"],
        ["exec", runtime],
      ]) {
        const script = await engine.docker(...command, "/script");
        assert.match(script.stderr, /^exec.*: no such file or directory\n$/i);
        assert.notEqual(script.status, 0);
        assert.match((await engine.docker(...command, "/junk")).stderr, /^exec.*: exec format error\n$/i);
      }
      good(await engine.docker("rm", "-f", runtime));
    }
  },
);

test(
  "on the machine's network names are the machine's, unless there are some of the container's own",
  { skip },
  async () => {
    const hosts = async (...options: string[]) => {
      const command = ["--network", "host", ...options, "busybox", "cat", "/etc/hosts"];
      return (await engine.docker("run", "--rm", ...command)).stdout;
    };
    assert.equal(await hosts(), readFileSync("/etc/hosts", "utf8"));
    assert.match(await hosts("--add-host", "other:10.1.2.3"), /^127\.0\.0\.1\tlocalhost\n[^]*^10\.1\.2\.3\tother$/m);
  },
);

const noQueues = existsSync("/dev/mqueue") ? false : "this machine has no message queues at /dev/mqueue to be seen";

test("the machine's message queues", { skip: skip || noQueues }, async () => {
  const ipc = await engine.docker("run", "--rm", "--ipc", "host", "busybox", "ls", "-l", "/proc/self/ns/ipc");
  assert.ok(good(ipc).endsWith(` -> ${readlinkSync("/proc/self/ns/ipc")}`), ipc.stdout);
});

test("rules for devices, no shared memory, the machine's processes", { skip }, async () => {
  good(await engine.docker("run", "--rm", "--device-cgroup-rule", "c 1:3 rwm", "busybox", "true"));
  const shm = await engine.docker("run", "--rm", "--ipc", "none", "busybox", "ls", "/dev/shm");
  assert.match(shm.stderr, /No such file or directory/);
  const before = mountsOfProc();
  const pid = good(await engine.docker("run", "--rm", "--pid", "host", "busybox", "sh", "-c", "echo $$"));
  assert.ok(Number(pid) > 1, pid);
  // What is left of it ends with it, and holds nobody up.
  const left = await engine.docker("run", "--rm", "--pid", "host", "busybox", "sh", "-c", "sleep 1000 & echo hi");
  assert.equal(good(left), "hi");
  assert.deepEqual(mountsOfProc(), before, "what is masked in the container is masked on the machine");
});

/** Where something is laid over the machine's /proc; systemd mounts binfmt_misc when somebody looks there. */
function mountsOfProc(): string[] {
  const paths = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "");
  return paths.filter((path) => path.startsWith("/proc/") && !path.endsWith("/binfmt_misc"));
}

test(
  "of volumes of several containers the last counts; links follow a container to its networks",
  { skip },
  async () => {
    const names = ["first", "second"];
    for (const name of names) good(await engine.docker("create", "--name", name, "-v", "/data", "busybox"));
    good(
      await engine.docker("create", "--name", "both", "--volumes-from", "first", "--volumes-from", "second", "busybox"),
    );
    const volumes = good(await engine.docker("inspect", "-f", "{{(index .Mounts 0).Name}}", "second", "both")).split(
      "\n",
    );
    assert.equal(volumes[0], volumes[1]);
    good(await engine.docker("run", "-d", "--name", "guest", "--net", "host", "busybox", "sleep", "60"));
    const refused = await engine.docker("create", "--link", "guest:g", "busybox");
    assert.match(refused.stderr, /conflicting options: host type networking can't be used with links/);
    good(await engine.docker("run", "-d", "--name", "host", "busybox", "sleep", "60"));
    good(await engine.docker("create", "--name", "inner", "--net", "container:host", "busybox"));
    const linked = [
      "run",
      "--rm",
      "--link",
      "inner:i",
      "busybox",
      "sh",
      "-c",
      "ping -c 1 -w 9 i > /dev/null && echo hi",
    ];
    assert.equal(good(await engine.docker(...linked)), "hi");
    good(await engine.docker("rm", "-fv", "guest", "host", "inner", "both", ...names));
  },
);

test("paths of /proc are shown on request", { skip }, async () => {
  const probe = ["busybox", "sh", "-c", "grep -c ' /proc/sys ' /proc/mounts"];
  assert.equal((await engine.docker("run", "--rm", ...probe)).stdout.trim(), "1");
  assert.equal(
    (await engine.docker("run", "--rm", "--security-opt", "systempaths=unconfined", ...probe)).stdout.trim(),
    "0",
  );
});

test("without a network there is none", { skip }, async () => {
  const body = { Image: "busybox", Cmd: ["ls", "/sys/class/net"], NetworkDisabled: true };
  const { status, text } = await engine.call("POST", "/containers/create?name=alone", body);
  assert.equal(status, 201, text);
  assert.equal(good(await engine.docker("start", "-a", "alone")), "lo");
  good(await engine.docker("rm", "alone"));
});

test("what is not there is refused by name", { skip }, async (t) => {
  const context = join(engine.directory, "plain");
  mkdirSync(context);
  writeFileSync(join(context, "Dockerfile"), "FROM busybox\n");
  const cases: [string[], RegExp][] = [
    [["run", "--storage-opt", "size=1g", "busybox"], /supported only for overlay over xfs/],
    [
      ["run", "--ip6", "fd00::2", "--network", "bridge", "busybox"],
      /user specified IP address is supported on user defined networks only/,
    ],
    [["run", "--platform", "linux/s390x", "--pull", "never", "busybox"], /wanted linux\/s390x/],
    [["build", "--security-opt", "seccomp=unconfined", context], /security/i],
  ];
  for (const [args, reason] of cases) {
    const { status, stderr } = await engine.docker(...args);
    assert.notEqual(status, 0, args.join(" "));
    assert.match(stderr, reason, args.join(" "));
  }
  const { Warnings: lacks } = JSON.parse((await engine.call("GET", "/info")).text) as { Warnings: string[] | null };
  if (lacks?.some((warning) => /read_bps|rbps/.test(warning))) {
    t.diagnostic("not looked at: --device-read-bps, this machine cannot throttle devices");
    return;
  }
  // Not by the command line: Debian's client 26.1.5 drops what its --device-read-bps was given.
  const HostConfig = { BlkioDeviceReadBps: [{ Path: "/dev/nothing", Rate: 1_000_000 }] };
  const body = { Image: "busybox", HostConfig };
  const { text } = await engine.call("POST", "/containers/create?name=throttled", body);
  const refused = text.includes('"Id"') ? (await engine.call("POST", "/containers/throttled/start")).text : text;
  assert.match(refused, /stat \/dev\/nothing: no such file or directory/);
  await engine.call("DELETE", "/containers/throttled");
});

test("memory that may be shared is new with each start, and goes with the container", { skip }, async () => {
  const touch = "test ! -e /dev/shm/x && touch /dev/shm/x && exec sleep 600";
  good(await engine.docker("run", "-d", "--ipc", "shareable", "--name", "donor", "busybox", "sh", "-c", touch));
  good(await engine.docker("restart", "-t", "0", "donor"));
  const join = ["run", "--rm", "--ipc", "container:donor", "busybox"];
  good(await engine.docker(...join, "sh", "-c", "until test -e /dev/shm/x; do sleep 0.1; done; rm /dev/shm/x"));
  assert.equal(good(await engine.docker("exec", "donor", "ls", "/dev/shm")), "");
  assert.equal(good(await engine.docker("inspect", "-f", "{{.State.Running}}", "donor")), "true");
  const mounted = () => readFileSync("/proc/self/mountinfo", "utf8").includes(`${engine.runDirectory}/containers`);
  assert.ok(mounted());
  good(await engine.docker("rm", "-f", "donor"));
  assert.ok(!mounted());
});

test("the machine's IPC namespace can be had, also where it shows no message queues", { skip }, async () => {
  const machine = readlinkSync("/proc/self/ns/ipc");
  assert.equal(
    good(await engine.docker("run", "--rm", "--ipc", "host", "busybox", "readlink", "/proc/self/ns/ipc")),
    machine,
  );
});

test("a device that is missing at the start is the machine's trouble, not a wrong request", { skip }, async () => {
  const device = { PathOnHost: "/dev/nothing", PathInContainer: "/dev/nothing", CgroupPermissions: "rwm" };
  const body = { Image: "busybox", HostConfig: { Devices: [device] } };
  await engine.call("POST", "/containers/create?name=device", body);
  const { status, text } = await engine.call("POST", "/containers/device/start");
  assert.equal(status, 500);
  assert.match(text, /custom device .*\/dev\/nothing.*: no such file or directory/);
  good(await engine.docker("rm", "device"));
});
