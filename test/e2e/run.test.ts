import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { build, buildStatus, missing, ready, startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { enter, openWorkstation } from "./terminals.ts";

describe("running", { skip: missing() ?? false }, () => {
  let harness: Harness;
  let context: BrowserContext;
  let page: Page;
  before(async () => {
    harness = await startHarness();
    context = await harness.context();
    page = await harness.open(context);
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await page.getByRole("button", { name: "Run", exact: true }).first().click();
    await page.getByTestId("container").filter({ hasText: "running" }).waitFor();
  });
  after(() => harness.close());

  it("opens a port on an origin of its own, to this browser only", async () => {
    const popup = page.waitForEvent("popup");
    await page.getByRole("button", { name: /^Open :\d+$/ }).click();
    const preview = await popup;
    await preview.waitForURL(/^http:\/\/\d+-[0-9a-f]{12}\.localhost:\d+\/$/);
    await preview.locator("h1").waitFor();
    const names = (await context.cookies(harness.url)).map((cookie) => cookie.name);
    assert.deepEqual(names, ["drydock"], "the container set no cookie of the page's origin");
    const stranger = await (await harness.context()).newPage();
    const refused = await stranger.goto(preview.url());
    assert.equal(refused?.status(), 403);
  });

  it("hands none of the page's cookies to the container, and never serves the page on a preview's name", async () => {
    const preview = context.pages().at(-1);
    assert.ok(preview);
    const body = (await preview.textContent("body")) ?? "";
    assert.ok(!body.includes("drydock_preview="), "the preview's own cookie is taken out");
    for (const path of ["/api/status", "/socket.io/?EIO=4&transport=polling", "/_next/"]) {
      const text = await preview.evaluate(async (to) => (await fetch(to)).text(), path);
      assert.ok(!text.includes('"engine"') && !text.includes('"sid"'), path);
    }
  });

  it("has the terminal button of the chosen container in sight on a narrow screen", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole("navigation").getByRole("button", { name: "Run" }).click();
    const row = page.getByTestId("container");
    await row.getByRole("button", { name: /^Terminal in / }).click();
    await page.getByTestId("terminal").locator("textarea").waitFor();
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole("button", { name: /^Close terminal / }).click();
  });

  it("shows output, restarts, stops, starts and removes, which can be taken back for a moment", async () => {
    const row = page.getByTestId("container");
    const served = page.getByTestId("container-output").getByText("Serving port 8080");
    assert.equal(await served.count(), 1);
    await row.getByRole("button", { name: /^Actions for/ }).click();
    await page.getByRole("menuitem", { name: "Restart" }).click();
    await served.nth(1).waitFor();
    await row.getByRole("button", { name: "Stop" }).click();
    // What was asked for is no failure; its code is among the details.
    await row.filter({ hasText: "stopped" }).waitFor();
    assert.equal(await row.locator(".text-bad").count(), 0);
    await page.getByTestId("ending").getByText("exit code 137").waitFor();
    assert.equal(await row.getByRole("button", { name: /^Open :/ }).count(), 0);
    await row.getByRole("button", { name: "Start" }).click();
    await row.filter({ hasText: "running" }).waitFor();
    await row.getByRole("button", { name: /^Open :/ }).waitFor();
    const remove = async (): Promise<void> => {
      await row.getByRole("button", { name: /^Actions for/ }).click();
      await page.getByRole("menuitem", { name: "Remove" }).click();
      await row.filter({ hasText: "will be removed" }).waitFor();
    };
    await remove();
    await row.getByRole("button", { name: "Undo" }).click();
    await row.getByRole("button", { name: "Stop" }).waitFor();
    await remove();
    // The terminal that was closed may still be offered, too.
    await page.getByRole("status").getByRole("button", { name: "Undo" }).last().click();
    await row.getByRole("button", { name: "Stop" }).waitFor();
    // With its page goes what waits: nothing is lost then.
    await remove();
    await page.reload();
    await ready(page);
    await row.filter({ hasText: "running" }).waitFor();
    await remove();
    await row.waitFor({ state: "detached" });
    assert.equal(await page.getByRole("status").getByRole("button", { name: "Undo" }).count(), 0);
  });

  it("says why a container could not be started", async () => {
    await openWorkstation(page);
    await enter(page, "docker run --name broken busybox no-such-command");
    const row = page.getByTestId("container").filter({ hasText: "broken" }).filter({ hasText: "created" });
    await row.click();
    const said = "busybox was to start the program “no-such-command”, but it has no program of that name.";
    await page.getByTestId("start-error").getByText(said).waitFor();
    // In the dialog that asked for it too, with dockerd's own words for those who want them.
    await page.getByRole("button", { name: "Run an image…" }).click();
    await page.getByRole("menuitem", { name: "Run an image…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: /^Command/ }).fill("no-such-command");
    await dialog.getByRole("combobox", { name: "Image" }).fill("busybox");
    await dialog.getByRole("button", { name: "Run" }).click();
    await dialog.getByText(said).waitFor();
    await dialog.getByText("In docker's own words").click();
    await dialog.getByText(/OCI runtime create failed/).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Dismiss" }).click();
  });

  it("explains the exit codes that signals make, and names a want of memory", async () => {
    await enter(
      page,
      "docker run --name killed busybox sh -c 'sleep 99 & kill -9 $!; wait $!; exit $?'; docker rm -f broken",
    );
    const killed = page.getByTestId("container").filter({ hasText: "killed" });
    await killed.filter({ hasText: "exited with 137" }).click();
    await page.getByTestId("ending").getByText("SIGKILL").waitFor();
    await enter(page, "docker run --name greedy -m 16m busybox sh -c 'tail /dev/zero'");
    const greedy = page.getByTestId("container").filter({ hasText: "greedy" });
    await greedy.filter({ hasText: "out of memory" }).click();
    await page.getByTestId("ending").getByText("Out of memory").waitFor();
    await enter(page, "docker rm -f killed greedy");
    await greedy.waitFor({ state: "detached" });
  });

  it("opens every port of a container, and says which address one listens on that nobody reaches", async () => {
    await enter(page, "docker run -d --name inside busybox httpd -f -p 127.0.0.1:8000");
    const inside = page.getByTestId("container").filter({ hasText: "inside" });
    await inside.getByTestId("inside-only").getByText("127.0.0.1:8000").waitFor();
    assert.equal(await inside.getByRole("button", { name: /^Open :/ }).count(), 0);
    await enter(page, "docker run -d --name four busybox sh -c 'for p in 1 2 3 4; do httpd -p 800$p; done; sleep 600'");
    const four = page.getByTestId("container").filter({ hasText: "four" });
    await four.getByRole("button", { name: "Open :8004" }).waitFor();
    assert.equal(await four.getByRole("button", { name: /^Open :/ }).count(), 4);
    // Of each that runs, whichever is chosen.
    assert.equal(await page.getByRole("button", { name: /^Terminal in (inside|four)$/ }).count(), 2);
    await enter(page, "docker rm -f inside four");
    await inside.waitFor({ state: "detached" });
  });
});
