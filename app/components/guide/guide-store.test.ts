/** Where the guide is shown: in the workspace where it was begun, and at first where nothing was built yet. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { BuildSummary } from "#contract/extension-api.ts";
import { emptyBuild } from "../build/build-state.ts";
import type { BuildState } from "../build/build-state.ts";
import { GuideStore } from "./guide-store.ts";
import { Store } from "../../lib/store.ts";

const kept = new Map<string, string>();
Object.defineProperty(globalThis, "localStorage", {
  value: {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  },
});
beforeEach(() => kept.clear());

const completed: BuildSummary = { id: "1", status: "completed", tags: [], dockerfile: "Dockerfile", startedAt: 0 };

/** The page of a workspace, once the history of its builds has come. */
async function open(id: string, { first = false, history = [] as BuildSummary[] } = {}) {
  const builds = {
    shown: new Store<BuildState | undefined>(undefined),
    view: new Store("steps" as const),
    history: new Store(history),
    known: new Store(false),
  };
  const guide = new GuideStore({ id, builds, containers: { list: new Store([]), opened: new Store(0) } });
  guide.start(first);
  builds.known.set(true);
  await new Promise((resolve) => setImmediate(resolve));
  return { guide, build: () => builds.shown.set(emptyBuild(completed)) };
}

test("it begins at the door, where nothing was built yet", async () => {
  assert.equal((await open("a", { first: true })).guide.place.value, "build");
  assert.equal((await open("a")).guide.place.value, "over", "a link's workspace");
  assert.equal((await open("a", { first: true, history: [completed] })).guide.place.value, "over");
});

test("it goes on where it was, in its own workspace only", async () => {
  const { build, guide } = await open("a", { first: true });
  build();
  assert.equal(guide.place.value, "again");
  assert.equal((await open("a", { history: [completed] })).guide.place.value, "again");
  assert.equal((await open("b")).guide.place.value, "over");
});

test("what was skipped begins nowhere by itself, but when it is asked for", async () => {
  (await open("a", { first: true })).guide.skip();
  const { guide, build } = await open("b", { first: true });
  assert.equal(guide.place.value, "over");
  guide.begin();
  assert.equal(guide.place.value, "build");
  build();
  assert.equal(guide.place.value, "again");
});
