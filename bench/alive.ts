import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import type { Socket } from "node:net";
import type { Engine } from "./engines.ts";
import { size } from "./sizes.ts";

/** Milliseconds, kilobytes or whatever the row's name says, by engine. */
export interface Measured {
  name: string;
  values: Map<string, number>;
}

const crowd = size(50, 2);
const all = size(200, 12);
const keystrokes = size(400, 30);

/** What it is to have many containers: started together, held, spoken to. Containers of the image `bench`. */
export async function aliveRows(engines: readonly Engine[]): Promise<Measured[]> {
  const rows = new Map<string, Map<string, number>>();
  const note = (name: string, engine: Engine, value: number): void => {
    const values = rows.get(name) ?? new Map<string, number>();
    rows.set(name, values.set(engine.name, value));
  };
  for (const engine of engines) {
    const ids: string[] = [];
    try {
      await measureCrowd(engine, ids, (name, value) => note(name, engine, value));
      await measureEcho(engine, ids, (name, value) => note(name, engine, value));
    } finally {
      for (const id of ids) await engine.api.call("DELETE", `/containers/${id}?force=1`);
    }
  }
  return [...rows].map(([name, values]) => ({ name, values }));
}

async function measureCrowd(engine: Engine, ids: string[], note: (name: string, value: number) => void): Promise<void> {
  const alone: number[] = [];
  for (let count = 0; count < 10; count++) {
    const id = await create(engine, ids, { Cmd: ["sleep", "3600"] });
    const start = performance.now();
    await engine.api.call("POST", `/containers/${id}/start`);
    alone.push(performance.now() - start);
  }
  const before = await supervisorsMemory(engine);
  const together: string[] = [];
  for (let count = 0; count < crowd; count++) together.push(await create(engine, ids, { Cmd: ["sleep", "3600"] }));
  const start = performance.now();
  await Promise.all(together.map((id) => engine.api.call("POST", `/containers/${id}/start`)));
  note("start, one after the other, each", median(alone));
  note(`start, ${crowd} at once, each`, (performance.now() - start) / crowd);
  note("memory of its supervision, each of 50 more (PSS, kB)", ((await supervisorsMemory(engine)) - before) / crowd);
  while (ids.length < all) {
    const id = await create(engine, ids, { Cmd: ["sleep", "3600"] });
    await engine.api.call("POST", `/containers/${id}/start`);
  }
  const answers = await Promise.all(ids.map((id) => answersExec(engine, id)));
  note(`of ${all} alive at once, those that answer`, answers.filter(Boolean).length);
}

async function answersExec(engine: Engine, container: string): Promise<boolean> {
  const { Id } = await engine.api.json<{ Id: string }>("POST", `/containers/${container}/exec`, {
    Cmd: ["true"],
    AttachStdout: true,
  });
  await engine.api.call("POST", `/exec/${Id}/start`, { Detach: false, Tty: false });
  return (await engine.api.json<{ ExitCode: number }>("GET", `/exec/${Id}/json`)).ExitCode === 0;
}

/** A key in a terminal, until it is seen: as fast as the median, and as the slowest of a hundred. Microseconds. */
async function measureEcho(engine: Engine, ids: string[], note: (name: string, value: number) => void): Promise<void> {
  const id = await create(engine, ids, { Cmd: ["cat"], Tty: true, OpenStdin: true, AttachStdin: true });
  const terminal = await attach(engine, id);
  await engine.api.call("POST", `/containers/${id}/start`);
  const times: number[] = [];
  for (let count = 0; count < keystrokes; count++) {
    const start = performance.now();
    const seen = new Promise((resolve) => terminal.once("data", resolve));
    terminal.write("x");
    await seen;
    times.push((performance.now() - start) * 1000);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  terminal.destroy();
  times.splice(0, 20); // not counted: first touch
  note("keystroke echo through attach, median (µs)", median(times));
  note("the same, p99 (µs)", times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN);
}

function attach(engine: Engine, id: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      socketPath: engine.socket,
      method: "POST",
      path: `/v1.41/containers/${id}/attach?stream=1&stdin=1&stdout=1`,
      headers: { Connection: "Upgrade", Upgrade: "tcp" },
    });
    outgoing.on("upgrade", (_response, socket) => resolve(socket));
    outgoing.on("error", reject);
    outgoing.end();
  });
}

async function create(engine: Engine, ids: string[], config: object): Promise<string> {
  const body = { Image: "bench", HostConfig: { NetworkMode: "none" }, ...config };
  const { Id } = await engine.api.json<{ Id: string }>("POST", "/containers/create", body);
  ids.push(Id);
  return Id;
}

/** Kilobytes: what supervises containers, without the daemons that answer the API. */
async function supervisorsMemory(engine: Engine): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        if (!command.includes(engine.root) || /(dockerd|containerd)\0/.test(command)) return 0;
        return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0);
      } catch {
        return 0; // it has ended
      }
    })
    .reduce((sum, value) => sum + value, 0);
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
