import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Replay } from "./replay.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (part: Uint8Array): string => new TextDecoder().decode(part);

describe("what a terminal shows again", () => {
  it("is parted from what is new, also within a payload", () => {
    const replay = new Replay(5);
    const parts = [replay.split(bytes("abc"), 0), replay.split(bytes("defg"), 3), replay.split(bytes("hi"), 7)];
    assert.deepEqual(
      parts.map(({ old, fresh }) => [text(old), text(fresh)]),
      [
        ["abc", ""],
        ["de", "fg"],
        ["", "hi"],
      ],
    );
  });

  it("is over when the terminal has digested the last old byte", () => {
    const replay = new Replay(5);
    replay.digested(3);
    assert.equal(replay.over, false);
    replay.digested(5);
    assert.equal(replay.over, true);
  });

  it("is over from the beginning for a terminal that nobody has seen", () => {
    assert.equal(new Replay(0).over, true);
  });

  it("is over at once when its bytes are gone", () => {
    const replay = new Replay(5);
    const { old } = replay.split(bytes("later"), 100);
    replay.digested(100 + old.length);
    assert.equal(replay.over, true);
  });
});
