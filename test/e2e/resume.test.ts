import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import {
  build,
  buildStatus,
  missing,
  replaceText,
  runImage,
  saved,
  startHarness,
  stepOutput,
  workspaceOf,
} from "./harness.ts";
import type { Harness } from "./harness.ts";
import { enter, screen, waitForScreen } from "./terminals.ts";

const slow = "FROM busybox\nRUN echo one && sleep 2\nRUN echo two && sleep 2\nRUN echo three && sleep 1\n";

describe("interruptions", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  const banner = (page: Page, text: string) => page.getByTestId("connection").getByText(text);
  const begin = async (page: Page): Promise<void> => {
    await replaceText(page, `${slow}# ${Math.random()}\n`);
    await page.getByRole("button", { name: "Build options" }).click();
    await page.getByRole("menuitem", { name: "Build without cache" }).click();
    await stepOutput(page, "one").waitFor();
  };
  const seesAllOf = async (page: Page, ...words: string[]): Promise<void> => {
    for (const word of words) {
      const step = page.getByRole("button", { name: new RegExp(`^RUN echo ${word}`) });
      if ((await step.getAttribute("aria-expanded")) === "false") await step.click();
      await stepOutput(page, word).waitFor();
    }
  };

  it("goes on after web was killed in the middle of a build", async () => {
    const page = await harness.open();
    const sockets: string[] = [];
    page.on("websocket", (socket) => sockets.push(socket.url()));
    await begin(page);
    await harness.killWeb();
    await banner(page, "The connection is lost").waitFor();
    // What is typed meanwhile is saved as soon as there is somebody to save it.
    await page.locator(".monaco-editor .view-lines").first().click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("# meanwhile");
    await harness.startWeb();
    await banner(page, "The connection is lost").waitFor({ state: "detached" });
    // By that a balancer before several webs finds the one that has the workspace.
    assert.equal(new URL(sockets.at(-1) ?? "").searchParams.get("workspace"), await workspaceOf(page));
    await buildStatus(page, "completed").waitFor();
    await seesAllOf(page, "one", "two", "three");
    await saved(page);
    await page.reload();
    await page.getByText("# meanwhile").waitFor();
  });

  it("goes on after the network was away in the middle of a build", async () => {
    const context = await harness.context();
    const page = await harness.open(context);
    await begin(page);
    await context.setOffline(true);
    await harness.dropConnections();
    await banner(page, "The connection is lost").waitFor();
    await context.setOffline(false);
    await banner(page, "The connection is lost").waitFor({ state: "detached" });
    await buildStatus(page, "completed").waitFor();
    await seesAllOf(page, "one", "two", "three");
  });

  it("keeps what is typed when the browser says that it is offline, begins no build, and goes on afterwards", async () => {
    const context = await harness.context();
    const page = await harness.open(context);
    await page.locator(".monaco-editor .view-lines").first().click();
    const errors = harness.errors.length;
    // The socket that is open stays up: the browser's word is all there is.
    await context.setOffline(true);
    await banner(page, "The connection is lost").waitFor();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("\nRUN echo offline");
    await page.getByTestId("save-state").getByText("Not saved yet").waitFor();
    await page.keyboard.press("Control+Enter");
    await page.getByText("A build needs the connection.").waitFor();
    assert.equal(await page.getByText("The build begins").count(), 0);
    await context.setOffline(false);
    await banner(page, "The connection is lost").waitFor({ state: "detached" });
    await saved(page);
    await build(page);
    await page.getByRole("button", { name: /^RUN echo offline/ }).waitFor();
    assert.deepEqual(harness.errors.slice(errors), []);
  });

  it("says so when the engine was killed in the middle of a build, and builds again from the cache", async () => {
    const page = await harness.open();
    await begin(page);
    await stepOutput(page, "two").waitFor();
    await harness.engine.kill("SIGKILL");
    await banner(page, "The engine is restarting").waitFor();
    // Nobody knows whether it goes on.
    await buildStatus(page, "running").getByText("not known now").waitFor();
    await harness.engine.start();
    await banner(page, "The engine is restarting").waitFor({ state: "detached" });
    await buildStatus(page, "interrupted").waitFor();
    await seesAllOf(page, "one");
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await page.getByRole("button", { name: /^RUN echo one.*cached$/ }).waitFor();
  });

  it("keeps a container, its output and a terminal in it when web was killed, and when the engine was", async () => {
    const page = await harness.open();
    await replaceText(
      page,
      'FROM busybox\nCMD ["sh", "-c", "i=0; while :; do i=$((i+1)); printf \\"$i \\"; sleep 0.2; done"]\n',
    );
    await build(page);
    await buildStatus(page, "completed").waitFor();
    const row = await runImage(page);
    await row.getByRole("button", { name: /^Actions for/ }).click();
    await page.getByRole("menuitem", { name: "Terminal" }).click();
    await page.getByTestId("terminal").locator("textarea").waitFor();
    await enter(page, "i=0; while [ $i -lt 60 ]; do i=$((i+1)); echo tick-$i; sleep 0.1; done; echo ticked");
    await waitForScreen(page, "tick-5");
    await harness.killWeb();
    await banner(page, "The connection is lost").waitFor();
    await harness.startWeb();
    await banner(page, "The connection is lost").waitFor({ state: "detached" });
    await harness.engine.restart();
    await waitForScreen(page, /^ticked$/m);
    const ticks = [...(await screen(page)).matchAll(/^tick-(\d+)$/gm)].map(([, number]) => Number(number));
    assert.deepEqual(
      ticks,
      Array.from({ length: 60 }, (_, index) => index + 1),
    );
    // In one line, as only the lines in view are in the page.
    const output = page.getByTestId("container-output");
    await output.getByText(/\b40 /).waitFor();
    const beats = [...(await output.innerText()).matchAll(/\d+(?= )/g)].map(Number);
    assert.deepEqual(
      beats,
      beats.map((_, index) => index + 1),
    );
    await row.filter({ hasText: "running" }).waitFor();
  });
});
