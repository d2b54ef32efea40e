import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type * as Y from "yjs";
import { documentText } from "../../../../server/contract/document-events.ts";
import { Memory, MemoryFile, Shared, textOf } from "./writer.ts";

const act = <What extends string>(weight: number, ...whats: What[]) => ({
  weight,
  arbitrary: fc.record({ what: fc.constantFrom(...whats), page: fc.nat(1), at: fc.nat(20) }),
});
/** What may happen: pages and a shell put words in and take words out, connections come and go, web is killed. */
const happening = fc.oneof(
  act(4, "page writes", "page deletes"),
  act(3, "shell writes", "shell deletes"),
  act(4, "saved", "looked", "save lost", "leaves", "comes back", "killed"),
);

/** One character each, so that none is half of another; each on a line of its own, unless two change a line at once. */
const wordAt = (index: number): string => String.fromCodePoint(0x4e00 + index);
const wordsOf = (text: string): string[] => text.match(/[\u4e00-\u9fff]/g) ?? [];
const newWord = (known: Set<string>): string => {
  const word = wordAt(known.size);
  known.add(word);
  return word;
};

/** Where in a text a word goes before the nth, or after the last. */
function placeOf(text: string, nth: number): number {
  const words = wordsOf(text);
  const at = nth % (words.length + 1);
  return at === words.length ? text.length : text.indexOf(words[at] ?? "");
}

/** The nth word, with the end of its line. */
function rangeOf(text: string, nth: number): { word: string; from: number; length: number } | undefined {
  const words = wordsOf(text);
  const word = words[nth % words.length];
  if (word === undefined) return undefined;
  const from = text.indexOf(word);
  return { word, from, length: word.length + (text[from + word.length] === "\n" ? 1 : 0) };
}

class Scene {
  readonly written = new Set([wordAt(0), wordAt(1)]);
  readonly gone = new Set<string>();
  readonly file = new MemoryFile(`${wordAt(0)}\n${wordAt(1)}\n`);
  readonly memory = new Memory();
  readonly pages: Y.Doc[] = [];
  shared!: Shared;

  async begin(): Promise<void> {
    this.shared = await new Shared(this.file, this.memory).open();
    this.pages.push(this.shared.join(), this.shared.join());
  }

  pageWrites(page: Y.Doc, at: number): void {
    page.getText(documentText).insert(placeOf(textOf(page), at), `${newWord(this.written)}\n`);
  }

  pageDeletes(page: Y.Doc, at: number): void {
    const range = rangeOf(textOf(page), at);
    if (range === undefined) return;
    this.gone.add(range.word);
    page.getText(documentText).delete(range.from, range.length);
  }

  shellWrites(at: number): void {
    const text = this.file.text ?? "";
    const place = placeOf(text, at);
    this.file.become(`${text.slice(0, place)}${newWord(this.written)}\n${text.slice(place)}`);
  }

  shellDeletes(at: number): void {
    const text = this.file.text ?? "";
    const range = rangeOf(text, at);
    if (range === undefined) return;
    this.gone.add(range.word);
    this.file.become(text.slice(0, range.from) + text.slice(range.from + range.length));
  }

  /** Whether it had arrived is seen before a shell writes: after that nobody can tell. */
  async saveLost(isKilled: boolean): Promise<void> {
    this.file.failing = "lost";
    await this.shared.document.save();
    this.file.failing = undefined;
    await (isKilled ? this.killed() : this.shared.document.look());
  }

  async killed(): Promise<void> {
    this.shared.document.drop();
    const there = [...this.shared.pages];
    this.shared = await new Shared(this.file, this.memory).open();
    for (const page of there) this.shared.join(page);
  }

  comesBack(page: Y.Doc): void {
    if (!this.shared.pages.has(page)) this.shared.join(page);
  }

  /** Everybody is there, and all is saved. */
  async settle(): Promise<void> {
    for (const page of this.pages) this.comesBack(page);
    for (let round = 0; round < 3; round++) {
      await this.shared.document.look();
      await this.shared.document.save();
    }
    this.shared.document.drop();
  }
}

async function happen(scene: Scene, what: string, page: Y.Doc, at: number): Promise<void> {
  switch (what) {
    case "page writes":
      return scene.pageWrites(page, at);
    case "page deletes":
      return scene.pageDeletes(page, at);
    case "shell writes":
      return scene.shellWrites(at);
    case "shell deletes":
      return scene.shellDeletes(at);
    case "saved":
      return void (await scene.shared.document.save());
    case "looked":
      return scene.shared.document.look();
    case "save lost":
      return scene.saveLost(at % 2 === 0);
    case "leaves":
      return scene.shared.leave(page);
    case "comes back":
      return scene.comesBack(page);
    default:
      return scene.killed();
  }
}

test("what somebody wrote is there once, and nothing that somebody took out, whatever happens between", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 25 }), async (happenings) => {
      const scene = new Scene();
      await scene.begin();
      for (const { what, page, at } of happenings) await happen(scene, what, scene.pages[page]!, at);
      await scene.settle();
      const { file, written, gone, pages } = scene;
      assert.deepEqual(wordsOf(file.text ?? "").toSorted(), [...written].filter((word) => !gone.has(word)).toSorted());
      for (const page of pages) assert.equal(textOf(page), file.text);
    }),
    { numRuns: 400 },
  );
});
