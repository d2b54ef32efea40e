import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { engineOfThisFile, type TenantClient, whyNot } from "../../suites/drydockd.ts";
import { json, lines, send } from "../faults/http.ts";
import { tar } from "../faults/tar.ts";

const skip = whyNot() ?? false;
const engine = engineOfThisFile({ pull: ["busybox"] });
const limit = 64 << 20;

interface Line {
  stream?: string;
  error?: string;
}

describe("what a build takes", { skip }, () => {
  let learner: TenantClient;
  let server: Server;
  let url: string;
  const context = tar([
    { name: "Dockerfile", content: "FROM busybox\nCOPY f /f\nRUN cat /f\n" },
    { name: "f", content: "from the context\n" },
  ]);

  const said = "FROM busybox\nARG SOURCE_DATE_EPOCH\nRUN echo made $SOURCE_DATE_EPOCH\n";
  const undated = tar([
    { name: "Dockerfile", content: said, mtime: 1_500_000_000 },
    { name: "d/", type: "5", mtime: 1_700_000_000 },
    { name: "f", content: "f", mtime: 1_600_000_001 },
  ]);

  before(async () => {
    learner = await engine.tenant("learner", "class", { disk: limit, memory: 256 << 20 });
    engine.good(await learner.docker("pull", "-q", "busybox"));
    server = createServer((request, response) => {
      switch (request.url) {
        case "/context.tar.gz":
          response.setHeader("Last-Modified", new Date(1_600_000_000_000).toUTCString());
          return void response.end(gzipSync(context));
        case "/undated.tar":
          return void response.end(undated);
        case "/Dockerfile":
          response.setHeader("Content-Type", "text/plain");
          return void response.end("FROM busybox\nRUN echo from a URL\n");
        case "/elsewhere":
          return void response.writeHead(302, { Location: "/context.tar.gz" }).end();
        case "/endless":
          return endless(response);
        default:
          return void response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  async function build(socket: string, query: string, body: Buffer | string = context): Promise<string> {
    const headers = { "Content-Type": "application/x-tar" };
    const { text } = await send(socket, `/v1.41/build?${query}`, { method: "POST", headers, body });
    return lines<Line & { message?: string }>(text)
      .map(({ stream, error, message }) => stream ?? error ?? message ?? "")
      .join("");
  }

  /** With RUN and what it says. */
  const run = (command: string, query: string, socket = learner.socket): Promise<string> =>
    build(socket, `nocache=1&${query}`, tar([{ name: "Dockerfile", content: `FROM busybox\nRUN ${command}\n` }]));

  for (const [name, compressed] of Object.entries({
    none: () => context,
    gzip: () => gzipSync(context),
    zstd: () => zstdCompressSync(context),
    bzip2: () => execFileSync("bzip2", { input: context }),
    xz: () => execFileSync("xz", { input: context }),
  })) {
    const missing = ["bzip2", "xz"].includes(name) && spawnSync(name, ["--help"]).status !== 0;
    test(`a context compressed with ${name}`, { skip: missing ? `there is no ${name} here` : false }, async () => {
      assert.match(await build(learner.socket, "nocache=1", compressed()), /from the context\n[^]*Successfully built/);
    });
  }

  test("a URL of a context or of a Dockerfile, where it may be reached", async () => {
    for (const path of ["context.tar.gz", "elsewhere"]) {
      assert.match(
        await build(engine.socket, `nocache=1&remote=${url}/${path}`),
        /from the context\n[^]*Successfully built/,
      );
    }
    assert.match(
      await build(engine.socket, `nocache=1&remote=${url}/Dockerfile`),
      /from a URL\n[^]*Successfully built/,
    );
    assert.match(await build(engine.socket, `nocache=1&remote=${url}/none`), /failed to GET .*\/none with status 404/);
    const refused = await build(learner.socket, `nocache=1&remote=${url}/context.tar.gz`);
    assert.match(refused, /127\.0\.0\.1/);
    assert.doesNotMatch(refused, /Successfully/);
  });

  test("SOURCE_DATE_EPOCH is the time of what a URL gave, or of the archive's newest file, for a stage's ADD too", async () => {
    const created = async (query: string, body?: Buffer): Promise<string> => {
      const told = await build(engine.socket, `nocache=1&t=dated&${query}`, body);
      assert.match(told, /Successfully tagged dated/, told);
      return (
        (await json<{ Created: string }>(engine.socket, "GET", "/images/dated/json")).Created +
        /^made.*/m.exec(told)?.[0]
      );
    };
    const args = `buildargs=${encodeURIComponent(JSON.stringify({ SOURCE_DATE_EPOCH: "context" }))}`;
    assert.match(await created(`remote=${url}/context.tar.gz&${args}`), /^2020-09-13T12:26:40Z/);
    assert.equal(await created(`remote=${url}/undated.tar&${args}`), "2020-09-13T12:26:41Zmade 1600000001");
    const sourced = (path: string): Buffer =>
      tar([
        {
          name: "Dockerfile",
          content: `ARG SOURCE_DATE_EPOCH=Given\nFROM scratch AS given\nARG P=${path}\nADD --checksum=$NONE ${url}/$P /\n${said}`,
        },
      ]);
    assert.equal(await created("", sourced("undated.tar")), "2020-09-13T12:26:41Zmade 1600000001");
    assert.equal(await created("", sourced("context.tar.gz")), "2020-09-13T12:26:40Zmade 1600000000");
    assert.match(await created("", sourced("Dockerfile")), /made$/, "nothing says when a text is from");
    assert.match(await build(learner.socket, "", sourced("undated.tar")), /rule "privateAddresses"/);
    assert.match(await build(engine.socket, "", sourced("none")), /answered 404/);
  });

  test("a context no larger than the tenant's disk", async () => {
    const head = tar([{ name: "big", content: Buffer.alloc(limit + (8 << 20)) }]);
    assert.match(await build(learner.socket, "", gzipSync(head, { level: 1 })), /more than|larger than|disk/);
    await engine.tenant("curious", "open", { disk: limit });
    const told = await build((await engine.tenant("curious", "open")).socket, `nocache=1&remote=${url}/endless`);
    assert.match(told, /more than|larger than|disk/);
  });

  test("a Dockerfile that is not in the context, or the only thing in it", async () => {
    const named = tar([
      { name: ".dockerfile.0123", content: "FROM busybox\nRUN echo from outside; ls -A /\n" },
      { name: "f", content: "f" },
    ]);
    assert.match(await build(learner.socket, "dockerfile=.dockerfile.0123", named), /from outside\n/);
    const only = tar([{ name: "Dockerfile", content: "FROM busybox\nRUN echo from stdin\n" }]);
    assert.match(await build(learner.socket, "dockerfile=Dockerfile", only), /from stdin\n/);
  });

  test("labels, build arguments and hosts", async () => {
    const labels = encodeURIComponent(JSON.stringify({ one: "1", "two words": "a 'b' $c" }));
    await run("true", `t=labelled&labels=${labels}`);
    const { Config } = await json<{ Config: { Labels: object } }>(learner.socket, "GET", "/images/labelled/json");
    const own = Object.entries(Config.Labels).filter(([name]) => !name.startsWith("io.drydock."));
    assert.deepEqual(Object.fromEntries(own), { one: "1", "two words": "a 'b' $c" });
    assert.match(await run("cat /etc/hosts", "extrahosts=special:10.1.2.3"), /10\.1\.2\.3\s+special/);
  });

  test("the network: none, the host's where it is allowed, a container's", async () => {
    const show = "ls /sys/class/net; cat /proc/net/dev | grep -c :";
    assert.match(await run(show, "networkmode=none"), /\n ---> Running in \w+\nlo\n1\n/);
    assert.match(await run(show, "networkmode=host"), /host/);
    assert.doesNotMatch(await run(show, "networkmode=host"), /Successfully/);
    const own = "readlink /proc/self/ns/net; hostname -i || true; ip -4 -o addr show eth0";
    const id = engine.good(await learner.docker("run", "-d", "--name", "shared", "busybox", "sleep", "1000"));
    const { NetworkSettings } = await json<{ NetworkSettings: { IPAddress: string } }>(
      learner.socket,
      "GET",
      `/containers/${id}/json`,
    );
    const said = await run(own, "networkmode=container:shared");
    assert.ok(said.includes(`inet ${NetworkSettings.IPAddress}/`), said);
    assert.match(said, /Successfully built/);
    await learner.docker("kill", "shared");
    assert.match(await run(own, "networkmode=container:shared"), /cannot join network of a non running container/);
    assert.match(await run(own, "networkmode=container:nobody"), /No such container: nobody/);
  });

  test("limits of each RUN", async () => {
    const limits = encodeURIComponent(JSON.stringify([{ Name: "nofile", Soft: 60, Hard: 70 }]));
    assert.match(await run("ulimit -n; ulimit -Hn", `ulimits=${limits}`), /\n60\n70\n/);
    assert.match(await run("df -k /dev/shm | tail -1", `shmsize=${8 << 20}`), /\s8192\s/);
    const eats = "head -c 100000000 /dev/zero | tail -c 90000000 | wc -c";
    assert.match(await run(eats, `memory=${32 << 20}&memswap=${32 << 20}`), /Killed/);
    assert.match(await run(eats, ""), /\n90000000\n/);
    assert.match(await run("nproc", "cpusetcpus=0"), /\n1\n/);
    assert.match(await run("echo ok", "cpushares=100&cpuperiod=100000&cpuquota=50000"), /\nok\n/);
    assert.match(await run("true", `memory=${1 << 20}`), /Minimum memory limit allowed is 6MB/);
  });

  test("what dockerd refuses, in its words", async () => {
    assert.match(await run("true", "squash=1"), /squash is only supported with experimental mode/);
    assert.match(await run("true", "isolation=hyperv"), /Unsupported isolation: "hyperv"/);
    assert.match(await run("true", "isolation=default"), /Successfully built/);
    const foreign = await build(
      learner.socket,
      "pull=1&platform=linux/s390x",
      tar([{ name: "Dockerfile", content: "FROM redis\n" }]),
    );
    assert.match(foreign, /redis/);
    assert.doesNotMatch(foreign, /Successfully/);
  });
});

/** A tar of one file that does not end, as fast as it is taken. */
function endless(response: ServerResponse): void {
  const head = tar([{ name: "big", content: "", size: 8 * 1024 ** 3 - 1 }]).subarray(0, 512);
  const piece = Buffer.alloc(1 << 20);
  response.write(head);
  const more = (): void => {
    while (response.write(piece)) {
      // until the socket is full
    }
  };
  response.on("drain", more);
  more();
}
