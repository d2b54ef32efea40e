/** Two tenants on one engine: nothing of the neighbour is seen, changed, or told to exist, on any route of the table. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { before, describe, test } from "node:test";
import { dockerClient } from "../suites/docker-clients.ts";
import { operatorRouteTable, tenantRouteTable } from "./route-table.ts";
import { skip, stageOfThisFile } from "./stage.ts";

const stage = stageOfThisFile();
/** of the neighbour, made below */
let terminal = "";
let build = "";

/** Something of the neighbour's by one of its names, and the same kind of name of nothing. */
type Pair = [theirs: string, nothing: string];

const like = (id: string): string => randomBytes(32).toString("hex").slice(0, id.length);

/** What `{…}` stands for in routes that begin so. A new kind of route must say so here. */
function namesOf(path: string): Pair[] | "no tenant's" {
  const { container, image, network, volume, exec } = stage.neighbour;
  const both = (name: string, id: string, ghost = "ghost"): Pair[] => [
    [name, ghost],
    [id, like(id)],
    [id.slice(0, 12), like(id.slice(0, 12))],
  ];
  const hex = image.replace("sha256:", "");
  const digest: Pair = [image, `sha256:${like(hex)}`];
  if (path.startsWith("/containers/") || path.startsWith("/drydock/v1/containers/")) return both("vault", container);
  if (path.startsWith("/images/"))
    return [["vault-image:1", "ghost-image:1"], digest, [hex.slice(0, 12), like(hex.slice(0, 12))]];
  if (path.startsWith("/networks/")) return both("vault-net", network);
  if (path.startsWith("/volumes/")) return [[volume, "ghost-data"]];
  if (path.startsWith("/exec/")) return [[exec, like(exec)]];
  if (path.startsWith("/drydock/v1/builds/")) return [[build, like(build)]];
  if (path.startsWith("/drydock/v1/terminals/")) return [[terminal, like(terminal)]];
  if (/^\/(plugins|swarm|services|nodes|tasks|secrets|configs)\//.test(path)) return "no tenant's";
  if (path.startsWith("/distribution/") || path === "/drydock/v1/checks/{name}") return "no tenant's";
  throw new Error(`what does the name in ${path} stand for? namesOf in this file must say`);
}

/** Bodies with which a request gets as far as looking for what it names. */
const bodies: Record<string, unknown> = {
  "POST /containers/{id*}/exec": { Cmd: ["true"] },
  "POST /containers/{id*}/update": { Memory: 64 * 1024 ** 2 },
  "POST /networks/{id*}/connect": { Container: "cell" },
  "POST /networks/{id*}/disconnect": { Container: "cell" },
  "POST /exec/{id}/start": { Detach: true },
  "POST /drydock/v1/builds/{id}/steps/{step}/resume": { container: "cell" },
  "POST /drydock/v1/terminals/{id}/resize": { columns: 80, rows: 24 },
};

const queries: Record<string, string> = {
  "GET /containers/{id*}/archive": "?path=/secret",
  "HEAD /containers/{id*}/archive": "?path=/secret",
  "PUT /containers/{id*}/archive": "?path=/",
  "GET /containers/{id*}/logs": "?stdout=1&tail=all",
  "POST /containers/{id*}/attach": "?logs=1&stream=1&stdout=1",
  "POST /containers/{id*}/rename": "?name=stolen",
  "POST /containers/{id*}/resize": "?h=10&w=10",
  "POST /exec/{id}/resize": "?h=10&w=10",
  "POST /images/{name*}/tag": "?repo=stolen",
  "DELETE /containers/{id*}": "?force=1&v=1",
  "DELETE /images/{name*}": "?force=1",
  "DELETE /volumes/{name}": "?force=1",
  "GET /drydock/v1/containers/{id}/output": "?tail=10",
};

/** Requests that are answered well for what is not there, too. */
const harmless = /force=1|\/terminals\/[^/]+\/resize/;

/** Without an end of their own. */
const endless = /^\/(?:events$|events\?(?!.*until)|drydock\/v1\/workspace\/changes|session|grpc)/;

/** Asks as the attacker; an answer without an end is cut off once it has begun. */
function ask(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "Content-Type": "application/json" };
    const outgoing = request({ socketPath: stage.attacker.socket, method, path, headers, agent: false }, (response) => {
      let text = "";
      const status = response.statusCode ?? 0;
      const timer = setTimeout(() => outgoing.destroy(), endless.test(path) ? 500 : 60_000);
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("error", () => undefined);
      response.on("close", () => {
        clearTimeout(timer);
        resolve({ status, text });
      });
    });
    outgoing.on("upgrade", (_response, socket) => {
      socket.destroy();
      resolve({ status: 101, text: "" });
    });
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** The neighbour's names, in none of which the attacker has a part. */
function secrets(): string[] {
  const { container, image, network } = stage.neighbour;
  const ids = [container, network, image.replace("sha256:", ""), build, terminal].map((id) => id.slice(0, 12));
  return [...ids, stage.secret, "vault", "quigley"];
}

/** A container that could be made, with names that are looked up when it starts, is started, and removed. */
async function started(...request: Parameters<typeof ask>): Promise<{ status: number; text: string }> {
  const answer = await ask(...request);
  const { Id } = (answer.status === 201 ? JSON.parse(answer.text) : {}) as { Id?: string };
  if (Id === undefined) return answer;
  const { status, text } = await ask("POST", `/containers/${Id}/start`);
  await ask("DELETE", `/containers/${Id}?force=1`);
  return { status, text: text.replaceAll(Id, "ITSELF") };
}

function assertSilent(text: string, about: string): void {
  for (const secret of secrets()) assert.ok(!text.includes(secret), `${about} tells ${secret}: ${text.slice(0, 500)}`);
}

describe("the neighbour's things, by name and by id", { skip }, () => {
  before(async () => {
    const { engine, victim } = stage;
    const ofVictim = async (path: string, body: unknown) =>
      (JSON.parse((await engine.call("POST", path, body, victim.socket)).text) as { id: string }).id;
    terminal = await ofVictim("/drydock/v1/terminals", { container: "vault", cmd: ["sh"], columns: 80, rows: 24 });
    build = await ofVictim("/drydock/v1/builds", { contextPath: "", tags: ["vault-built"] });
    assert.ok(terminal !== "" && build !== "");
  });

  const table = tenantRouteTable();
  test("the table of routes is whole", () => assert.ok(table.length > 100, String(table.length)));

  for (const { method, path } of table.filter((route) => route.path.includes("{"))) {
    test(`${method} ${path}`, async () => {
      const pairs = namesOf(path);
      if (pairs === "no tenant's") return;
      const route = `${method} ${path}`;
      const fill = (name: string) =>
        `${path.replace("{step}", "0").replace(/\{\w+\*?\}/, name)}${queries[route] ?? ""}`;
      for (const [theirs, nothing] of pairs) {
        const [found, lost] = [
          await ask(method, fill(theirs), bodies[route]),
          await ask(method, fill(nothing), bodies[route]),
        ];
        const told = found.text.replaceAll(theirs, "NAME");
        assert.equal(told, lost.text.replaceAll(nothing, "NAME"), "the answers differ: it is told that there is one");
        assert.equal(found.status, lost.status);
        assert.ok(found.status >= 400 || harmless.test(fill(theirs)), `${theirs}: ${found.status} ${found.text}`);
        assert.ok(found.status !== 500, found.text);
        assertSilent(told, route);
      }
      await stage.unharmed();
    });
  }

  // The attacker's own requests have the neighbour's names in them by now.
  test("GET /drydock/v1/requests tells no requests of others", async () => {
    const { engine, victim } = stage;
    const { text: own } = await engine.call("GET", "/info?asked=by-the-neighbour", undefined, victim.socket);
    assert.match(own, /ServerVersion/);
    const { text } = await ask("GET", "/drydock/v1/requests");
    assert.match(text, /"path":/);
    assert.doesNotMatch(text, /asked=by-the-neighbour/);
  });

  const nameless = table.filter(({ path }) => !path.includes("{") && path !== "/drydock/v1/requests");
  for (const { method, path } of nameless) {
    test(`${method} ${path} tells nothing of others`, async () => {
      const { text } = await ask(method, `${path}?all=1&size=1&digests=1`, method === "POST" ? {} : undefined);
      assertSilent(text, `${method} ${path}`);
      await stage.unharmed();
    });
  }

  for (const { method, path } of operatorRouteTable()) {
    test(`${method} ${path} is not on a learner's socket`, async () => {
      for (const id of ["quigley", "mallory", "operator", "public"]) {
        const { status, text } = await ask(method, path.replace(/\{\w+\}/, id), /P/.test(method) ? {} : undefined);
        assert.deepEqual({ status, text }, { status: 404, text: '{"message":"page not found"}\n' }, path);
      }
      await stage.unharmed();
    });
  }
});

describe("the neighbour's things, named in bodies, queries and filters", { skip }, () => {
  const create = (HostConfig: object, Image = "debian") => ({ Image, Cmd: ["true"], HostConfig });
  const filters = (filter: object) => encodeURIComponent(JSON.stringify(filter));
  type Ask = (names: {
    container: string;
    image: string;
    network: string;
    volume: string;
  }) => [string, string, unknown?];
  const asks: Record<string, Ask> = {
    "an image for a container": ({ image }) => ["POST", "/containers/create", create({}, image)],
    "its network namespace": ({ container }) => [
      "POST",
      "/containers/create",
      create({ NetworkMode: `container:${container}` }),
    ],
    "its processes": ({ container }) => ["POST", "/containers/create", create({ PidMode: `container:${container}` })],
    "its shared memory": ({ container }) => [
      "POST",
      "/containers/create",
      create({ IpcMode: `container:${container}` }),
    ],
    "its volumes": ({ container }) => ["POST", "/containers/create", create({ VolumesFrom: [container] })],
    "a link to it": ({ container }) => ["POST", "/containers/create", create({ Links: [`${container}:x`] })],
    "an image as a mount": ({ image }) => [
      "POST",
      "/containers/create",
      create({ Mounts: [{ Type: "image", Source: image, Target: "/x" }] }),
    ],
    "an image of its files": ({ container }) => ["POST", `/commit?container=${container}&repo=stolen`, {}],
    "it in the attacker's network": ({ container }) => ["POST", "/networks/bridge/connect", { Container: container }],
    "it out of its network": ({ container }) => [
      "POST",
      "/networks/bridge/disconnect",
      { Container: container, Force: true },
    ],
    "images in an archive": ({ image }) => ["GET", `/images/get?names=${image}`],
    "a terminal in it": ({ container }) => ["POST", "/drydock/v1/terminals", { container, columns: 80, rows: 24 }],
    "how an image was built": ({ image }) => ["GET", `/drydock/v1/build-records/image?name=${image}`],
    "containers by id": ({ container }) => ["GET", `/containers/json?all=1&filters=${filters({ id: [container] })}`],
    "containers by volume": ({ volume }) => ["GET", `/containers/json?all=1&filters=${filters({ volume: [volume] })}`],
    "containers by network": ({ network }) => [
      "GET",
      `/containers/json?all=1&filters=${filters({ network: [network] })}`,
    ],
    "containers by image": ({ image }) => ["GET", `/containers/json?all=1&filters=${filters({ ancestor: [image] })}`],
    "containers made before it": ({ container }) => [
      "GET",
      `/containers/json?all=1&filters=${filters({ before: [container] })}`,
    ],
    "images made since its own": ({ image }) => ["GET", `/images/json?filters=${filters({ since: [image] })}`],
    "images by reference": ({ image }) => ["GET", `/images/json?filters=${filters({ reference: [image] })}`],
    "networks by id": ({ network }) => ["GET", `/networks?filters=${filters({ id: [network] })}`],
    "volumes by name": ({ volume }) => ["GET", `/volumes?filters=${filters({ name: [volume] })}`],
    "past events of it": ({ container }) => [
      "GET",
      `/events?since=1&until=${Math.floor(Date.now() / 1000)}&filters=${filters({ container: [container] })}`,
    ],
  };
  for (const [what, make] of Object.entries(asks)) {
    test(`${what}: as if there were none`, async () => {
      const { container, network, volume } = stage.neighbour;
      for (const [theirs, nothing] of [
        [
          { container: "vault", image: "vault-image:1", network: "vault-net", volume },
          { container: "ghost", image: "ghost-image:1", network: "ghost-net", volume: "ghost-data" },
        ],
        [
          { container, image: stage.neighbour.image, network, volume },
          {
            container: like(container),
            image: `sha256:${like(container)}`,
            network: like(network),
            volume: "ghost-data",
          },
        ],
      ] as const) {
        const blank = (text: string, names: object) =>
          Object.values(names)
            .toSorted((a: string, b: string) => b.length - a.length)
            .reduce<string>(
              (rest, name: string) => rest.replaceAll(name, "NAME").replaceAll(name.split(":")[0] ?? name, "NAME"),
              text,
            );
        const [found, lost] = [await started(...make(theirs)), await started(...make(nothing))];
        assert.equal(blank(found.text, theirs), blank(lost.text, nothing), "the answers differ");
        assert.equal(found.status, lost.status);
      }
      await stage.unharmed();
    });
  }

  test("events while the neighbour works: none are heard", async () => {
    const { good } = stage.engine;
    const listening = request({ socketPath: stage.attacker.socket, path: "/events", agent: false }).end();
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      listening.once("response", resolve).once("error", reject);
    });
    good(await stage.victim.docker("run", "--rm", "--name", "vault-two", "debian", "true"));
    good(await stage.victim.docker("volume", "create", "vault-more"));
    good(await stage.victim.docker("volume", "rm", "vault-more"));
    // The attacker's own comes last, and is heard.
    await stage.api("POST", "/volumes/create", { Name: "own" });
    let heard = "";
    for await (const chunk of response as AsyncIterable<Buffer>) {
      heard += chunk.toString();
      if (heard.includes('"own"')) break;
    }
    listening.destroy();
    await stage.api("DELETE", "/volumes/own");
    assert.equal(heard.trim().split("\n").length, 1, heard);
    await stage.unharmed();
  });

  test("the same names are free: they are each tenant's own", async () => {
    const { good } = stage.engine;
    const { attacker } = stage;
    good(await attacker.docker("network", "create", "vault-net"));
    good(await attacker.docker("volume", "create", "vault-data"));
    good(await attacker.docker("tag", "debian", "vault-image:1"));
    const made = await attacker.docker(
      "run",
      "--name",
      "vault",
      "--network",
      "vault-net",
      "-v",
      "vault-data:/data",
      "vault-image:1",
      "ls",
      "-A",
      "/data",
    );
    assert.equal(good(made), "", "the volume is not the neighbour's");
    for (const args of [
      ["rm", "vault"],
      ["network", "rm", "vault-net"],
      ["volume", "rm", "vault-data"],
      ["rmi", "vault-image:1"],
    ])
      good(await attacker.docker(...args));
    await stage.unharmed();
  });

  test("docker top shows and tells nothing of the neighbour's processes, and those of the machine", async () => {
    const vault = await stage.pidOf("vault");
    const user = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${vault}/status`, "utf8"))?.[1] ?? "";
    const top = async (...args: string[]) => {
      const { stdout, stderr } = await stage.attacker.docker("top", "cell", ...args);
      await stage.unharmed(stdout, stderr);
      return stdout + stderr;
    };
    for (const columns of ["uid=PID,args", "ppid=PID,args", "rss=PID,args"]) {
      assert.match(await top("-eo", columns), /headings of your own are not taken/);
    }
    assert.equal(await top("-p", String(vault)), await top("-p", "4194303"), "whether there is such a process");
    assert.equal(await top("-U", user), await top("-U", "2000000000"), "or such a user's");
    for (const all of [["axe"], ["-eo", "pid,args"], ["-eLf"]])
      assert.doesNotMatch(await top(...all), /drydockd|main\.ts|crun/);
  });

  test("prune takes the attacker's own only", async () => {
    stage.engine.good(await stage.attacker.docker("system", "prune", "-af", "--volumes"));
    stage.engine.good(await stage.attacker.docker("pull", "-q", "debian"));
    await stage.works();
  });

  test("a step that the neighbour has built is built again: the cache tells nothing", async () => {
    const dockerfile = `FROM debian\nRUN echo ${stage.secret} | md5sum > /sum\n`;
    const run = async (socket: string) => stage.engine.cli(await dockerClient(), ["build", "-"], dockerfile, socket);
    stage.engine.good(await run(stage.victim.socket));
    assert.match((await run(stage.victim.socket)).stdout, /Using cache/, "the cache works at all");
    assert.doesNotMatch((await run(stage.attacker.socket)).stdout, /Using cache/);
  });
});
