"use client";
import { useEffect, useMemo, useRef, useState } from "react";
import type { ReactNode } from "react";
import { pointFrom } from "../build/pointed.ts";
import type { TreeEntry } from "#contract/image-files.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import { Empty } from "../ui/empty.tsx";
import { inputClass } from "../ui/dialog.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { LoadState } from "./load-state.tsx";
import { FileView } from "./file-view.tsx";
import { ImagePicker } from "./image-picker.tsx";
import { LayerList } from "./layer-list.tsx";
import { browseAlong } from "./browse-along.ts";
import { type LayerRow, rowsOf, rowsOfFound } from "./layer-rows.ts";
import { LayerTree } from "./layer-tree.tsx";
import { LayersApi } from "./layers-api.ts";
import { LayersStore } from "./layers-store.ts";
import { SizeMap } from "./size-map.tsx";
import { WasteView } from "./waste-view.tsx";

const text = messages.buildView.layers;

/** What is in an image, layer by layer, tied to the steps that made them. */
export default function LayersPanel(): ReactNode {
  const { api, builds, containers, together } = useWorkspace();
  const [store] = useState(() => new LayersStore(new LayersApi(api)));
  const build = useStore(builds.shown);
  const wanted = useStore(builds.wantedLayer);
  const built = build?.summary.status === "completed" ? build.summary.imageId : undefined;
  const looked = useStore(builds.looked);
  const files = useRef<HTMLDivElement>(null);
  const images = useStore(containers.images);
  // Whom one follows may look into one that is not listed here yet.
  const picked = images.find(({ id }) => id === looked?.image)?.id;
  const name = picked ?? built ?? images[0]?.id;
  useEffect(() => void containers.refreshImages(), [containers, built]);
  useEffect(() => {
    if (name === undefined) return;
    void store.show(name, wanted).then(() => {
      const layer = store.layer.value;
      if (wanted === undefined || layer === undefined) return;
      builds.looked.set({ image: name, layer });
      // Its files are what was asked for; beneath a long list of layers they are out of sight.
      files.current?.scrollIntoView();
    });
  }, [store, builds, name, wanted]);
  const summary = useStore(store.summary);
  const image = summary.value;
  useEffect(() => {
    if (image === undefined || looked === undefined || looked.image !== name) return;
    if (store.layer.value !== looked.layer) store.choose(looked.layer);
  }, [store, image, looked, name]);
  useEffect(() => browseAlong(together, store), [together, store]);
  if (name === undefined) return <Empty icon="layers" title={text.none} text={text.noneText} />;
  return (
    <div className="@container flex h-full min-h-0 flex-col" data-testid="layers-panel">
      <ImagePicker
        label={text.image}
        images={images}
        value={name}
        onChange={(id) => builds.looked.set({ image: id })}
      />
      <LoadState of={summary} loading={text.loading} />
      {image && (
        <div
          data-scrolls="layers"
          className="flex min-h-0 flex-1 flex-col overflow-y-auto @3xl:grid @3xl:grid-cols-[minmax(18rem,2fr)_3fr] @3xl:overflow-hidden"
        >
          {/* Without room beside each other, what is wasted comes last. */}
          <div
            data-scrolls="layer-list"
            className="contents @3xl:block @3xl:min-h-0 @3xl:overflow-y-auto @3xl:border-r @3xl:border-line"
          >
            <div className="max-h-[45%] shrink-0 overflow-y-auto @3xl:max-h-none @3xl:overflow-visible">
              <Layers store={store} name={name} />
            </div>
            <div className="order-last shrink-0">
              <WasteView waste={image.waste} />
            </div>
          </div>
          <div ref={files} data-scrolls="layer-side" className="flex min-h-0 shrink-0 flex-col @3xl:overflow-y-auto">
            <Files store={store} />
          </div>
        </div>
      )}
    </div>
  );
}

function Layers({ store, name }: { store: LayersStore; name: string }): ReactNode {
  const { builds } = useWorkspace();
  const { value: image } = useStore(store.summary);
  const chosen = useStore(store.layer);
  const pointed = useStore(builds.pointed);
  const shown = useStore(builds.shown)?.summary.id;
  if (image === undefined) return null;
  const point = (step: string | undefined): void => {
    if (image.build === shown) pointFrom(builds.pointed, "steps", step);
  };
  return (
    <LayerList
      image={image}
      chosen={chosen}
      pointed={image.build === shown && pointed?.from === "editor" ? pointed.id : undefined}
      onPoint={point}
      onChoose={(layer) => {
        builds.looked.set({ image: name, ...(layer === undefined ? {} : { layer }) });
        const step = image.layers[layer ?? -1]?.step;
        if (image.build === shown && step !== undefined) builds.revealStep(step);
      }}
    />
  );
}

function Files({ store }: { store: LayersStore }): ReactNode {
  const listings = useStore(store.listings);
  const open = useStore(store.open);
  const found = useStore(store.found);
  const layer = useStore(store.layer);
  const changesOnly = useStore(store.changesOnly);
  const file = useStore(store.file);
  const directory = useStore(store.directory);
  const all = listings.get("/")?.value?.size ?? 0;
  const rows = useMemo(
    () => (found?.files === undefined ? rowsOf(listings, open) : rowsOfFound(found.files)),
    [found, listings, open],
  );
  const press = (path: string, entry?: TreeEntry): void => {
    if (entry === undefined || entry.kind === "directory") store.goTo(path);
    else if (entry.kind === "file") void store.openFile(path, entry.change === "deleted");
  };
  const openRow = ({ path, entry, open: isOpen }: LayerRow): void => {
    if (entry === undefined) return;
    if (found?.files === undefined && entry.kind === "directory") {
      store.toggle(path, isOpen !== true);
      store.directory.set(path);
    } else {
      if (entry.kind === "directory") void store.find("");
      press(path, entry);
    }
  };
  const listing = listings.get(directory)?.value;
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 border-t border-line px-3 py-1.5 @3xl:border-t-0">
        <Search store={store} />
        <label className="flex items-center gap-1.5 text-xs text-ink-soft">
          <input
            type="checkbox"
            checked={changesOnly}
            onChange={(event) => store.showChangesOnly(event.currentTarget.checked)}
            className="accent-(--accent)"
          />
          {text.changesOnly}
        </label>
      </div>
      {found?.error !== undefined && (
        <p role="alert" className="px-3 text-xs text-bad">
          {found.error}
        </p>
      )}
      <p role="status" className="sr-only">
        {found?.files && foundText(found.files.entries.length, found.files.omitted)}
      </p>
      <div className="h-72 shrink-0 @3xl:h-auto @3xl:min-h-56 @3xl:flex-1">
        <LayerTree
          rows={rows}
          label={text.treeOf({ what: layer === undefined ? text.all : text.layer({ layer: layer + 1 }) })}
          most={found?.files === undefined ? all : Math.max(...found.files.entries.map((entry) => entry.size), 1)}
          onToggle={(path, wanted) => {
            store.toggle(path, wanted);
            store.directory.set(path);
          }}
          onOpen={openRow}
        />
      </div>
      {file && <FileView key={file.path} file={file} onClose={() => store.file.set(undefined)} />}
      {listing && <SizeMap listing={listing} onOpen={press} />}
    </>
  );
}

function Search({ store }: { store: LayersStore }): ReactNode {
  const [value, setValue] = useState("");
  const sought = useStore(store.found)?.text ?? "";
  // Emptied where a directory is gone to, and typed by whom one follows.
  useEffect(() => setValue(sought), [sought]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <input
      type="search"
      aria-label={text.search}
      placeholder={text.search}
      value={value}
      className={`${inputClass} h-7 min-w-32 flex-1 text-xs`}
      onChange={(event) => {
        const wanted = event.currentTarget.value;
        setValue(wanted);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => void store.find(wanted), 150);
      }}
    />
  );
}

function foundText(count: number, more: number): string {
  return more > 0 ? text.foundMore({ count, more }) : text.found({ count });
}
