import type { Page } from "playwright-core";
import { build, buildStatus, type Harness, replaceText } from "../test/e2e/harness.ts";

/** ms */
const frame = 1000 / 60;

export interface FrameCount {
  shown: number;
  /** frames that there was time for between two that were shown, and that were not */
  dropped: number;
  /** between two that were shown, ms */
  longest: number;
}

/** A real page in Chromium, whose frames are counted while a build prints into it. */
export class Frames {
  readonly #page: Page;
  #round = 0;

  private constructor(page: Page) {
    this.#page = page;
  }

  static async open(harness: Harness): Promise<Frames> {
    return new Frames(await harness.open());
  }

  /** Builds for as long, with a line every 10 ms, and counts. */
  async during(seconds: number): Promise<FrameCount> {
    const print = `i=0; while [ $i -lt ${seconds * 100} ]; do i=$((i+1)); echo ${this.#round++} $i; usleep 10000; done`;
    await replaceText(this.#page, `FROM busybox\nRUN ${print}\n`);
    await build(this.#page);
    await buildStatus(this.#page, "running").first().waitFor();
    const gaps = await this.#page.evaluate(countFrames, seconds * 1000);
    await this.#page.keyboard.press("Escape");
    await buildStatus(this.#page, "completed").first().waitFor();
    const missed = gaps.map((gap) => Math.max(0, Math.round(gap / frame) - 1));
    return { shown: gaps.length, dropped: missed.reduce((sum, each) => sum + each, 0), longest: Math.max(...gaps) };
  }
}

/** In the page: ms between frames. */
function countFrames(time: number): Promise<number[]> {
  return new Promise((resolve) => {
    const gaps: number[] = [];
    let last = 0;
    const first = performance.now();
    const tick = (now: number): void => {
      if (last > 0) gaps.push(now - last);
      last = now;
      if (now - first > time) resolve(gaps);
      else requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
}
