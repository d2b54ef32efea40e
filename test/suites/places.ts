import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Places, PlacesOptions } from "../../server/playground/workspaces/places.ts";

const minute = 60_000;

export interface PlacesFixture {
  /** new ones, all free */
  places: (options: PlacesOptions) => Places | Promise<Places>;
  dispose?: () => Promise<void>;
}

/** What places for live workspaces must do, wherever they are kept. */
export function placesSuite(name: string, start: () => Promise<PlacesFixture>): void {
  describe(`places for live workspaces ${name}`, () => {
    const lost: string[] = [];
    let fixture: PlacesFixture | undefined;
    before(async () => {
      fixture = await start();
    });
    after(() => fixture?.dispose?.());
    const places = async (most: number): Promise<Places> => {
      lost.length = 0;
      assert.ok(fixture);
      return fixture.places({ most, onLost: (id) => lost.push(id) });
    };
    const ask = async (from: Places, ...asking: [string, number][]): Promise<(number | undefined)[]> => {
      const positions = [];
      for (const [id, now] of asking) positions.push(await from.ask(id, now));
      return positions;
    };

    it("are without end where the operator says nothing", async () => {
      assert.deepEqual(await ask(await places(0), ["a", 0], ["b", 0], ["c", 0]), [undefined, undefined, undefined]);
    });

    it("are given in the order of asking, and kept by who has one", async () => {
      const two = await places(2);
      assert.deepEqual(await ask(two, ["a", 0], ["b", 0]), [undefined, undefined]);
      assert.deepEqual(await ask(two, ["c", 1], ["d", 2], ["c", 3], ["a", 3]), [1, 2, 1, undefined]);
      await two.leave("a");
      assert.equal(await two.ask("d", 4), 2, "the first in the queue has it, though another asks first");
      assert.deepEqual(await ask(two, ["c", 5], ["d", 6]), [undefined, 1]);
    });

    it("are given to one, though many ask at once", async () => {
      const one = await places(1);
      const answers = await Promise.all(["a", "b", "c", "d"].map((id) => one.ask(id, 0)));
      assert.deepEqual(
        answers.toSorted((a, b) => (a ?? 0) - (b ?? 0)),
        [1, 2, 3, undefined],
      );
    });

    it("are not waited for by who has gone away from the queue", async () => {
      const one = await places(1);
      assert.deepEqual(await ask(one, ["a", 0], ["gone", 0], ["c", 1000]), [undefined, 1, 2]);
      await one.seen("a", 20_000);
      assert.equal(await one.ask("c", 20_000), 1);
      await one.leave("c");
      assert.equal(await one.ask("d", 20_000), 1, "who waits may leave the queue");
    });

    it("go to who waits when nobody was seen in them for long, the longest first", async () => {
      const two = await places(2);
      await ask(two, ["a", 0], ["b", 0]);
      await two.seen("a", minute);
      await two.seen("nobody", minute);
      assert.equal(await two.ask("c", 4 * minute), 1);
      assert.deepEqual(lost, []);
      assert.equal(await two.ask("c", 5.5 * minute), undefined);
      assert.deepEqual(lost, ["b"]);
      assert.deepEqual(await ask(two, ["a", 5.5 * minute], ["b", 5.5 * minute]), [undefined, 1]);
    });
  });
}
