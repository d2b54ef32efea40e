import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { checkAccessibility } from "./accessibility.ts";
import { focusedName, tabTo } from "./by-keys.ts";
import { build, buildStatus, missing, ready, startHarness, until, workspaceOf } from "./harness.ts";
import type { Harness } from "./harness.ts";

const shots = process.env["DRYDOCK_SHOTS"];

describe("the first visit", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
    if (shots !== undefined) await mkdir(shots, { recursive: true });
  });
  after(() => harness.close());

  it("opens a workspace of one's own without a login, keyed by a cookie only", async () => {
    const context = await harness.context();
    const page = await harness.open(context);
    assert.equal(page.url(), `${harness.url}/`);
    await page.getByRole("treeitem", { name: "Dockerfile" }).waitFor();
    // The first Dockerfile is seen whole, without scrolling.
    const last = page.locator(".monaco-editor .view-line").filter({ hasText: "CMD" });
    await last.waitFor();
    const [line, editor] = await Promise.all([last.boundingBox(), page.getByTestId("editor").boundingBox()]);
    assert.ok(line !== null && editor !== null && line.height === 20, "its last line is not broken");
    assert.ok(line.y + line.height <= editor.y + editor.height);
    const cookies = await context.cookies();
    assert.equal(cookies.length, 1);
    assert.equal(cookies[0]?.httpOnly, true);
    assert.equal(cookies[0]?.sameSite, "Lax");
    const stranger = await harness.open();
    const first = await workspaceOf(page);
    assert.notEqual(first, await workspaceOf(stranger));
    await page.reload();
    await ready(page);
    assert.equal(await workspaceOf(page), first);
  });

  for (const colorScheme of ["light", "dark"] as const) {
    it(`has no accessibility violation, with much room and with little: ${colorScheme}`, async () => {
      const context = await harness.context({ colorScheme, reducedMotion: "reduce" });
      const page = await harness.open(context);
      const check = async (state: string): Promise<void> => {
        for (const [width, height] of [
          [390, 844],
          [1280, 800],
        ] as const) {
          await page.setViewportSize({ width, height });
          await checkAccessibility(page, `${colorScheme}-${width}-${state}`);
        }
      };
      await check("empty");
      await build(page);
      await buildStatus(page, "completed").waitFor();
      await check("built");
      await page.getByRole("button", { name: "Run", exact: true }).first().click();
      await page.getByTestId("container-output").waitFor();
      await check("running");
      await page.getByRole("button", { name: "Share", exact: true }).click();
      await page.getByRole("dialog").waitFor();
      await check("share");
    });
  }

  it("is led through a build, a change, the layers, a run and its page by doing it, and never again", async () => {
    const context = await harness.context({ guide: true, reducedMotion: "reduce" });
    const page = await harness.open(context);
    const guide = page.getByRole("region", { name: "First steps" });
    const says = (text: string) => guide.getByRole("status").getByText(text).waitFor();
    await says("Step 1 of 5: A Dockerfile describes an image");
    await checkAccessibility(page, "guide");
    // By the keyboard: to the place, and there.
    const ringOf = (name: string) =>
      page
        .getByRole("button", { name, exact: true })
        .first()
        .evaluate((element) => getComputedStyle(element).outlineWidth);
    const before = await ringOf("Build");
    await guide.getByRole("button", { name: "Show me where" }).press("Enter");
    assert.equal(await focusedName(page), "Build");
    // By the mouse too it is seen that something was shown.
    await guide.getByRole("button", { name: "Show me where" }).click();
    assert.equal(await focusedName(page), "Build");
    assert.ok(Number.parseFloat(await ringOf("Build")) > Number.parseFloat(before), before);
    await page.keyboard.press("Enter");
    await says("Step 2 of 5: Each step was kept");
    assert.equal(await guide.locator(":focus").count(), 0, "the guide takes no focus");
    await guide.getByRole("button", { name: "Show me where" }).click();
    // In the line that it is about.
    await page.getByTestId("build").locator("[data-pointed]").filter({ hasText: "RUN" }).waitFor();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("# another line\n");
    await build(page);
    await says("Step 3 of 5: Each step that changed files");
    await page.reload();
    await ready(page);
    await says("Step 3 of 5");
    await guide.getByRole("button", { name: "Show me where" }).click();
    await says("Step 4 of 5: Now press Run");
    await page.getByRole("button", { name: "Run", exact: true }).first().click();
    await says("Step 5 of 5: Its web server");
    const popup = page.waitForEvent("popup");
    await page.getByRole("button", { name: "Open :8080" }).click();
    await (await popup).getByText("Afloat.").waitFor();
    await says("That is all of it");
    await guide.getByRole("button", { name: "Done" }).click();
    await guide.waitFor({ state: "detached" });
    await page.reload();
    await ready(page);
    assert.equal(await guide.count(), 0);

    // Skipped at once by somebody else, in German, with little room.
    const other = await harness.context({ guide: true, locale: "de-DE", viewport: { width: 390, height: 844 } });
    const narrow = await other.newPage();
    await narrow.goto(harness.url);
    const little = narrow.getByRole("region", { name: "Erste Schritte" });
    await little.getByText("Ein Dockerfile beschreibt").waitFor();
    assert.equal(await little.getByText("Strg").count(), 0, "there is no such key");
    const height = (await little.boundingBox())?.height ?? Number.POSITIVE_INFINITY;
    assert.ok(height < 844 / 8, `the guide takes ${height} px of 844`);
    await narrow.getByRole("button", { name: "Einführung überspringen" }).click();
    await narrow.reload();
    await narrow.getByRole("button", { name: "Bauen", exact: true }).waitFor();
    assert.equal(await narrow.getByRole("region", { name: "Erste Schritte" }).count(), 0);
  });

  it("shows instructions of a Dockerfile in a colour of their own", async () => {
    const page = await harness.open();
    const line = page
      .locator(".view-line")
      .filter({ hasText: /^FROM\s+busybox/ })
      .first();
    await line.waitFor();
    const colourOf = (text: string) =>
      line
        .locator("span span")
        .filter({ hasText: text })
        .first()
        .evaluate((element) => getComputedStyle(element).color);
    // Colours come a moment after the text.
    await until("colours differ", async () => (await colourOf("FROM")) !== (await colourOf("busybox")));
  });

  it("is built and run with the keyboard alone", async () => {
    const page = await harness.open();
    await tabTo(page, "Build");
    await page.keyboard.press("Enter");
    await buildStatus(page, "completed").waitFor();
    await page.keyboard.press("Shift+Tab");
    assert.equal(await focusedName(page), "Run", "focus stayed where it was");
    await page.keyboard.press("Space");
    const row = page.getByTestId("container").first();
    await row.filter({ hasText: "running" }).waitFor();
    await row.getByRole("button", { name: "Open :8080" }).waitFor();
    // Tab is the editor's own within it: F6 goes from pane to pane.
    const inContainers = () =>
      page.evaluate(() => document.activeElement?.closest("[data-pane=containers]") instanceof Element);
    for (let tries = 0; tries < 6 && !(await inContainers()); tries++) await page.keyboard.press("F6");
    assert.ok(await inContainers(), "F6 does not lead to the containers");
    if ((await focusedName(page)) !== "Stop") await tabTo(page, "Stop");
    await page.keyboard.press("Enter");
    await row.filter({ hasText: "stopped" }).waitFor();
  });

  it("logs no error", () => {
    assert.deepEqual(harness.errors, []);
  });
});
