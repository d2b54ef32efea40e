import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { takeRunWish, wishRun } from "./run-wish.ts";
import { takeTypedWish, wishTyped } from "./typed-wish.ts";

const page = globalThis as unknown as Record<string, unknown>;
beforeEach(() => {
  const kept = new Map<string, string>();
  page["sessionStorage"] = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  };
});
afterEach(() => Reflect.deleteProperty(page, "sessionStorage"));

describe("what one page wishes of the next", () => {
  it("is done in that workspace, once", () => {
    wishRun("w1");
    assert.deepEqual([takeRunWish("w1"), takeRunWish("w1")], [true, false]);
    wishTyped("w1", "git clone x\n");
    assert.deepEqual([takeTypedWish("w1"), takeTypedWish("w1")], ["git clone x\n", undefined]);
  });

  it("is done in no other one, nor after that", () => {
    wishRun("w1");
    wishTyped("w1", "x");
    assert.deepEqual([takeRunWish("w2"), takeRunWish("w1")], [false, false]);
    assert.deepEqual([takeTypedWish("w2"), takeTypedWish("w1")], [undefined, undefined]);
  });

  it("is none where a browser keeps nothing", () => {
    page["sessionStorage"] = undefined;
    wishRun("w1");
    wishTyped("w1", "x");
    assert.deepEqual([takeRunWish("w1"), takeTypedWish("w1")], [false, undefined]);
  });
});
