import type { NewBuildEvent } from "../../contract/build-events.ts";
import { messageOf } from "../errdefs/errors.ts";
import type { TransferProgress } from "../remotes/remotes.ts";
import type { Place } from "./lower/place.ts";

/** Pulls happen before the steps are known: each is shown as a step of its own. */
export class PullProgress {
  readonly #onEvent: (event: NewBuildEvent) => void;
  /** by image: when it began and when it was last heard of */
  readonly #pulls = new Map<string, { began: number; last: number }>();

  constructor(request: { onEvent: (event: NewBuildEvent) => void }) {
    this.#onEvent = request.onEvent;
  }

  /** Runs `lower`, during which images are pulled; all that began end with it. */
  async during<T>(lower: () => Promise<T>): Promise<T> {
    try {
      const result = await lower();
      this.#end(undefined);
      return result;
    } catch (error) {
      this.#end(messageOf(error));
      throw error;
    }
  }

  report(image: string, place: Place, progress: TransferProgress): void {
    const id = `pull:${image}`;
    const now = performance.now();
    const pull = this.#pulls.get(image);
    if (pull === undefined) {
      this.#pulls.set(image, { began: now, last: now });
      const instruction = `FROM ${image}`;
      this.#onEvent({
        type: "vertex",
        vertex: { id, name: `pull ${image}`, instruction, stage: "", range: place.range, inputs: [] },
      });
      this.#onEvent({ type: "vertex-started", id });
    } else {
      pull.last = now;
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

  #end(error: string | undefined): void {
    for (const [image, { began, last }] of this.#pulls) {
      this.#onEvent({
        type: "vertex-completed",
        id: `pull:${image}`,
        cached: false,
        reason: { kind: "not-cacheable", detail: "The image was not on this machine, or a newer one was asked for." },
        durationMs: Math.round(last - began),
        ...(error === undefined ? {} : { error }),
      });
    }
  }
}
