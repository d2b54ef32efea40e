import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { build, buildStatus, missing, ready, replaceText, startHarness, stepOutput } from "./harness.ts";
import type { Harness } from "./harness.ts";

describe("building", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  it("shows every step with its time, and what came from the cache with the reason", async () => {
    const page = await harness.open();
    await build(page);
    await buildStatus(page, "completed").waitFor();
    const steps = page.getByRole("list", { name: "Build steps" }).getByRole("listitem");
    assert.equal(await steps.filter({ hasText: "RUN" }).count(), 1);
    assert.equal(await page.getByText(/worth a look/).count(), 0, "the first Dockerfile is without blame");
    // What it took is at the end of its line.
    await page.getByRole("button", { name: /^RUN .*\d\sm?s\s*done$/ }).waitFor();
    // What was made here in the place of Docker Hub's image says so.
    const from = steps.filter({ has: page.getByRole("button", { name: /^FROM / }) });
    await from
      .getByText(/^stand-in/)
      .first()
      .waitFor();
    await page.getByRole("button", { name: "Build", exact: true }).first().click();
    await page.getByText(/[1-9]\d* from the cache/).waitFor();
    const run = page.getByRole("button", { name: /^RUN .*cached$/ });
    await run.click();
    assert.equal(await run.getAttribute("aria-expanded"), "true");
    await steps.filter({ has: run }).getByText("Nothing that it depends on has changed since it last ran.").waitFor();
  });

  it("tells a screen reader which step has begun, is done or has failed, and none of its output", async () => {
    const page = await harness.open();
    const print = "for i in $(seq 1 3000); do echo line $i; done; sleep 3";
    await replaceText(page, `FROM busybox\nRUN ${print}\nRUN sleep 3; false\n`);
    const told = page.getByTestId("build-telling");
    await build(page);
    await told.getByText("Step 2 has begun: RUN for i in").waitFor();
    await told.getByText("Step 2 is done. Step 3 has begun: RUN sleep 3; false").waitFor();
    await told.getByText("Step 3 has failed: RUN sleep 3; false", { exact: true }).waitFor();
    assert.equal(await told.getAttribute("role"), "status");
  });

  it("counts a running build's time by the server's clock, where the browser's is an hour ahead", async () => {
    const context = await harness.context();
    await context.addInitScript(() => {
      const own = Date.now;
      Date.now = () => own() + 3_600_000;
    });
    const page = await harness.open(context);
    await replaceText(page, "FROM busybox\nRUN sleep 600\n");
    await build(page);
    await page.getByRole("button", { name: /^RUN sleep 600\s*\d{1,2}\ss\s*running$/ }).waitFor();
    assert.match(await buildStatus(page, "running").innerText(), /\D\d{1,2}\ss$/);
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await buildStatus(page, "cancelled").waitFor();
  });

  it("asks for the secrets that the Dockerfile wants, and keeps them nowhere", async () => {
    const page = await harness.open();
    const mount = "--mount=type=secret,id=token,required";
    await replaceText(page, `FROM busybox\nRUN ${mount} cat /run/secrets/token; wc -c < /run/secrets/token\n`);
    const ask = async (): Promise<void> => {
      await page.getByRole("button", { name: "Build options" }).click();
      await page.getByRole("menuitem", { name: "Build with secrets…" }).click();
    };
    await ask();
    const dialog = page.getByRole("dialog", { name: "Build with secrets" });
    const field = dialog.getByLabel("token");
    assert.equal(await field.getAttribute("type"), "password");
    await field.fill("s3cret-value");
    await dialog.getByRole("button", { name: "Build" }).click();
    await buildStatus(page, "completed").waitFor();
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: /^RUN --mount/ }).click();
    await stepOutput(page, "***12").waitFor();
    await ask();
    assert.equal(await field.inputValue(), "", "the next build is asked anew");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await replaceText(page, "FROM busybox\n");
    await ask();
    await dialog.getByText(/^Dockerfile asks for no secret\./).waitFor();
    await dialog.getByRole("button", { name: "Close" }).last().click();
  });

  it("gives what was built as a file: the image, or its files alone", async () => {
    const page = await harness.open();
    await replaceText(page, "FROM busybox AS base\nFROM scratch\nCOPY --from=base /bin/sh /given/\n");
    await build(page);
    await buildStatus(page, "completed").waitFor();
    const menu = page.getByRole("button", { name: "Download the result" });
    const choose = async (item: RegExp): Promise<void> => {
      await menu.click();
      await page.getByRole("menuitem", { name: item }).click();
    };
    const names: string[] = [];
    for (const [item, holds] of [
      [/^The image/, "index.json"],
      [/^Its files alone/, "given/sh"],
    ] as const) {
      const [download] = await Promise.all([page.waitForEvent("download"), choose(item)]);
      names.push(download.suggestedFilename());
      assert.match(
        execFileSync("tar", ["-tf", await download.path()], { encoding: "utf8" }),
        new RegExp(`^${holds}$`, "m"),
      );
    }
    const [image = "", files = ""] = names;
    assert.match(image, /^[\w-]+\.tar$/);
    assert.equal(files, image.replace(".tar", "-files.tar"));
    const gone = { status: 404, json: { message: "No such image: sha256:gone" } };
    await page.route("**/output?type=tar", (route) => route.fulfill(gone));
    await choose(/^Its files alone/);
    await page.getByText("No such image: sha256:gone").first().waitFor();
  });

  it("marks the failing instruction's line in the editor, with message and hint", async () => {
    const page = await harness.open();
    await replaceText(page, 'FROM busybox\n\nRUN echo before && false\nCMD ["true"]\n');
    await build(page);
    await buildStatus(page, "failed").waitFor();
    const card = page.getByTestId("build-failure");
    await page.getByRole("button", { name: /^CMD .*not reached$/ }).waitFor();
    // Why is told once, where it happened.
    await card.getByText("RUN failed").waitFor();
    const why = page.getByTestId("step-failure");
    await why.getByText("It ended with exit code 1.").waitFor();
    assert.equal(await page.getByText(/exit code|non-zero code/).count(), 1);
    await card.getByRole("button", { name: "Go to line 3" }).click();
    await page.locator(".failed-line").first().waitFor();
    await page.locator(".failed-glyph").first().waitFor();
    await page.locator(".squiggly-error").first().waitFor();
    await page.locator(".line-numbers.active-line-number").getByText("3", { exact: true }).waitFor();
    await page.locator(".view-line", { hasText: "before" }).hover({ position: { x: 30, y: 8 } });
    await page.locator(".monaco-hover").getByText("The build failed here. It ended with exit code 1.").waitFor();
    await page.mouse.move(0, 0);
    await page.locator(".monaco-hover:visible").waitFor({ state: "detached" });
    // The mark goes with the mistake.
    await replaceText(page, "FROM busybox\nRUN true\n");
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await page.locator(".failed-line").waitFor({ state: "detached" });
    assert.equal(await page.getByTestId("earlier-image").count(), 0);
    // What has failed takes the last image away from nobody; the tab's title tells of it.
    await replaceText(page, "FROM busybox\nRUN false\n");
    await build(page);
    await buildStatus(page, "failed").waitFor();
    await page.waitForFunction(() => document.title === "Untitled workspace – Failed · Drydock");
    const earlier = page.getByTestId("earlier-image");
    await earlier.getByText(/^app This build made no image: Run takes the one of .+\.$/).waitFor();
    await earlier.getByRole("button", { name: "Run" }).click();
    await page.getByTestId("container").waitFor();
  });

  it("marks the right line, and says the reason once, when a build fails before its first step", async () => {
    const page = await harness.open();
    const notFound: string[] = [];
    page.on("response", (response) => response.status() === 404 && notFound.push(response.url()));
    const step = (name: RegExp) => page.getByRole("list", { name: "Build steps" }).getByRole("button", { name });
    await replaceText(page, "FROM busybox AS one\n\nFROM no-such-base\nCOPY --from=one /etc/passwd /\nRUN true\n");
    await build(page);
    await buildStatus(page, "failed").waitFor();
    await step(/^FROM no-such-base .*failed$/).waitFor();
    await step(/^RUN true not reached$/).waitFor();
    assert.equal(await step(/pull/).count(), 0);
    assert.equal(await page.getByText(/is not on this machine/).count(), 1);
    await page.getByTestId("build-failure").getByText("FROM failed").waitFor();
    await page.getByTestId("build-failure").getByRole("button", { name: "Go to line 3" }).waitFor();
    await page.locator(".failed-line").waitFor();

    await replaceText(page, "FROM busybox\nRUN true\nCOPY --from=nowhere:1 /a /b\n");
    await build(page);
    await page.getByTestId("build-failure").getByText("COPY failed").waitFor();
    await step(/^COPY --from=nowhere:1 .*failed$/).waitFor();
    await step(/^FROM busybox not reached$/).waitFor();

    await replaceText(page, "FROM busybox\nRNU true\n");
    await page.getByTestId("mistake").getByText("unknown instruction: RNU").waitFor();
    await build(page);
    await page.getByTestId("build-failure").getByText("unknown instruction: RNU").waitFor();
    await page.getByTestId("build-failure").getByRole("button", { name: "Go to line 2" }).waitFor();
    assert.equal(await page.getByText("unknown instruction: RNU").count(), 1);
    assert.deepEqual(notFound, [], "the page asks for what is not there");
  });

  it("marks mistakes and what is worth a look while one types, before any build", async () => {
    const page = await harness.open();
    await replaceText(page, "FROM busybox as base\nCPY . /\nUSER nobody\nWORKDIR\n");
    const mistake = page.getByTestId("mistake");
    await mistake.getByText("unknown instruction: CPY (did you mean COPY?)").waitFor();
    await page.locator(".squiggly-error").nth(1).waitFor();
    await mistake.getByRole("button", { name: "Go to line 2" }).click();
    await page.locator(".line-numbers.active-line-number").getByText("2", { exact: true }).waitFor();
    await replaceText(page, "FROM busybox as base\nCOPY . /\n");
    await page.locator(".squiggly-error").first().waitFor({ state: "detached" });
    await page.locator(".squiggly-warning").first().waitFor();
    assert.equal((await mistake.textContent()) ?? "", "");
    // Another file has no Dockerfile's mistakes.
    await page.getByRole("treeitem", { name: "README.md" }).click();
    await page.locator(".view-lines").getByText("Your workspace").waitFor();
    assert.equal(await page.locator(".squiggly-warning").count(), 0);
    assert.equal(await page.locator("[data-testid=build]").count(), 0, "nothing was built for it");
  });

  it("keeps what is worth a look in one line until it is opened", async () => {
    const page = await harness.open();
    await replaceText(page, 'FROM busybox\nCMD ["true"]\n');
    await build(page);
    await buildStatus(page, "completed").waitFor();
    const list = page.getByRole("list", { name: "Worth a look" });
    const summary = page.getByText(/^\d+ things? worth a look$/);
    await summary.waitFor();
    assert.equal(await list.isVisible(), false);
    await summary.click();
    await list.getByRole("listitem").first().waitFor();
  });

  it("cancels at once", async () => {
    const page = await harness.open();
    await replaceText(page, "FROM busybox\nRUN echo begun && sleep 600\nRUN sleep 601\n");
    await build(page);
    await stepOutput(page, "begun").waitFor();
    await page.keyboard.press("Control+Enter");
    await page.getByText("A build is running.").waitFor();
    await page.getByRole("region", { name: "Build", exact: true }).getByRole("button", { name: "Cancel" }).click();
    await buildStatus(page, "cancelled").waitFor();
    assert.equal(await page.getByText("Files changed since this build.").count(), 0);
    await replaceText(page, "FROM busybox\n");
    await page.getByText("Files changed since this build.").waitFor();
    await page.reload();
    await ready(page);
    await buildStatus(page, "cancelled").waitFor();
    await page.getByText("Files changed since this build.").waitFor();
  });

  it("stays quick with endless output, and bounds what it keeps", async () => {
    const page = await harness.open();
    await replaceText(page, "FROM busybox\nRUN yes 'the same line over and over again'\n");
    await build(page);
    // The engine bounds what it passes on, the page what it keeps: one of the two says so.
    const bounded = page.getByText(/earlier lines are not shown|of output was left out/).first();
    await bounded.waitFor();
    // The page still answers, and only what is in sight is in it.
    await page.getByRole("treeitem", { name: "README.md" }).click();
    await page
      .getByRole("list", { name: "Open files" })
      .getByRole("button", { name: "README.md", exact: true })
      .waitFor();
    const shown = await page.getByRole("region", { name: "Output of this step" }).locator("div > div > div").count();
    assert.ok(shown < 200, `${shown} lines are in the document`);
    const cancel = page.getByRole("region", { name: "Build", exact: true }).getByRole("button", { name: "Cancel" });
    await cancel.click();
    await buildStatus(page, "cancelled").waitFor();
  });

  it("goes on when its tab is closed, and is found by the next one", async () => {
    const context = await harness.context();
    const page = await harness.open(context);
    await replaceText(page, "FROM busybox\nRUN echo begun && sleep 3\nRUN echo over\n");
    await build(page);
    await stepOutput(page, "begun").waitFor();
    await page.close();
    const next = await harness.open(context);
    await buildStatus(next, "completed").waitFor();
    await next.getByRole("button", { name: /^RUN echo begun/ }).click();
    await stepOutput(next, "begun").waitFor();
  });

  it("shows one build in two tabs", async () => {
    const context = await harness.context();
    const [first, second] = [await harness.open(context), await harness.open(context)];
    // While it runs, and without a reload: builds and containers are told to every tab.
    await replaceText(first, 'FROM busybox\nRUN echo begun && sleep 600\nCMD ["sleep", "600"]\n');
    await build(first);
    await stepOutput(second, "begun").waitFor();
    await second.getByRole("region", { name: "Build", exact: true }).getByRole("button", { name: "Cancel" }).click();
    await buildStatus(first, "cancelled").waitFor();
    await replaceText(first, 'FROM busybox\nCMD ["sleep", "600"]\n');
    await build(first);
    await buildStatus(second, "completed").waitFor();
    await second.getByRole("button", { name: "Run", exact: true }).first().click();
    await first.getByTestId("container").filter({ hasText: "running" }).waitFor();
    await second.getByTestId("container").getByRole("button", { name: "Stop" }).click();
    await first.getByTestId("container").filter({ hasText: "stopped" }).waitFor();
  });

  it("finds a running build and earlier ones again after a reload", async () => {
    const page = await harness.open();
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await replaceText(page, "FROM busybox\nRUN echo second && sleep 2\nRUN sleep 1\n");
    await build(page);
    await stepOutput(page, "second").waitFor();
    await page.reload();
    await ready(page);
    await buildStatus(page, "running").or(buildStatus(page, "completed")).waitFor();
    await buildStatus(page, "completed").waitFor();
    await page.getByRole("button", { name: "Build history" }).click();
    assert.equal(await page.getByRole("menuitem").count(), 2);
    // Each says when it was, what it began from, how it ended and what it did first.
    const entry =
      /^\d\d:\d\d:\d\d · app · FROM busybox\s*Built · [\d.]+\sm?s · new from RUN echo second && sleep 2 on$/;
    await page.getByRole("menuitem", { name: entry }).waitFor();
  });

  it("completes, explains and mends a Dockerfile", async () => {
    const page = await harness.open();
    await replaceText(page, "FROM busybox AS base\nFROM busybox\nARG COLOUR=red\nMAINTAINER ada\n");
    await page.keyboard.press("Control+End");
    const suggest = page.locator(".suggest-widget.visible");
    const chosen = async (typed: string, label: RegExp): Promise<void> => {
      await page.keyboard.type(typed);
      await suggest.getByRole("option", { name: label }).first().waitFor();
      await page.keyboard.press("Enter");
    };
    await chosen("COP", /^COPY/);
    await chosen("ind", /^index.html/);
    await chosen(" /$", /^COLOUR/);
    await page.locator(".view-line").filter({ hasText: "COPY index.html /$COLOUR" }).waitFor();
    await page.keyboard.press("Enter");
    await chosen("COP", /^COPY/);
    await chosen("--fr", /^--from=/);
    await chosen("ba", /^base/);
    await page.locator(".view-line").filter({ hasText: "COPY --from=base" }).waitFor();
    await page.locator(".view-line").getByText("FROM").first().hover();
    await page.locator(".monaco-hover").getByText("Begins a stage on a base image").waitFor();
    // What the checks can mend, by the keyboard.
    await replaceText(page, "FROM busybox as base\n");
    await page.locator(".view-line").filter({ hasText: "as base" }).click();
    await page.locator(".squiggly-warning").first().waitFor();
    await page.keyboard.press("Control+.");
    await page.keyboard.press("Enter");
    await page.locator(".view-line").filter({ hasText: "FROM busybox AS base" }).waitFor();
  });

  it("shows what a check is about, and its fix, beside the build", async () => {
    const page = await harness.open();
    await replaceText(page, "FROM busybox as base\nRUN true\n");
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await page.getByText(/worth a look/).click();
    await page.getByRole("button", { name: "Why FromAsCasing?" }).click();
    const dialog = page.getByRole("dialog", { name: "FromAsCasing" });
    await dialog.getByRole("heading", { name: "Example" }).waitFor();
    await page.keyboard.press("Escape");
    const list = page.getByRole("list", { name: "Worth a look" });
    await list.getByRole("listitem").filter({ hasText: "casing" }).getByRole("button").last().click();
    await page.locator(".view-line").filter({ hasText: "FROM busybox AS base" }).waitFor();
    assert.deepEqual(harness.errors, []);
  });
});
