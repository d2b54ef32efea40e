import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { type Harness, startHarness } from "../test/e2e/harness.ts";
import { Browser, quantile } from "./load-browser.ts";
import { Frames } from "./load-frames.ts";
import { type Paint, paintsUntil } from "./load-paint.ts";
import { size } from "./sizes.ts";

/*
 * A hundred browsers at once: each has a session, a workspace, a container, a terminal in it, and the streams that a page
 * has, on a socket to a real `web`. They type a key a second, and build once a minute. How long a key's echo takes, and
 * how many frames a real page in Chromium drops meanwhile; then, for a quarter of the time, how long a fresh page takes to
 * its first paint and to its first key. Browser and load are on the machine that serves them.
 * Usage: node bench/load.ts [browsers] [seconds]
 */

const count = Number(process.argv[2] ?? size(100, 2));
const seconds = Number(process.argv[3] ?? size(120, 2));
const secondsAlone = Math.min(seconds, 30);
/** Browsers that come at the same time. */
const together = 4;

const loads = [loadavg()[0] ?? 0];
const harness = await startHarness(["busybox"], {}, { unchecked: true });
const loop = monitorEventLoopDelay({ resolution: 1 });
try {
  await measure(harness);
} finally {
  await harness.close();
}

async function measure({ url }: Harness): Promise<void> {
  const frames = await Frames.open(harness);
  const first = await Browser.come(url);
  say("one browser and one page");
  const rows = [row("1", await during([first], frames, secondsAlone), 1)];
  const alone = await painting(harness, [first], secondsAlone);
  const browsers = [first];
  const came = performance.now();
  let left = count - 1;
  const usher = async (): Promise<void> => {
    while (left-- > 0) browsers.push(await Browser.come(url));
  };
  await Promise.all(Array.from({ length: together }, usher));
  const coming = (performance.now() - came) / 1000;
  say(`${count} browsers, which came within ${coming.toFixed(0)} s`);
  rows.push(row(String(count), await during(browsers, frames, seconds), count));
  const loaded = await painting(harness, browsers, seconds / 4);
  for (const browser of browsers) browser.leave();
  write(rows, paintRows(alone, loaded), coming);
}

/** Of its own, after the frames: a page that comes up takes its share of the cores. */
async function painting(harness: Harness, browsers: readonly Browser[], seconds: number): Promise<Paint> {
  const end = Date.now() + seconds * 1000;
  const used = Promise.all(browsers.map((browser) => browser.use(end)));
  const [paint] = await Promise.all([paintsUntil(harness, end), used]);
  return paint;
}

function paintRows(alone: Paint, loaded: Paint): string[] {
  const line = (name: string, first: string, key: string, pages: string): string =>
    `| ${name} | ${first} | ${key} | ${pages} |`;
  const ms = (name: string, { first, key, pages }: Paint): string =>
    line(name, first.toFixed(0), key.toFixed(0), String(pages));
  const times = (of: "first" | "key"): string => `${(loaded[of] / alone[of]).toFixed(2)} times`;
  const rows = [ms("1", alone), ms(String(count), loaded), line("ratio", times("first"), times("key"), "")];
  for (const each of rows) say(each);
  return rows;
}

interface Figures {
  echoes: number[];
  builds: number[];
  failed: number;
  frames: { shown: number; dropped: number; longest: number };
  /** p99 of this program's own delay, ms: no echo is measured more exactly */
  own: number;
}

async function during(browsers: readonly Browser[], frames: Frames, seconds: number): Promise<Figures> {
  loop.reset();
  loop.enable();
  const end = Date.now() + seconds * 1000;
  const counting = frames.during(seconds);
  const used = await Promise.all(browsers.map((browser) => browser.use(end)));
  loop.disable();
  loads.push(loadavg()[0] ?? 0);
  return {
    echoes: used.flatMap(({ echoes }) => echoes),
    builds: used.flatMap(({ builds }) => builds),
    failed: used.reduce((sum, { failed }) => sum + failed, 0),
    frames: await counting,
    own: loop.percentile(99) / 1e6,
  };
}

function row(name: string, { echoes, builds, failed, frames, own }: Figures, browsers: number): string {
  const ms = (share: number): string => quantile(echoes, share).toFixed(1);
  const { shown, dropped, longest } = frames;
  const lost = `${dropped} of ${shown + dropped} (${((100 * dropped) / Math.max(1, shown + dropped)).toFixed(1)} %), longest ${longest.toFixed(0)} ms`;
  const built =
    builds.length === 0 ? "-" : `${quantile(builds, 0.5).toFixed(0)} / ${quantile(builds, 0.95).toFixed(0)}`;
  const line = `| ${name} | ${ms(0.5)} | ${ms(0.99)} | ${ms(1)} | ${echoes.length} | ${builds.length}${failed > 0 ? ` (${failed} failed)` : ""} | ${built} | ${lost} | ${own.toFixed(1)} |`;
  say(line);
  if (echoes.length < browsers) throw new Error("a browser has typed nothing");
  return line;
}

function write(rows: readonly string[], paints: readonly string[], coming: number): void {
  const date = new Date().toISOString().slice(0, 10);
  const commit = execFileSync("git", ["-C", import.meta.dirname, "rev-parse", "--short", "HEAD"], { encoding: "utf8" });
  const text = `# ${date}: ${count} browsers at once

\`node bench/load.ts ${count} ${seconds}\`, at commit ${commit.trim()}. ${cpus().length} cores (${cpus()[0]?.model.trim()}), Linux ${release()}, Node ${process.version}.
Engine, web, Chromium and the program that types are all on them. Load (1 min) meanwhile: ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}.
The browsers came within ${coming.toFixed(0)} s. Echo in ms, from the key's being sent on the socket until the terminal's output with it is there; builds in
ms, median / p95; frames of a real page that shows a build and a terminal printing; "own" is how late the typing program itself
was at p99, ms.

| browsers | echo p50 | p99 | longest | keys | builds | each took | frames dropped | own |
|---|---|---|---|---|---|---|---|---|
${rows.join("\n")}

A fresh page with nothing in its cache, under the same load: first contentful paint, and until the editor has taken a key;
ms since the navigation, medians of pages opened one after another.

| browsers | first paint | first key | pages |
|---|---|---|---|
${paints.join("\n")}
`;
  const results = process.env["DRYDOCK_BENCH_RESULTS"] ?? join(import.meta.dirname, "results");
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, `${date}-load.md`), text);
  process.stdout.write(text);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
