import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { EmbedCommand } from "#contract/sharing.ts";
import { listenToPage, tellPage } from "./page-messages.ts";

const page = globalThis as unknown as Record<string, unknown>;
let listener: ((event: { source: unknown; data: unknown }) => void) | undefined;
const told: unknown[] = [];
const parent = { postMessage: (message: unknown) => told.push(message) };

beforeEach(() => {
  told.length = 0;
  page["window"] = { parent };
  page["addEventListener"] = (_type: string, given: typeof listener) => (listener = given);
  page["removeEventListener"] = () => (listener = undefined);
});
afterEach(() => {
  for (const name of ["window", "addEventListener", "removeEventListener"]) Reflect.deleteProperty(page, name);
});

describe("a frame and the page around it", () => {
  it("takes commands of that page alone, and of a command's shape alone", () => {
    const heard: EmbedCommand[] = [];
    const stop = listenToPage((command) => heard.push(command));
    const write = { drydock: "write", path: "Dockerfile", text: "FROM busybox\n" };
    listener?.({ source: parent, data: write });
    listener?.({ source: {}, data: write });
    const others = [null, "build", { drydock: "erase" }, { ...write, path: "" }, { drydock: "type", text: 1 }];
    for (const data of [...others, { drydock: "type", text: "x".repeat(5000) }]) listener?.({ source: parent, data });
    assert.deepEqual(heard, [write]);
    stop();
    assert.equal(listener, undefined);
  });

  it("tells nobody when there is no page around it", () => {
    tellPage({ drydock: "run", snippet: "x" });
    assert.deepEqual(told, [{ drydock: "run", snippet: "x" }]);
    const alone = { postMessage: parent.postMessage, parent: undefined as unknown };
    alone.parent = alone;
    page["window"] = alone;
    tellPage({ drydock: "run", snippet: "x" });
    assert.equal(told.length, 1);
  });
});
