import assert from "node:assert/strict";
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
