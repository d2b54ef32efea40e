import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { unmountAll } from "../../server/engine/mount/local-mounter.ts";
import { mountPointsBeneath } from "../../server/engine/mount/mount-table.ts";
import { oldDockerClient } from "../../test/suites/docker-clients.ts";
import { type Engine, startDrydock, startReference } from "../engines.ts";
import { busyboxTar } from "../fixtures.ts";
import { repositoryContext } from "./debian.ts";
import { type Phase, type Scenario, scenarios } from "./scenarios.ts";
import { type Way, waysOf } from "./ways.ts";

/*
 * Builds, side by side in one run: dockerd's classic builder and its BuildKit through the stock client 20.10, buildah and
 * podman, drydock through the same client (context as a tar) and through the page's builds (context on disk). In each
 * round all ways take their turn, so that all meet the same noise.
 * Usage: node bench/builds/main.ts [--rounds=<at most>] [scenario...]; writes bench/results/<date>-builds.md
 */

const scratch = mkdtempSync(join(tmpdir(), "bench-builds-"));
const loads: number[] = [];

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function cell(samples: readonly number[]): string {
  if (samples.length === 0) return "-";
  const seconds = median(samples) / 1000;
  return seconds < 1 ? seconds.toFixed(3) : seconds.toFixed(2);
}

/** @returns the row, one cell for each way */
async function measure(scenario: Scenario, phase: Phase, ways: readonly Way[]): Promise<string[]> {
  const samples = ways.map((): number[] => []);
  for (let round = 0; round < Math.min(phase.rounds, Number(flags.rounds)); round++) {
    for (const [index, way] of ways.entries()) {
      const place = {
        context: join(way.contexts, `${scenario.name}-${index}`),
        tag: `${scenario.name}-${index}`,
        way: index,
      };
      mkdirSync(place.context, { recursive: true });
      phase.prepare?.(place, round);
      await sleep(phase.rest ?? 100); // a file changed just now is read again by all
      const began = performance.now();
      const counts = await (phase.measure?.(way, place, round) ?? way.build(place.context, place.tag).then(() => true));
      if (counts) samples[index]?.push(performance.now() - began);
    }
    loads.push(loadavg()[0] ?? 0);
  }
  for (const [index, { name }] of ways.entries()) {
    const all = (samples[index] ?? []).map((ms) => (ms / 1000).toFixed(3)).join(" ");
    process.stderr.write(`${phase.row ?? "(before)"}: ${name}: ${all}\n`);
  }
  return samples.map(cell);
}

/** `bench` and, when it is asked for, `bench-apt`, in all stores of images. */
async function giveImages(engines: readonly Engine[], ways: readonly Way[], withDebian: boolean): Promise<void> {
  const [ours] = engines;
  const docker = await oldDockerClient();
  const on = (engine: Engine | undefined, ...args: string[]): string =>
    execFileSync(docker, ["-H", `unix://${engine?.socket}`, ...args], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, DOCKER_BUILDKIT: "0", DOCKER_CONFIG: tmpdir() },
    });
  await ours?.api.call("POST", "/images/create?fromSrc=-&repo=bench&tag=latest", busyboxTar());
  const images = ["bench"];
  if (withDebian) {
    on(ours, "pull", "-q", "debian");
    const context = join(scratch, "repository");
    repositoryContext(context, "debian", on(ours, "run", "--rm", "debian", "cat", "/var/lib/dpkg/status"));
    on(ours, "build", "-q", "-t", "bench-apt", context);
    images.push("bench-apt");
  }
  for (const image of images) {
    const archive = join(scratch, `${image}.tar`);
    on(ours, "save", "-o", archive, image);
    for (const engine of engines.slice(1)) on(engine, "load", "-q", "-i", archive);
    await ways.find((way) => way.load !== undefined)?.load?.(archive);
    rmSync(archive);
  }
}

function writeTable(ways: readonly Way[], lines: readonly string[]): string {
  const crun = execFileSync("crun", ["--version"], { encoding: "utf8" }).split("\n")[0];
  const about = `${cpus().length} cores, ${Math.round(totalmem() / 1024 ** 3)} GiB, Linux ${release()}, ${crun}, Node ${process.version}`;
  const load = `load ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)} (${cpus().length} is this bench alone)`;
  const head = `| | ${ways.map(({ name }) => name).join(" | ")} |\n|---|${ways.map(() => "---").join("|")}|`;
  const date = new Date().toISOString().slice(0, 10);
  const versions = engines.map((engine) => `${engine.name} ${engine.version}`).join(", ");
  const text = `# Builds, ${date}\n\n${about}; ${versions}; ${load}.\nMedian seconds of rounds in which all took their turn; a client's own start is in it, but for the rows at the API.\n\n${head}\n${lines.join("\n")}\n`;
  mkdirSync(join(import.meta.dirname, "../results"), { recursive: true });
  writeFileSync(join(import.meta.dirname, "../results", `${date}-builds.md`), text);
  return text;
}

const { values: flags, positionals: names } = parseArgs({
  options: { rounds: { type: "string", default: "100" } },
  allowPositionals: true,
});
const wanted = scenarios.filter(({ name }) => names.length === 0 || names.includes(name));
const engines: Engine[] = [];
try {
  const withDebian = wanted.some(({ name }) => name === "apt");
  const ours = await startDrydock(withDebian ? ["debian"] : []);
  engines.push(ours);
  const reference = await startReference();
  if (reference !== undefined) engines.push(reference);
  const ways = await waysOf(ours, reference, scratch);
  await giveImages(engines, ways, withDebian);
  const lines: string[] = [];
  for (const scenario of wanted) {
    for (const phase of scenario.phases) {
      const cells = await measure(scenario, phase, ways);
      if (phase.row !== undefined) lines.push(`| ${phase.row} | ${cells.join(" | ")} |`);
    }
    for (const [index, { contexts }] of ways.entries()) {
      rmSync(join(contexts, `${scenario.name}-${index}`), { recursive: true, force: true });
    }
    writeTable(ways, lines); // what is known by now
  }
  process.stdout.write(writeTable(ways, lines));
} finally {
  for (const engine of engines) await engine.stop();
  for (const mounted of mountPointsBeneath(scratch)) unmountAll(mounted);
  rmSync(scratch, { recursive: true, force: true });
}
