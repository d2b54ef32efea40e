import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { checkAccessibility } from "./accessibility.ts";
import {
  build,
  buildStatus,
  missing,
  ready,
  replaceText,
  runImage,
  startHarness,
  stepOutput,
  workspaceOf,
} from "./harness.ts";
import type { Harness } from "./harness.ts";
import { enter, terminalSize, waitForScreen } from "./terminals.ts";

const hostile = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`;

describe("sharing", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  it("makes a link that shows files and output to anyone, and can be forked", async () => {
    const page = await harness.open();
    await replaceText(
      page,
      `FROM busybox\nRUN echo '${hostile}' # shared line\nCMD ["sh", "-c", "echo shared output; exec busybox httpd -f -p 8080"]\n`,
    );
    await build(page);
    await buildStatus(page, "completed").waitFor();
    const row = await runImage(page);
    await page.getByTestId("container-output").getByText("shared output").waitFor();
    const actions = await row.getByRole("button", { name: /^Actions for/ }).getAttribute("aria-label");
    const name = actions?.replace("Actions for ", "");
    await row.getByRole("button", { name: /^Actions for/ }).click();
    await page.getByRole("menuitem", { name: "Terminal" }).click();
    await page.getByTestId("terminal").locator("textarea").waitFor();
    await enter(page, "echo typed-$((1+1))");
    await waitForScreen(page, /^typed-2$/m);
    const { columns } = await terminalSize(page);
    // One that is closed is not recorded, though that could still be taken back.
    await page
      .getByRole("button", { name: `Terminal in ${name}`, exact: true })
      .first()
      .click();
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=terminal]").length === 2);
    await page.getByRole("button", { name: "Close terminal" }).last().click();
    await page.getByTestId("notice").getByRole("button", { name: "Undo" }).waitFor();
    await page.getByRole("button", { name: "Share", exact: true }).click();
    await page.getByRole("dialog").getByText("what the open terminals show").waitFor();
    await page.getByRole("textbox", { name: "Title", exact: true }).fill(hostile);
    await page.getByRole("button", { name: "Create link" }).click();
    const url = await page.getByTestId("share-url").inputValue();
    assert.match(url, /\/s\/[A-Za-z0-9]{14}$/);
    // Nor does it lead here from another machine.
    await page.getByTestId("own-machine").getByText("Nobody on another machine can open it").waitFor();
    // Said before somebody puts it into a page whose readers would see nothing.
    await page.getByTestId("no-embed-sites").waitFor();

    // All that the visitor sees is recorded: nothing runs any more.
    await page.keyboard.press("Escape");
    await row.getByRole("button", { name: /^Actions for/ }).click();
    await page.getByRole("menuitem", { name: "Remove" }).click();
    await row.waitFor({ state: "detached" });

    const context = await harness.context();
    const visitor = await context.newPage();
    await visitor.goto(url);
    await visitor.getByRole("heading", { level: 1, name: hostile }).waitFor();
    await visitor.getByText("# shared line").first().waitFor();
    await visitor.getByTestId("snippet-build").getByText("Built", { exact: true }).waitFor();
    await visitor.getByRole("button", { name: /^RUN / }).click();
    await visitor.getByRole("region", { name: "Output of this step" }).waitFor();
    // Source and steps are tied there too.
    await visitor.locator(".pointed-line").first().waitFor();
    await visitor.locator(".step-note-done").first().waitFor();
    await visitor.locator(".monaco-editor .view-line").filter({ hasText: "CMD" }).hover();
    await visitor.locator("button[data-pointed]").filter({ hasText: "CMD" }).waitFor();
    const outputs = visitor.getByTestId("snippet-output");
    await outputs.first().getByText("shared output").waitFor();
    assert.equal(await outputs.count(), 2, "the container's and the terminal's");
    assert.equal(await outputs.nth(1).getAttribute("aria-label"), `Terminal in ${name}`);
    await visitor.getByTestId("terminal").waitFor();
    // It is drawn, and there as text too, for who listens.
    const shown = visitor.getByRole("region", { name: `Terminal in ${name}: what it showed` });
    assert.match(await shown.innerText(), /^typed-2$/m);
    assert.notEqual(columns, 80);
    assert.equal((await terminalSize(visitor)).columns, columns, "as wide as it was recorded");
    assert.equal(await visitor.evaluate(() => "hacked" in window), false);
    assert.deepEqual(await context.cookies(), [], "looking makes no session");

    await visitor.getByRole("button", { name: "Fork & run" }).click();
    await visitor.waitForURL(/\/w\/w[0-9a-f]+$/);
    await ready(visitor);
    await visitor.getByTestId("editor").getByText("# shared line").waitFor();
    // It builds and runs by itself.
    await buildStatus(visitor, "completed").waitFor();
    await visitor.getByTestId("container").filter({ hasText: "running" }).waitFor();
    await visitor.getByTestId("container-output").getByText("shared output").waitFor();

    // Taken back it is gone for everybody; what came of it stays.
    await page.getByRole("button", { name: "Share", exact: true }).click();
    await page.getByText("You have shared 1 snippet").click();
    await page.getByRole("button", { name: "Take back" }).click();
    await page.getByRole("button", { name: "Really take back" }).click();
    await page.getByTestId("shared-links").waitFor({ state: "detached" });
    const late = await context.newPage();
    assert.equal((await late.goto(url))?.status(), 410);
    await late.getByText("has been taken back").waitFor();
    await checkAccessibility(late, "snippet-taken-back");
    // In the answer itself: who reads it runs no script.
    assert.match(await (await fetch(url)).text(), /has been taken back/);
    // In somebody's page, too: said, and nothing there to press that could do nothing.
    assert.equal((await late.goto(url.replace("/s/", "/embed/")))?.status(), 410);
    await late.getByRole("alert").getByText("has been taken back").waitFor();
    assert.equal(await late.getByRole("button").or(late.getByRole("link")).count(), 0);
    await checkAccessibility(late, "embed-taken-back");
    await visitor.reload();
    await visitor.getByTestId("editor").getByText("# shared line").waitFor();

    // The workspace goes too, and another one takes its place.
    await page.keyboard.press("Escape");
    const first = await workspaceOf(page);
    await page.getByRole("button", { name: /^Workspaces: / }).click();
    await page.getByRole("menuitem", { name: "Delete this workspace…" }).click();
    await page.getByRole("button", { name: "Delete the workspace" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await ready(page);
    assert.notEqual(await workspaceOf(page), first);
    assert.deepEqual(harness.errors, []);
  });

  it("says which build goes with the link, and records that one", async () => {
    const page = await harness.open();
    const said = async (): Promise<string> => {
      await page.getByRole("button", { name: "Share", exact: true }).click();
      const text = (await page.getByTestId("share-build").textContent()) ?? "";
      await page.keyboard.press("Escape");
      return text;
    };
    await replaceText(page, "FROM busybox\nRUN echo the-first\n");
    await build(page);
    await buildStatus(page, "completed").waitFor();
    assert.match(await said(), /^With the build of app that is shown \(built, (just now|\d+ minutes? ago)\)\.$/);
    await replaceText(page, "FROM busybox\nRUN echo the-second && sleep 60\n");
    await page.getByText("Files changed since this build.").waitFor();
    assert.match(await said(), /Files changed since this build\.$/);
    await build(page);
    await stepOutput(page, "the-second").waitFor();
    assert.match(await said(), /still running/);
    const running = await share(page);
    await page.getByRole("button", { name: "Build history" }).click();
    await page.getByRole("menuitem").filter({ hasText: "Built" }).click();
    await buildStatus(page, "completed").waitFor();
    assert.match(await said(), /\(built, .*\)\. It is not the latest one\. Files changed since this build\.$/);
    const earlier = await share(page);
    await page.reload();
    await ready(page);
    await buildStatus(page, "running").waitFor();
    // The engine knows it, not only the page that began the build.
    assert.match(await said(), /still running\.$/);
    await page.getByRole("region", { name: "Build", exact: true }).getByRole("button", { name: "Cancel" }).click();
    await buildStatus(page, "cancelled").waitFor();

    await page.goto(earlier);
    const recorded = page.getByTestId("snippet-build");
    await recorded.getByText("Built", { exact: true }).waitFor();
    await recorded.getByRole("button", { name: /^RUN echo the-first/ }).waitFor();
    await page.getByText("sleep 60").first().waitFor();
    // Nobody can change it, its maker neither.
    const address = earlier.replace("/s/", "/api/snippets/");
    const before = await (await page.request.get(address)).text();
    for (const method of ["PUT", "PATCH", "POST", "DELETE"]) {
      const answer = await page.request.fetch(address, {
        method,
        data: { title: "changed" },
        headers: { origin: harness.url },
      });
      assert.ok([404, 405].includes(answer.status()), `${method}: ${answer.status()}`);
    }
    assert.equal(await (await page.request.get(address)).text(), before);
    // A build that went on while it was recorded is not shown as one that goes on.
    await page.goto(running);
    await recorded.getByText("This build was still running when it was recorded.").waitFor();
    assert.equal(await buildStatus(page, "interrupted").count(), 1);
  });

  it("says so when a link leads nowhere", async () => {
    const page = await (await harness.context()).newPage();
    for (const id of ["AAAAAAAAAAAAAA", "no-id"]) {
      assert.equal((await page.goto(`${harness.url}/s/${id}`))?.status(), 404);
      await page.getByRole("alert").getByText("This snippet cannot be shown").waitFor();
    }
    assert.equal((await page.goto(`${harness.url}/embed/AAAAAAAAAAAAAA`))?.status(), 404);
    await page.getByRole("heading", { name: "This snippet cannot be shown" }).waitFor();
    await page.getByRole("alert").getByText("There is no snippet under this link").waitFor();
    assert.equal(await page.getByRole("button").count(), 0);
  });
});

/** Makes a link of what is there. */
async function share(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Share", exact: true }).click();
  // Who types at once types the title.
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "title");
  await page.keyboard.type("Typed at once");
  await page.keyboard.press("Enter");
  const url = await page.getByTestId("share-url").inputValue();
  await page.keyboard.press("Escape");
  return url;
}
