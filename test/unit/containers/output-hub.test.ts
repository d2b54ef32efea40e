import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { OutputHub } from "#engine/containers/output-hub.ts";
import type { OutputReader } from "#engine/containers/output-reader.ts";
import { JsonFileLog } from "#engine/logs/json-file.ts";

let directory = "";
let log: JsonFileLog;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "drydock-hub-"));
  log = new JsonFileLog(join(directory, "log"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function io() {
  return { stdout: new PassThrough(), stderr: new PassThrough() };
}

async function all(reader: OutputReader): Promise<string> {
  let text = "";
  for await (const { chunk } of reader) {
    text += chunk.toString();
  }
  return text;
}

async function logged(): Promise<string[]> {
  const lines = [];
  for await (const record of log.read({ follow: false, signal: new AbortController().signal })) {
    lines.push(record.line.toString());
  }
  return lines;
}

describe("output hub", () => {
  it("logs lines and hands every reader everything", async () => {
    const hub = new OutputHub(log, assert.ifError);
    const readers = [hub.attach(), hub.attach()];
    const streams = io();
    const done = hub.pump(streams);
    streams.stdout.end("one\ntwo");
    streams.stderr.end();
    await done;
    assert.deepEqual(await Promise.all(readers.map(all)), ["one\ntwo", "one\ntwo"]);
    assert.deepEqual(await logged(), ["one\n", "two"]);
  });

  it("logs the beginning of a line that does not end for a while, and its rest by itself", async () => {
    const hub = new OutputHub(log, assert.ifError);
    const streams = io();
    const done = hub.pump(streams);
    streams.stdout.write("name: ");
    for (let tries = 0; tries < 500 && (await logged()).length === 0; tries++) await sleep(10);
    assert.deepEqual(await logged(), ["name: "]);
    streams.stdout.end("Ada\n");
    streams.stderr.end();
    await done;
    assert.deepEqual(await logged(), ["name: ", "Ada\n"]);
  });

  it("joins the log and live output without gap or overlap", async () => {
    const hub = new OutputHub(log, assert.ifError);
    const streams = io();
    const done = hub.pump(streams);
    const first = hub.attach();
    streams.stdout.write("one\npart");
    const iterator = first[Symbol.asyncIterator]();
    await iterator.next();
    const { reader, loggedUntil } = await hub.attachAfterLog();
    streams.stdout.end("ial\n");
    streams.stderr.end();
    await done;
    let replayed = "";
    for await (const record of log.read({ follow: false, signal: new AbortController().signal })) {
      replayed += record.offset < loggedUntil ? record.line.toString() : "";
    }
    assert.equal(replayed, "one\npart");
    assert.equal(await all(reader), "ial\n");
  });

  it("goes on to readers when the log fails, and tells once", async () => {
    const errors: unknown[] = [];
    const failing = {
      open: async () => {},
      close: async () => {},
      end: async () => 0,
      write: async () => {
        throw new Error("disk full");
      },
    };
    const hub = new OutputHub(failing as unknown as JsonFileLog, (error) => errors.push(error));
    const reader = hub.attach();
    const streams = io();
    const done = hub.pump(streams);
    streams.stdout.write("one\n");
    streams.stdout.end("two\n");
    streams.stderr.end();
    await done;
    assert.equal(await all(reader), "one\ntwo\n");
    assert.equal(errors.length, 1);
  });

  it("lets go of a reader that has left", async () => {
    const hub = new OutputHub(log, assert.ifError);
    const reader = hub.attach();
    const streams = io();
    const done = hub.pump(streams);
    streams.stdout.write(Buffer.alloc(3 << 20));
    hub.detach(reader);
    streams.stdout.end();
    streams.stderr.end();
    await done;
  });
});
