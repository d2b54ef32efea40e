/** The examples as somebody tries them in the page: see examples.test.ts, and gvisor.test.ts. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { readExample } from "../suites/example-runner.ts";
import { buildStatus, openPort, ready, runImage } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { enter, openWorkstation, screen, waitForScreen } from "./terminals.ts";

/** What they are based on. */
export const baseImages = ["busybox", "debian", "ubuntu", "gcc", "node"];
/** Those of one Dockerfile, by the page's buttons alone. */
export const oneImage = ["static-site", "python-web", "c-scratch", "node-app"];

/** Base images are made and packages installed meanwhile. */
const patience = 240_000;

/** Presses Build, Run and Open, and sees what the example's expect.json says. @param name one of `oneImage` */
export async function buildAndRun(harness: Harness, name: string): Promise<void> {
  const { page: expected } = await readExample(`examples/${name}`);
  assert.ok(expected, "expect.json says what the page must show");
  const page = await openExample(harness, name);
  await page.getByRole("button", { name: "Build", exact: true }).first().click();
  await buildStatus(page, "completed").or(buildStatus(page, "failed")).waitFor({ timeout: patience });
  assert.equal(await page.getByTestId("build-failure").count(), 0, await page.getByTestId("build").innerText());
  await runImage(page);
  if (expected.port !== undefined) {
    const preview = await openPort(page, expected.port);
    for (const text of expected.sees ?? []) await preview.getByText(text).first().waitFor();
    assert.notEqual(new URL(preview.url()).origin, harness.url, "an origin of its own");
  }
  for (const text of expected.output ?? []) {
    for (const line of text.split("\n")) {
      await page.getByTestId("container-output").getByText(line, { exact: true }).waitFor();
    }
  }
  await page.close();
}

/** redis-counter, with docker commands typed in the workstation. */
export async function typeRedisCounter(harness: Harness): Promise<void> {
  const page = await openExample(harness, "redis-counter");
  await openWorkstation(page);
  let count = 0;
  const done = async (command: string, timeout?: number): Promise<void> => {
    const mark = `command-${++count}`;
    await enter(page, `clear; ${command}; echo ${mark}-$?`);
    await waitForScreen(page, new RegExp(`^${mark}-\\d+$`, "m"), timeout);
    const shown = await screen(page);
    assert.ok(shown.split("\n").includes(`${mark}-0`), `${command}:\n${shown.trimEnd()}`);
  };
  await done("docker build -q -t counter-store store", patience);
  await done("docker build -q -t counter-web web", patience);
  await done("docker network create counter");
  await done("docker run -d --name store --network counter counter-store");
  await done("docker run -d --name web --network counter -p 8000:8000 counter-web");
  const preview = await openPort(page, 8000);
  await preview.getByText(/Visit number \d+, counted by store at [0-9.]+/).waitFor();
  // What is published answers where it was typed, as on a machine of one's own.
  await done("curl -s localhost:8000 | grep 'Visit number'");
  await done("docker stop -t 1 store");
  await preview.reload();
  await preview.getByText("The store cannot be reached").waitFor();
  await done("docker start store");
  await preview.reload();
  await preview.getByText(/Visit number ([2-9]|\d{2,}),/).waitFor();
}

/** A workspace that begins with the example's files, by the page's own choice. */
async function openExample(harness: Harness, name: string): Promise<Page> {
  const page = await harness.open();
  await page.getByRole("button", { name: /^Workspaces:/ }).click();
  await page.getByRole("menuitem", { name: "New from example…" }).click();
  const list = page.getByRole("list", { name: "Examples" });
  await list.getByRole("listitem").nth(4).waitFor();
  const title = /^# (.+)$/m.exec(await readFile(`examples/${name}/README.md`, "utf8"))?.[1] ?? "";
  await list.getByRole("button", { name: title }).click();
  await page.waitForURL(/\/w\/w[0-9a-f]+$/);
  await page.getByRole("button", { name: `Workspaces: ${title}` }).waitFor();
  await ready(page);
  return page;
}
