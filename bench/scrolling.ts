import { cpus, loadavg } from "node:os";
import { buffer } from "node:stream/consumers";
import type { Page } from "playwright-core";
import { pack } from "tar-stream";
import { build, buildStatus, replaceText, runImage, startHarness } from "../test/e2e/harness.ts";

/*
 * Whether long lists scroll at 60 frames a second: 5,000 files in the tree, 20,000 lines of a build step, 20,000 of a
 * container's log, in Chromium on the real page. Each is scrolled from its top to its end and back, as by a quick hand,
 * a step a frame; what came between two frames is measured by the page itself (requestAnimationFrame), and how much of it
 * the page's own thread was at work (the browser's TaskDuration). A frame is late from one and a half times 16.7 ms on.
 * The first row is an empty list of the same height: what the browser and the machine need without us.
 * Usage: node bench/scrolling.ts   (needs `npm run build`)
 */

const frames = 600;

interface Measured {
  /** ms between two frames, sorted */
  between: number[];
  /** ms of the page's thread, all frames together */
  work: number;
}

const harness = await startHarness();
try {
  console.log(`${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}; ${harness.browser.version()}`);
  console.log("| list | rows | frames a second | median ms | p99 ms | late frames | own work per frame, ms |");
  console.log("|---|---|---|---|---|---|---|");
  await measureAll(await harness.open());
} finally {
  await harness.close();
}

async function measureAll(page: Page): Promise<void> {
  await upload(page, 4990);
  await replaceText(page, 'FROM busybox\nRUN seq 1 20000\nCMD ["seq", "1", "20000"]\n');
  await build(page);
  await buildStatus(page, "completed").waitFor();
  const row = await runImage(page);
  await row.filter({ hasText: "exited" }).waitFor();
  await page.getByTestId("container-output").getByText("20000", { exact: true }).waitFor();
  await page.getByRole("button", { name: /^RUN seq/ }).click();
  const step = "[role=region][aria-label='Output of this step']";
  await page.locator(step).getByText("20000", { exact: true }).waitFor();

  await page.evaluate((height) => {
    const list = document.createElement("div");
    list.id = "empty-list";
    list.style.cssText = "position: fixed; inset: 50px auto auto 50px; width: 300px; height: 400px; overflow: auto";
    list.append(document.createElement("div"));
    list.firstElementChild?.setAttribute("style", `height: ${height}px`);
    document.body.append(list);
  }, 20_000 * 18);
  await measure(page, "an empty one, for comparison", 0, "#empty-list");
  await page.evaluate(() => document.querySelector("#empty-list")?.remove());
  await measure(page, "files in the tree", 4993, "[role=tree]");
  await measure(page, "output of a build step", 20_000, step);
  await measure(page, "log of a container", 20_000, "[data-testid=container-output] [role=region]");
}

async function upload(page: Page, count: number): Promise<void> {
  const tar = pack();
  for (let index = 0; index < count; index++) tar.entry({ name: `many/f${String(index).padStart(4, "0")}` }, "");
  tar.finalize();
  const file = { name: "many.tar", mimeType: "application/x-tar", buffer: await buffer(tar) };
  await page.locator("input[type=file][accept*=tar]").setInputFiles(file);
  await page.getByRole("treeitem", { name: "many" }).click();
  await page.getByRole("treeitem", { name: "f0000" }).waitFor();
}

async function measure(page: Page, name: string, rows: number, selector: string): Promise<void> {
  const { between, work } = await scroll(page, selector);
  const sum = between.reduce((all, each) => all + each, 0);
  const at = (part: number): string => (between[Math.floor(between.length * part)] ?? 0).toFixed(1);
  const late = between.filter((each) => each > 25).length;
  const rate = ((1000 * between.length) / sum).toFixed(1);
  console.log(
    `| ${name} | ${rows} | ${rate} | ${at(0.5)} | ${at(0.99)} | ${late} of ${between.length} | ${(work / between.length).toFixed(2)} |`,
  );
}

async function scroll(page: Page, selector: string): Promise<Measured> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable");
  const busy = async (): Promise<number> => {
    const { metrics } = await devtools.send("Performance.getMetrics");
    return 1000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0);
  };
  const before = await busy();
  const between = await page.evaluate(
    async ([wanted, count]) => {
      const list = [document.querySelector(wanted), ...document.querySelectorAll(`${wanted} *`)].find(
        (each) => each !== null && each.scrollHeight > each.clientHeight + 1000,
      );
      if (list === undefined || list === null) throw new Error(`nothing to scroll in ${wanted}`);
      const end = list.scrollHeight - list.clientHeight;
      list.scrollTop = 0;
      const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
      const times = [await frame()];
      for (let index = 1; index <= count; index++) {
        list.scrollTop = end * (1 - Math.abs(1 - (2 * index) / count));
        times.push(await frame());
      }
      return times.slice(1).map((time, index) => time - (times[index] ?? 0));
    },
    [selector, frames] as const,
  );
  const work = (await busy()) - before;
  await devtools.detach();
  return { between: between.toSorted((a, b) => a - b), work };
}
