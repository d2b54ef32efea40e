"use client";
import { useEffect, useMemo, useState } from "react";
import type { ReactNode } from "react";
import type { ImageComparison } from "#contract/image-files.ts";
import { errorText } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";
import { useStore } from "../../lib/store.ts";
import type { ImageSide } from "../build/builds-store.ts";
import { LayersApi } from "../layers/layers-api.ts";
import { LoadState } from "../layers/load-state.tsx";
import type { Loaded } from "../layers/layers-store.ts";
import { Empty } from "../ui/empty.tsx";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { ComparedFilesView } from "./compared-files.tsx";
import { ConfigDiff, InstructionDiff, Sizes } from "./compared-parts.tsx";
import { type Choice, choicesOf, SidePicker } from "./side-picker.tsx";

const text = messages.buildView.compare;

/** What differs between any two images, builds or layers of the workspace. */
export default function ComparePanel(): ReactNode {
  const { api, builds, containers } = useWorkspace();
  const [layersApi] = useState(() => new LayersApi(api));
  const images = useStore(containers.images);
  const history = useStore(builds.history);
  const shown = useStore(builds.shown)?.summary;
  const choices = useMemo(() => choicesOf(images, history), [images, history]);
  const chosen = useStore(builds.compared);
  useEffect(() => void containers.refreshImages(), [containers, shown?.imageId]);
  const sides = useMemo(() => ({ ...defaultSides(choices, shown?.imageId), ...chosen }), [choices, shown, chosen]);
  const comparison = useComparison(layersApi, sides);
  const { before, after } = sides;
  if (before === undefined || after === undefined)
    return <Empty icon="layers" title={text.none} text={text.noneText} />;
  const { value } = comparison;
  return (
    <div className="h-full overflow-y-auto" data-scrolls="compare" data-testid="compare">
      <div className="grid gap-1 border-b border-line px-3 py-2">
        <SidePicker
          label={text.before}
          side={before}
          choices={choices}
          layers={value?.before.layers}
          onChange={(side) => builds.compared.set({ ...chosen, before: side })}
        />
        <SidePicker
          label={text.after}
          side={after}
          choices={choices}
          layers={value?.after.layers}
          onChange={(side) => builds.compared.set({ ...chosen, after: side })}
        />
      </div>
      <LoadState of={comparison} loading={text.loading} />
      {value && (
        <>
          <Sizes comparison={value} />
          <InstructionDiff instructions={value.instructions} />
          <ConfigDiff config={value.config} />
          <ComparedFilesView comparison={value} api={layersApi} />
        </>
      )}
    </div>
  );
}

/** What is shown, and the image of the build before it. */
function defaultSides(
  choices: readonly Choice[],
  shown: string | undefined,
): { before?: ImageSide; after?: ImageSide } {
  const builds = choices.filter(({ build }) => build);
  const after = builds.find(({ image }) => image === shown) ?? choices[0];
  if (after === undefined) return {};
  const older = builds.slice(builds.indexOf(after) + 1);
  const before =
    older.find(({ name, image }) => name === after.name && image !== after.image) ??
    choices.find(({ image }) => image !== after.image) ??
    after;
  return { before: { image: before.image }, after: { image: after.image } };
}

function useComparison(
  api: LayersApi,
  { before, after }: { before?: ImageSide; after?: ImageSide },
): Loaded<ImageComparison> {
  const [loaded, setLoaded] = useState<{ key: string; answer: Loaded<ImageComparison> }>({ key: "", answer: {} });
  const key = before === undefined || after === undefined ? "" : JSON.stringify([before, after]);
  useEffect(() => {
    if (key === "") return undefined;
    let gone = false;
    const set = (answer: Loaded<ImageComparison>): void => {
      if (!gone) setLoaded({ key, answer });
    };
    const [old, now] = JSON.parse(key) as [ImageSide, ImageSide];
    api
      .compare({
        before: old.image,
        after: now.image,
        ...(old.layer === undefined ? {} : { beforeLayer: old.layer }),
        ...(now.layer === undefined ? {} : { afterLayer: now.layer }),
      })
      .then(
        (value) => set({ value }),
        (error: unknown) => set({ error: errorText(error) }),
      );
    return () => {
      gone = true;
    };
  }, [api, key]);
  return loaded.key === key ? loaded.answer : {};
}
