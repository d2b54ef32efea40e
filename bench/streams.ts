import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { cpus } from "node:os";
import { type Engine, startDrydock } from "./engines.ts";
import { busyboxTar, contextTar, tarHeader } from "./fixtures.ts";

/*
 * What passes through in streams, and how learners share: a context of 2 GB, a layer of 5 GB (kept, saved and given out),
 * twenty builds at once of twenty tenants. Not timed against others, but asserted: memory stays flat, nobody starves.
 * Usage: node bench/streams.ts [context] [layer] [learners]
 */

const gibibyte = 1024 ** 3;
/** More than a drydockd at rest has, bytes. */
const allowance = 400 << 20;
const learners = 20;

const engine = await startDrydock();
const pid = processOf(engine);
try {
  await engine.api.call("POST", "/images/create?fromSrc=-&repo=bench&tag=latest", busyboxTar());
  const wanted = new Set(process.argv.slice(2));
  for (const [name, run] of Object.entries({ context: bigContext, layer: bigLayer, learners: manyLearners })) {
    if (wanted.size === 0 || wanted.has(name)) await run(engine);
  }
} finally {
  await engine.stop();
}

async function bigContext({ socket }: Engine): Promise<void> {
  await flat("a context of 2 GiB", () => {
    const dockerfile = contextTar({ Dockerfile: "FROM scratch\nCOPY big /big\n" }).subarray(0, 1024);
    const pieces = function* (): Generator<Buffer> {
      yield dockerfile;
      yield tarHeader("big", 2 * gibibyte);
      const piece = Buffer.alloc(1 << 20, "drydock ");
      for (let number = 0; number < 2048; number++) {
        piece.writeUInt32LE(number);
        yield Buffer.from(piece);
      }
      yield Buffer.alloc(1024);
    };
    return send(socket, "POST", "/build?t=big-context", pieces());
  });
}

async function bigLayer({ socket, api }: Engine): Promise<void> {
  const dockerfile =
    "FROM bench\nRUN head -c 1000000000 /dev/urandom > /random && dd if=/dev/zero of=/holes bs=1 count=1 seek=4G 2> /dev/null\n";
  await flat("a layer of 5 GB: built, its digest taken", async () => {
    await send(socket, "POST", "/build?t=big-layer", [contextTar({ Dockerfile: dockerfile })]);
    await api.call("GET", "/images/big-layer/json");
  });
  await flat("the same, saved", async () => {
    const bytes = await send(socket, "GET", "/images/big-layer/get", []);
    assert.ok(bytes > 5 * 10 ** 9, `${bytes} bytes`);
  });
}

/** Each has as much to do as the others; with equal shares all would end together. */
async function manyLearners({ socket }: Engine): Promise<void> {
  const sockets: string[] = [];
  for (let number = 0; number < learners; number++) {
    const id = `learner${number}`;
    const body = JSON.stringify({ id, policy: "class", limits: {} });
    sockets.push((JSON.parse(await text(socket, "POST", "/drydock/v1/tenants", body)) as { socket: string }).socket);
    await send(sockets.at(-1) ?? "", "POST", "/images/create?fromSrc=-&repo=bench&tag=latest", [busyboxTar()]);
  }
  const work = "FROM bench\nRUN head -c 60000000 /dev/zero | sha256sum\nRUN head -c 60000001 /dev/zero | sha256sum\n";
  const timed = async (path: string): Promise<number> => {
    const began = performance.now();
    await send(path, "POST", "/build?nocache=1", [contextTar({ Dockerfile: work })]);
    return performance.now() - began;
  };
  await timed(sockets[0] ?? ""); // not counted: first touch
  const alone = await timed(sockets[0] ?? "");
  const times = await Promise.all(sockets.map(timed));
  const equal = (alone * learners) / cpus().length;
  const shown = [alone, equal, Math.min(...times), Math.max(...times)].map((ms) => (ms / 1000).toFixed(1));
  console.log(
    `${learners} learners: alone ${shown[0]} s; with equal shares ${shown[1]} s; here ${shown[2]} to ${shown[3]} s`,
  );
  assert.ok(Math.max(...times) < 2 * equal, "somebody waited more than twice as long as with equal shares");
}

/** @throws AssertionError when drydockd held much more memory meanwhile */
async function flat(what: string, run: () => Promise<unknown>): Promise<void> {
  const before = resident();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, resident())), 50);
  const began = performance.now();
  try {
    await run();
  } finally {
    clearInterval(timer);
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${what}: ${seconds} s; ${before >> 20} MiB before, at most ${most >> 20} MiB`);
  assert.ok(most - before < allowance, `${what}: drydockd took ${(most - before) >> 20} MiB more`);
}

/** Of drydockd itself. */
function resident(): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) * 1024;
}

/** The process whose environment has the engine's directories. @throws Error when there is none */
function processOf({ root }: Engine): string {
  for (const process of globSync("/proc/[0-9]*")) {
    try {
      const command = readFileSync(`${process}/cmdline`, "utf8");
      if (command.includes("server/main.ts") && readFileSync(`${process}/environ`, "utf8").includes(root)) {
        return process.slice("/proc/".length);
      }
    } catch (error) {
      // Others end while one looks.
      if (!["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
  throw new Error("drydockd does not run");
}

/** @returns bytes of the answer. @throws Error with it when it tells of one */
function send(socketPath: string, method: string, path: string, body: Iterable<Buffer>): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { "Content-Type": "application/x-tar" };
    const outgoing = request({ socketPath, method, path: `/v1.41${path}`, headers, agent: false }, (response) => {
      let bytes = 0;
      let end = Buffer.alloc(0);
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        end = Buffer.concat([end, chunk]).subarray(-1000);
      });
      response.on("error", reject);
      response.on("end", () => {
        const failed = (response.statusCode ?? 500) >= 400 || end.includes('"errorDetail"');
        if (failed) reject(new Error(`${method} ${path}: ${response.statusCode} ${end.toString()}`));
        else resolve(bytes);
      });
    });
    outgoing.on("error", reject);
    const pieces = body[Symbol.iterator]();
    const more = (): void => {
      for (let next = pieces.next(); ; next = pieces.next()) {
        if (next.done === true) return void outgoing.end();
        if (!outgoing.write(next.value)) return void outgoing.once("drain", more);
      }
    };
    more();
  });
}

function text(socketPath: string, method: string, path: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "Content-Type": "application/json" };
    const outgoing = request({ socketPath, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(Buffer.concat(chunks).toString()));
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
