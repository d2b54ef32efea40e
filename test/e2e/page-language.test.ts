import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { build, buildStatus, missing, ready, startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";

describe("the language of the page", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  it("is chosen beside the theme, and stays through reloads and shares", async () => {
    const page = await harness.open();
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await page.getByRole("button", { name: "Appearance and language" }).click();
    await page.getByRole("menuitem", { name: "Deutsch" }).click();
    await page.getByRole("heading", { name: "Dateien" }).waitFor();
    assert.equal(await page.locator("html").getAttribute("lang"), "de");
    // Nothing is lost by it.
    await buildStatus(page, "completed").getByText("Gebaut").waitFor();
    await page.getByText(/\d+ Schritte, \d+ aus dem Cache/).waitFor();
    await page.getByRole("button", { name: "Teilen", exact: true }).click();
    await page.getByRole("button", { name: "Link erstellen" }).click();
    const url = await page.getByTestId("share-url").inputValue();
    await page.goto(url);
    await page.getByText(/Aufgezeichnet gerade eben|Aufgezeichnet vor/).waitFor();
    // What the server could not draw, the browser would draw by itself, in the wrong language.
    for (const drawn of [harness.url, url]) {
      assert.doesNotMatch(await (await page.request.get(drawn)).text(), /__next_error__/, drawn);
    }
    await page.goto(harness.url);
    // What the engine says, too: of what was built, and of what is being written.
    await page.getByRole("list", { name: "Schritte des Builds" }).getByRole("button", { name: /FROM/ }).click();
    await page.getByText("Das Basis-Image ist auf dieser Maschine.").waitFor();
    await page.locator(".monaco-editor .view-lines").first().click();
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText("FROM busybox\nCOPPY a b\n");
    await page.getByTestId("mistake").getByText("Die Anweisung COPPY gibt es nicht (ist COPY gemeint?)").waitFor();
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText("FROM busybox as base\nRUN true\n");
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await page.getByText(/einen Blick wert/).click();
    await page.getByRole("button", { name: "Warum FromAsCasing?" }).click();
    await page.getByRole("dialog", { name: "FromAsCasing" }).getByRole("heading", { name: "Beispiel" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Darstellung und Sprache" }).click();
    await page.getByRole("menuitem", { name: "English" }).click();
    await page.getByRole("heading", { name: "Files" }).waitFor();
    await ready(page);
    assert.deepEqual(harness.errors, []);
  });

  it("is the browser's where nobody has chosen, from the first word on", async () => {
    const context = await harness.context({ locale: "de-DE" });
    const page = await context.newPage();
    await page.goto(`${harness.url}/nowhere`);
    await page.getByRole("heading", { name: "Hier liegt nichts vor Anker" }).waitFor();
    assert.equal((await context.cookies()).length, 0, "looking sets no cookie");
    const answer = await page.goto(harness.url);
    const drawn = (await answer?.text()) ?? "";
    assert.ok(drawn.includes('<html lang="de"') && drawn.includes("Der Arbeitsbereich wird geöffnet"), "by the server");
    await page.waitForFunction(() => document.title === "Arbeitsbereich ohne Namen · Drydock");
    await page.locator(".view-lines").getByText("# Drücke Bauen").waitFor();
    assert.deepEqual(harness.errors, []);
  });

  it("waits, and says so, while the server cannot be reached", async () => {
    const page = await harness.open();
    await page.context().setOffline(true);
    await page.getByRole("button", { name: "Appearance and language" }).click();
    await page.getByRole("menuitem", { name: "Deutsch" }).click();
    await page.getByTestId("notice").getByText("the language changes when the page is next loaded").waitFor();
    await page.getByRole("heading", { name: "Files" }).waitFor();
    await page.context().setOffline(false);
    await page.reload();
    await page.getByRole("heading", { name: "Dateien" }).waitFor();
  });

  it("comes without the other's texts, stands as the server drew it until its own are there, and asks again if they fail", async () => {
    const scriptsFor = async (language: string): Promise<Set<string>> => {
      const drawn = await fetch(harness.url, { headers: { "accept-language": language } });
      return new Set((await drawn.text()).match(/\/_next\/static\/[\w./-]+\.js/g));
    };
    const [german, english] = [await scriptsFor("de"), await scriptsFor("en")];
    const textsOf = async (own: Set<string>, other: Set<string>): Promise<{ path: string; script: string }> => {
      const [path = "", ...more] = own.difference(other);
      assert.ok(path !== "" && more.length === 0, `in pages of one language alone: ${path} ${more.join(" ")}`);
      return { path, script: await (await fetch(harness.url + path)).text() };
    };
    const inEnglish = await textsOf(english, german);
    assert.match(inEnglish.script, /Opening your workspace/);
    const { path: texts, script } = await textsOf(german, english);
    assert.match(script, /Der Arbeitsbereich wird geöffnet/);
    assert.match(script, /SHELL will seine Argumente in JSON/);
    for (const path of german.intersection(english)) {
      const shared = await (await fetch(harness.url + path)).text();
      assert.doesNotMatch(shared, /Opening your workspace|Der Arbeitsbereich wird geöffnet/, path);
    }
    const page = await (await harness.context({ locale: "de-DE" })).newPage();
    const { promise: wanted, resolve: want } = Promise.withResolvers<void>();
    let failed = 0;
    await page.route(`**${texts}`, async (route) => {
      await wanted;
      // Asked for by the page that was drawn, and by its scripts.
      await (failed++ < 2 ? route.abort("connectionfailed") : route.continue());
    });
    await page.goto(harness.url, { waitUntil: "commit" });
    await page.getByRole("status").getByText("Der Arbeitsbereich wird geöffnet").waitFor();
    assert.equal(await page.locator("html").getAttribute("data-started"), null);
    want();
    await page.locator(".view-lines").getByText("# Drücke Bauen").waitFor();
    assert.ok(failed > 2, `asked for ${failed} times`);
  });
});
