import type { NewBuildEvent, SourceRange } from "../../../contract/build-events.ts";

/** What this very build has measured of the steps that a finding is about. */
export interface Evidence {
  /** bytes of their layers */
  bytes?: number;
  /** ms that they took; absent if they came from the cache */
  durationMs?: number;
}

interface Measured {
  startLine: number;
  endLine: number;
  bytes: number | undefined;
  durationMs: number | undefined;
}

/** Collects what each step took and added from the build's events. */
export class StepEvidence {
  readonly #steps = new Map<string, Measured>();

  hear(event: NewBuildEvent): void {
    if (event.type === "vertex" && event.vertex.range !== undefined) {
      const { startLine, endLine } = event.vertex.range;
      this.#steps.set(event.vertex.id, { startLine, endLine, bytes: undefined, durationMs: undefined });
    } else if (event.type === "vertex-completed" && event.error === undefined) {
      const step = this.#steps.get(event.id);
      if (step !== undefined) {
        step.bytes = event.layerBytes;
        step.durationMs = event.cached ? undefined : event.durationMs;
      }
    }
  }

  /** The sum over the steps at these places; undefined if none was measured. */
  of(ranges: readonly SourceRange[]): Evidence | undefined {
    const steps = [...this.#steps.values()].filter((step) =>
      ranges.some((range) => step.startLine <= range.startLine && range.startLine <= step.endLine),
    );
    const sum = (values: (number | undefined)[]): number | undefined => {
      const known = values.filter((value) => value !== undefined);
      return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0);
    };
    const bytes = sum(steps.map((step) => step.bytes));
    const durationMs = sum(steps.map((step) => step.durationMs));
    if (bytes === undefined && durationMs === undefined) {
      return undefined;
    }
    return { ...(bytes === undefined ? {} : { bytes }), ...(durationMs === undefined ? {} : { durationMs }) };
  }
}
