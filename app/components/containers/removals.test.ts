/** A container is removed a little after that was asked for: until then it can be taken back. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";
import { Removals } from "./removals.ts";
import { grace } from "../ui/put-off.ts";
import { ApiError } from "../../lib/http.ts";

const web = { id: "c1", name: "web", state: "running" } as const;
const old = { id: "c2", name: "old", state: "exited" } as const;

describe("the removal of a container", () => {
  let removed: string[];
  let answer: () => Promise<void>;
  let shown: Map<number, { kind: string; text: string; act: (() => void) | undefined }>;
  let removals: Removals;
  beforeEach(() => {
    mock.timers.enable({ apis: ["setTimeout"] });
    removed = [];
    answer = () => Promise.resolve();
    shown = new Map();
    const api = {
      removeContainer: (id: string) => {
        removed.push(id);
        return answer();
      },
    };
    let count = 0;
    removals = new Removals(api, {
      show: (kind, text, action) => {
        shown.set(++count, { kind, text, act: action?.act });
        return count;
      },
      dismiss: (id) => shown.delete(id),
    });
  });
  afterEach(() => mock.timers.reset());
  const notices = (): string[] => [...shown.values()].map(({ kind, text }) => `${kind}: ${text}`);
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it("waits for who takes it back, by the notice or by its row", () => {
    removals.ask(web);
    removals.ask(old);
    assert.deepEqual(notices(), ["note: web will be removed in a moment.", "note: old will be removed in a moment."]);
    mock.timers.tick(grace - 1);
    removals.undo("c1");
    [...shown.values()].at(-1)?.act?.();
    mock.timers.tick(grace);
    assert.deepEqual([removed, notices(), removals.pending.value.size], [[], [], 0]);
  });

  it("is carried out then, once, and shown as such until the list is without it", async () => {
    removals.ask(web);
    removals.ask(web);
    mock.timers.tick(grace);
    await settled();
    assert.deepEqual([removed, notices()], [["c1"], []]);
    removals.undo("c1");
    assert.equal(removals.pending.value.get("c1")?.waits, false, "it is too late to take it back");
    removals.listed([old]);
    assert.equal(removals.pending.value.size, 0);
  });

  it("is carried out at once where its name, ports or room may be needed, and waited for", async () => {
    removals.ask(web);
    removals.ask(old);
    let finish = (): void => undefined;
    answer = () => new Promise((resolve) => (finish = resolve));
    let isOver = false;
    const settling = removals.settle().then(() => (isOver = true));
    assert.deepEqual(removed, ["c1", "c2"]);
    await settled();
    assert.equal(isOver, false);
    answer = () => Promise.resolve();
    removals.listed([]);
    finish();
    void settling;
    mock.timers.tick(grace);
    assert.deepEqual(removed, ["c1", "c2"], "not again");
  });

  it("is over when somebody else has removed it, who types docker rm or is quicker by a moment", async () => {
    removals.ask(web);
    removals.listed([old]);
    mock.timers.tick(grace);
    assert.deepEqual([removed, notices()], [[], []]);
    answer = () => Promise.reject(new ApiError(404, "No such container: c2"));
    removals.ask(old);
    mock.timers.tick(grace);
    await settled();
    assert.deepEqual([removed, notices(), removals.pending.value.size], [["c2"], [], 0]);
  });

  it("is dropped when somebody starts the container meanwhile, not when it goes on or ends", () => {
    removals.ask(web);
    removals.ask(old);
    removals.listed([
      { ...web, state: "exited" },
      { ...old, state: "running" },
    ]);
    mock.timers.tick(grace);
    assert.deepEqual(removed, ["c1"]);
    assert.deepEqual(notices(), ["note: old was started meanwhile: it is kept."]);
  });

  it("leaves the container as it was, with the reason, when it fails", async () => {
    answer = () => Promise.reject(new ApiError(503, "The engine is restarting."));
    removals.ask(web);
    mock.timers.tick(grace);
    await settled();
    assert.deepEqual([notices(), removals.pending.value.size], [["error: The engine is restarting."], 0]);
  });

  it("is dropped with its page", () => {
    removals.ask(web);
    removals.stop();
    mock.timers.tick(grace);
    assert.deepEqual([removed, notices()], [[], []]);
  });
});
