import assert from "node:assert/strict";
import { existsSync, globSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import Docker from "dockerode";
import { statusResponse } from "../../server/daemon/translate/buildkit-trace.ts";
import { decode } from "../../server/engine/runtime/link/protobuf.ts";
import { ownedDirectory } from "../suites/owned-directory.ts";
import { engineOfThisFile, whyNot } from "../suites/drydockd.ts";

/* What the SDKs do and the CLI does not, and dockerd takes. */

const engine = engineOfThisFile({ pull: ["busybox"] });
const skip = whyNot();

async function post(path: string, body: object): Promise<Record<string, unknown>> {
  const { status, text } = await engine.call("POST", path, body);
  assert.ok(status < 300, `${path}: ${status} ${text}`);
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

async function inspect(id: unknown, version = "v1.50") {
  const { text } = await engine.call("GET", `/${version}/containers/${String(id)}/json`);
  return JSON.parse(text) as {
    HostConfig: { Runtime: string };
    NetworkSettings: { Networks: Record<string, { Aliases: string[] | null; IPAMConfig: object | null }> };
  };
}

/** All that an exec's start answers, framed or not. */
function startExec(id: unknown, body: object): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const options = { socketPath: engine.socket, path: `/v1.50/exec/${String(id)}/start`, method: "POST" };
  const headers = { "Content-Type": "application/json" };
  const outgoing = request({ ...options, headers }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () => resolve(Buffer.concat(chunks)));
  });
  outgoing.on("error", reject);
  outgoing.end(JSON.stringify(body));
  return promise;
}

test("an exec's output is framed as its start says, not as it was made", { skip }, async () => {
  engine.good(await engine.docker("run", "-d", "--name", "ee", "busybox", "sleep", "100"));
  const made = { AttachStdout: true, AttachStderr: true, Tty: true, Cmd: ["printf", "hi"] };
  const framed = await startExec((await post("/v1.50/containers/ee/exec", made))["Id"], {});
  assert.deepEqual(framed, Buffer.from([1, 0, 0, 0, 0, 0, 0, 2, ...Buffer.from("hi")]));
  const raw = await startExec((await post("/v1.50/containers/ee/exec", made))["Id"], { Tty: true });
  assert.equal(raw.toString(), "hi");
});

test(
  "keys are taken whatever the case of their letters, deep down, too, and those of maps are kept",
  { skip },
  async () => {
    const { Id } = await post("/v1.50/containers/create?name=cc", {
      image: "busybox",
      CMD: ["true"],
      labels: { Image: "x" },
      hostConfig: { memory: 64 << 20, restartPolicy: { name: "always" } },
    });
    const { status, text } = await engine.call("GET", `/v1.50/containers/${String(Id)}/json`);
    assert.equal(status, 200);
    const { Config, HostConfig } = JSON.parse(text) as {
      Config: { Image: string; Cmd: string[]; Labels: Record<string, string> };
      HostConfig: { Memory: number; RestartPolicy: { Name: string } };
    };
    assert.deepEqual([Config.Image, Config.Cmd, Config.Labels["Image"]], ["busybox", ["true"], "x"]);
    assert.deepEqual([HostConfig.Memory, HostConfig.RestartPolicy.Name], [64 << 20, "always"]);
  },
);

test("link-local addresses are on the interface and in inspect; others are refused", { skip }, async () => {
  const create = (address: string) => ({
    Image: "busybox",
    Cmd: ["sleep", "100"],
    NetworkingConfig: { EndpointsConfig: { bridge: { IPAMConfig: { LinkLocalIPs: [address] } } } },
  });
  const { Id } = await post("/v1.50/containers/create", create("169.254.8.8"));
  await post(`/v1.50/containers/${String(Id)}/start`, {});
  const shown = await inspect(Id);
  assert.deepEqual(shown.NetworkSettings.Networks["bridge"]?.IPAMConfig, { LinkLocalIPs: ["169.254.8.8"] });
  const addresses = engine.good(await engine.docker("exec", String(Id), "ip", "-4", "addr", "show", "eth0"));
  assert.match(addresses, /inet 169\.254\.8\.8\/16/);
  const wrong = await post("/v1.50/containers/create", create("8.8.8.8"));
  const { status, text } = await engine.call("POST", `/v1.50/containers/${String(wrong["Id"])}/start`);
  assert.deepEqual([status, text], [400, `{"message":"invalid link local IP address: 8.8.8.8"}\n`]);
});

test("the short id is one of the aliases until API 1.44", { skip }, async () => {
  await post("/v1.50/networks/create", { Name: "net" });
  const endpoint = { Aliases: ["hello"] };
  const networking = { NetworkingConfig: { EndpointsConfig: { net: endpoint } }, HostConfig: { NetworkMode: "net" } };
  const { Id } = await post("/v1.50/containers/create", { Image: "busybox", Cmd: ["true"], ...networking });
  const aliases = async (version: string) => (await inspect(Id, version)).NetworkSettings.Networks["net"]?.Aliases;
  assert.deepEqual(await aliases("v1.44"), ["hello", String(Id).slice(0, 12)]);
  assert.deepEqual(await aliases("v1.45"), ["hello"]);
  assert.deepEqual(await aliases("v1.41"), ["hello"], "only once it has been started");
  await post(`/v1.50/containers/${String(Id)}/start`, {});
  assert.deepEqual(await aliases("v1.41"), ["hello", String(Id).slice(0, 12)]);
});

test("runc is the runtime where docker-py asks for it", { skip }, async () => {
  const { Id } = await post("/v1.50/containers/create", { Image: "busybox", Runtime: "runc" });
  assert.equal((await inspect(Id)).HostConfig.Runtime, "runc");
});

test("events until a time are told from the first one on, and since 0 is since ever", { skip }, async () => {
  engine.good(await engine.docker("create", "--name", "told", "busybox"));
  const until = Math.ceil(Date.now() / 1_000);
  const actions = async (query: string) =>
    (await engine.call("GET", `/events?${query}&filters=${encodeURIComponent('{"container":["told"]}')}`)).text
      .split("\n")
      .filter((line) => line.includes('"Action":"create"')).length;
  assert.equal(await actions(`until=${until}`), 1);
  assert.equal(await actions(`since=0&until=${until}`), 1);
  assert.equal(await actions(`since=${until}&until=${until}`), 0);
});

test(
  "an exec that could not start is none of its container's; one that was not started ends with it",
  { skip },
  async () => {
    engine.good(await engine.docker("run", "-d", "--name", "lost", "busybox", "sleep", "100"));
    const exec = async (Cmd: string[]) => (await post("/v1.50/containers/lost/exec", { Cmd }))["Id"];
    await startExec(await exec(["no-such-program"]), {});
    const { text } = await engine.call("GET", "/v1.50/containers/lost/json");
    assert.equal((JSON.parse(text) as { ExecIDs: null }).ExecIDs, null);
    const later = await exec(["true"]);
    engine.good(await engine.docker("kill", "lost"));
    engine.good(await engine.docker("wait", "lost"));
    const { status } = await engine.call("POST", `/v1.50/exec/${String(later)}/start`, {});
    assert.equal(status, 404);
  },
);

test("a working directory is there as soon as the container is made", { skip }, async () => {
  engine.good(await engine.docker("create", "--name", "work", "--workdir", "/home/foo/bar", "busybox"));
  assert.equal((await engine.call("HEAD", "/v1.50/containers/work/archive?path=/home/foo/bar")).status, 200);
});

test("the mode of a mount is what -v said, and nothing for others", { skip }, async () => {
  const mount = { Type: "bind", Source: "/etc", Target: "/m", ReadOnly: true };
  const { Id } = await post("/v1.50/containers/create", { Image: "busybox", HostConfig: { Mounts: [mount] } });
  const { text } = await engine.call("GET", `/v1.50/containers/${String(Id)}/json`);
  const [shown] = (JSON.parse(text) as { Mounts: { Mode: string; RW: boolean }[] }).Mounts;
  assert.deepEqual([shown?.Mode, shown?.RW], ["", false]);
});

test("a list of CPUs with an empty place is refused", { skip }, async () => {
  const body = { Image: "busybox", HostConfig: { CpusetCpus: "0,," } };
  const { status, text } = await engine.call("POST", "/v1.50/containers/create", body);
  assert.equal(status, 400);
  assert.match(text, /Invalid value 0,, for cpuset cpus/);
});

test("a cgroup parent with .. stays beneath the control groups", { skip }, async (t) => {
  const name = `drydock-escape-${engine.name}`;
  t.after(() => rmSync(`/${name}`, { recursive: true, force: true }));
  const run = ["run", "--rm", "--cgroup-parent", `../../../../../../${name}`, "busybox", "true"];
  engine.good(await engine.docker(...run));
  assert.equal(existsSync(`/${name}`), false);
  for (const left of globSync([`/sys/fs/cgroup/${name}`, `/sys/fs/cgroup/*/${name}`])) rmdirSync(left);
});

test("events are filtered by the beginning of an id or a name", { skip }, async () => {
  const since = Math.floor(Date.now() / 1_000);
  engine.good(await engine.docker("run", "--rm", "--name", "filtered", "busybox", "true"));
  const types = async (container: string) => {
    const filters = encodeURIComponent(JSON.stringify({ container: [container] }));
    const query = `since=${since}&until=${Math.ceil(Date.now() / 1_000)}&filters=${filters}`;
    const { text } = await engine.call("GET", `/events?${query}`);
    return [...new Set(text.split("\n").flatMap((line) => /"Type":"(\w+)"/.exec(line)?.[1] ?? []))];
  };
  assert.deepEqual(await types("filt"), ["container"]);
  assert.deepEqual(await types("brid"), ["network"]);
});

test("a container with --rm is restarted, not removed", { skip }, async () => {
  engine.good(await engine.docker("run", "-d", "--rm", "--name", "stays", "busybox", "sleep", "100"));
  engine.good(await engine.docker("restart", "-t", "0", "stays"));
  assert.equal(engine.good(await engine.docker("ps", "-q", "--filter", "name=stays")).length, 12);
});

test("on the machine's network --add-host and --dns count, and the name is the machine's", { skip }, async () => {
  const run = [
    "run",
    "--rm",
    "--net",
    "host",
    "--add-host",
    "extra:1.2.3.4",
    "--dns",
    "9.9.9.9",
    "-e",
    "HOME=",
    "busybox",
  ];
  const script = "grep -h -e extra -e nameserver /etc/hosts /etc/resolv.conf; hostname; echo $HOME";
  const shown = engine.good(await engine.docker(...run, "sh", "-c", script));
  assert.equal(shown, `1.2.3.4\textra\nnameserver 9.9.9.9\n${hostname()}\n/root`);
});

test("a port that is asked for is not given away to one that is free to choose", { skip }, async () => {
  for (let tries = 1; ; tries++) {
    engine.good(await engine.docker("create", "--name", "free", "-p", "80", "busybox", "sleep", "100"));
    engine.good(await engine.docker("start", "free"));
    const next = Number(/:(\d+)/.exec(engine.good(await engine.docker("port", "free", "80")))?.[1]) + 1;
    const outcome = await engine.docker("run", "--rm", "-p", "80", "-p", `${next}:8080`, "busybox", "true");
    // Another program of the machine may have that one just now.
    if (outcome.status === 0 || tries === 5) return void engine.good(outcome);
    engine.good(await engine.docker("rm", "-f", "free"));
  }
});

test("wrong addresses, devices and networks are told in dockerd's words", { skip }, async () => {
  const told = async (...flags: string[]) => (await engine.docker("run", "--rm", ...flags, "busybox", "true")).stderr;
  assert.match(await told("--device", "/etc"), /custom device "\/etc": not a device node/);
  assert.match(await told("--name", "me", "--net", "container:me"), /cannot join own network/);
  engine.good(await engine.docker("network", "create", "six"));
  assert.match(
    await told("--net", "six", "--ip6", "::ffff:172.28.99.99"),
    /invalid IPv6 address: ::ffff:172\.28\.99\.99/,
  );
});

test(
  "containers are listed by the beginning of their network's id, with the id of an image that lost its name",
  { skip },
  async () => {
    engine.good(await engine.docker("tag", "busybox", "moved"));
    engine.good(await engine.docker("run", "-d", "--name", "onnet", "moved", "sleep", "100"));
    const { Image } = JSON.parse((await engine.call("GET", "/containers/onnet/json")).text) as { Image: string };
    const network = engine.good(await engine.docker("network", "inspect", "-f", "{{.ID}}", "bridge"));
    const list = ["ps", "--no-trunc", "--filter", "name=onnet", "--filter", `network=${network.slice(0, 4)}`];
    assert.equal(engine.good(await engine.docker(...list, "--format", "{{.Image}}")), "moved");
    engine.good(await engine.docker("commit", "onnet", "moved"));
    assert.equal(engine.good(await engine.docker(...list, "--format", "{{.Image}}")), Image);
  },
);

test("a short program's log and a commit of it can be asked for at once", { skip }, async () => {
  const { Id } = await post("/v1.50/containers/create", { Image: "busybox", Cmd: ["echo", "said"] });
  await post(`/v1.50/containers/${String(Id)}/start`, {});
  const { text } = await engine.call("GET", `/v1.50/containers/${String(Id)}/logs?stdout=1`);
  assert.match(text, /said/);
  for (let round = 0; round < 5; round++) {
    await post(`/v1.50/containers/${String(Id)}/start`, {});
    await post(`/v1.50/commit?container=${String(Id)}`, {});
    engine.good(await engine.docker("wait", String(Id)));
  }
});

test("a container that runs again says when it had ended, and its run so far has no end", { skip }, async () => {
  engine.good(await engine.docker("run", "-d", "--name", "again", "busybox", "sleep", "100"));
  const state = async () =>
    (JSON.parse((await engine.call("GET", "/containers/again/json")).text) as { State: Record<string, string> }).State;
  assert.equal((await state())["FinishedAt"], "0001-01-01T00:00:00Z");
  engine.good(await engine.docker("restart", "-t", "0", "again"));
  const { StartedAt = "", FinishedAt = "" } = await state();
  assert.ok(Date.parse(FinishedAt) > Date.parse("2000-01-01"), FinishedAt);
  assert.ok(Date.parse(StartedAt) >= Date.parse(FinishedAt), `${StartedAt} ${FinishedAt}`);
  const anatomy = await engine.call("GET", "/drydock/v1/containers/again/anatomy");
  assert.equal(anatomy.status, 200);
  assert.doesNotMatch(anatomy.text, /"kind":"end"/);
});

test(
  "a container that leaves its network and comes back has its MAC address again, as Compose wants",
  { skip },
  async () => {
    await post("/v1.41/networks/create", { Name: "back" });
    const MacAddress = "74:6f:75:68:6f:75";
    const body = {
      Image: "busybox",
      Cmd: ["sleep", "100"],
      MacAddress,
      HostConfig: { NetworkMode: "back", CpuCount: 2 },
    };
    const { Id } = await post("/v1.41/containers/create", body);
    await post("/v1.41/networks/back/disconnect", { Container: Id });
    await post("/v1.41/networks/back/connect", { Container: Id, EndpointConfig: { Aliases: ["x"] } });
    await post(`/v1.41/containers/${String(Id)}/start`, {});
    const { text } = await engine.call("GET", `/v1.41/containers/${String(Id)}/json`);
    const shown = JSON.parse(text) as {
      Config: { MacAddress: string };
      HostConfig: { CpuCount: number };
      NetworkSettings: { Networks: Record<string, { MacAddress: string }> };
    };
    assert.equal(shown.NetworkSettings.Networks["back"]?.MacAddress, MacAddress);
    assert.equal(shown.Config.MacAddress, MacAddress);
    assert.equal(shown.HostConfig.CpuCount, 2);
  },
);

test("dockerode, asked for BuildKit, builds, and is told of it as by BuildKit", { skip }, async () => {
  const context = ownedDirectory("buildkit-");
  const docker = new Docker({ socketPath: engine.socket });
  const build = async (text: string) => {
    writeFileSync(join(context, "Dockerfile"), text);
    const stream = await docker.buildImage({ context, src: ["Dockerfile"] }, { version: "2", t: "traced" });
    const { promise, resolve } = Promise.withResolvers<{
      error: Error | null;
      lines: { id?: string; aux: string }[];
    }>();
    docker.modem.followProgress(stream, (error, lines) => resolve({ error, lines: lines ?? [] }));
    return promise;
  };
  const { error, lines } = await build("FROM busybox\nRUN --mount=type=cache,target=/test echo made\n");
  assert.equal(error, null);
  const progress = lines.flatMap(({ id, aux }) =>
    id === "moby.buildkit.trace" ? [decode(statusResponse, Buffer.from(aux, "base64"))] : [],
  );
  const names = progress.flatMap(({ vertexes }) =>
    vertexes.flatMap(({ name, completed }) => (completed ? [name] : [])),
  );
  assert.deepEqual(names.toSorted(), ["[1/2] FROM busybox", "[2/2] RUN --mount=type=cache,target=/test echo made"]);
  assert.equal(progress.flatMap(({ logs }) => logs.map(({ text }) => text.toString())).join(""), "made\n");
  const { Id } = await docker.getImage("traced").inspect();
  assert.deepEqual(lines.slice(-2), [
    { id: "moby.image.id", aux: { ID: Id } },
    { stream: "Successfully tagged traced:latest\n" },
  ]);
  const failed = await build("FROM busybox\nRUN exit 3\n");
  assert.match(JSON.stringify(failed.lines.at(-1)), /"errorDetail".*'\/bin\/sh -c exit 3' returned a non-zero code: 3/);
});
