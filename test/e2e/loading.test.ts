import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { after, before, describe, it } from "node:test";
import type { Route } from "playwright-core";
import { missing, ready, replaceText, startHarness, until, workspaceOf } from "./harness.ts";
import type { Harness } from "./harness.ts";

const scripts = /\/_next\/static\/.*\.js/;

describe("loading", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  it("brings at most 350 kB, compressed, before the editor, in every language", async (t) => {
    const context = await harness.context();
    const page = await context.newPage();
    const sizeOf = (path: string): number =>
      gzipSync(readFileSync(join(import.meta.dirname, "../../.next", path.slice("/_next/".length)))).length;
    const named = new Set<string>();
    for (const language of ["de", "en"]) {
      // Scripts and styles that the page itself names, as gzip leaves them: the editor comes on demand, and by itself.
      const html = await (await page.request.get(harness.url, { headers: { "accept-language": language } })).body();
      // Browsers with modules leave what is for those without.
      const modern = html.toString().replaceAll(/<script[^>]*\bnomodule\b[^>]*>/gi, "");
      const own = new Set(modern.match(/\/_next\/static\/[\w./-]+\.(?:js|css)/g));
      const sizes = [...own].map((path) => [path, sizeOf(path)] as const);
      const total = gzipSync(html).length + sizes.reduce((sum, [, size]) => sum + size, 0);
      t.diagnostic(`${language}: ${total} bytes`);
      assert.ok(total > 100_000 && total <= 350_000, `${language}: ${total} bytes: ${JSON.stringify(sizes)}`);
      for (const path of own) named.add(path);
    }
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

  it("says so as a dialog when one does not come, as in a page from before an upgrade, which goes on", async () => {
    const page = await harness.open();
    const gone = (route: Route): Promise<void> => route.fulfill({ status: 404 });
    await page.route(scripts, gone);
    await page.getByRole("button", { name: "Share", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("could not be loaded").waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await replaceText(page, "FROM scratch\n");
    await page.unroute(scripts, gone);
    await page.getByRole("button", { name: "Share", exact: true }).click();
    await dialog.getByRole("button", { name: "Reload" }).click();
    await ready(page);
    await page.getByRole("button", { name: "Share", exact: true }).click();
    await dialog.getByRole("button", { name: "Create link" }).waitFor();
  });

  it("shows a snippet's text before the editor is there, and where the editor has it", async () => {
    const author = await harness.open();
    const response = await author.request.post(`${harness.url}/api/w/${await workspaceOf(author)}/snippets`, {
      data: { title: "early" },
    });
    const { id } = (await response.json()) as { id: string };
    const page = await (await harness.context()).newPage();
    const address = `${harness.url}/s/${id}`;
    const named = await (await page.request.get(address)).text();
    const { promise: wanted, resolve: want } = Promise.withResolvers<void>();
    await page.route(scripts, async (route) => {
      if (!named.includes(new URL(route.request().url()).pathname)) await wanted;
      await route.continue();
    });
    await page.goto(address);
    const files = page.getByRole("region", { name: "Files", exact: true });
    const placeOf = async (text: string): Promise<{ x: number; y: number }> => {
      const line = files.getByText(text).first();
      await line.waitFor();
      return line.evaluate((element, start) => {
        const nodes = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
        for (let node = nodes.nextNode(); node !== null; node = nodes.nextNode()) {
          const at = node.textContent?.indexOf(start) ?? -1;
          if (at < 0) continue;
          const range = document.createRange();
          range.setStart(node, at);
          range.setEnd(node, at + 1);
          const { x, y, height } = range.getBoundingClientRect();
          return { x, y: y + height / 2 };
        }
        throw new Error(`no text begins with ${start}`);
      }, text);
    };
    const places = [];
    for (const word of ["FROM", "CMD"]) places.push(await placeOf(word));
    assert.equal(await page.locator(".monaco-editor").count(), 0);
    want();
    await page.locator(".monaco-editor").waitFor();
    for (const [index, word] of ["FROM", "CMD"].entries()) {
      const { x, y } = places[index] ?? { x: 0, y: 0 };
      // The editor's lines are nowhere until it is laid out.
      await until(`${word} at ${x}, ${y} as before`, async () => {
        const place = await placeOf(word);
        return Math.abs(place.x - x) <= 1 && Math.abs(place.y - y) <= 1;
      });
    }
  });
});

const abort = (route: Route): Promise<void> => route.abort("connectionfailed");
