import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Page } from "playwright-core";
import { checkAccessibility } from "./accessibility.ts";
import { patience } from "../suites/patience.ts";
import { build, buildStatus, missing, ready, replaceText, startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

describe("limits", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    // Containers of whom nobody does anything are stopped after 36 seconds, and it is told after 18. One at a time.
    harness = await startHarness(["busybox"], { DRYDOCK_STOP_AFTER_HOURS: "0.01", DRYDOCK_LIVE_WORKSPACES: "1" });
  });
  after(() => harness.close());

  /** of the page that is live */
  let live: Page;
  const idOf = async (page: Page): Promise<string> => {
    const opened = await page.request.post(`${harness.url}/api/workspaces/open`, { data: {} });
    return ((await opened.json()) as { id: string }).id;
  };

  it("are no reason not to be alive and ready", async () => {
    for (const path of ["/healthz", "/readyz"]) {
      const answer = await fetch(`${harness.url}${path}`);
      assert.deepEqual([answer.status, await answer.json()], [200, { status: "ok", problems: [] }], path);
    }
    assert.equal((await fetch(`${harness.url}/metrics`)).status, 404, "metrics are not for everybody");
  });

  it("are shown as used and allowed, and the end of idle containers is told before it comes", async () => {
    const page = await harness.open();
    await page.getByRole("button", { name: /^Workspace/ }).click();
    await checkAccessibility(page, "menu");
    await page.getByRole("menuitem", { name: "Limits and use" }).click();
    const dialog = page.getByRole("dialog", { name: "Limits and use" });
    await dialog.getByText(/\sof 2\sGiB$/).waitFor();
    await dialog.getByText(/^\d+ of 512$/).waitFor();
    await dialog.getByText("up to 200", { exact: true }).waitFor();
    await dialog.getByText(/^Of the disk: .*workspace/).waitFor();
    await page.setViewportSize({ width: 360, height: 640 });
    await checkAccessibility(page, "limits-narrow");
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });

    const banner = page.getByTestId("idle");
    await banner.getByText("its containers stop; files are kept").waitFor();
    await banner.getByRole("button", { name: "Keep them running" }).click();
    await banner.getByRole("button").waitFor({ state: "hidden" });
    assert.deepEqual(harness.errors, []);
    live = page;
  });

  it("are no dead end: who comes when all places are taken sees the recording and their position, and goes on", async () => {
    const shared = await live.request.post(`${harness.url}/api/w/${await idOf(live)}/snippets`, {
      data: { title: "Wanted by many" },
      headers: { origin: harness.url },
    });
    const { id } = (await shared.json()) as { id: string };
    const waiting = await (await harness.context()).newPage();
    await waiting.goto(`${harness.url}/s/${id}`);
    await waiting.getByRole("button", { name: "Fork & run" }).click();
    const room = waiting.getByTestId("waiting-room");
    await room.getByText("you are number 1 in the queue").waitFor();
    await room.getByRole("region", { name: "Files" }).getByText("FROM busybox").waitFor();
    await checkAccessibility(waiting, "waiting");
    // Nobody is in the other one any more, nor does the new process know of anybody.
    await live.close();
    await harness.startWeb();
    await ready(waiting);
    await buildStatus(waiting, "completed").waitFor();
    live = waiting;
  });

  it("of time leave the files and what they did: one press makes the workspace live again", async () => {
    await replaceText(live, "FROM busybox\nRUN echo kept\n");
    const address = live.url();
    const context = live.context();
    await live.close();
    await harness.killWeb();
    using database = new DatabaseSync(join(harness.directory, "data/playground.db"));
    database.exec(`UPDATE "Workspace" SET "lastActiveAt" = '2020-01-01T00:00:00.000Z'`);
    await harness.startWeb();
    const page = await context.newPage();
    const record = address.replace("/w/", "/api/w/");
    const end = Date.now() + patience;
    while (!(await page.request.get(`${record}/record`)).ok()) {
      assert.ok(Date.now() < end, "no record came");
      await page.waitForTimeout(200);
    }
    await page.goto(address);
    const expired = page.getByTestId("expired");
    await expired.getByText("Nobody used this workspace for").waitFor();
    await expired.getByText("RUN echo kept").first().waitFor();
    await expired.getByTestId("snippet-build").getByText("Built", { exact: true }).waitFor();
    await checkAccessibility(page, "expired");
    await expired.getByRole("button", { name: "Make it live again" }).click();
    await ready(page);
    await page.locator(".monaco-editor").getByText("RUN echo kept").waitFor();
    await build(page);
    await buildStatus(page, "completed").waitFor();
    assert.deepEqual(harness.errors, []);
  });
});
