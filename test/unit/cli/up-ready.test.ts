import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test, type TestContext } from "node:test";
import type { Settings } from "../../../server/cli/settings.ts";
import { tellReady } from "../../../server/cli/up.ts";

let directory = "";
let settings: Settings;
let server: Server | undefined;
const prepare = process.env["DRYDOCK_PREPARE"];
const settingsFile = process.env["DRYDOCK_SETTINGS"];

beforeEach(() => {
  delete process.env["DRYDOCK_PREPARE"];
  delete process.env["DRYDOCK_SETTINGS"];
  directory = mkdtempSync(join(tmpdir(), "ddu-"));
  settings = {
    checkout: directory,
    data: "/d",
    run: directory,
    webData: "/w",
    host: "127.0.0.1",
    port: 8099,
    user: "u",
  };
});

afterEach(() => {
  if (prepare !== undefined) process.env["DRYDOCK_PREPARE"] = prepare;
  if (settingsFile === undefined) delete process.env["DRYDOCK_SETTINGS"];
  else process.env["DRYDOCK_SETTINGS"] = settingsFile;
  server?.close();
  rmSync(directory, { recursive: true });
});

/** An engine whose base images are these, one list for each time that it is asked, the last one ever after. */
async function engineWith(...answers: object[][]): Promise<void> {
  server = createServer((_, response) => {
    const baseImages = answers.length > 1 ? answers.shift() : answers[0];
    response.end(JSON.stringify({ version: "1", problems: [], baseImages }));
  });
  await new Promise<void>((resolve) => server?.listen(join(directory, "drydock.sock"), resolve));
}

/** What is written to stdout from here to the end of the test. */
function written(t: TestContext): () => string {
  const write = t.mock.method(process.stdout, "write");
  return () => write.mock.calls.map(({ arguments: [text] }) => String(text)).join("");
}

const busybox = { name: "busybox", ready: false, making: true, standIn: true };
const failed = { ...busybox, error: "no package source is reached" };

test("the URL is told after the first base image is there, never before", async (t) => {
  await engineWith([busybox], [busybox], [{ ...busybox, ready: true }]);
  const said = written(t);
  await tellReady(settings);
  assert.match(
    said(),
    /· the first base image[^]*✓ the first base image[^]*Drydock is up: http:\/\/localhost:8099\/\n/,
  );
});

test("where no base image can be had, why and what to do is told, and no URL", async (t) => {
  await engineWith([busybox], [failed]);
  const said = written(t);
  await assert.rejects(
    tellReady(settings),
    /no base image could be made: busybox: no package source is reached\nGive one: \.\/drydock images load FILE\.tar/,
  );
  assert.doesNotMatch(said(), /http:/);
});

test("how it is stopped is told as it was started: with the settings' place, which sudo would lose", async (t) => {
  await engineWith([{ ...busybox, ready: true }]);
  const said = written(t);
  await tellReady(settings);
  assert.match(said(), /stop it: +sudo \.\/drydock down\n/);
  process.env["DRYDOCK_SETTINGS"] = "/srv/our own/it's.json";
  await tellReady(settings);
  assert.ok(said().includes("sudo DRYDOCK_SETTINGS='/srv/our own/it'\\''s.json' ./drydock down\n"), said());
});
