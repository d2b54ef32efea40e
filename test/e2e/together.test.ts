import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { checkAccessibility } from "./accessibility.ts";
import { focusedName, tabTo } from "./by-keys.ts";
import { build, buildStatus, missing, ready, replaceText, saved, startHarness, until } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { enter, openWorkstation, screen, scrollOf, terminalSize, waitForScreen } from "./terminals.ts";

/** Several browsers in one workspace: a session each, as people at several machines have. */
describe("several people in one workspace", { skip: missing() ?? false }, () => {
  let harness: Harness;
  let owner: Page;
  let editor: Page;
  let editorContext: BrowserContext;
  before(async () => {
    harness = await startHarness();
    owner = await harness.open();
  });
  after(() => harness.close());

  const dialog = (page: Page) => page.getByRole("dialog", { name: "Work together" });
  const openDialog = (page: Page) => page.getByRole("button", { name: "Work together" }).click();
  /** By the keyboard alone, as `join`. */
  const invite = async (role: string): Promise<string> => {
    await owner.getByRole("button", { name: "Work together" }).focus();
    await owner.keyboard.press("Enter");
    await dialog(owner).waitFor();
    await tabTo(owner, "Whom to invite");
    await owner.keyboard.type(role);
    await tabTo(owner, "Create link");
    await owner.keyboard.press("Enter");
    const link = owner.getByTestId("invitation-url");
    await link.waitFor();
    await dialog(owner)
      .getByTestId("invitation")
      .filter({ hasText: `Link for: ${role}` })
      .first()
      .waitFor();
    await tabTo(owner, "Copy link");
    const url = await link.inputValue();
    await owner.keyboard.press("Escape");
    await dialog(owner).waitFor({ state: "detached" });
    await owner.waitForFunction(() => document.activeElement?.textContent?.startsWith("Work together") === true);
    return url;
  };
  const join = async (context: BrowserContext, url: string, name: string): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(url);
    // Told where it leads, and typing at once.
    await page.getByTestId("invitation-card").getByText("You are invited into the workspace “").waitFor();
    await until("the name has the focus", async () => (await focusedName(page)) === "Your name");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("Say first how others are to call you").waitFor();
    await checkAccessibility(page, "join");
    await page.keyboard.type(name);
    await page.keyboard.press("Enter");
    await ready(page);
    assert.ok(!page.url().includes("#"), "the link's secret is in no address");
    return page;
  };
  const type = async (page: Page, text: string): Promise<void> => {
    await page.locator(".monaco-editor .view-lines").first().click();
    await page.keyboard.press("Control+End");
    // At once: what is typed slowly is taken back in pieces.
    await page.keyboard.insertText(text);
  };

  it("come in by a link, are seen, and write one text, with undo for each", async () => {
    await replaceText(owner, "FROM busybox\n");
    editorContext = await harness.context();
    editor = await join(editorContext, await invite("Editor"), "Bob");
    // For those who do not see the faces.
    await owner.getByTestId("comings").getByText("Here now: Bob.").waitFor();
    await editor.locator(".view-lines").getByText("FROM busybox").waitFor();
    await owner.getByTestId("faces").waitFor();
    await type(editor, "# by bob\n");
    await owner.locator(".view-lines").getByText("# by bob").waitFor();
    // Seen for a moment only.
    await owner.getByTestId("peer-flag").getByText("Bob", { exact: true }).waitFor({ state: "attached" });
    await type(owner, "# by ada\n");
    await editor.locator(".view-lines").getByText("# by ada").waitFor();
    // Also of who was here first, each time that they go somewhere.
    await editor.getByTestId("peer-flag").getByText("Owner", { exact: true }).waitFor({ state: "attached" });
    await editor.locator(".monaco-editor .view-lines").first().click();
    await editor.keyboard.press("Control+Z");
    await owner.locator(".view-lines").getByText("# by bob").waitFor({ state: "detached" });
    await owner.locator(".view-lines").getByText("# by ada").waitFor();
    await saved(editor);
    await openDialog(owner);
    await dialog(owner).getByTestId("member").getByText("Bob").waitFor();
    await checkAccessibility(owner, "together-dialog");
    await owner.setViewportSize({ width: 360, height: 640 });
    const scrolled = dialog(owner).getByRole("region").first();
    assert.equal(
      await scrolled.evaluate((all) => all.scrollWidth - all.clientWidth),
      0,
      "all of it is in sight at 360 px",
    );
    await owner.setViewportSize({ width: 1280, height: 800 });
    await owner.keyboard.press("Escape");
  });

  it("go on writing without a connection, and have both sides' text afterwards", async () => {
    await editorContext.setOffline(true);
    await harness.dropConnections();
    await editor.getByTestId("connection").getByText("The connection is lost").waitFor();
    await type(editor, "# offline\n");
    await type(owner, "# meanwhile\n");
    await editorContext.setOffline(false);
    await owner.locator(".view-lines").getByText("# offline").waitFor();
    await editor.locator(".view-lines").getByText("# meanwhile").waitFor();
    await saved(editor);
  });

  const followOwner = async (page: Page): Promise<void> => {
    await openDialog(page);
    const person = dialog(page).getByTestId("person").filter({ hasText: "Owner" });
    await person.getByRole("button", { name: "Follow" }).click();
    await page.getByTestId("together").getByText("Following Owner").waitFor();
  };
  const noLongerFollowing = (page: Page): Promise<void> =>
    page.getByTestId("together").getByText("Following Owner").waitFor({ state: "detached" });

  it("follow each other from file to file, also to a new name, until one goes an own way", async () => {
    await followOwner(editor);
    await owner.getByRole("treeitem", { name: "README.md" }).click();
    const active = editor.getByRole("list", { name: "Open files" }).locator("[aria-current=page]");
    await active.filter({ hasText: "README.md" }).waitFor();
    await openDialog(owner);
    await dialog(owner).getByTestId("person").filter({ hasText: "Owner" }).getByText("README.md").waitFor();
    await dialog(owner).getByTestId("person").filter({ hasText: "Bob" }).getByText("README.md").waitFor();
    await owner.keyboard.press("Escape");
    await editor.getByRole("button", { name: "Stop following" }).click();
    await noLongerFollowing(editor);
    await owner.getByRole("treeitem", { name: "README.md" }).focus();
    await owner.keyboard.press("F2");
    await owner.keyboard.press("Control+A");
    await owner.keyboard.type("notes.md");
    await owner.keyboard.press("Enter");
    // Open in the other browser too, under its new name.
    await active.filter({ hasText: "notes.md" }).waitFor();
    await type(editor, "by bob after the rename\n");
    await owner.locator(".view-lines").getByText("by bob after the rename").waitFor();
    await followOwner(editor);
    await editor.getByRole("treeitem", { name: "index.html" }).click();
    await noLongerFollowing(editor);
    await active.filter({ hasText: "index.html" }).waitFor();
  });

  it("follow what is shown of builds and containers, and how far is scrolled", async () => {
    await owner.getByRole("treeitem", { name: "Dockerfile" }).click();
    const lines = Array.from({ length: 200 }, (_, index) => `# line ${index + 1}`);
    await replaceText(owner, `FROM busybox\n${lines.join("\n")}\n`);
    await build(owner);
    await buildStatus(owner, "completed").waitFor();
    await followOwner(editor);
    await editor.locator(".view-lines").getByText("# line 200", { exact: true }).waitFor();
    await owner.getByRole("tab", { name: "Timeline" }).click();
    await editor.getByRole("tab", { name: "Timeline", selected: true }).waitFor();
    await owner.getByRole("tab", { name: "Layers" }).click();
    const layers = (page: Page) => page.getByTestId("layers-panel").getByRole("list", { name: "Layers" });
    await layers(owner).getByRole("button").last().click();
    await layers(editor).locator("button[aria-pressed=true]").last().waitFor();
    const chosen = await layers(owner).locator("[aria-pressed=true]").innerText();
    await until("its layer", async () => (await layers(editor).locator("[aria-pressed=true]").innerText()) === chosen);
    const only = (page: Page) => page.getByRole("checkbox", { name: "Only what changed" });
    const wanted = !(await only(owner).isChecked());
    await only(owner).setChecked(wanted);
    await until("the filter", async () => (await only(editor).isChecked()) === wanted);
    const inTree = (page: Page, name: RegExp) =>
      page.getByRole("tree", { name: /^Files of/ }).getByRole("treeitem", { name });
    await inTree(owner, /^etc/).click();
    await inTree(owner, /^passwd/).click();
    await inTree(editor, /^passwd/).waitFor();
    await editor.getByTestId("layer-file").getByText("/etc/passwd").waitFor();
    await owner.getByRole("searchbox", { name: "Find files by path" }).fill("passwd");
    await until(
      "the search",
      async () => (await editor.getByRole("searchbox", { name: "Find files by path" }).inputValue()) === "passwd",
    );
    await owner.getByRole("tab", { name: "Compare" }).click();
    const before = (page: Page) => page.getByTestId("compare").getByRole("combobox", { name: "Before: layers" });
    await before(owner).selectOption({ index: 1 });
    await until("the side of a comparison", async () => (await before(editor).inputValue()) === "0");
    await owner.getByRole("tab", { name: "Networks" }).click();
    await editor.getByRole("tab", { name: "Networks", selected: true }).waitFor();
    await owner.getByRole("tab", { name: "Steps" }).click();
    const step = (page: Page) => page.getByTestId("build").getByRole("button", { name: /^FROM busybox/ });
    await step(owner).click();
    await editor.getByRole("tab", { name: "Steps", selected: true }).waitFor();
    await until("the step is open", async () => (await step(editor).getAttribute("aria-expanded")) === "true");
    // Back to the beginning with the wheel alone: the cursor stays at the end.
    await owner.locator(".monaco-editor .view-lines").first().hover();
    await owner.mouse.wheel(0, -100_000);
    await editor.locator(".view-lines").getByText("FROM busybox").waitFor();
    await editor.locator(".monaco-editor .view-lines").first().hover();
    await editor.mouse.wheel(0, 100);
    await noLongerFollowing(editor);
    await replaceText(owner, "FROM busybox\n");
  });

  const focused = (page: Page): Promise<string> =>
    page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");

  it("see one terminal, in which one of them types, and hand it over", async () => {
    await openWorkstation(owner);
    await enter(owner, "echo from-the-$((40+2))");
    await waitForScreen(editor, "from-the-42");
    await followOwner(editor);
    await enter(owner, "clear; seq 1 300; echo end-of-$((40+2))");
    await waitForScreen(editor, "end-of-42");
    await owner.getByTestId("terminal").hover();
    await owner.mouse.wheel(0, -100_000);
    await until("as far back as the owner", async () => {
      const [theirs, ours] = [await scrollOf(owner), await scrollOf(editor)];
      return theirs.top < theirs.end && theirs.top === ours.top;
    });
    await owner.mouse.wheel(0, 100_000);
    await editor.getByRole("button", { name: "Stop following" }).click();
    // What one of them is about to remove, the others see, and by whom.
    for (const each of [owner, editor]) await each.getByRole("tab", { name: "Containers", exact: true }).click();
    await enter(owner, "docker run -d --name shared busybox sleep 900");
    const shared = (page: Page) => page.getByTestId("container").filter({ hasText: "shared" });
    await shared(owner).getByRole("button", { name: "Actions for shared" }).click();
    await owner.getByRole("menuitem", { name: "Remove" }).click();
    await shared(editor).getByText("Owner is removing it").waitFor();
    await shared(owner).getByRole("button", { name: "Undo" }).click();
    await shared(editor).getByText("Owner is removing it").waitFor({ state: "detached" });
    await enter(owner, "clear; docker rm -f shared");
    await shared(editor).waitFor({ state: "detached" });
    await editor.getByTestId("keyboard").getByText("Owner types here").waitFor();
    // Told without a line of it being covered.
    const told = await editor.getByTestId("keyboard").boundingBox();
    const lines = await editor.locator("[data-testid=terminal]:visible").boundingBox();
    assert.ok(told !== null && lines !== null && told.y + told.height <= lines.y);
    await owner.getByTestId("keyboard").getByText("You have the keyboard").waitFor();
    // By keys alone: Tab goes to the program of who types, and on in the page of who does not.
    await editor.getByTestId("terminal").locator("textarea").focus();
    await editor.keyboard.press("Shift+Tab");
    assert.equal(await focused(editor), "Ask for the keyboard");
    await editor.keyboard.press("Enter");
    await owner.getByTestId("keyboard").getByText("Bob asks for the keyboard").waitFor();
    await owner.getByTestId("terminal").locator("textarea").focus();
    await owner.keyboard.press("Shift+F6");
    for (let presses = 0; presses < 10 && (await focused(owner)) !== "Hand over"; presses++) {
      await owner.keyboard.press("Tab");
    }
    await owner.keyboard.press("Enter");
    await owner.getByTestId("keyboard").getByText("Bob types here").waitFor();
    await editor.getByTestId("keyboard").getByText("You have asked").waitFor({ state: "detached" });
    await until("all of Bob's lines are in the owner's sight", async () => {
      const [bobs, owners] = [await terminalSize(editor), await terminalSize(owner)];
      const host = owner.locator("[data-testid=terminal]:visible");
      const hidden = await host.evaluate(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight);
      return hidden <= 0 && bobs.rows === owners.rows && bobs.columns === owners.columns;
    });
    await enter(owner, "echo not-$((1+1))-taken");
    // As text that comes whole, after the key that left this terminal by Tab was let go elsewhere.
    await enter(editor, "echo by-bob-$((6*7))");
    await waitForScreen(owner, "by-bob-42");
    assert.ok(!(await screen(owner)).includes("not-2"), "nobody else's keys were taken");
  });

  it("are told at once of a link that cannot be an invitation", async () => {
    const page = await editorContext.newPage();
    await page.goto(`${harness.url}/join#nonsense`);
    await page.getByRole("alert").getByText("This is no whole invitation").waitFor();
    assert.equal(await page.getByRole("textbox").count(), 0);
    await page.close();
  });

  it("look on as viewers, who change nothing and are told why; who is removed is out", async () => {
    const viewerLink = await invite("Viewer");
    const viewer = await join(await harness.context(), viewerLink, "Vera");
    await viewer.getByTestId("together").getByText("You are looking on").waitFor();
    for (const name of ["Build", "Run", "Share", "New file", "New folder", "Split the terminal"]) {
      const button = viewer.getByRole("button", { name, exact: true }).first();
      assert.ok(await button.isDisabled(), name);
      assert.match((await button.getAttribute("title")) ?? "", /You are looking on/, name);
    }
    await viewer.getByRole("button", { name: "Build options" }).click();
    const items = viewer.getByRole("menuitem");
    await items.first().waitFor();
    for (const item of await items.all()) assert.equal(await item.getAttribute("aria-disabled"), "true");
    await viewer.keyboard.press("Escape");
    await viewer.getByRole("treeitem", { name: "Dockerfile" }).focus();
    await viewer.keyboard.press("Delete");
    assert.equal(await viewer.getByRole("dialog").count(), 0);
    await viewer.getByRole("treeitem", { name: "Dockerfile" }).click();
    const before = await viewer.locator(".view-lines").innerText();
    await type(viewer, "# not mine\n");
    assert.equal(await viewer.locator(".view-lines").innerText(), before);
    await checkAccessibility(viewer, "together-viewer");
    // On a phone there is one pane at a time: the one in which the owner is.
    await viewer.setViewportSize({ width: 390, height: 844 });
    await followOwner(viewer);
    await owner.getByTestId("terminal").locator("textarea").focus();
    await viewer.getByTestId("keyboard").getByText("Bob types here").waitFor();
    await checkAccessibility(viewer, "together-narrow");
    await owner.getByRole("treeitem", { name: "Dockerfile" }).focus();
    await viewer.getByRole("treeitem", { name: "Dockerfile" }).waitFor();
    await openDialog(owner);
    const remove = dialog(owner).getByRole("button", { name: "Remove Vera" });
    const links = dialog(owner).getByTestId("invitation");
    await links.nth(1).waitFor();
    assert.equal(await links.count(), 2);
    await remove.click();
    const asked = dialog(owner).getByRole("group", { name: "Remove Vera?" });
    await asked.getByText("can come back only by a link that was not taken back").waitFor();
    assert.ok(await asked.getByRole("checkbox", { name: /^Take back the 2 links/ }).isChecked());
    await checkAccessibility(owner, "together-remove");
    await asked.getByRole("button", { name: "Keep" }).click();
    await asked.waitFor({ state: "detached" });
    // For good, and therefore asked.
    await links
      .first()
      .getByRole("button", { name: /^Take back/ })
      .click();
    await links
      .first()
      .getByRole("button", { name: /^Really take back/ })
      .click();
    await links.nth(1).waitFor({ state: "detached" });
    await remove.click();
    await asked.getByRole("button", { name: "Remove", exact: true }).click();
    await dialog(owner).getByTestId("member-removed").getByText("Vera is no member any more.").waitFor();
    assert.equal(await links.count(), 0);
    const late = await (await harness.context()).newPage();
    await late.goto(viewerLink);
    await late.getByRole("alert").getByText("was taken back").waitFor();
    assert.equal(await late.getByRole("textbox").count(), 0);
    await viewer.getByTestId("connection").getByText("This browser has no such workspace").waitFor();
    await owner.getByTestId("comings").getByText("No longer here: Vera.").waitFor();
    await owner.keyboard.press("Escape");
    assert.deepEqual(harness.errors, []);
  });
});
