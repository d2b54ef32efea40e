/** What is shown of the files of an image's layers, as the others are told it, and as who follows is shown it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DirectoryListing, ImageLayers } from "#contract/image-files.ts";
import { longestFilePath, mostOpen } from "#contract/together-events.ts";
import type { Place } from "#contract/together-events.ts";
import { browseAlong } from "./browse-along.ts";
import type { LayersApi } from "./layers-api.ts";
import { LayersStore } from "./layers-store.ts";
import { openTogether } from "../together/test-page.ts";

/** In `/` there is nothing but `/app`, in which there are two directories and a file. */
const tree: Readonly<Record<string, readonly [string, string][]>> = {
  "/": [["app", "directory"]],
  "/app": [
    ["deep", "directory"],
    ["other", "directory"],
    ["note.txt", "file"],
  ],
};

/** A page that looks into the image `one` of two layers, and somebody else's. */
async function openPage() {
  const { together, told, theirs } = openTogether();
  const listed: string[] = [];
  const store = new LayersStore({
    layers: () => Promise.resolve({ layers: [{ index: 0 }, { index: 1 }] } as unknown as ImageLayers),
    tree: (_image: string, { layer, changesOnly }: { layer: number; changesOnly: boolean }, path: string) => {
      listed.push(`${layer}${changesOnly ? " changes" : ""} ${path}`);
      const entries = (tree[path] ?? []).map(([name, kind]) => ({ name, kind }));
      return Promise.resolve({ path, entries } as unknown as DirectoryListing);
    },
    find: () => Promise.resolve({ entries: [], omitted: 0 }),
    file: (_image: string, _place: object, path: string) =>
      Promise.resolve({ bytes: new TextEncoder().encode(path), size: path.length }),
  } as unknown as LayersApi);
  browseAlong(together, store);
  await store.show("one");
  await rest();
  const toldLast = async (): Promise<Place["browsing"]> => {
    const before = told.length;
    while (told.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
    return told.at(-1)?.browsing;
  };
  return { together, store, listed, theirs, toldLast };
}

/** All that was asked for has come. */
const rest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const browsing = { image: "one", layer: 1, changesOnly: true, search: "", open: ["/", "/app"], directory: "/app" };

test("the filter, open directories, the one that is drawn, the search and the file are told", async () => {
  const { store, toldLast } = await openPage();
  store.choose(1);
  store.showChangesOnly(false);
  await rest();
  store.goTo("/app/deep");
  void store.openFile("/app/note.txt", true);
  void store.find("note");
  assert.deepEqual(await toldLast(), {
    image: "one",
    layer: 1,
    changesOnly: false,
    search: "note",
    open: ["/", "/app", "/app/deep"],
    directory: "/app/deep",
    file: { path: "/app/note.txt", deleted: true },
  });
});

test("no more is told than the others take", async () => {
  const { store, toldLast } = await openPage();
  for (let index = 0; index < 2 * mostOpen; index++) store.toggle(`/app/${index}`, true);
  store.toggle(`/${"x".repeat(longestFilePath)}`, true);
  assert.equal((await toldLast())?.open.length, mostOpen);
  store.directory.set(`/${"x".repeat(longestFilePath)}`);
  assert.equal(store.browsing, undefined);
});

test("who follows is shown the same, once the image and the layer are", async () => {
  const { together, store, listed, theirs } = await openPage();
  const open = [...browsing.open, "/app/deep"];
  theirs({ browsing: { ...browsing, open, directory: "/app/deep", file: { path: "/app/note.txt", deleted: false } } });
  together.follow("1");
  await rest();
  assert.deepEqual([store.file.value, store.directory.value], [undefined, "/"], "this page shows another layer");
  store.choose(1);
  await rest();
  await rest();
  assert.deepEqual([...store.open.value], open);
  assert.equal(store.directory.value, "/app/deep");
  assert.equal(store.file.value?.content.value?.size, "/app/note.txt".length);
  assert.ok(listed.includes("1 changes /app/deep"));
  theirs({ browsing: { ...browsing, changesOnly: false, open: ["/"], directory: "/", search: "note" } });
  await rest();
  await rest();
  // In "/" there is one directory only: it is opened by itself, unless whom one follows has closed it.
  assert.deepEqual([...store.open.value], ["/"]);
  assert.deepEqual([store.changesOnly.value, store.file.value, store.found.value?.text], [false, undefined, "note"]);
});

test("who no longer follows goes an own way", async () => {
  const { together, store, theirs } = await openPage();
  store.choose(1);
  together.follow("1");
  theirs({ browsing });
  await rest();
  assert.equal(store.directory.value, "/app");
  together.follow(undefined);
  theirs({ browsing: { ...browsing, directory: "/" } });
  store.goTo("/app/other");
  await rest();
  assert.equal(store.directory.value, "/app/other");
});
