import type { NewBuildEvent, SourceRange } from "../../contract/build-events.ts";
import { messageOf } from "../errdefs/errors.ts";
import type { TransferProgress } from "../remotes/remotes.ts";
import type { Place } from "./lower/place.ts";

/** Pulls happen before the steps are known: each is shown as a step of its own. */
export class PullProgress {
  readonly #onEvent: (event: NewBuildEvent) => void;
  /** by image */
  readonly #pulls = new Map<string, { place: Place; began: number; over: boolean }>();

  constructor(request: { onEvent: (event: NewBuildEvent) => void }) {
    this.#onEvent = request.onEvent;
  }

  /** Id of the step of an image's pull. */
  static idOf(image: string): string {
    return `pull:${image}`;
  }

  report(image: string, place: Place, progress: TransferProgress): void {
    const id = PullProgress.idOf(image);
    if (!this.#pulls.has(image)) {
      this.#pulls.set(image, { place, began: performance.now(), over: false });
      const instruction = `FROM ${image}`;
      this.#onEvent({
        type: "vertex",
        vertex: { id, name: `pull ${image}`, instruction, stage: "", range: place.range, inputs: [] },
      });
      this.#onEvent({ type: "vertex-started", id });
    }
    this.#onEvent({
      type: "status",
      id,
      item: progress.id ?? image,
      status: progress.status,
      ...(progress.current === undefined ? {} : { current: progress.current }),
      ...(progress.total === undefined ? {} : { total: progress.total }),
    });
  }

  /** An image is there, or cannot be had: of one that was not pulled, nothing is told. */
  end(image: string, error?: unknown): void {
    const pull = this.#pulls.get(image);
    if (pull === undefined || pull.over) {
      return;
    }
    pull.over = true;
    this.#onEvent({
      type: "vertex-completed",
      id: PullProgress.idOf(image),
      cached: false,
      reason: { kind: "not-cacheable", detail: "The image was not on this machine, or a newer one was asked for." },
      durationMs: Math.round(performance.now() - pull.began),
      ...(error === undefined ? {} : { error: messageOf(error) }),
    });
  }

  /** The image whose pull an instruction began. */
  startedAt({ startLine }: SourceRange): string | undefined {
    return [...this.#pulls].find(([, { place }]) => place.range.startLine === startLine)?.[0];
  }
}
