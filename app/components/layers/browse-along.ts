import type { TogetherStore } from "../together/together-store.ts";
import type { LayersStore } from "./layers-store.ts";

/**
 * Tells the others what is shown of an image's files, and shows what the followed person's page does; which image and which
 * layer is `goAlong`'s. Returns its undoing.
 */
export function browseAlong(together: TogetherStore, store: LayersStore): () => void {
  // After each change of one's own, too: what is asked for is listed later, and opens what it leads to.
  let isGoing = false;
  const go = (): void => {
    const theirs = together.followedPlace?.browsing;
    if (theirs === undefined || isGoing) return;
    isGoing = true;
    store.browse(theirs);
    isGoing = false;
  };
  const changed = (): void => {
    const { browsing } = store;
    if (browsing !== undefined) together.move({ browsing });
    go();
  };
  const { summary, layer, changesOnly, open, directory, found, file } = store;
  const stops = [
    ...[summary, layer, changesOnly, open, directory, found, file].map((each) => each.subscribe(changed)),
    together.people.subscribe(go),
    together.following.subscribe(go),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
