import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { currentTime, inTurns, type ThreadTime } from "#engine/concurrency/thread-time.ts";
import { packDirectory } from "#engine/diff/pack.ts";

const directory = mkdtempSync(join(tmpdir(), "dd-turns-"));
after(() => rmSync(directory, { recursive: true }));

/** Somebody's time that is told how often it was taken, and may be had when `open` says so. */
function counted(open: Promise<void> = Promise.resolve()): ThreadTime & { taken: number } {
  const time = {
    taken: 0,
    spend: async <T>(work: () => T): Promise<Awaited<T>> => {
      await open;
      time.taken++;
      return await work();
    },
  };
  return time;
}

function* steps(ended: { yes: boolean }): Generator<Buffer | undefined, void> {
  try {
    for (let index = 0; index < 5; index++) {
      yield undefined;
      yield Buffer.from([index]);
    }
  } finally {
    ended.yes = true;
  }
}

test("what is made in steps is made in turns, whole and in order", async () => {
  const time = counted();
  const made: Buffer[] = [];
  for await (const piece of inTurns(steps({ yes: false }), time)) made.push(piece);
  assert.deepEqual(Buffer.concat(made), Buffer.from([0, 1, 2, 3, 4]));
  assert.equal(time.taken, 6, "one for each piece, and one for the end");
});

test("who reads no further ends it", async () => {
  const ended = { yes: false };
  for await (const piece of inTurns(steps(ended), counted())) {
    assert.equal(piece[0], 0);
    break;
  }
  assert.equal(ended.yes, true);
});

test("an archive is made in the time of whose request it is for, whoever reads it and when", async () => {
  mkdirSync(join(directory, "files"));
  for (let index = 0; index < 8; index++) writeFileSync(join(directory, "files", String(index)), Buffer.alloc(300_000));
  const gate = Promise.withResolvers<void>();
  const [ada, bob] = [counted(gate.promise), counted()];
  const archive = currentTime.run(ada, () => packDirectory(directory, "files"));
  let bytes = 0;
  const read = currentTime.run(bob, async () => {
    for await (const piece of archive as AsyncIterable<Buffer>) bytes += piece.length;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(bytes, 0, "it is not yet her turn");
  gate.resolve();
  await read;
  assert.ok(bytes > 8 * 300_000);
  assert.ok(ada.taken > 8, `${ada.taken} turns`);
  assert.equal(bob.taken, 0);
});
