/** What the panes of a page show, as the others are told it, and as who follows is shown it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildSummary } from "#contract/extension-api.ts";
import type { ContainerView } from "#contract/playground-api.ts";
import { BuildsStore, type BuildsParts } from "../build/builds-store.ts";
import { ContainersStore } from "../containers/containers-store.ts";
import type { DocumentsStore } from "../editor/documents-store.ts";
import type { TerminalsStore } from "../terminals/terminals-store.ts";
import { goAlong } from "./go-along.ts";
import { Store } from "../../lib/store.ts";
import { openTogether } from "./test-page.ts";

const summary = (id: string): BuildSummary => ({
  id,
  status: "completed",
  tags: [],
  contextPath: "",
  dockerfile: "Dockerfile",
  startedAt: 0,
});

/** A page with two builds and two containers, and somebody else's. */
function openPage() {
  const { connection, together, told, theirs, enter } = openTogether();
  const files = { entries: new Store(undefined) };
  const builds = new BuildsStore({ connection, files } as unknown as BuildsParts);
  builds.history.set([summary("b2"), summary("b1")]);
  builds.show(summary("b2"));
  const containers = new ContainersStore({} as never, { show: () => 1, dismiss: () => undefined } as never);
  containers.list.set([{ id: "c1" }, { id: "c2" }] as ContainerView[]);
  containers.selected.set("c1");
  const shownFiles: string[] = [];
  const documents = {
    active: new Store<string | undefined>(undefined),
    show: async (path: string) => shownFiles.push(path),
  } as unknown as DocumentsStore;
  const terminals = {
    active: new Store(undefined),
    tabs: new Store([]),
    look: () => undefined,
  } as unknown as TerminalsStore;
  goAlong(together, { builds, containers, documents, terminals });
  return { together, builds, containers, shownFiles, told, theirs, leave: () => enter("2") };
}

test("what the panes show is told: the build, how it is looked at, the chosen container and its side", async () => {
  const { builds, containers, told } = openPage();
  builds.show(summary("b1"));
  builds.view.set("timeline");
  builds.toggled.set({ id: "sha256:ab", open: true });
  containers.selected.set("c2");
  containers.tab.set("usage");
  while (told.at(-1)?.running?.tab !== "usage") await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(told.at(-1), {
    build: { id: "b1", view: "timeline", step: { id: "sha256:ab", open: true } },
    running: { view: "containers", tab: "usage", container: "c2" },
    removing: [],
  });
});

test("what a page is about to remove is told to the others, who see by whom, until it is taken back or its page goes", async () => {
  const { containers, told, theirs, leave } = openPage();
  containers.removals.ask({ id: "c2", name: "web", state: "running" });
  while (told.at(-1)?.removing?.length !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(told.at(-1)?.removing, ["c2"]);
  containers.removals.undo("c2");
  while (told.at(-1)?.removing?.length !== 0) await new Promise((resolve) => setTimeout(resolve, 5));
  theirs({ removing: ["c1"] });
  assert.deepEqual(containers.removals.byOthers.value, { c1: "Ada" });
  theirs({ removing: [] });
  assert.deepEqual(containers.removals.byOthers.value, {});
  theirs({ removing: ["c1"] });
  leave();
  assert.deepEqual(containers.removals.byOthers.value, {});
});

test("who follows is shown what the followed person's panes show, as soon as it is there", () => {
  const { together, builds, containers, shownFiles, theirs } = openPage();
  const build = { id: "b1", view: "layers", step: { id: "s", open: true } };
  theirs({ path: "a", build, running: { view: "containers", tab: "files", container: "c2" } });
  assert.equal(builds.shown.value?.summary.id, "b2", "nobody is followed");
  together.follow("1");
  assert.deepEqual(shownFiles, ["a"]);
  const shown = () => [builds.shown.value?.summary.id, builds.view.value, builds.toggled.value];
  assert.deepEqual(shown(), ["b1", "layers", { id: "s", open: true }]);
  assert.deepEqual([containers.selected.value, containers.tab.value], ["c2", "files"]);
  theirs({ build: { id: "b3", view: "steps" }, running: { view: "networks", tab: "nonsense", container: "c3" } });
  assert.deepEqual(shown(), ["b1", "layers", { id: "s", open: true }], "a build that this page does not know yet");
  builds.history.set([summary("b3"), summary("b2"), summary("b1")]);
  assert.deepEqual(shown(), ["b3", "steps", undefined]);
  assert.deepEqual(
    [containers.view.value, containers.tab.value, containers.selected.value],
    ["networks", "files", "c2"],
  );
});
