import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { inject, open, upgrade } from "./inject.ts";
import { makeApp } from "./make-app.ts";
import { Twin } from "./twin.ts";

async function withContainer(body: object = {}) {
  const twin = new Twin("alone");
  twin.addImage("busybox:latest");
  const { app, logged } = makeApp(twin);
  const created = await inject(app, {
    method: "POST",
    path: "/v1.44/containers/create?name=box",
    body: { Image: "busybox", Cmd: ["cat"], ...body },
  });
  assert.equal(created.status, 201, created.text);
  return { twin, app, logged, id: (created.json as { Id: string }).Id };
}

test("create translates HostConfig, and inspect shows it again", async () => {
  const host = {
    Binds: ["/workspace:/src:ro", "data:/var/data"],
    PortBindings: { "80/tcp": [{ HostIp: "", HostPort: "8080" }] },
    Memory: 67_108_864,
    NanoCpus: 500_000_000,
    RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
    Mounts: [{ Type: "tmpfs", Target: "/tmp/x", TmpfsOptions: { SizeBytes: 1024 } }],
    CapAdd: null,
  };
  const { twin, app } = await withContainer({ HostConfig: host, Entrypoint: "sh", ExposedPorts: { "80/tcp": {} } });
  const request = twin.lastCreate;
  assert.deepEqual(request?.config.entrypoint, ["sh"]);
  assert.deepEqual(
    request?.host.mounts.map(({ type, source, target, readonly }) => [type, source, target, readonly]),
    [
      ["bind", "/workspace", "/src", true],
      ["volume", "data", "/var/data", false],
      ["tmpfs", "", "/tmp/x", false],
    ],
  );
  assert.deepEqual(request?.host.portBindings, [
    { protocol: "tcp", containerPort: 80, hostAddress: "", hostPort: 8080 },
  ]);
  const shown = (await inject(app, { path: "/containers/box/json" })).json as {
    HostConfig: Record<string, unknown>;
    Path: string;
    Args: string[];
  };
  assert.equal(shown.Path, "sh");
  assert.deepEqual(shown.Args, ["cat"]);
  assert.deepEqual(shown.HostConfig["Binds"], host.Binds);
  assert.deepEqual(shown.HostConfig["RestartPolicy"], host.RestartPolicy);
  assert.deepEqual(shown.HostConfig["PortBindings"], { "80/tcp": [{ HostIp: "", HostPort: "8080" }] });
  assert.equal(shown.HostConfig["Memory"], 67_108_864);
});

test("requests that cannot be are refused with a reason: 400, for -v 500, as dockerd does", async () => {
  const { app } = await withContainer();
  const cases: [object | Buffer, RegExp, number?][] = [
    [Buffer.from("{"), /Content-Type specified \(\) must be .application.json./],
    [{ Image: 7 }, /invalid JSON: Image/],
    [{ Image: "busybox", HostConfig: { Binds: ["a"] } }, /invalid volume specification: 'a'/, 500],
    [{ Image: "busybox", HostConfig: { Binds: ["a:b"] } }, /mount path must be absolute/, 500],
    [{ Image: "busybox", HostConfig: { PortBindings: { "0/tcp": [{}] } } }, /invalid port specification/],
    [{ Image: "busybox", HostConfig: { Mounts: [{ Type: "npipe", Target: "/x" }] } }, /mount type unknown/],
    [{ Image: "busybox", HostConfig: { NetworkMode: "container:" } }, /invalid container format/],
    [{ Image: "busybox", HostConfig: { ExtraHosts: ["box"] } }, /bad format for add-host: "box"/],
    [{ Image: "busybox", Hostname: "a", HostConfig: { UTSMode: "host" } }, /hostname and the UTS mode/],
  ];
  for (const [body, message, status = 400] of cases) {
    const answer = await inject(app, { method: "POST", path: "/containers/create", body });
    assert.equal(answer.status, status, answer.text);
    assert.match((answer.json as { message: string }).message, message);
  }
});

test("errors have dockerd's statuses: 404, 304 without a body, 409", async () => {
  const { app } = await withContainer();
  const missing = await inject(app, { method: "POST", path: "/containers/create", body: { Image: "nothing" } });
  assert.equal(missing.status, 404);
  assert.deepEqual(missing.json, { message: "No such image: nothing" });
  assert.equal((await inject(app, { method: "POST", path: "/containers/box/start" })).status, 204);
  const again = await inject(app, { method: "POST", path: "/containers/box/start" });
  assert.equal(again.status, 304);
  assert.equal(again.text, "");
  assert.equal((await inject(app, { method: "DELETE", path: "/containers/box" })).status, 409);
  assert.equal((await inject(app, { method: "DELETE", path: "/containers/box?force=1" })).status, 204);
});

test("ps: only running ones, filters, states", async () => {
  const { app } = await withContainer({ Labels: { role: "web" } });
  const list = async (query: string) =>
    (await inject(app, { path: `/containers/json?${query}` })).json as { Names: string[]; Status: string }[];
  assert.equal((await list("")).length, 0);
  assert.deepEqual((await list("all=1"))[0]?.Names, ["/box"]);
  assert.equal((await list("all=1"))[0]?.Status, "Created");
  const filter = (filters: object) => `all=1&filters=${encodeURIComponent(JSON.stringify(filters))}`;
  assert.equal((await list(filter({ label: ["role=web"] }))).length, 1);
  assert.equal((await list(filter({ label: { "role=db": true } }))).length, 0);
  assert.equal((await list(filter({ name: ["^/box$"], status: ["created"] }))).length, 1);
  assert.equal((await list(filter({ status: ["exited"] }))).length, 0);
  const wrong = await inject(app, { path: `/containers/json?${filter({ colour: ["red"] })}` });
  assert.equal(wrong.status, 400);
  assert.match(wrong.text, /Invalid filter 'colour'/);
});

test("attach upgrades: 101, frames, half-close ends stdin", async () => {
  const { app } = await withContainer({ OpenStdin: true });
  const { response, socket } = await upgrade(app, {
    method: "POST",
    path: "/v1.44/containers/box/attach?stream=1&stdin=1&stdout=1&stderr=1",
  });
  assert.equal(response.statusCode, 101);
  assert.equal(response.headers["content-type"], "application/vnd.docker.multiplexed-stream");
  socket.end("hello");
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  assert.deepEqual(Buffer.concat(chunks), Buffer.from("\u0001\0\0\0\0\0\0\u0005hello", "latin1"));
});

test("attach to a terminal is raw, and the detach keys end it", async () => {
  const { app } = await withContainer({ OpenStdin: true, Tty: true });
  const { response, socket } = await upgrade(app, {
    method: "POST",
    path: "/v1.44/containers/box/attach?stream=1&stdin=1&stdout=1&detachKeys=ctrl-a,x",
  });
  assert.equal(response.headers["content-type"], "application/vnd.docker.raw-stream");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.write("a\u0001b\u0001");
  socket.write("xnever");
  await once(socket, "end");
  assert.equal(Buffer.concat(chunks).toString(), "a\u0001b");
});

test("attach to what is not there answers 404 in plain HTTP", async () => {
  const { app } = await withContainer();
  await assert.rejects(
    upgrade(app, { method: "POST", path: "/containers/nobody/attach?stream=1" }),
    /no upgrade but status 404/,
  );
});

test("exec: the body comes before the raw stream; a program that is not there is told in it", async () => {
  const { app } = await withContainer();
  const create = async (cmd: string[]) => {
    const answer = await inject(app, {
      method: "POST",
      path: "/containers/box/exec",
      body: { Cmd: cmd, AttachStdin: true, AttachStdout: true, AttachStderr: true },
    });
    assert.equal(answer.status, 201, answer.text);
    return (answer.json as { Id: string }).Id;
  };
  const read = async (id: string, typed: string) => {
    const { socket } = await upgrade(app, { method: "POST", path: `/exec/${id}/start`, body: { Detach: false } });
    socket.end(typed);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).subarray(8).toString();
  };
  assert.equal(await read(await create(["cat"]), "ping"), "ping");
  assert.match(await read(await create(["missing"]), ""), /executable file not found/);
});

test("logs: frames with timestamps, and one stream at least", async () => {
  const { app } = await withContainer();
  const answer = await inject(app, { path: "/v1.44/containers/box/logs?stdout=1&stderr=1&timestamps=1" });
  assert.equal(answer.headers["content-type"], "application/vnd.docker.multiplexed-stream");
  assert.equal(answer.body[0], 1);
  assert.match(answer.text, /2023-11-14T22:13:20\.000000001Z one\n/);
  const none = await inject(app, { path: "/containers/box/logs" });
  assert.equal(none.status, 400);
});

test("wait sends its headers before the container ends", async () => {
  const { app, twin } = await withContainer();
  await inject(app, { method: "POST", path: "/containers/box/start" });
  const response = await open(app, { method: "POST", path: "/containers/box/wait?condition=next-exit" });
  assert.equal(response.statusCode, 200);
  twin.exit("box", 3);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  assert.deepEqual(JSON.parse(Buffer.concat(chunks).toString()), { StatusCode: 3 });
});

test("a learner's workstation stays out of lists and prunes that do not ask for it: what is typed in it does not end it", async () => {
  const { app, twin, id } = await withContainer({ Labels: { "drydock.role": "workstation" } });
  const listed = async (filters: object) => {
    const query = `all=1&filters=${encodeURIComponent(JSON.stringify(filters))}`;
    const { json } = await inject(app, { path: `/containers/json?${query}` });
    return (json as { Id: string }[]).map((each) => each.Id);
  };
  assert.deepEqual(await listed({}), [], "docker rm -f $(docker ps -aq)");
  assert.deepEqual(await listed({ status: ["created"] }), []);
  assert.deepEqual(await listed({ label: ["drydock.role=workstation"] }), [id]);
  assert.deepEqual(await listed({ name: ["box"] }), [id]);
  assert.equal((await inject(app, { path: "/containers/box/json" })).status, 200);
  const pruned = await inject(app, { method: "POST", path: "/containers/prune" });
  assert.deepEqual(pruned.json, { ContainersDeleted: null, SpaceReclaimed: 0 });
  assert.equal(twin.engine.containers.list().length, 1);
  assert.equal((await inject(app, { method: "DELETE", path: "/containers/box" })).status, 204, "named, it goes");
});
