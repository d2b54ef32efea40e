import assert from "node:assert/strict";
import { globSync, readdirSync } from "node:fs";
import { type ClientRequest, request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Drydockd, type Outcome, whyNot } from "../../suites/drydockd.ts";
import { type FaultyProxy, startFaultyProxy } from "../remotes/faulty-proxy.ts";
import { startRegistry, type TestRegistry, whyNoRegistry } from "../remotes/registry.ts";
import { classicBuild } from "./building.ts";
import { until } from "./http.ts";
import { type Entry, tar } from "./tar.ts";

const skip = whyNot() ?? false;
const engine = new Drydockd({ standIns: ["busybox"] });
const noRegistry = whyNoRegistry();
const megabytes = 8;
let registry: TestRegistry | undefined;
let proxy: FaultyProxy | undefined;

before(async () => {
  if (skip !== false) return;
  await engine.start();
  good(await engine.docker("pull", "-q", "busybox"));
  if (noRegistry === undefined) {
    registry = await startRegistry();
    proxy = await startFaultyProxy(registry.host);
    await pushBase(registry.host);
  }
});

after(async () => {
  if (skip !== false) return;
  await proxy?.stop();
  await registry?.stop();
  await engine.dispose();
});

function good({ status, stdout, stderr }: Outcome): string {
  assert.equal(status, 0, `${stdout}\n${stderr}\n${engine.log.split("\n").slice(-20).join("\n")}`);
  return stdout.trim();
}

/** A base image of one large layer, made by another engine: in the registry alone. */
async function pushBase(host: string): Promise<void> {
  const maker = new Drydockd({ standIns: ["busybox"] });
  await maker.start();
  try {
    good(await maker.docker("pull", "-q", "busybox"));
    const name = `${host}/team/base:1`;
    const dockerfile = `FROM busybox\nRUN head -c ${megabytes}000000 /dev/urandom > /random\n`;
    assert.equal((await classicBuild(maker.socket, dockerfile, `&t=${encodeURIComponent(name)}`)).status, 200);
    good(await maker.docker("push", name));
  } finally {
    await maker.dispose();
  }
}

/** A phase of a build: what is built, and what shows that it has been reached. */
interface Phase {
  name: string;
  dockerfile: (base: string) => string;
  reached: string | ((base: FaultyProxy | undefined) => Promise<unknown>);
  needsRegistry?: true;
}

const common = "COPY big /big\nRUN for i in $(seq 400); do echo $i > /tmp/f$i; done; wc -c < /big > /size; echo ran";
const phases: Phase[] = [
  {
    name: "its base is pulled",
    dockerfile: (base) => `FROM ${base}\n${common}\n`,
    reached: (at) => at?.stalled ?? Promise.reject(new Error("no registry")),
    needsRegistry: true,
  },
  { name: "COPY begins", dockerfile: () => `FROM busybox\n${common}\n`, reached: "Step 2/3 : COPY" },
  {
    name: "RUN runs",
    dockerfile: () => `FROM busybox\n${common.replace("echo ran", "echo running; sleep 0.3; echo ran")}\n`,
    reached: "running\\n",
  },
  { name: "the layer of RUN is committed", dockerfile: () => `FROM busybox\n${common}\n`, reached: "ran\\n" },
  {
    name: "the image is written",
    dockerfile: () => `FROM busybox\n${common}\nLABEL l=1\n`,
    reached: "Step 4/4 : LABEL",
  },
  { name: "it is named", dockerfile: () => `FROM busybox\n${common}\nLABEL l=2\n`, reached: "Successfully built" },
];

const big: Entry = { name: "big", content: Buffer.alloc(megabytes * 1_000_000, 7) };

describe("drydockd is killed in a phase of a build", { skip }, () => {
  test("the context is received: nothing of it is left", async () => {
    const body = tar([{ name: "Dockerfile", content: "FROM busybox\n" }, big]);
    const outgoing = post("?t=killed", body.length);
    outgoing.write(body.subarray(0, body.length / 2));
    await until("some of it is here", () => contexts().length > 0);
    await killed(outgoing);
    await nothingIsLeft();
  });

  for (const { name, dockerfile, reached, needsRegistry } of phases) {
    test(`${name}: nothing is left, and the next build makes the right image`, async (t) => {
      if (needsRegistry === true && noRegistry !== undefined) {
        t.skip(noRegistry);
        return;
      }
      const text = dockerfile(`${proxy?.host ?? ""}/team/base:1`);
      const body = tar([{ name: "Dockerfile", content: text }, big]);
      if (proxy !== undefined && needsRegistry === true) proxy.next = "stall";
      const outgoing = post("?t=killed&nocache=1", body.length);
      const seen = said(outgoing, typeof reached === "string" ? reached : undefined);
      outgoing.end(body);
      await (typeof reached === "string" ? seen : Promise.race([reached(proxy), seen]));
      await killed(outgoing);
      await nothingIsLeft();
      // An image that has its name is whole; so is what the cache has.
      if ((await engine.docker("image", "inspect", "killed")).status === 0) await assertRight();
      const again = post("?t=killed", body.length);
      const done = said(again, "Successfully tagged");
      again.end(body);
      await done;
      await assertRight();
      good(await engine.docker("rmi", "-f", "killed"));
    });
  }
});

describe("a context that is not as long as it says", { skip }, () => {
  const body = tar([
    { name: "Dockerfile", content: "FROM busybox\nCOPY f /f\n" },
    { name: "f", content: "f".repeat(5_000) },
  ]);

  test("its connection ends too soon: no build, and nothing of it is left", async () => {
    const socket = connect(engine.socket);
    socket.on("error", () => undefined);
    socket.write(`POST /v1.41/build?t=lied HTTP/1.1\r\nHost: d\r\nContent-Length: ${body.length + 100_000}\r\n\r\n`);
    socket.write(body.subarray(0, 3_000));
    await until("some of it is here", () => contexts().length > 0);
    socket.destroy();
    await until("it is gone", () => contexts().length === 0);
    assert.notEqual((await engine.docker("image", "inspect", "lied")).status, 0);
  });

  test("it is longer than its header says, or a file in it is shorter than its own: an error in words", async () => {
    const cut = await answer(body.subarray(0, 3_000));
    assert.match(cut, /unexpected EOF/);
    const lying = tar([
      { name: "Dockerfile", content: "FROM busybox\n" },
      { name: "f", content: "short", size: 1e9 },
    ]);
    assert.match(await answer(lying), /unexpected EOF/);
    assert.deepEqual(contexts(), []);
  });

  async function answer(sent: Buffer): Promise<string> {
    const outgoing = post("", sent.length);
    const response = Promise.withResolvers<string>();
    outgoing.on("response", (incoming) => {
      let text = "";
      incoming.on("data", (chunk: Buffer) => (text += chunk.toString()));
      incoming.on("end", () => response.resolve(text));
    });
    outgoing.end(sent);
    return response.promise;
  }
});

function post(query: string, length: number): ClientRequest {
  const outgoing = request({
    socketPath: engine.socket,
    method: "POST",
    path: `/v1.41/build${query}`,
    headers: { "Content-Type": "application/x-tar", "Content-Length": length },
    agent: false,
  });
  outgoing.on("error", () => undefined); // it is cut off
  return outgoing;
}

/** Resolves when the build has said this. @throws Error when it ends without */
function said(outgoing: ClientRequest, text: string | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  outgoing.on("response", (response) => {
    let told = "";
    response.on("data", (chunk: Buffer) => {
      told += chunk.toString();
      if (text !== undefined && told.includes(text)) resolve();
    });
    response.on("error", () => undefined);
    response.on("end", () => reject(new Error(`it ended without ${text ?? ""}: ${told}`)));
  });
  promise.catch(() => undefined);
  return promise;
}

async function killed(outgoing: ClientRequest): Promise<void> {
  await engine.kill("SIGKILL");
  outgoing.destroy();
  await engine.start();
}

/** Contexts in use; what the last one held is kept for a while under another name. */
function contexts(): string[] {
  return readdirSync(join(engine.dataDirectory, "contexts")).filter((name) => name.startsWith("context-"));
}

/** What a step leaves is taken away by programs that take their time: waits until nothing is left. */
async function nothingIsLeft(): Promise<void> {
  assert.deepEqual(contexts(), [], "contexts");
  for (const directory of globSync(join(engine.runDirectory, "builds/*/{mounts,steps}"))) {
    assert.deepEqual(readdirSync(directory), [], directory);
  }
  await until("mounts, processes and control groups of steps are gone", async () =>
    (await engine.traces()).every((trace) => !/\/builds\/|\/build-|run-[0-9a-f]{32}/.test(trace)),
  );
}

async function assertRight(): Promise<void> {
  const script = "cat /size; ls /tmp | wc -l; tail -c 1 /big | od -An -tx1";
  const words = good(await engine.docker("run", "--rm", "--entrypoint", "sh", "killed", "-c", script)).split(/\s+/);
  assert.deepEqual(words, [String(megabytes * 1_000_000), "400", "07"]);
}
