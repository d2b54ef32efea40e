import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Places } from "../../../server/playground/workspaces/places.ts";

const minute = 60_000;

describe("places for live workspaces", () => {
  const lost: string[] = [];
  const places = (most: number): Places => {
    lost.length = 0;
    return new Places({ most, onLost: (id) => lost.push(id) });
  };

  it("are without end where the operator says nothing", () => {
    const all = places(0);
    assert.deepEqual([all.ask("a", 0), all.ask("b", 0), all.has("c")], [undefined, undefined, true]);
  });

  it("are given in the order of asking, and kept by who is seen", () => {
    const two = places(2);
    assert.deepEqual([two.ask("a", 0), two.ask("b", 0)], [undefined, undefined]);
    assert.deepEqual([two.ask("c", 1), two.ask("d", 2), two.ask("c", 3)], [1, 2, 1]);
    assert.deepEqual([two.has("a"), two.has("c")], [true, false]);
    two.leave("a");
    assert.equal(two.ask("d", 4), 2, "the first in the queue has it, though another asks first");
    assert.equal(two.ask("c", 5), undefined);
    assert.equal(two.ask("d", 6), 1);
  });

  it("are not waited for by who has gone away from the queue", () => {
    const one = places(1);
    one.ask("a", 0);
    assert.equal(one.ask("gone", 0), 1);
    assert.equal(one.ask("c", 1000), 2);
    one.seen("a", 20_000);
    assert.equal(one.ask("c", 20_000), 1);
  });

  it("go to who waits when nobody was seen in them for long, the longest first", () => {
    const two = places(2);
    two.ask("a", 0);
    two.ask("b", 0);
    two.seen("a", minute);
    assert.equal(two.ask("c", 4 * minute), 1);
    assert.deepEqual(lost, []);
    assert.equal(two.ask("c", 5.5 * minute), undefined);
    assert.deepEqual(lost, ["b"]);
    assert.deepEqual([two.has("a"), two.has("b"), two.has("c")], [true, false, true]);
  });
});
