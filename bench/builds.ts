import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { cpus, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { oldDockerClient } from "../test/suites/docker-clients.ts";
import { run as runProgram } from "../test/suites/run.ts";
import { type Engine, startDrydock, startReference } from "./engines.ts";
import { busyboxTar } from "./fixtures.ts";

/*
 * Builds, side by side in one run: dockerd's classic builder and its BuildKit through the stock client 20.10, drydock
 * through the same client (context as a tar) and through the page's builds (context on disk).
 * Usage: node bench/builds.ts [part of a row's name]; writes bench/results/<date>-builds.md
 */

interface Way {
  name: string;
  engine: Engine;
  /** Builds the context directory; throws when it fails. */
  build(context: string, tag: string): Promise<void>;
}

interface Row {
  name: string;
  rounds: number;
  /** Writes or changes the context; not timed. @param round -1: before the first @param way its number: ways of one engine share its cache */
  prepare(context: string, round: number, way: number): void;
}

const twentySteps = (salt: string, last = ""): string =>
  [
    "FROM bench",
    ...Array.from({ length: 5 }, (_, i) => `COPY c${i} /c${i}`),
    ...Array.from({ length: 20 }, (_, i) => `RUN echo ${salt}${i}${i === 19 ? last : ""} > /f${i}`),
  ].join("\n");

function steps(context: string, dockerfile: string): void {
  for (let i = 0; i < 5; i++) writeFileSync(join(context, `c${i}`), `content ${i}`);
  writeFileSync(join(context, "Dockerfile"), dockerfile);
}

const fileCount = 20_000;

function manyFiles(context: string, changed: string, onlyChange: boolean): void {
  if (!onlyChange) {
    for (let i = 0; i < fileCount; i++) {
      const directory = join(context, "many", `d${i % 100}`);
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, `f${i}`), `${i}\n`.repeat(1 + (i % 800)));
    }
    writeFileSync(join(context, "Dockerfile"), "FROM bench\nCOPY many /many\n");
  }
  writeFileSync(join(context, "many/d0/f0"), changed);
}

const rows: Row[] = [
  {
    name: "one more RUN step",
    rounds: 5,
    prepare: (context, round, way) => {
      const lines = Array.from({ length: round + 2 }, (_, i) => `RUN echo ${way} ${i} > /f`);
      writeFileSync(join(context, "Dockerfile"), ["FROM bench", ...lines].join("\n"));
    },
  },
  {
    name: "20 RUN + 5 COPY, cold",
    rounds: 2,
    prepare: (context, round, way) => steps(context, twentySteps(`r${round}w${way}x`)),
  },
  { name: "the same, cached", rounds: 7, prepare: (context, _, way) => steps(context, twentySteps(`w${way}x`)) },
  {
    name: "the same, last RUN edited",
    rounds: 5,
    prepare: (context, round, way) => steps(context, twentySteps(`w${way}x`, `e${round}`)),
  },
  {
    name: "COPY of 20,000 files, one changed",
    rounds: 2,
    prepare: (context, round, way) => manyFiles(context, `change ${round} ${way}`, round >= 0),
  },
  {
    name: "COPY of 20,000 files, cached",
    rounds: 3,
    prepare: (context, round, way) => {
      if (round < 0) manyFiles(context, `same ${way}`, false);
    },
  },
  {
    name: "four stages of sleep 1",
    rounds: 1,
    prepare: (context, round, way) => {
      const stages = Array.from(
        { length: 4 },
        (_, i) => `FROM bench AS s${i}\nRUN sleep 1; echo ${round} ${way} > /o${i}`,
      );
      const copies = Array.from({ length: 4 }, (_, i) => `COPY --from=s${i} /o${i} /`);
      writeFileSync(join(context, "Dockerfile"), [...stages, "FROM bench", ...copies].join("\n"));
    },
  },
];

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function call(socketPath: string, method: string, path: string, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method, path, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        if ((response.statusCode ?? 500) >= 400) reject(new Error(`${method} ${path}: ${text}`));
        else resolve(text);
      });
    });
    outgoing.on("error", reject);
    outgoing.setHeader("Content-Type", "application/json");
    outgoing.end(body);
  });
}

async function clientBuild(socket: string, context: string, tag: string, buildkit: boolean): Promise<void> {
  const { status, stderr } = await runProgram(await oldDockerClient(), ["build", "-q", "-t", tag, context], {
    env: { DOCKER_HOST: `unix://${socket}`, DOCKER_BUILDKIT: buildkit ? "1" : "0", DOCKER_CONFIG: tmpdir() },
  });
  if (status !== 0) throw new Error(stderr);
}

/** The page's builds read the workspace where it is. */
async function pageBuild(socket: string, workspace: string, context: string, tag: string): Promise<void> {
  const contextPath = context.slice(workspace.length + 1);
  const started = await call(socket, "POST", "/drydock/v1/builds", JSON.stringify({ contextPath, tags: [tag] }));
  const { id } = JSON.parse(started) as { id: string };
  // the stream ends with the build
  const events = await call(socket, "GET", `/drydock/v1/builds/${id}/events?from=0`);
  if (!events.includes('"type":"completed"')) throw new Error(events.slice(-2000));
}

const only = process.argv[2] ?? "";
const scratch = mkdtempSync(join(tmpdir(), "bench-builds-"));
const engines: Engine[] = [];
try {
  const ours = await startDrydock();
  engines.push(ours);
  const reference = await startReference();
  if (reference !== undefined) engines.push(reference);
  const rootfs = busyboxTar();
  for (const { api } of engines) await api.call("POST", "/images/create?fromSrc=-&repo=bench&tag=latest", rootfs);
  const { workspace, socket } = ours;
  const ways: Way[] = [
    { name: "drydock, page", engine: ours, build: (context, tag) => pageBuild(socket, workspace, context, tag) },
    { name: "drydock, client", engine: ours, build: (context, tag) => clientBuild(socket, context, tag, false) },
    ...(reference === undefined
      ? []
      : (
          [
            ["classic", false],
            ["BuildKit", true],
          ] as const
        ).map(([name, buildkit]) => ({
          name,
          engine: reference,
          build: (context: string, tag: string) => clientBuild(reference.socket, context, tag, buildkit),
        }))),
  ];
  const lines: string[] = [];
  for (const [number, row] of rows.filter(({ name }) => name.includes(only)).entries()) {
    const cells: string[] = [];
    for (const [index, way] of ways.entries()) {
      const top = way.name === "drydock, page" ? workspace : scratch;
      const context = join(top, `c${number}-${index}`);
      mkdirSync(context, { recursive: true });
      const samples: number[] = [];
      for (let round = -1; round < row.rounds; round++) {
        row.prepare(context, round, index);
        await sleep(100); // a file changed just now is read again by all
        const began = performance.now();
        await way.build(context, `t${number}-${index}`);
        if (round >= 0) samples.push(performance.now() - began);
        else cells.push(((performance.now() - began) / 1000).toFixed(2));
      }
      cells.push(`**${(median(samples) / 1000).toFixed(3)}**`);
      process.stderr.write(`${row.name}: ${way.name} first ${cells.at(-2)} s, then ${cells.at(-1)} s\n`);
      rmSync(context, { recursive: true, force: true });
    }
    const pairs = ways.map((_, index) => `${cells[2 * index]} / ${cells[2 * index + 1]}`);
    lines.push(`| ${row.name} | ${pairs.join(" | ")} |`);
  }
  const crun = execFileSync("crun", ["--version"], { encoding: "utf8" }).split("\n")[0];
  const about = `${cpus().length} cores, ${Math.round(totalmem() / 1024 ** 3)} GiB, Linux ${release()}, ${crun}, Node ${process.version}`;
  const head = `| | ${ways.map(({ name }) => name).join(" | ")} |\n|---|${ways.map(() => "---").join("|")}|`;
  const date = new Date().toISOString().slice(0, 10);
  const text = `# Builds, ${date}\n\n${about}. Seconds: the first build of a row (cold) / **median of the next**; through the client 20.10 its own start is in it.\n\n${head}\n${lines.join("\n")}\n`;
  mkdirSync(join(import.meta.dirname, "results"), { recursive: true });
  writeFileSync(join(import.meta.dirname, "results", `${date}-builds.md`), text);
  process.stdout.write(text);
} finally {
  for (const engine of engines) await engine.stop();
  rmSync(scratch, { recursive: true, force: true });
}
