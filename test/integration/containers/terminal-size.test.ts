import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Machine, whyNot } from "./machine.ts";

const skip = whyNot() ?? false;

describe("the terminal of a container", { skip }, () => {
  const machine = new Machine();
  before(() => machine.start());
  after(() => machine.dispose());

  // Before the first program runs: a client's resize comes after it, and a program that draws once has drawn by then.
  it("has the size that its request tells, from the start", async () => {
    const id = await machine.run(["stty", "size"], {
      config: { tty: true },
      host: { shown: { empty: [], consoleSize: [57, 123] } },
    });
    assert.equal((await machine.logged(id)).trim(), "57 123");
  });
});
