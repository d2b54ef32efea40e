import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { OutputJournal } from "../../../server/engine/runtime/output-journal.ts";

let directory = "";
let path = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "drydock-journal-"));
  path = join(directory, "stdout.journal");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** As the kernel does when it reads. */
function put(journal: OutputJournal, text: string): number {
  return journal.current.write(text);
}

/** What one that comes after a kill finds. */
function found(): { text: string; logEnd: number } {
  using journal = new OutputJournal(path);
  const { data, logEnd } = journal.unsettled;
  return { text: data.toString(), logEnd };
}

describe("a journal of output", () => {
  it("is empty at first", () => {
    assert.deepEqual(found(), { text: "", logEnd: 0 });
  });

  it("keeps what was read and not settled, with the beginning of its line", () => {
    using journal = new OutputJournal(path);
    journal.settle(10, Buffer.alloc(0), 0);
    const first = put(journal, "one\ntw");
    assert.deepEqual(found(), { text: "one\ntw", logEnd: 10 });
    journal.settle(90, Buffer.from("tw"), first);
    assert.deepEqual(found(), { text: "tw", logEnd: 90 });
    const second = put(journal, "o\n");
    assert.deepEqual(found(), { text: "two\n", logEnd: 90 });
    journal.settle(170, Buffer.alloc(0), second);
    assert.deepEqual(found(), { text: "", logEnd: 170 });
  });

  it("settles what a predecessor left", () => {
    using killed = new OutputJournal(path);
    put(killed, "left\n");
    using journal = new OutputJournal(path);
    journal.settle(80, Buffer.from("be"));
    assert.deepEqual(found(), { text: "be", logEnd: 80 });
  });

  it("grows for what comes in bulk, and loses nothing by it", () => {
    using journal = new OutputJournal(path);
    const small = journal.current.length;
    const read = put(journal, "x".repeat(small));
    journal.grow();
    assert.ok(journal.next.length > small);
    assert.equal(found().text.length, small);
    journal.settle(7, Buffer.from("y".repeat(16_383)), read);
    assert.equal(found().text, "y".repeat(16_383));
    put(journal, "z".repeat(journal.current.length));
    assert.equal(found().text.length, 16_383 + journal.current.length);
  });
});
