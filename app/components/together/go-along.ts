import { mostRemoving } from "#contract/together-events.ts";
import type { Place } from "#contract/together-events.ts";
import type { Store } from "../../lib/store.ts";
import { buildViews } from "../build/builds-store.ts";
import type { BuildsStore } from "../build/builds-store.ts";
import { isDetailTab, runningViews } from "../containers/containers-store.ts";
import type { ContainersStore } from "../containers/containers-store.ts";
import type { DocumentsStore } from "../editor/documents-store.ts";
import type { TerminalsStore } from "../terminals/terminals-store.ts";
import type { TogetherStore } from "./together-store.ts";

interface Shown {
  builds: BuildsStore;
  containers: ContainersStore;
  documents: DocumentsStore;
  terminals: TerminalsStore;
}

/**
 * Tells the others what the panes of this page show, and shows in them what the followed person's page does; the text and
 * its cursors are `showPeers`', panes and how far they are scrolled `useGoingAlong`'s. Returns its undoing.
 */
export function goAlong(together: TogetherStore, shown: Shown): () => void {
  const { builds, containers, documents, terminals } = shown;
  const subscribe = (stores: readonly unknown[], listener: () => void): (() => void)[] =>
    stores.map((store) => (store as Store<unknown>).subscribe(listener));
  // A build that runs is another state many times a second: only what is looked at is told.
  let told = "";
  const tell = (): void => {
    const place = placeOf(shown);
    const text = JSON.stringify(place);
    if (text !== told) together.move(place);
    told = text;
  };
  const go = (): void => {
    const { path, terminal, build, running } = together.followedPlace ?? {};
    if (path !== undefined && path !== documents.active.value) void documents.show(path);
    if (terminal !== undefined) terminals.look(terminal);
    if (build !== undefined) showBuild(builds, build);
    if (running !== undefined) showRunning(containers, running);
  };
  const lookRound = (): void => {
    const { byOthers } = containers.removals;
    const removing = together.others.flatMap((each) =>
      (each.place.removing ?? []).map((id) => [id, together.nameOf(each)] as const),
    );
    const now = Object.fromEntries(removing);
    if (!isSame(now, byOthers.value)) byOthers.set(now);
  };
  const stops = [
    ...subscribe([terminals.active, builds.shown, builds.view, builds.toggled, builds.looked, builds.compared], tell),
    ...subscribe([containers.view, containers.selected, containers.tab, containers.removals.pending], tell),
    ...subscribe([together.people], lookRound),
    // What is not here yet is shown when it is.
    ...subscribe([together.people, together.following, terminals.tabs, builds.history, containers.list], go),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function placeOf({ builds, containers, terminals }: Shown): Place {
  const removing = [...containers.removals.pending.value.keys()].slice(0, mostRemoving);
  const [terminal, build, step] = [terminals.active.value, builds.shown.value?.summary.id, builds.toggled.value];
  const container = containers.selected.value;
  const [looked, compared] = [builds.looked.value, builds.compared.value];
  return {
    ...(terminal === undefined ? {} : { terminal }),
    ...(build === undefined
      ? {}
      : {
          build: {
            id: build,
            view: builds.view.value,
            ...(step === undefined ? {} : { step }),
            ...(looked === undefined ? {} : { looked }),
            ...(Object.keys(compared).length === 0 ? {} : { compared }),
          },
        }),
    running: {
      view: containers.view.value,
      tab: containers.tab.value,
      ...(container === undefined ? {} : { container }),
    },
    removing,
  };
}

function showBuild(builds: BuildsStore, build: NonNullable<Place["build"]>): void {
  const { id, view, step, looked, compared = {} } = build;
  const summary = builds.history.value.find((each) => each.id === id);
  if (summary === undefined) return;
  if (builds.shown.value?.summary.id !== id) builds.show(summary);
  const known = buildViews.find((each) => each === view);
  if (known !== undefined) builds.view.set(known);
  const last = builds.toggled.value;
  if (step !== undefined && (step.id !== last?.id || step.open !== last.open)) builds.toggled.set(step);
  if (!isSame(looked, builds.looked.value)) builds.looked.set(looked);
  if (!isSame(compared, builds.compared.value)) builds.compared.set(compared);
}

function showRunning(containers: ContainersStore, { view, tab, container }: NonNullable<Place["running"]>): void {
  const known = runningViews.find((each) => each === view);
  if (known !== undefined) containers.view.set(known);
  if (containers.list.value?.some(({ id }) => id === container)) containers.selected.set(container);
  if (isDetailTab(tab)) containers.tab.set(tab);
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
