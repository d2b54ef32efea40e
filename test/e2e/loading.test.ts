import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { after, before, describe, it } from "node:test";
import type { Route } from "playwright-core";
import { missing, ready, startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

const scripts = /\/_next\/static\/.*\.js/;

describe("loading", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  it("brings at most 350 kB, compressed, before the editor", async () => {
    const context = await harness.context();
    const page = await context.newPage();
    // Scripts and styles that the page itself names, as gzip leaves them: the editor comes on demand, and by itself.
    const html = await (await page.request.get(harness.url)).body();
    // Browsers with modules leave what is for those without.
    const modern = html.toString().replaceAll(/<script[^>]*\bnomodule\b[^>]*>/gi, "");
    const named = new Set(modern.match(/\/_next\/static\/[\w./-]+\.(?:js|css)/g));
    const sizeOf = (path: string): number =>
      gzipSync(readFileSync(join(import.meta.dirname, "../../.next", path.slice("/_next/".length)))).length;
    const sizes = [...named].map((path) => [path, sizeOf(path)] as const);
    const total = gzipSync(html).length + sizes.reduce((sum, [, size]) => sum + size, 0);
    assert.ok(total > 100_000 && total <= 350_000, `${total} bytes: ${JSON.stringify(sizes)}`);
    const later: string[] = [];
    page.on("request", (request) => {
      const { pathname } = new URL(request.url());
      if (scripts.test(pathname) && !named.has(pathname)) later.push(pathname);
    });
    await page.goto(harness.url);
    await ready(page);
    const editor = Math.max(...later.map(sizeOf));
    assert.ok(editor > 350_000, `Monaco is not among what came later: ${later.join(" ")}`);
    await context.close();
  });

  it("goes on when any script fails once", async () => {
    const page = await (await harness.context()).newPage();
    const failed = new Set<string>();
    await page.route(scripts, (route) => {
      const url = route.request().url();
      if (failed.size >= 3 || failed.has(url)) return route.continue();
      failed.add(url);
      return route.abort("connectionfailed");
    });
    await page.goto(harness.url);
    await ready(page);
    assert.equal(failed.size, 3);
  });

  it("says so when a script of the page does not come, and loads it at a press of Reload", async () => {
    const page = await (await harness.context()).newPage();
    await page.route(scripts, abort);
    await page.goto(harness.url);
    const notice = page.getByRole("alert").filter({ hasText: "The page could not be loaded" });
    await notice.waitFor();
    await page.unroute(scripts, abort);
    await notice.getByRole("button", { name: "Reload" }).click();
    await ready(page);
    assert.equal(await notice.isVisible(), false);
  });

  it("says so in its pane when the editor or the terminal does not come", async () => {
    const page = await (await harness.context()).newPage();
    // Those that the page itself names come.
    const named = await (await page.request.get(harness.url)).text();
    const later = (route: Route): Promise<void> =>
      named.includes(new URL(route.request().url()).pathname) ? route.continue() : route.abort("connectionfailed");
    await page.route(scripts, later);
    await page.goto(harness.url);
    const pane = page.getByRole("region", { name: "Editor", exact: true });
    await pane.getByRole("alert").getByText("could not be loaded").waitFor();
    await page.getByRole("treeitem", { name: "Dockerfile" }).waitFor();
    await page.unroute(scripts, later);
    await pane.getByRole("button", { name: "Reload" }).click();
    await ready(page);
  });
});

const abort = (route: Route): Promise<void> => route.abort("connectionfailed");
