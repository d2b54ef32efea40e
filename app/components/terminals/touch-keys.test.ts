import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TouchKeys, touchKeys } from "./touch-keys.ts";

const named = (name: string) => touchKeys.find((key) => key.name === name) ?? touchKeys[0];

describe("the keys that a phone lacks", () => {
  it("send what a keyboard's do, arrows as the program has asked for them", () => {
    const keys = new TouchKeys();
    assert.equal(keys.press(named("escape"), false), "\u001B");
    assert.equal(keys.press(named("tab"), false), "\t");
    assert.equal(keys.press(named("up"), false), "\u001B[A");
    assert.equal(keys.press(named("left"), true), "\u001BOD");
  });

  it("have a Ctrl that holds for one key, of either keyboard", () => {
    const keys = new TouchKeys();
    const withCtrl = (typed: string): string => {
      keys.ctrl.set(true);
      return keys.typed(typed);
    };
    assert.deepEqual(["c", "D", "[", "_", " ", "?", "@"].map(withCtrl), [
      "\u0003",
      "\u0004",
      "\u001B",
      "\u001F",
      "\0",
      "\u007F",
      "\0",
    ]);
    assert.equal(keys.typed("c"), "c", "it was let go");
    keys.ctrl.set(true);
    assert.equal(keys.press(named("right"), true), "\u001B[1;5C");
    assert.equal(keys.ctrl.value, false);
    // A paste, an umlaut and a digit have none.
    assert.deepEqual(["echo", "ä", "1"].map(withCtrl), ["echo", "ä", "1"]);
  });

  it("are not used up by what the terminal answers by itself", () => {
    const keys = new TouchKeys();
    keys.ctrl.set(true);
    assert.equal(keys.typed("\u001B[1;1R"), "\u001B[1;1R");
    assert.equal(keys.typed("c"), "\u0003");
  });
});
