/** Text files that several pages and the disk write, with real Yjs. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as Y from "yjs";
import { applyChecked } from "../../../../server/playground/documents/checked-update.ts";
import { Memory, Shared, shared, textOf, write } from "./writer.ts";

describe("a shared document", () => {
  it("has what all of its pages write, and so has the file", async () => {
    const { document, file, ...rest } = await shared("one\ntwo\n");
    void rest;
    const both = await shared("one\ntwo\n");
    const [ada, bob] = [both.join(), both.join()];
    write(ada, 0, "zero\n");
    write(bob, textOf(bob).length, "three\n");
    assert.equal(textOf(ada), "zero\none\ntwo\nthree\n");
    assert.equal(textOf(bob), textOf(ada));
    assert.equal(await both.document.save(), true);
    assert.equal(both.file.text, textOf(ada));
    assert.equal(both.file.writes, 1);
    assert.deepEqual(both.happened, ["saved"]);
    assert.equal(document.text, file.text);
  });

  it("takes in what shells write, beside what is not saved yet", async () => {
    const both = await shared("FROM debian\nRUN one\nRUN two\nRUN three\n");
    const ada = both.join();
    write(ada, textOf(ada).indexOf("three"), "number ");
    both.file.become("FROM busybox\nRUN one\nRUN two\nRUN three\n# by sed\n");
    assert.equal(await both.document.save(), false, "the file had changed");
    assert.equal(await both.document.save(), true);
    assert.equal(textOf(ada), "FROM busybox\nRUN one\nRUN two\nRUN number three\n# by sed\n");
    assert.equal(both.file.text, textOf(ada));
  });

  it("is saved while somebody types without a pause", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
    const both = await shared("");
    const ada = both.join();
    for (let key = 0; key < 25; key++) {
      write(ada, key, "x");
      t.mock.timers.tick(100);
    }
    await both.document.look();
    assert.equal(both.file.writes, 1);
    assert.ok((both.file.text ?? "").length >= 19, both.file.text);
    both.document.drop();
  });

  it("follows the file when nobody writes", async () => {
    const both = await shared("one\n");
    const ada = both.join();
    both.file.become("one\r\ntwo 😀\r\n");
    await both.document.look();
    assert.equal(textOf(ada), "one\r\ntwo 😀\r\n");
    assert.equal(both.file.writes, 0);
  });

  it("takes a save whose answer was lost for its own", async () => {
    const both = await shared("a");
    const ada = both.join();
    write(ada, 1, "b");
    both.file.failing = "lost";
    assert.equal(await both.document.save(), false);
    both.file.failing = undefined;
    write(ada, 2, "c");
    await both.document.save();
    assert.equal(await both.document.save(), true);
    assert.equal(both.file.text, "abc");
    assert.equal(textOf(ada), "abc");
    both.document.drop();
  });

  it("says when the file cannot be written, and keeps what was written", async () => {
    const both = await shared("a");
    write(both.join(), 1, "b");
    both.file.failing = "refused";
    assert.equal(await both.document.save(), false);
    assert.deepEqual(both.happened, ["unsaved"]);
    both.file.failing = undefined;
    assert.equal(await both.document.save(), true);
    assert.equal(both.file.text, "ab");
    both.document.drop();
  });

  it("ends with its file; with unsaved changes somebody says whether the file should be there", async () => {
    const clean = await shared("a");
    clean.file.become(undefined);
    await clean.document.look();
    assert.deepEqual(clean.happened, ["ended gone"]);
    const both = await shared("a");
    write(both.join(), 1, "b");
    both.file.become(undefined);
    await both.document.save();
    assert.deepEqual(both.happened, ["deleted"]);
    assert.equal(both.file.text, undefined);
    await both.document.restore();
    assert.equal(both.file.text, "ab");
    both.document.drop();
  });
});

describe("a page without a connection", () => {
  it("goes on, and has everything of both sides when it comes back", async () => {
    const both = await shared("middle\n");
    const [ada, bob] = [both.join(), both.join()];
    both.leave(bob);
    write(bob, 0, "by bob\n");
    write(ada, textOf(ada).length, "by ada\n");
    await both.document.save();
    assert.equal(textOf(bob), "by bob\nmiddle\n");
    both.join(bob);
    assert.equal(textOf(bob), "by bob\nmiddle\nby ada\n");
    assert.equal(textOf(ada), textOf(bob));
    await both.document.save();
    assert.equal(both.file.text, textOf(bob));
  });

  it("finds the same document after web was killed, whatever of the last save had arrived", async () => {
    for (const arrived of [true, false]) {
      const memory = new Memory();
      const first = await shared("base\n", memory);
      const [ada, bob] = [first.join(), first.join()];
      write(ada, 0, "saved\n");
      await first.document.save();
      write(ada, 0, "attempted\n");
      if (arrived) first.file.failing = "lost";
      else first.file.failing = "refused";
      await first.document.save();
      first.file.failing = undefined;
      write(bob, 0, "not even that\n");
      first.document.drop();
      first.pages.clear();
      write(ada, textOf(ada).length, "offline\n");
      const second = await new Shared(first.file, memory).open();
      assert.equal(second.document.epoch, first.document.epoch);
      for (const page of [bob, ada]) second.join(page);
      await second.document.save();
      const text = "not even that\nattempted\nsaved\nbase\noffline\n";
      assert.deepEqual([textOf(ada), textOf(bob), second.file.text], [text, text, text], `arrived: ${arrived}`);
      second.document.drop();
    }
  });

  it("keeps out what a shell has taken out again: while it was open, and while it was not", async () => {
    for (const isOpen of [true, false]) {
      const first = await shared("FROM debian\n");
      const page = first.join();
      write(page, 12, "RUN typed\n");
      assert.ok(await first.document.save());
      if (!isOpen) first.document.drop();
      first.file.become("FROM debian\n");
      if (isOpen) await first.document.look();
      first.document.drop();
      first.leave(page);
      const again = await new Shared(first.file, first.memory).open();
      assert.equal(again.document.text, "FROM debian\n");
      assert.equal(textOf(again.join(page)), "FROM debian\n", "nor does the page bring it back");
      await again.document.save();
      assert.equal(again.file.text, "FROM debian\n");
    }
  });

  it("has once what a shell wrote while nobody had it open, however often web is killed then", async () => {
    const first = await shared("FROM debian\n");
    const page = first.join();
    first.document.drop();
    first.leave(page);
    first.file.become("FROM debian\nRUN shell\n");
    const second = await new Shared(first.file, first.memory).open();
    second.join(page);
    second.document.drop();
    second.leave(page);
    const third = await new Shared(first.file, first.memory).open();
    assert.equal(textOf(third.join(page)), "FROM debian\nRUN shell\n");
  });

  it("comes back to another document when the history is gone, and is told by its epoch", async () => {
    const memory = new Memory();
    const first = await shared("a", memory);
    memory.state = undefined;
    const second = await new Shared(first.file, memory).open();
    assert.notEqual(second.document.epoch, first.document.epoch);
  });

  it("finds the file's text where the kept history is damaged", async () => {
    const memory = new Memory();
    memory.state = { epoch: "e", base: Uint8Array.of(1, 2, 3), attempt: new Uint8Array() };
    const both = await shared("as on disk", memory);
    assert.equal(both.document.text, "as on disk");
    assert.notEqual(both.document.epoch, "e");
  });
});

describe("a hostile update", () => {
  const refusedBy = async (update: Uint8Array): Promise<string | undefined> => {
    const both = await shared("text");
    const before = both.document.text;
    const refused = both.document.apply(update, "mallory");
    assert.equal(both.document.text, before);
    return refused;
  };
  const made = (change: (page: Y.Doc) => void): Uint8Array => {
    const page = new Y.Doc();
    change(page);
    return Y.encodeStateAsUpdate(page);
  };

  it("is refused when it is no update, or of anything but the text", async () => {
    assert.equal(await refusedBy(Uint8Array.of(9, 9, 9, 9)), "malformed");
    assert.equal(await refusedBy(new Uint8Array()), "malformed");
    assert.equal(await refusedBy(made((page) => page.getMap("x").set("a", 1))), "malformed");
    assert.equal(await refusedBy(made((page) => page.getText("other").insert(0, "a"))), "malformed");
    assert.equal(await refusedBy(made((page) => page.getText("text").insertEmbed(0, { a: 1 }))), "malformed");
    assert.equal(await refusedBy(made((page) => page.getText("text").insert(0, "a", { bold: true }))), "malformed");
  });

  it("is refused when it is more than a document holds", async () => {
    const page = new Y.Doc();
    page.getText("text").insert(0, "x".repeat(1024 * 1024));
    assert.equal(await refusedBy(Y.encodeStateAsUpdate(page)), "large");
  });

  it("is refused when it follows on what nobody has sent, and leaves nothing behind", async () => {
    const page = new Y.Doc();
    page.getText("text").insert(0, "first");
    const vector = Y.encodeStateVector(page);
    page.getText("text").insert(5, "second");
    assert.equal(await refusedBy(Y.encodeStateAsUpdate(page, vector)), "malformed");
    const both = await shared("text");
    both.document.apply(Y.encodeStateAsUpdate(page, vector), "mallory");
    const good = both.join();
    write(good, 4, "!");
    assert.equal(both.document.text, "text!");
    both.document.drop();
  });

  it("is stopped between two pieces when it takes long, and who sends the rest again is done at last", () => {
    // Each page's character claims the beginning, and the one after it comes first: a search through all, for each.
    const pages = 300;
    const hostile = new Y.Doc();
    for (let client = 1; client <= pages; client++) {
      const page = new Y.Doc();
      page.clientID = client;
      page.getText("text").insert(0, "b");
      Y.applyUpdate(hostile, Y.encodeStateAsUpdate(page));
    }
    const document = new Y.Doc();
    document.getText("text");
    // Each look at it is a millisecond later.
    let time = 0;
    const clock = () => time++;
    const refused: (string | undefined)[] = [];
    do {
      const rest = Y.encodeStateAsUpdate(hostile, Y.encodeStateVector(document));
      refused.push(applyChecked(document, rest, "mallory", clock));
      assert.ok(refused.length < 10, "it gets on");
    } while (refused.at(-1) !== undefined);
    assert.deepEqual(refused, ["slow", "slow", undefined]);
    assert.equal(document.getText("text").length, pages);
  });

  it("is refused when it takes out more pieces than one page can have made", async () => {
    const page = new Y.Doc();
    page.clientID = 7;
    page.getText("text").insert(0, "x".repeat(120_000));
    const both = await shared("");
    assert.equal(both.document.apply(Y.encodeStateAsUpdate(page), page), undefined);
    // No new text; of client 7 every second character: each splits what was one piece.
    const ranges = Array.from({ length: 60_000 }, (_, index) => [index * 2, 1]);
    const update = Uint8Array.from([0, 1, 7, ranges.length, ...ranges.flat()].flatMap(variable));
    assert.equal(both.document.apply(update, page), "malformed");
    assert.equal(both.document.text.length, 120_000);
    const few = Uint8Array.from([0, 1, 7, 2, 0, 1, 2, 1].flatMap(variable));
    assert.equal(both.document.apply(few, page), undefined, "what makes it malformed is the number");
    assert.equal(both.document.text.length, 119_998);
    both.document.drop();
  });

  it("is refused when it makes up more writers than a document has, and one with many is begun anew", async () => {
    /** Of each writer one piece that is gone already. */
    const writers = (first: number, count: number) => {
      const ids = Array.from({ length: count }, (_, index) => first + index);
      return Uint8Array.from([...variable(count), ...ids.flatMap((id) => [1, ...variable(id), 0, 0, 1]), 0]);
    };
    const both = await shared("as it was");
    both.join();
    assert.equal(both.document.apply(writers(1_000, 40_000), "page"), "large");
    for (let first = 100_000; first < 104_000; first += 1_000) {
      assert.equal(both.document.apply(writers(first, 1_000), "page"), undefined);
    }
    assert.equal(both.document.apply(writers(200_000, 1_000), "page"), "large");
    assert.equal(both.document.apply(writers(100_000, 1_000), "page"), undefined, "known ones are no more");
    await both.document.save();
    assert.deepEqual(both.happened, ["saved", "ended again"]);
    assert.equal(both.file.text, "as it was");
  });
});

/** Yjs's numbers: seven bits in each byte, the lowest first. */
function variable(value: number): number[] {
  return value < 128 ? [value] : [128 + (value % 128), ...variable(Math.floor(value / 128))];
}
