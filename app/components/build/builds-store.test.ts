import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildSummary, FileEntry } from "../../../server/contract/extension-api.ts";
import { BuildsStore, type BuildsParts } from "./builds-store.ts";
import { messages } from "../../lib/messages.ts";
import { Store } from "../../lib/store.ts";

const summary = (id: string, status: BuildSummary["status"] = "running"): BuildSummary => ({
  id,
  status,
  tags: [],
  contextPath: "",
  dockerfile: "Dockerfile",
  startedAt: 0,
});

/** A page, and what the server tells it of builds. */
function fixture() {
  let told: (all: BuildSummary[]) => void = () => undefined;
  const follow = ((source: { kind: string }, { onData }: { onData: typeof told }) => {
    if (source.kind === "builds") told = onData;
    return () => undefined;
  }) as unknown as BuildsParts["connection"]["follow"];
  const files = { entries: new Store<FileEntry[] | undefined>(undefined) };
  const state = new Store({ connected: true });
  const documents = { active: new Store("Dockerfile") };
  const said: string[] = [];
  const notices = { show: (_kind: string, text: string) => said.push(text) };
  const parts = { connection: { follow, state }, files, documents, notices };
  const builds = new BuildsStore(parts as unknown as BuildsParts);
  const ready = builds.start();
  /** as the engine tells of them: newest first */
  const tell = async (...all: BuildSummary[]): Promise<string | undefined> => {
    told(all);
    await new Promise((resolve) => setImmediate(resolve));
    return builds.shown.value?.summary.id;
  };
  return { builds, ready, tell, state, said, files, documents };
}

/** The build that is shown has ended. */
function end({ shown }: BuildsStore): void {
  shown.update((build) => build && { ...build, summary: { ...build.summary, status: "completed" } });
}

test("a build that was begun elsewhere is shown, and those that come after it", async () => {
  const { builds, ready, tell } = fixture();
  assert.equal(await tell(summary("1", "completed")), "1");
  await ready;
  builds.show(summary("1", "interrupted"));
  assert.equal(await tell(summary("2", "interrupted"), summary("1", "completed")), "2");
  assert.deepEqual(
    builds.history.value.map(({ id }) => id),
    ["2", "1"],
  );
});

test("Build builds the Dockerfile in the editor, else that of the build that is shown, else the topmost", async () => {
  const { builds, tell, files, documents } = fixture();
  const file = (path: string): FileEntry => ({ path, kind: "file", version: "1", size: 1, executable: false });
  files.entries.set(["store/Dockerfile", "web/Dockerfile", "README.md"].map(file));
  documents.active.set("README.md");
  assert.equal(builds.target(), "store/Dockerfile");
  await tell({ ...summary("1", "completed"), contextPath: "web" });
  assert.equal(builds.target(), "web/Dockerfile");
  files.entries.set(["store/Dockerfile"].map(file));
  assert.equal(builds.target(), "store/Dockerfile", "that one is gone");
  documents.active.set("other/Dockerfile.dev");
  assert.equal(builds.target(), "other/Dockerfile.dev");
});

test("who looks at an earlier build, or at one that is going, goes on doing so", async () => {
  const { builds, tell } = fixture();
  await tell(summary("2", "completed"), summary("1", "completed"));
  builds.show(summary("1", "interrupted"));
  assert.equal(await tell(summary("3"), summary("2", "completed"), summary("1", "completed")), "1");
  builds.show(summary("3"));
  assert.equal(await tell(summary("4"), summary("3"), summary("2", "completed"), summary("1", "completed")), "3");
});

test("one that was begun elsewhere while this page's was going holds back none that comes later", async () => {
  const { builds, tell } = fixture();
  await tell(summary("1", "completed"));
  await builds.begin(() => Promise.resolve(summary("own")));
  builds.show(summary("own"));
  assert.equal(await tell(summary("during"), summary("own"), summary("1", "completed")), "own");
  end(builds);
  const before = [summary("during", "completed"), summary("own", "completed"), summary("1", "completed")];
  assert.equal(await tell(...before), "own", "what it shows stays until something new begins");
  assert.equal(await tell(summary("later"), ...before), "later");
});

test("a variant of an experiment is shown by the experiment only, also when it is told of before it is answered", async () => {
  const { builds, tell } = fixture();
  await tell(summary("1", "completed"));
  builds.show(summary("1", "interrupted"));
  const answer = Promise.withResolvers<BuildSummary>();
  const begun = builds.begin(() => answer.promise);
  assert.equal(await tell(summary("2"), summary("1", "completed")), "1");
  answer.resolve(summary("2"));
  await begun;
  assert.equal(await tell(summary("2", "completed"), summary("1", "completed")), "1");
  // A start that was refused holds nothing back.
  await assert.rejects(builds.begin(() => Promise.reject(new Error("full"))));
  builds.show(summary("2", "interrupted"));
  assert.equal(await tell(summary("3"), summary("2", "completed"), summary("1", "completed")), "3");
});

test("without a connection no build begins, and why is said", async () => {
  const { builds, state, said } = fixture();
  state.set({ connected: false });
  assert.equal(await builds.build(), undefined);
  assert.equal(builds.starting.value, false);
  assert.deepEqual(said, [messages.build.needsConnection]);
});
