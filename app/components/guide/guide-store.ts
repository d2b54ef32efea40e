import { Store, until } from "../../lib/store.ts";
import type { BuildsStore } from "../build/builds-store.ts";
import type { ContainersStore } from "../containers/containers-store.ts";
import { guideSteps, isDone, isStep, placeAfter } from "./guide-steps.ts";
import type { GuideFacts, GuidePlace } from "./guide-steps.ts";

const key = "drydock.guide";

interface Kept {
  place: GuidePlace;
  /** where it was begun: its steps are about what was made there */
  workspace?: string | undefined;
  /** the build that the first step saw */
  firstBuild?: string | undefined;
}

interface GuideParts {
  /** of the workspace */
  id: string;
  builds: Pick<BuildsStore, "shown" | "view" | "history" | "known">;
  containers: Pick<ContainersStore, "list" | "opened">;
}

/**
 * Leads through the first build by watching what the learner does, in the workspace where it was begun. Where it is, is
 * kept in this browser.
 */
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
    const { id, builds, containers } = this.#parts;
    if (kept?.workspace === id) {
      this.#firstBuild = kept.firstBuild;
      this.place.set(kept.place);
    } else if (first && (kept === undefined || isStep(kept.place))) void this.#beginFirst();
    const stops = [builds.shown, builds.view, containers.list, containers.opened].map((store) =>
      (store as Store<unknown>).subscribe(this.#look),
    );
    return () => stops.forEach((stop) => stop());
  }

  /** Not where something was built already: who has done that needs no first step. */
  async #beginFirst(): Promise<void> {
    const { builds } = this.#parts;
    await until(builds.known, (known) => known);
    if (builds.history.value.length === 0) this.place.set("build");
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
      localStorage.setItem(
        key,
        JSON.stringify({ place, workspace: this.#parts.id, firstBuild: this.#firstBuild } satisfies Kept),
      );
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
