import type { PulledImage, RunStep } from "../../contract/run-anatomy.ts";
import { familiarString, parseReference, withDefaultTag } from "../reference/reference.ts";

/** Images that are remembered as missing, the latest. */
const mostMissed = 50;

interface Missed {
  at: number;
  pull?: RunStep & PulledImage;
}

/**
 * `docker run` of an image that is not there is three requests: the container cannot be made, the image is pulled, the
 * container is made. Remembers the first two until the third, which tells of the pull as a step of the run.
 */
export class MissedImages {
  readonly #missed = new Map<string, Missed>();

  /** A container could not be made for want of the image. */
  miss(typed: string): void {
    const name = whole(typed);
    this.#missed.delete(name);
    this.#missed.set(name, { at: Date.now() });
    const [oldest] = this.#missed.keys();
    if (this.#missed.size > mostMissed && oldest !== undefined) this.#missed.delete(oldest);
  }

  /** An image was pulled. @param began `performance.now()` then */
  pulled(typed: string, began: number): void {
    const name = whole(typed);
    const missed = this.#missed.get(name);
    const startedAt = performance.timeOrigin + began;
    if (missed === undefined || startedAt < missed.at - 1) return;
    missed.pull = { kind: "pull", name, startedAt, duration: performance.now() - began };
  }

  /** The pull that the container had to wait for; told once. */
  take(typed: string): (RunStep & PulledImage) | undefined {
    const name = whole(typed);
    const pull = this.#missed.get(name)?.pull;
    this.#missed.delete(name);
    return pull;
  }
}

/** `busybox` and `docker.io/library/busybox:latest` are the same; what is no name stands for itself. */
function whole(typed: string): string {
  try {
    return familiarString(withDefaultTag(parseReference(typed)));
  } catch {
    return typed;
  }
}
