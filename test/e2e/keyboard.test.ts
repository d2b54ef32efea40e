import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { buildStatus, missing, saved, startHarness, stepOutput, until } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { checkAccessibility } from "./accessibility.ts";
import { waitForScreen } from "./terminals.ts";
import { patience } from "../suites/patience.ts";

/** No mouse: only keys that are pressed. After each thing that is done the focus is seen, and where one would look. */
describe("with the keyboard alone", { skip: missing() ?? false }, () => {
  let harness: Harness;
  let page: Page;
  before(async () => {
    harness = await startHarness();
    page = await harness.open(await harness.context({ permissions: ["clipboard-read", "clipboard-write"] }));
  });
  after(() => harness.close());

  /** What has the focus, by its name; empty when nothing has. Asserts that it can be seen. */
  const focused = async (): Promise<string> => {
    const { name, seen } = await page.evaluate(() => {
      const element = document.activeElement;
      if (!(element instanceof HTMLElement) || element === document.body) return { name: "", seen: true };
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const { width, height } = element.getBoundingClientRect();
      // Editor and terminal show their cursor, menus their highlight.
      const drawsItself = element.closest(".monaco-editor, .xterm, [role=menu], [role=dialog]") !== null;
      const outlined = outlineStyle !== "none" && Number.parseFloat(outlineWidth) > 0;
      const hidden = element.closest<HTMLElement>("[class*=opacity-0]");
      return {
        name: element.getAttribute("aria-label") ?? element.textContent?.trim() ?? "",
        seen:
          drawsItself ||
          ((outlined || element.getAttribute("role") === "treeitem" || element.tagName === "INPUT") &&
            width > 0 &&
            height > 0 &&
            (hidden === null || getComputedStyle(hidden).opacity !== "0")),
      };
    });
    assert.ok(seen, `the focus on "${name}" is not seen`);
    return name;
  };
  const focusIs = async (name: string | RegExp): Promise<void> => {
    const fits = (now: string): boolean => (typeof name === "string" ? now === name : name.test(now));
    const end = Date.now() + patience;
    let now = await focused();
    while (!fits(now) && Date.now() < end) {
      await page.waitForTimeout(50);
      now = await focused();
    }
    assert.ok(fits(now), `the focus is on "${now}", not on ${String(name)}`);
  };
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };
  /** Tab, or another key, until the control of that name has the focus. */
  const go = async (name: string | RegExp, key = "Tab"): Promise<void> => {
    const passed: string[] = [];
    while (passed.length < 70) {
      await press(key);
      const now = await focused();
      if (typeof name === "string" ? now === name : name.test(now)) return;
      passed.push(now);
    }
    throw new Error(`${key} does not lead to ${String(name)}, only to: ${passed.join(", ")}`);
  };
  /** F6 until the focus is in that pane. */
  const pane = async (name: string): Promise<void> => {
    for (let tries = 0; tries < 6; tries++) {
      await press("F6");
      const now = await page.evaluate(
        () => document.activeElement?.closest<HTMLElement>("[data-pane]")?.dataset["pane"] ?? "",
      );
      if (now === name) return;
    }
    throw new Error(`F6 does not lead to ${name}`);
  };
  /** In an open menu: down to the item, and chosen. */
  const choose = async (name: string): Promise<void> => {
    // The menu has the focus first, then its first item: a key between both would go past that one.
    await page.locator("[role=menu]:focus, [role=menu] :focus").waitFor();
    await press("Home");
    if ((await focused()) !== name) await go(name, "ArrowDown");
    await press("Enter");
  };

  it("files are created, renamed and deleted, and the focus stays with them", async () => {
    await pane("files");
    await go("New file", "Shift+Tab");
    await press("Enter");
    await page.keyboard.type("notes.txt");
    await press("Enter");
    await page.getByRole("treeitem", { name: "notes.txt" }).waitFor();
    // A new file is there to be written in.
    await focusIs(/Editor for notes\.txt/);
    await page.keyboard.type("kept");
    await saved(page);
    await pane("files");
    await focusIs("notes.txt");
    await press("F2", "Control+A");
    await page.keyboard.type("memo.txt");
    await press("Enter");
    await page.getByRole("treeitem", { name: "memo.txt" }).waitFor();
    await focusIs("memo.txt");
    await go("Actions for memo.txt");
    await press("Enter");
    await choose("Rename");
    await page.getByRole("textbox", { name: "New name for memo.txt" }).waitFor();
    await press("Escape");
    await focusIs("memo.txt");
    await press("Delete");
    await page.getByRole("dialog").waitFor();
    await press("Escape");
    await focusIs("memo.txt");
    await press("Delete");
    await page.getByRole("dialog").waitFor();
    await go("Delete");
    await press("Enter");
    await page.getByRole("treeitem", { name: "memo.txt" }).waitFor({ state: "detached" });
    await focusIs(/^(Dockerfile|README\.md|index\.html)$/);
  });

  it("a build is begun and cancelled", async () => {
    await pane("files");
    await press("Home");
    await go("Dockerfile", "ArrowDown").catch(() => press("Home"));
    await focusIs("Dockerfile");
    await press("Enter");
    await pane("editor");
    await focusIs(/Editor for Dockerfile/);
    await press("Control+A");
    await page.keyboard.insertText('FROM busybox\nRUN echo begun && sleep 60\nCMD ["sleep", "600"]\n');
    await press("Control+Enter");
    await stepOutput(page, "begun").waitFor();
    await pane("build");
    if ((await focused()) !== "Cancel") await go("Cancel");
    await press("Enter");
    await buildStatus(page, "cancelled").waitFor();
    // The button is gone, the focus is not: it is still in the pane.
    await focusIs(/\S/);
    assert.equal(
      await page.evaluate(() => document.activeElement?.closest<HTMLElement>("[data-pane]")?.dataset["pane"]),
      "build",
    );
    await pane("editor");
    await press("Control+A");
    await page.keyboard.insertText(
      'FROM busybox\nCMD ["sh", "-c", "trap exit TERM; busybox httpd -p 8080; while :; do sleep 1; done"]\n',
    );
    await saved(page);
    await pane("files");
    await go("Build", "Shift+Tab");
    await press("Enter");
    await buildStatus(page, "completed").waitFor();
    // It could not be pressed meanwhile, and kept the focus.
    await focusIs("Build");
  });

  it("a container is run, stopped, started, restarted, opened and removed by its menu", async () => {
    await pane("build");
    await go("Run");
    await press("Enter");
    const row = page.getByTestId("container");
    await row.filter({ hasText: "running" }).waitFor();
    await row.getByRole("button", { name: "Open :8080" }).waitFor();
    await pane("containers");
    await go("Open :8080");
    const popup = page.waitForEvent("popup");
    await press("Enter");
    await (await popup).close();
    await page.bringToFront();
    await focusIs("Open :8080");
    await go("Stop");
    await press("Enter");
    await row.filter({ hasText: "stopped" }).waitFor();
    await focusIs("Start");
    await press("Enter");
    await row.filter({ hasText: "running" }).waitFor();
    await focusIs("Stop");
    await go(/^Actions for /);
    const restart = page.waitForResponse((response) => response.url().endsWith("/restart"));
    await press("Enter");
    await choose("Restart");
    await focusIs(/^Actions for /);
    const stop = (await restart).url().replace(/restart$/, "stop");
    await row.filter({ hasText: "running" }).waitFor();
    // It ends while its menu is open: the item that had the focus is gone, and the menu itself has it.
    await press("Enter");
    await page.locator("[role=menu] :focus").waitFor();
    await press("Home");
    await focusIs("Terminal");
    assert.equal(await page.evaluate(async (to) => (await fetch(to, { method: "POST" })).status, stop), 204);
    await row.filter({ hasText: "stopped" }).waitFor();
    await page.locator("[role=menu]:focus").waitFor();
    await press("ArrowDown");
    await focusIs("Start");
    await choose("Remove");
    await focusIs(/^Actions for /);
    await press("Shift+Tab");
    await focusIs("Undo");
    await press("Enter");
    await row.filter({ hasText: "will be removed" }).waitFor({ state: "detached" });
    await focusIs(/\S/);
    await go(/^Actions for /);
    await press("Enter");
    await choose("Remove");
    await row.waitFor({ state: "detached" });
    // Its row is gone: the pane keeps the focus.
    await page.waitForFunction(() => document.activeElement?.closest("[data-pane=containers]") !== null);
    await focusIs(/\S/);
  });

  it("terminals are opened, switched between and closed", async () => {
    await pane("terminal");
    if ((await focused()) !== "Open a terminal") await go("Open a terminal");
    await press("Enter");
    await page.getByTestId("terminal").locator("textarea").waitFor({ timeout: 120_000 });
    await waitForScreen(page, "/workspace");
    await focusIs(/^Terminal in workstation|Terminal input/);
    await page.keyboard.type("echo first-$((1+1))\n");
    await waitForScreen(page, /^first-2$/m);
    await press("Shift+F6");
    await focusIs("workstation");
    await go("New terminal");
    await press("Enter");
    await choose("workstation");
    const tabs = page.getByRole("list", { name: "Terminals" }).getByRole("listitem");
    await tabs.nth(1).waitFor();
    await focusIs(/^Terminal in workstation|Terminal input/);
    await press("Shift+F6");
    await go("workstation", "Shift+Tab");
    await press("Enter");
    await focusIs(/^Terminal in workstation|Terminal input/);
    await page.keyboard.type("echo again-$((1+1))\n");
    await waitForScreen(page, /^first-2$[^]*^again-2$/m);
    for (const left of [1, 0]) {
      await press("Shift+F6");
      await go("Close terminal workstation");
      await press("Enter");
      await page.waitForFunction(
        (count) => document.querySelectorAll("[data-testid=terminal]").length === (count > 0 ? 1 : 0),
        left,
      );
      await focusIs(left > 0 ? /^Terminal in workstation|Terminal input/ : /^(Open a terminal|New terminal)$/);
    }
  });

  it("a terminal tells what commands print, and never a flood, and F6 leads out of it", async () => {
    await pane("terminal");
    if (!/^(Open a|New) terminal$/.test(await focused())) await go(/^(Open a|New) terminal$/);
    const said = await focused();
    await press("Enter");
    if (said === "New terminal") await choose("workstation");
    await focusIs(/^Terminal in workstation/);
    await waitForScreen(page, "/workspace");
    const log = page.getByRole("log", { name: "Output of the terminal in workstation" });
    const told = (): Promise<string[]> => log.locator("p").allTextContents();
    // What is there before it is asked to, and what is typed, is not told, what is printed is.
    await until("the prompt is told", async () => (await told()).some((line) => line.includes("/workspace")));
    await page.keyboard.type("echo told-$((1+1))\n");
    await until("told", async () => (await told()).includes("told-2"));
    assert.ok(!(await told()).some((line) => line.includes("echo told")), "what was typed is not told again");
    const before = (await told()).length;
    await page.keyboard.type("seq 1 5000; echo all-$((1+1))\n");
    await until("told its end", async () => (await told()).includes("all-2"));
    const flood = (await told()).slice(before);
    assert.ok(flood.includes("Earlier lines are left out."), flood.join("\n"));
    assert.ok(flood.includes("5000"));
    assert.ok(flood.length < 100, `${flood.length} lines`);
    // A line that is drawn over and over is told once it is at rest.
    await page.keyboard.type(
      String.raw`for i in $(seq 1 400); do printf '\r%s %%' $i; done; echo " drawn-$((1+1))"` + "\n",
    );
    await until("told where it came to", async () => (await told()).some((line) => line.endsWith("drawn-2")));
    assert.ok((await told()).length <= 100);
    await checkAccessibility(page, "a terminal that tells its output");
    const description = await page.evaluate(() => document.activeElement?.getAttribute("aria-description"));
    assert.match(description ?? "", /Press F6 to move to the next pane/);
    await press("F6");
    await page.waitForFunction(() => document.activeElement?.closest("[data-pane=terminal]") === null);
    await focusIs(/\S/);
  });

  it("a link is made, copied and the dialog closed, and the focus is on Share again", async () => {
    await pane("files");
    await go("Share", "Shift+Tab");
    await press("Enter");
    await page.getByRole("dialog").waitFor();
    await go("Create link");
    await press("Enter");
    await page.getByTestId("share-url").waitFor();
    await focusIs(/\S/);
    await go("Copy link");
    await press("Enter");
    await page.getByRole("button", { name: "Copied" }).waitFor();
    const url = await page.getByTestId("share-url").inputValue();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), url);
    await focusIs("Copied");
    await press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await focusIs("Share");
  });
});
