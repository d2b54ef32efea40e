import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { ago, decimal, duration, limit, size, stopwatch } from "./format.ts";
import { serverNow, setServerClock } from "./server-clock.ts";
import { humanSize } from "../../server/daemon/translate/progress.ts";

test("a size is written as `docker images` writes it: decimal, three digits", () => {
  for (const [bytes, text] of [
    [0, "0 B"],
    [812, "812 B"],
    [999.6, "1 kB"],
    [4_263_000, "4.26 MB"],
    [126_600_000, "127 MB"],
    [999_900_000, "1 GB"],
    [1_240_000_000, "1.24 GB"],
  ] as const) {
    assert.equal(size(bytes).replace("\u00a0", " "), text);
  }
  assert.equal(size(1_200_000).replace("\u00a0", ""), humanSize(1_200_000));
});

test("memory and limits are written as `docker stats` writes them, and as they are typed: -m 2g is 2 GiB", () => {
  for (const [bytes, text] of [
    [0, "0 B"],
    [1023, "1023 B"],
    [64 * 2 ** 20, "64 MiB"],
    [1.5 * 2 ** 30, "1.5 GiB"],
    [2 ** 31, "2 GiB"],
    [1010 * 2 ** 20, "1010 MiB"],
    [2 ** 30 - 1, "1 GiB"],
    [61_040_000, "58.2 MiB"],
  ] as const) {
    assert.equal(limit(bytes).replace("\u00a0", " "), text);
  }
});

test("what goes on is counted in whole seconds, and never beyond what it took in the end", () => {
  const plain = (text: string): string => text.replaceAll("\u00a0", " ");
  for (const [ms, running, over] of [
    [0, "0 s", "0 ms"],
    [999.7, "0 s", "1.0 s"],
    [4240, "3 s", "4.2 s"],
    [4260, "4 s", "4.3 s"],
    [59_960, "59 s", "1 min 0 s"],
    [119_600, "1 min 59 s", "2 min 0 s"],
  ] as const) {
    assert.deepEqual([plain(stopwatch(ms)), plain(duration(ms))], [running, over]);
  }
});

test("what was just now is so by the server's clock, whatever the browser's says", (t) => {
  t.after(() => setServerClock(Date.now()));
  const hour = 3_600_000;
  for (const wrong of [-hour, hour]) {
    setServerClock(Date.now() - wrong);
    assert.equal(ago(serverNow()), "just now");
    assert.equal(ago(serverNow() - hour), "1 hour ago");
  }
});

const page = globalThis as { document?: unknown };
afterEach(() => delete page.document);

test("a page in German writes its numbers so, with the same units", () => {
  page.document = { documentElement: { lang: "de" } };
  const written = [size(4_263_000), limit(1.5 * 2 ** 30), limit(1010 * 2 ** 20), duration(4210), decimal(0.5, 2)];
  assert.deepEqual(
    written.map((text) => text.replace("\u00a0", " ")),
    ["4,26 MB", "1,5 GiB", "1010 MiB", "4,2 s", "0,50"],
  );
  page.document = { documentElement: { lang: "en" } };
  assert.equal(size(4_263_000).replace("\u00a0", " "), "4.26 MB");
});
