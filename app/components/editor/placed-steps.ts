import type { SourceRange } from "#contract/build-events.ts";
import { Store } from "../../lib/store.ts";
import { instructionsOf } from "../build/build-state.ts";
import type { BuildState, BuildStep } from "../build/build-state.ts";
import type { BuildsStore } from "../build/builds-store.ts";
import { afterTyping } from "./after-typing.ts";
import type { monaco } from "./monaco-setup.ts";
import { placesOf } from "./step-places.ts";
import type { TextDocument } from "./text-document.ts";

/** The shown build, if it is of this Dockerfile, and where its instructions are in the text now. */
export interface PlacedSteps {
  build: BuildState | undefined;
  steps: readonly BuildStep[];
  /** by the ids of steps; what is not in the text any more has none */
  places: ReadonlyMap<string, SourceRange>;
}

/** Found once for all that is shown in the text, whenever it or the build has changed. */
export function followPlaces(
  model: monaco.editor.ITextModel,
  document: TextDocument,
  builds: BuildsStore,
): { placed: Store<PlacedSteps>; stop: () => void } {
  const find = (): PlacedSteps =>
    placedIn(model.getLinesContent(), builds.isShown(document.path) ? builds.shown.value : undefined);
  const placed = new Store(find());
  const update = (): void => placed.set(find());
  const stops = [afterTyping(model, update), builds.shown.subscribe(update)];
  return { placed, stop: () => stops.forEach((stop) => stop()) };
}

/** @param build of the Dockerfile with these lines */
export function placedIn(lines: readonly string[], build: BuildState | undefined): PlacedSteps {
  const steps = build === undefined ? [] : instructionsOf(build);
  return { build, steps, places: placesOf(lines, steps) };
}
