import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { cpus, loadavg, release } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { favourThisThread } from "#engine/concurrency/priority.ts";
import { Api } from "./api.ts";
import { attackNames } from "./attacks.ts";
import { type Engine, startDrydock, startReference } from "./engines.ts";
import { busyboxTar } from "./fixtures.ts";
import { build, runExec } from "./neighbour-work.ts";

/*
 * A noisy neighbour: how long one learner waits for an exec, a build step and a keystroke while another does its worst,
 * and the same on a reference dockerd, where attacker and neighbour are two containers with the same limits as our two
 * tenants. Beside them, what the machine itself takes meanwhile: a process that whoever measures starts without any engine.
 * p95 in ms. Usage: node bench/neighbours.ts [FILE for the table]
 */

const limits = { memory: 512 * 1024 ** 2, cpus: 1, pids: 256 };
/** Between two keystrokes: more than anybody types, but not in one burst that a single stop of the machine decides about. ms */
const typingPause = 10;
/** Until nobody counts as there who asks for nothing (loop-shares.ts), ms */
const rest = 3_000;
/** Of each in a round: alone, then beside the attack, so that both see the same minutes of a machine that is not always as fast. */
const counts = { exec: 12, build: 6, keystroke: 100, process: 12 };
const rounds = 4;

/** Who attacks and who works, on one engine. */
interface Neighbours {
  engine: Engine;
  attacker: Api;
  attackerSocket: string;
  victim: Api;
  victimSocket: string;
}

/** ms, each */
interface Samples {
  exec: number[];
  build: number[];
  keystroke: number[];
  /** `true`, by no engine: what is longer here is longer for everything on the machine */
  process: number[];
}

const kinds = ["exec", "build", "keystroke", "process"] as const;
const none = (): Samples => ({ exec: [], build: [], keystroke: [], process: [] });

/** What one attack comes to. */
interface Row {
  alone: Samples;
  beside: Samples;
}

const loop = (script: string) => ["sh", "-c", `while :; do ${script}; done`];

/** What runs in containers of the attacker's; the rest asks the API (attacks.ts). */
const programs: Record<string, string[]> = {
  "all processors": ["sh", "-c", "for i in 1 2 3 4 5 6 7 8; do while :; do :; done & done; wait"],
  "a fork bomb": ["sh", "-c", "b() { b | b & }; b; sleep 1000"],
  "all memory, again and again": loop("tail /dev/zero"),
  "writes to its disk": loop("dd if=/dev/zero of=/x bs=1M count=64 conv=fsync 2>/dev/null; rm /x"),
  "output without end": ["yes"],
};

async function container(api: Api, Cmd: string[]): Promise<string> {
  const HostConfig = { Memory: limits.memory, NanoCpus: limits.cpus * 1e9, PidsLimit: limits.pids };
  const { Id } = await api.json<{ Id: string }>("POST", "/containers/create", { Image: "bench", Cmd, HostConfig });
  await api.call("POST", `/containers/${Id}/start`);
  return Id;
}

/** A `cat` on a terminal: what is typed comes back. */
async function terminal({ victim, victimSocket }: Neighbours, id: string): Promise<Socket> {
  const { Id } = await victim.json<{ Id: string }>("POST", `/containers/${id}/exec`, {
    Cmd: ["sh", "-c", "stty raw -echo; exec cat"],
    AttachStdin: true,
    AttachStdout: true,
    Tty: true,
  });
  const body = '{"Detach":false,"Tty":true}';
  const socket = connect(victimSocket);
  const head = `POST /v1.41/exec/${Id}/start HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  socket.write(head + body);
  await new Promise((resolve) => socket.once("data", resolve));
  await sleep(500); // stty has run
  return socket;
}

async function measure(neighbours: Neighbours, id: string, typing: Socket, into: Samples): Promise<void> {
  const { victim } = neighbours;
  const keystroke = async () => {
    const echoed = new Promise((resolve) => typing.once("data", resolve));
    typing.write("x");
    await echoed;
  };
  into.exec.push(...(await timed(counts.exec, () => runExec(victim, id))));
  into.build.push(...(await timed(counts.build, () => build(victim))));
  into.keystroke.push(...(await timed(counts.keystroke, keystroke, typingPause)));
  into.process.push(...(await timed(counts.process, async () => void spawnSync("true"))));
}

async function timed(count: number, work: () => Promise<unknown>, pause = 0): Promise<number[]> {
  const times: number[] = [];
  for (let done = 0; done < count; done++) {
    const began = performance.now();
    await work();
    times.push(performance.now() - began);
    if (pause > 0) await sleep(pause);
  }
  return times;
}

function p95(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1] ?? 0;
}

/** Does its worst until it is told to end. */
async function attack({ attacker, attackerSocket }: Neighbours, name: string): Promise<() => Promise<void>> {
  const program = programs[name];
  const id = await container(attacker, program ?? ["sleep", "1000"]);
  const asking = program === undefined ? spawnAttack([attackerSocket, name, id]) : undefined;
  await sleep(1_000);
  return async () => {
    if (asking !== undefined) {
      const gone = new Promise((resolve) => asking.once("exit", resolve));
      asking.kill();
      await gone;
    }
    await attacker.call("DELETE", `/containers/${id}?force=1`);
  };
}

function spawnAttack(args: string[]): ChildProcess {
  const program = join(import.meta.dirname, "attacks.ts");
  return spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, ...args], { stdio: "ignore" });
}

async function table(neighbours: Neighbours): Promise<Map<string, Row>> {
  const id = await container(neighbours.victim, ["sleep", "100000"]);
  const typing = await terminal(neighbours, id);
  await measure(neighbours, id, typing, none()); // not counted: first touch
  const rows = new Map<string, Row>();
  for (const name of [...Object.keys(programs), ...attackNames]) {
    const row = { alone: none(), beside: none() };
    for (let round = 0; round < rounds; round++) {
      await sleep(rest);
      await measure(neighbours, id, typing, row.alone);
      const end = await attack(neighbours, name);
      await measure(neighbours, id, typing, row.beside);
      await end();
    }
    rows.set(name, row);
    console.error(neighbours.engine.name, name, kinds.map((kind) => `${kind} ${cell(row, kind)}`).join(", "));
  }
  typing.destroy();
  return rows;
}

function cell(row: Row | undefined, kind: keyof Samples): string {
  if (row === undefined) return "";
  const [alone, beside] = [p95(row.alone[kind]), p95(row.beside[kind])];
  return `${alone.toFixed(1)}, ${beside.toFixed(1)} (${(beside / alone).toFixed(1)}×)`;
}

async function ofDrydock(engine: Engine): Promise<Map<string, Row>> {
  const tenant = async (id: string): Promise<string> => {
    const body = { id, policy: "public", limits };
    return (await engine.api.json<{ socket: string }>("POST", "/drydock/v1/tenants", body)).socket;
  };
  const [attackerSocket, victimSocket] = [await tenant("attacker"), await tenant("neighbour")];
  const [attacker, victim] = [new Api(attackerSocket), new Api(victimSocket)];
  for (const api of [attacker, victim])
    await api.call("POST", "/images/create?fromSrc=-&repo=bench&tag=latest", busyboxTar());
  return table({ engine, attacker, attackerSocket, victim, victimSocket });
}

async function ofReference(engine: Engine): Promise<Map<string, Row>> {
  await engine.api.call("POST", "/images/create?fromSrc=-&repo=bench&tag=latest", busyboxTar());
  const { api, socket } = engine;
  return table({ engine, attacker: api, attackerSocket: socket, victim: api, victimSocket: socket });
}

async function finished<T>(engine: Engine, work: (engine: Engine) => Promise<T>): Promise<T> {
  try {
    return await work(engine);
  } finally {
    await engine.stop();
  }
}

const loadBefore = loadavg()[0] ?? 0;
// Who measures stands for somebody at another machine: he does not wait for this one's processors.
favourThisThread();
const ours = await finished(await startDrydock(), ofDrydock);
const reference = undefined as Engine | undefined;
const theirs = reference === undefined ? undefined : await finished(reference, ofReference);

const lines = [...ours].map(([name, row]) => {
  const cells = kinds.flatMap((kind) => [cell(row, kind), cell(theirs?.get(name), kind)]);
  return `| ${name} | ${cells.join(" | ")} |`;
});
const text = `# A noisy neighbour

\`node bench/neighbours.ts\`: p95 in ms of a learner's exec, build step and keystroke, alone and while another one does what
the first column says, and of a process that no engine starts. Alone and beside the attack in turns, ${rounds} times: ${counts.exec} execs, ${counts.build} builds,
${counts.keystroke} keystrokes and ${counts.process} processes each. Two tenants with ${limits.memory >> 20} MiB, ${limits.cpus} CPU, ${limits.pids} processes; on dockerd two containers
with the same limits, since it has no tenants. ${cpus().length} CPUs, Linux ${release()}. Load of the machine (1 min) before: ${loadBefore.toFixed(1)}, after: ${(loadavg()[0] ?? 0).toFixed(1)}.

| while the other | exec, Drydock | exec, dockerd | build step, Drydock | build step, dockerd | keystroke, Drydock | keystroke, dockerd | a process, beside Drydock | a process, beside dockerd |
|---|---|---|---|---|---|---|---|---|
${lines.join("\n")}
`;
console.log(text);
if (process.argv[2] !== undefined) writeFileSync(process.argv[2], text);
