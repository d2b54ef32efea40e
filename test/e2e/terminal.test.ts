import assert from "node:assert/strict";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { streamWindow } from "#contract/socket-events.ts";
import { buildStatus, missing, ready, replaceText, startHarness, until } from "./harness.ts";
import type { Harness } from "./harness.ts";
import {
  enter,
  openWorkstation,
  prompted,
  screen,
  selectLine,
  styleOf,
  terminalSize,
  waitForScreen,
} from "./terminals.ts";
import type { Host } from "./terminals.ts";

/** Bytes, many times of what is on the way unconfirmed (`streamWindow`). */
const mostBetween = 100 * streamWindow;

describe("the terminal", { skip: missing() ?? false }, () => {
  let harness: Harness;
  let context: BrowserContext;
  let page: Page;
  before(async () => {
    harness = await startHarness();
    context = await harness.context({ permissions: ["clipboard-read", "clipboard-write"] });
    page = await harness.open(context);
    await openWorkstation(page);
  });
  after(() => harness.close());

  it("takes input and shows output in UTF-8", async () => {
    await enter(page, "echo grüße ⚓ $((40+2))");
    await waitForScreen(page, "grüße ⚓ 42");
  });

  it("shows colours", async () => {
    await enter(page, String.raw`printf '\e[1;31mreddish\e[0m\n'`);
    await waitForScreen(page, /^reddish$/m);
    assert.deepEqual(await styleOf(page, "reddish"), { colour: 1, bold: true });
  });

  it("tells the program its size, also a new one", async () => {
    // The program asks until it hears the size that the page shows: no other one counts.
    const check = async (): Promise<void> => {
      const { columns, rows } = await terminalSize(page);
      const size = `${rows} ${columns}`;
      await enter(page, `clear; until [ "$(stty size)" = "${size}" ]; do sleep 0.1; done; echo "is $(stty size)"`);
      await waitForScreen(page, new RegExp(`^is ${size}$`, "m"));
    };
    const { columns: before } = await terminalSize(page);
    await check();
    await page.setViewportSize({ width: 1000, height: 700 });
    await until("fewer columns", async () => (await terminalSize(page)).columns < before);
    await check();
    await page.setViewportSize({ width: 1280, height: 800 });
    await until("as many columns as before", async () => (await terminalSize(page)).columns === before);
  });

  it("loses nothing that is typed while its size changes", async () => {
    // Read by no shell, which has ways of its own with what comes beside a signal.
    await enter(page, "clear; echo reading; sed /^end$/q >typed.txt; echo written");
    await waitForScreen(page, /^reading$/m);
    const lines = Array.from({ length: 40 }, (_, number) => `typed in ${number}`);
    for (const [number, line] of lines.entries()) {
      await page.setViewportSize({ width: number % 2 === 0 ? 1000 : 1280, height: 800 });
      await enter(page, line);
    }
    await enter(page, "end");
    await waitForScreen(page, /^written$/m);
    const [file = ""] = globSync(join(harness.engine.dataDirectory, "tenants/*/workspace/typed.txt"));
    assert.deepEqual(readFileSync(file, "utf8").trimEnd().split("\n"), [...lines, "end"]);
  });

  it("interrupts with Ctrl-C", async () => {
    // It is there once it says so: bash alone, before it has started a program, hears a Ctrl-C and starts it nevertheless.
    await enter(page, "clear; sh -c 'echo asleep; exec sleep 600'; echo status $?");
    await waitForScreen(page, /^asleep$/m);
    await page.keyboard.press("Control+C");
    await prompted(page);
    await enter(page, "echo $? means interrupted");
    await waitForScreen(page, /^130 means interrupted$/m);
  });

  it("copies what is selected, and pastes", async () => {
    await enter(page, "clear; echo copy-$((6*7))-me");
    await waitForScreen(page, /^copy-42-me$/m);
    await selectLine(page, "copy-42-me");
    await page.keyboard.press("Control+C");
    await page.waitForFunction(async () => (await navigator.clipboard.readText()) === "copy-42-me");
    await page.evaluate(() => navigator.clipboard.writeText("echo pasted-$((1+1))"));
    await page.keyboard.press("Control+Shift+V");
    await page.keyboard.press("Enter");
    await waitForScreen(page, /^pasted-2$/m);
  });

  it("edits a workspace file with vim, which the editor then shows", async () => {
    await enter(page, "vim notes.md");
    // In quotes only vim says it: what is typed before it listens would go to the shell.
    await waitForScreen(page, /"notes\.md"/);
    await page.keyboard.type("iwritten in vim");
    await page.keyboard.press("Escape");
    await page.keyboard.type(":wq");
    await page.keyboard.press("Enter");
    await prompted(page);
    await page.getByRole("treeitem", { name: "notes.md", exact: true }).click();
    await page.locator(".view-lines").getByText("written in vim").waitFor();
  });

  it("runs top, and leaves its screen again", async () => {
    await enter(page, "top");
    await waitForScreen(page, /PID\s+USER/);
    await page.keyboard.press("q");
    await prompted(page);
    await enter(page, "echo after top");
    await waitForScreen(page, /^after top$/m);
  });

  it("survives binary output", async () => {
    // Some of it asks the terminal something, whose answers come as if typed: they are read away, up to one asked for.
    await enter(
      page,
      String.raw`clear; stty -echo; b() { head -c 400000 "$(command -v bash)"; }; b; head -c 100000 /dev/urandom; reset; stty -echo; printf '\e[6n'; read -rsd R answer; while read -rsn1 -t 1 answer; do :; done; stty sane; echo "escapes: $(b | tr -dc '\033' | wc -c)"`,
    );
    await waitForScreen(page, /^escapes: [1-9]\d*$/m);
    await enter(page, String.raw`printf '\e[32mstill-%s\e[0m\n' $((1+1))`);
    await waitForScreen(page, /^still-2$/m);
    assert.deepEqual(await styleOf(page, "still-2"), { colour: 2, bold: false });
    assert.deepEqual(harness.errors, []);
  });

  it("keeps the page quick while a program prints without end", async () => {
    await enter(page, "yes 'the same line again'");
    await waitForScreen(page, /(the same line again\n){20}/);
    const bytes = await printedDuring(page, async () => {
      await page.getByRole("treeitem", { name: "README.md" }).click();
      await page.locator(".view-lines").getByText("Your workspace").waitFor();
    });
    // A page that falls behind would have read far more before it came to the click.
    assert.ok(bytes > 0 && bytes < mostBetween, `${bytes} bytes of output came between a click and what it did`);
    await page.getByTestId("terminal").locator("textarea").focus();
    await page.keyboard.press("Control+C");
    await prompted(page);
    await enter(page, "clear; echo enough-$((1+1))");
    await waitForScreen(page, /^enough-2$/m);
    assert.ok((await screen(page)).split("\n").length < 6000, "scrollback is bounded");
  });

  it("has a shell, git, curl, an editor and docker", async () => {
    await enter(page, "clear; for p in bash git curl vim docker; do $p --version >/dev/null && echo has $p; done");
    for (const name of ["bash", "git", "curl", "vim", "docker"])
      await waitForScreen(page, new RegExp(`^has ${name}$`, "m"));
  });

  it("has the real docker command, on the learner's own engine, and the editor's very files", async () => {
    await page
      .getByRole("list", { name: "Open files" })
      .getByRole("button", { name: "Dockerfile", exact: true })
      .click();
    await replaceText(page, 'FROM busybox\n# from the editor\nCMD ["sleep", "600"]\n');
    await enter(
      page,
      "clear; cat Dockerfile; docker build -q -t typed . && docker run -d --name typed typed && docker ps",
    );
    await waitForScreen(page, "# from the editor");
    await page.getByTestId("container").filter({ hasText: "typed" }).filter({ hasText: "running" }).waitFor();
    await waitForScreen(page, /typed\s+"sleep 600"/);
    // What was typed is shown as the page's own builds are, with the lines of the file that the editor has.
    await buildStatus(page, "completed").waitFor();
    await page.getByTestId("build").getByText("typed", { exact: true }).waitFor();
    await page.getByTestId("build").getByRole("button", { name: /^CMD/ }).hover();
    await page.locator(".monaco-editor .pointed-line").first().waitFor();
  });

  it("opens in any container", async () => {
    await page.getByTestId("container").getByRole("button", { name: "Actions for typed" }).click();
    await page.getByRole("menuitem", { name: "Terminal" }).click();
    const tabs = page.getByRole("list", { name: "Terminals" }).getByRole("listitem");
    await tabs.filter({ hasText: "typed" }).waitFor();
    assert.equal(await tabs.count(), 2);
    await page.getByRole("button", { name: "Close terminal typed" }).click();
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=terminal]").length === 1);
  });

  it("is there again after a reload, with its scrollback", async () => {
    // Asks where the cursor is, and gets the answer, as if typed.
    await enter(page, String.raw`clear; seq 1 200; printf '\e[6n'; read -rsd R answer; echo marked-$((1+1))`);
    await waitForScreen(page, /^marked-2$/m);
    const sent: string[] = [];
    page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => sent.push(payload.toString())));
    await page.reload();
    await ready(page);
    await page.getByTestId("terminal").locator("textarea").waitFor();
    await waitForScreen(page, /^1\n2\n3\n/m);
    await enter(page, "echo goes-$((1+1))");
    await waitForScreen(page, /^goes-2$/m);
    const typed = sent.filter((frame) => frame.includes("terminal-input")).join("");
    assert.match(typed, /goes-/);
    // The question is in what was shown again; whoever asked it has long had its answer.
    assert.doesNotMatch(typed, /\d+;\d+R/);
  });

  it("is split, and both are there side by side after a reload", async () => {
    const shown = page.locator("[data-testid=terminal]:visible");
    await page.getByRole("button", { name: "Split the terminal" }).click();
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=terminal]").length === 2);
    const places = async (): Promise<number[][]> => {
      const boxes = [await shown.first().boundingBox(), await shown.last().boundingBox()];
      return boxes.map((box) => [Math.round(box?.x ?? 0), Math.round(box?.y ?? 0)]);
    };
    const before = await places();
    assert.equal(before[0]?.[1], before[1]?.[1], "side by side");
    assert.notEqual(before[0]?.[0], before[1]?.[0]);
    await page.reload();
    await ready(page);
    await shown.nth(1).locator("textarea").waitFor();
    await until("both where they were", async () => String(await places()) === String(before));
    const text = (): Promise<string> => shown.last().evaluate((host: Host) => host.screenText?.() ?? "");
    // What is typed before the old screen is there goes nowhere.
    await until("its prompt", async () => (await text()).includes("/workspace"));
    await shown.last().click();
    await page.keyboard.type("kept=here-$((1+1)); echo $kept\n");
    await until("it is kept", async () => /^here-2$/m.test(await text()));
    const close = async (): Promise<void> => {
      await page
        .getByRole("button", { name: /^Close terminal/ })
        .last()
        .click();
      await page.waitForFunction(() => document.querySelectorAll("[data-testid=terminal]").length === 1);
    };
    await close();
    await page.getByRole("status").getByRole("button", { name: "Undo" }).click();
    await until("the same shell where it was", async () => /^here-2$/m.test(await text()));
    assert.deepEqual(await places(), before);
    await page.keyboard.type("echo again-$kept\n");
    await until("it goes on", async () => /^again-here-2$/m.test(await text()));
    await close();
    await waitForScreen(page, "goes-2");
    // What is typed next is not to find what it held.
    const ended = page.waitForResponse((response) => response.request().method() === "DELETE");
    await enter(page, "");
    assert.equal((await ended).status(), 204);
    assert.equal(await page.getByRole("status").getByRole("button", { name: "Undo" }).count(), 0);
  });

  it("is gone on through by a second tab, with the same screen", async () => {
    const second = await harness.open(context);
    await second.getByTestId("terminal").locator("textarea").waitFor();
    // What is typed before the old screen is there goes nowhere: it could not be told from the terminal's own answers.
    await waitForScreen(second, /# *$/m);
    await enter(second, "echo both-$((1+1))");
    await waitForScreen(second, /^both-2$/m);
    await waitForScreen(page, /^both-2$/m);
    // Asked where the cursor is, one of the two terminals answers, not both.
    await enter(
      second,
      String.raw`clear; stty -echo; printf '\e[6n'; sleep 1; answers=; while read -rsn1 -t 0.5 c; do answers="$answers$c"; done; stty echo; echo "answers: $(printf %s "$answers" | tr -cd R | wc -c)"`,
    );
    await waitForScreen(second, /^answers: 1$/m);
    await second.close();
  });

  it("loses nothing when web or the engine are killed, or the network drops", async () => {
    const ticks = async () => [...(await screen(page)).matchAll(/^tick-(\d+)$/gm)].map(([, number]) => Number(number));
    await enter(page, "clear; i=0; until [ -e over ]; do i=$((i+1)); echo tick-$i; sleep 0.1; done; echo ticked-$i");
    await waitForScreen(page, "tick-5");
    await harness.killWeb();
    await page.getByTestId("connection").getByText("The connection is lost").waitFor();
    await harness.startWeb();
    await page.getByTestId("connection").getByText("The connection is lost").waitFor({ state: "detached" });
    await harness.engine.restart();
    await context.setOffline(true);
    await page.waitForTimeout(500);
    await context.setOffline(false);
    // It goes on afterwards, until it is told that it is enough.
    await waitForScreen(page, new RegExp(`^tick-${(await ticks()).length + 10}$`, "m"));
    const [workspace = ""] = globSync(join(harness.engine.dataDirectory, "tenants/*/workspace"));
    writeFileSync(join(workspace, "over"), "");
    await waitForScreen(page, /^ticked-\d+$/m);
    const last = Number(/^ticked-(\d+)$/m.exec(await screen(page))?.[1]);
    assert.deepEqual(
      await ticks(),
      Array.from({ length: last }, (_, index) => index + 1),
    );
  });

  it("logs no error", () => {
    assert.deepEqual(harness.errors, []);
  });
});

/** How much comes through the page's sockets meanwhile, in bytes: the same measure on a slow machine and a quick one. */
async function printedDuring(page: Page, act: () => Promise<void>): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  let bytes = 0;
  devtools.on("Network.webSocketFrameReceived", ({ response }) => (bytes += response.payloadData.length));
  await devtools.send("Network.enable");
  await act();
  await devtools.detach();
  return bytes;
}
