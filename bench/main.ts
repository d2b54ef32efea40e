import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { aliveRows } from "./alive.ts";
import { cases } from "./cases.ts";
import { type Engine, startDrydock, startReference } from "./engines.ts";
import { busyboxTar } from "./fixtures.ts";
import { pullCase } from "./pull.ts";
import { size } from "./sizes.ts";

/** Milliseconds of every round, by engine. Rounds alternate between engines, so that both meet the same noise. */
type Samples = Map<string, number[]>;

const pullRounds = size(3, 1);

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function measure(
  engines: Engine[],
  name: string,
  repeat: number,
  run: (engine: Engine, round: number) => Promise<void>,
): Promise<Samples> {
  const samples: Samples = new Map(engines.map((engine) => [engine.name, []]));
  for (const engine of engines) await run(engine, -1); // not counted: first touch
  for (let round = 0; round < repeat; round++) {
    for (const engine of engines) {
      const start = performance.now();
      await run(engine, round);
      samples.get(engine.name)?.push(performance.now() - start);
    }
  }
  process.stderr.write(
    `${name}: ${[...samples].map(([engine, values]) => `${engine} ${median(values).toFixed(1)} ms`).join(", ")}\n`,
  );
  return samples;
}

function row(name: string, samples: Samples): string {
  const ours = median(samples.get("drydock") ?? []);
  const theirs = samples.has("dockerd") ? median(samples.get("dockerd") ?? []) : undefined;
  return `| ${name} | ${ours.toFixed(1)} | ${theirs?.toFixed(1) ?? "-"} | ${theirs === undefined ? "-" : `1/${(theirs / ours).toFixed(1)}`} |`;
}

function machine(): string {
  const crun = execFileSync("crun", ["--version"], { encoding: "utf8" }).split("\n")[0];
  return `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 1024 ** 3)} GiB, Linux ${release()}, ${crun}, Node ${process.version}`;
}

/** Of this checkout, abbreviated; `+` says that files were changed since. */
function commit(): string {
  const git = (...args: string[]): string => {
    const { status, stdout } = spawnSync("git", ["-C", import.meta.dirname, ...args], { encoding: "utf8" });
    return status === 0 ? stdout.trim() : "";
  };
  const id = git("rev-parse", "--short", "HEAD");
  if (id === "") return "no known commit";
  return `commit ${id}${git("status", "--porcelain", "--untracked-files=no") === "" ? "" : "+"}`;
}

const loads = [loadavg()[0] ?? 0];
const watch = setInterval(() => loads.push(loadavg()[0] ?? 0), 10_000);
const engines: Engine[] = [];
try {
  engines.push(await startDrydock());
  const reference = process.env["DRYDOCK_BENCH_REFERENCE"] === "none" ? undefined : await startReference();
  if (reference !== undefined) engines.push(reference);
  const rootfs = busyboxTar();
  for (const { api } of engines) await api.call("POST", "/images/create?fromSrc=-&repo=bench&tag=latest", rootfs);
  const rows: string[] = [];
  for (const { name, repeat, prepare, run } of cases) {
    for (const { api } of engines) await prepare?.(api);
    const rounds = size(repeat, 1);
    rows.push(row(name, await measure(engines, name, rounds, (engine, round) => run(engine.api, round, engine))));
  }
  const pull = await pullCase(pullRounds);
  try {
    rows.push(
      row(pull.name, await measure(engines, pull.name, pullRounds, (engine, round) => pull.run(engine.api, round))),
    );
  } finally {
    await pull.stop();
  }
  for (const { api } of engines) await api.call("DELETE", "/containers/bench-exec?force=1");
  for (const { name, values } of await aliveRows(engines)) {
    rows.push(row(name, new Map([...values].map(([engine, value]) => [engine, [value]]))));
  }
  const versions = engines.map((engine) => `${engine.name} ${engine.version}`).join(", ");
  const date = new Date().toISOString().slice(0, 10);
  // Each of the two makes some of it by itself; more than 3 or 4 is others' work, and then only ratios say something.
  const load = `Load of the machine meanwhile: ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`;
  const text = `# ${date}\n\n${machine()}. ${versions}, at ${commit()}. ${load}.\nMedians in ms over alternating rounds in one run, at the API; drydock with user namespaces, seccomp and limits on.\n\n| | drydock | dockerd | ratio |\n|---|---|---|---|\n${rows.join("\n")}\n`;
  const results = process.env["DRYDOCK_BENCH_RESULTS"] ?? join(import.meta.dirname, "results");
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, `${date}.md`), text);
  process.stdout.write(text);
} finally {
  clearInterval(watch);
  for (const engine of engines) await engine.stop();
}
