import { Store } from "../../lib/store.ts";
import type { BuildsStore } from "../build/builds-store.ts";
import type { ContainersStore } from "../containers/containers-store.ts";
import { guideSteps, isDone, placeAfter } from "./guide-steps.ts";
import type { GuideFacts, GuidePlace } from "./guide-steps.ts";

const key = "drydock.guide";

interface Kept {
  place: GuidePlace;
  /** the build that the first step saw */
  firstBuild?: string | undefined;
}

interface GuideParts {
  builds: Pick<BuildsStore, "shown" | "view">;
  containers: Pick<ContainersStore, "list" | "opened">;
}

/** Leads through the first build by watching what the learner does. Where it is, is kept in this browser. */
export class GuideStore {
  readonly place = new Store<GuidePlace>("over");
  readonly #parts: GuideParts;
  #firstBuild: string | undefined;

  constructor(parts: GuideParts) {
    this.#parts = parts;
  }

  /** @param first whether it begins where nothing is known of it: at the playground's door, not in a fork or a link */
  start(first: boolean): () => void {
    const kept = read();
    this.#firstBuild = kept?.firstBuild;
    this.place.set(kept?.place ?? (first ? "build" : "over"));
    const { builds, containers } = this.#parts;
    const stops = [builds.shown, builds.view, containers.list, containers.opened].map((store) =>
      (store as Store<unknown>).subscribe(this.#look),
    );
    return () => stops.forEach((stop) => stop());
  }

  /** From its beginning, because that was asked for. */
  begin(): void {
    this.#firstBuild = this.#built();
    this.#go(this.#firstBuild === undefined ? "build" : "again");
  }

  skip(): void {
    this.#go("over");
  }

  next(): void {
    this.#go(placeAfter(this.place.value));
  }

  /** Goes past every step that was done. */
  readonly #look = (): void => {
    for (let place = this.place.value; isDone(place, this.#facts()); place = this.place.value) {
      if (place === "build") this.#firstBuild = this.#built();
      this.#go(placeAfter(place));
    }
  };

  #facts(): GuideFacts {
    const { builds, containers } = this.#parts;
    return {
      built: this.#built(),
      firstBuild: this.#firstBuild,
      layersShown: builds.view.value === "layers",
      running: (containers.list.value ?? []).some(({ state }) => state === "running"),
      opened: containers.opened.value > 0,
    };
  }

  #built(): string | undefined {
    const summary = this.#parts.builds.shown.value?.summary;
    return summary?.status === "completed" ? summary.id : undefined;
  }

  #go(place: GuidePlace): void {
    this.place.set(place);
    try {
      localStorage.setItem(key, JSON.stringify({ place, firstBuild: this.#firstBuild } satisfies Kept));
    } catch {
      // Without storage it begins again with the next load, and can be skipped again.
    }
  }
}

function read(): Kept | undefined {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "null") as Kept | null;
    const known = [...guideSteps, "end", "over"].some((each) => each === kept?.place);
    return known ? (kept ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}
