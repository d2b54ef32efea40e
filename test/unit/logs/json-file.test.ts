import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { JsonFileLog } from "../../../server/engine/logs/json-file.ts";
import {
  LineSplitter,
  decodeRecord,
  encodeRecord,
  formatNano,
  parseNano,
} from "../../../server/engine/logs/json-record.ts";
import { readLog } from "../../../server/engine/logs/json-reader.ts";
import type { LogRecord, ReadOptions } from "../../../server/engine/logs/log-driver.ts";

let directory = "";
let path = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "drydock-log-"));
  path = join(directory, "x-json.log");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function record(text: string, timeNano = 1_000_000_000n, stream: "stdout" | "stderr" = "stdout"): LogRecord {
  return { stream, timeNano, line: Buffer.from(text) };
}

async function read(log: JsonFileLog, options: Partial<ReadOptions> = {}): Promise<string[]> {
  const lines: string[] = [];
  for await (const entry of log.read({ follow: false, signal: new AbortController().signal, ...options })) {
    lines.push(entry.line.toString());
  }
  return lines;
}

describe("json-file records", () => {
  it("are Docker's format", () => {
    const line = encodeRecord(record('say "hi"\n', 1_767_323_045_000_000_006n, "stderr"));
    assert.deepEqual(JSON.parse(line), {
      log: 'say "hi"\n',
      stream: "stderr",
      time: "2026-01-02T03:04:05.000000006Z",
    });
    assert.deepEqual(decodeRecord(line), record('say "hi"\n', 1_767_323_045_000_000_006n, "stderr"));
  });

  it("read times with any fraction and zone", () => {
    assert.equal(parseNano("1970-01-01T00:00:01.5Z"), 1_500_000_000n);
    assert.equal(parseNano("1970-01-01T01:00:00+01:00"), 0n);
    assert.equal(formatNano(1_500_000_000n), "1970-01-01T00:00:01.500000000Z");
  });

  it("are cut at newlines and at 16 KiB", () => {
    const splitter = new LineSplitter();
    assert.deepEqual(splitter.push(Buffer.from("a\nb")).map(String), ["a\n"]);
    assert.deepEqual(splitter.push(Buffer.from("c\n\n")).map(String), ["bc\n", "\n"]);
    const long = splitter.push(Buffer.from("x".repeat(40_000)));
    assert.deepEqual(
      long.map((line) => line.length),
      [16_384, 16_384],
    );
    assert.equal(splitter.flush()?.length, 40_000 - 2 * 16_384);
    assert.equal(splitter.flush(), undefined);
  });
});

describe("json-file log", () => {
  it("ends a tail where the last whole record ends, though a half-written one is completed meanwhile", async () => {
    const log = new JsonFileLog(path);
    await log.open();
    await log.write([1, 2, 3].map((n) => record(`${n}\n`, BigInt(n))));
    const late = Buffer.from(encodeRecord(record("4\n", 4n)));
    await appendFile(path, late.subarray(0, 10));
    const lines: string[] = [];
    for await (const entry of log.read({ follow: false, tail: 2, signal: new AbortController().signal })) {
      if (lines.length === 0) await appendFile(path, late.subarray(10));
      lines.push(entry.line.toString());
    }
    assert.deepEqual(lines, ["2\n", "3\n"]);
  });

  it("reads back what was written, by tail, since and until", async () => {
    const log = new JsonFileLog(path);
    await log.open();
    await log.write([1, 2, 3, 4, 5].map((n) => record(`${n}\n`, BigInt(n))));
    assert.deepEqual(await read(log), ["1\n", "2\n", "3\n", "4\n", "5\n"]);
    assert.deepEqual(await read(log, { tail: 2 }), ["4\n", "5\n"]);
    assert.deepEqual(await read(log, { tail: 0 }), []);
    assert.deepEqual(await read(log, { tail: 100 }), ["1\n", "2\n", "3\n", "4\n", "5\n"]);
    assert.deepEqual(await read(log, { sinceNano: 3n, untilNano: 4n }), ["3\n", "4\n"]);
    await log.close();
  });

  it("bounds its files, and offsets go on over rotation and a new start", async () => {
    const options = { maxSize: 4096, maxFile: 2 };
    const log = new JsonFileLog(path, options);
    await log.open();
    for (let n = 0; n < 300; n++) {
      await log.write([record(`line ${n} ${"x".repeat(50)}\n`)]);
    }
    await log.close();
    const files = await readdir(directory);
    assert.equal(files.length, 2);
    for (const file of files) {
      assert.ok((await readFile(join(directory, file))).length <= 4096);
    }
    const again = new JsonFileLog(path, options);
    await again.open();
    await again.write([record("last\n")]);
    await again.close();
    const offsets: number[] = [];
    for await (const entry of again.read({ follow: false, signal: new AbortController().signal })) {
      offsets.push(entry.offset);
    }
    assert.ok(offsets[0] !== undefined && offsets[0] > 0, "older records are gone");
    assert.deepEqual(
      offsets,
      offsets.toSorted((a, b) => a - b),
    );
    const resumed = await read(again, { fromOffset: (offsets.at(-2) ?? 0) + 1 });
    assert.deepEqual(resumed, ["last\n"]);
    assert.equal((await read(again, { tail: 45 })).length, 45);
  });

  it("keeps offsets with a single file", async () => {
    const options = { maxSize: 4096, maxFile: 1 };
    const log = new JsonFileLog(path, options);
    await log.open();
    for (let n = 0; n < 200; n++) {
      await log.write([record(`line ${n} ${"x".repeat(50)}\n`)]);
    }
    await log.close();
    const lines: number[] = [];
    for await (const entry of new JsonFileLog(path, options).read({
      follow: false,
      signal: new AbortController().signal,
    })) {
      lines.push(entry.offset);
    }
    assert.ok((lines[0] ?? 0) > 10_000);
  });

  it("is followed over rotation until it is closed, without loss", async () => {
    const log = new JsonFileLog(path, { maxSize: 1_000_000, maxFile: 3 });
    await log.open();
    const reading = read(log, { follow: true });
    const written: string[] = [];
    for (let n = 0; n < 2_000; n++) {
      const text = `${n} ${"y".repeat(800)}\n`;
      written.push(text);
      await log.write([record(text)]);
    }
    await log.close();
    assert.deepEqual(await reading, written);
  });

  it("is waited for by who begins within its last record, which is none of theirs", async () => {
    const log = new JsonFileLog(path);
    await log.open();
    await log.write([record("one\n"), record("two\n")]);
    const end = await log.end();
    await log.close();
    const controller = new AbortController();
    const seen = { looks: 0, waits: 0 };
    const writer = {
      isOpen: () => {
        if (++seen.looks > 20) controller.abort();
        return true;
      },
      end: () => end,
      changed: async () => {
        seen.waits++;
        controller.abort();
      },
    };
    const options = { fromOffset: end - 3, follow: true, signal: controller.signal };
    for await (const { line } of readLog(path, options, writer)) assert.fail(line.toString());
    assert.equal(seen.waits, 1, `looked ${seen.looks} times at what does not change`);
  });

  it("has a tail while its oldest files are dropped", async () => {
    const log = new JsonFileLog(path, { maxSize: 200, maxFile: 5 });
    await log.open();
    const over = new AbortController();
    const writing = (async () => {
      for (let n = 0; !over.signal.aborted; n++) await log.write([record(`${n} ${"z".repeat(50)}\n`)]);
    })();
    for (let tries = 0; tries < 300; tries++) await read(log, { tail: 1_000 });
    over.abort();
    await writing;
    await log.close();
  });

  it("is followed by who comes while it is being opened", async () => {
    const log = new JsonFileLog(path);
    const opening = log.open();
    const reading = read(log, { follow: true });
    await opening;
    await log.write([record("one\n")]);
    await log.close();
    assert.deepEqual(await reading, ["one\n"]);
  });

  it("ends a follower when its signal aborts", async () => {
    const log = new JsonFileLog(path);
    await log.open();
    await log.write([record("one\n")]);
    const controller = new AbortController();
    const lines: string[] = [];
    for await (const entry of log.read({ follow: true, signal: controller.signal })) {
      lines.push(entry.line.toString());
      controller.abort();
    }
    assert.deepEqual(lines, ["one\n"]);
    await log.close();
  });

  it("drops a line that a crash cut off", async () => {
    const log = new JsonFileLog(path);
    await log.open();
    await log.write([record("whole\n")]);
    await log.close();
    await appendFile(path, '{"log":"half');
    const again = new JsonFileLog(path);
    await again.open();
    await again.write([record("next\n")]);
    await again.close();
    assert.deepEqual(await read(again), ["whole\n", "next\n"]);
  });
});
