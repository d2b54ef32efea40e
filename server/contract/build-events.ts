/**
 * What a build tells while it happens: the builder makes these, `/drydock/v1/builds` streams them, the page shows them.
 * Every event has `seq`, counted from 0 within its build, so that a stream can be resumed after any event.
 */

/** A place in the Dockerfile. Lines and columns count from 1; `end` is exclusive in columns. */
export interface SourceRange {
  startLine: number;
  startColumn: number;
  endLine: number;
  endColumn: number;
}

/** Why a step ran or did not. `detail` is a sentence for the learner. */
export interface CacheReason {
  kind:
    | "hit"
    | "first-build"
    | "instruction-changed"
    | "parent-changed"
    | "files-changed"
    | "arg-changed"
    | "base-changed"
    | "no-cache"
    | "not-cacheable";
  detail: string;
}

export interface BuildVertex {
  /** digest-like id, stable within the build */
  id: string;
  /** `[build 2/4] RUN make` */
  name: string;
  /** the instruction as written, in one line */
  instruction: string;
  stage: string;
  range: SourceRange | undefined;
  inputs: string[];
  /**
   * of FROM: the base is not a registry's image but was made here from the distribution's packages:
   * `python 3.11.2, made from Debian bookworm packages` (`true` in recordings of before)
   */
  standIn?: string | true;
  /** of FROM: the very image, `busybox@sha256:…` as its registry has it, else by its own digest; none in recordings of before */
  image?: string;
  /** the build goes on from a shell in the file system after this step: it has what was changed there */
  byHand?: HandMade & { /** the instruction that had failed before, and runs again */ again?: string };
}

/** What no instruction has made. */
export interface HandMade {
  /** an instruction that had failed, and whose remains are there */
  leftBy?: string;
}

/** A stage of the Dockerfile; `BuildVertex.stage` is its name. */
export interface StageSummary {
  name: string;
  /** what FROM names, as written */
  base: string;
  /** of FROM */
  range: SourceRange;
  /** the stages that it is begun from, copies from or mounts */
  uses: { stage: string; how: "base" | "copy" | "mount" }[];
  /** the target has no need of it */
  skipped: boolean;
}

export type BuildEvent = { seq: number; /** ms since the epoch */ time: number } &
  /** `text`: of the Dockerfile, as it was; none in recordings, if it is a file of theirs */
  (
    | { type: "started"; buildId: string; dockerfile: string; text?: string }
    /** with an id that is known: what it is of is known better now, and its place is here */
    | { type: "vertex"; vertex: BuildVertex }
    /** after all vertices */
    | { type: "stages"; stages: StageSummary[] }
    | { type: "vertex-started"; id: string }
    /** UTF-8, may end within a line; `binary` bytes are replaced. Bounded: `truncated` says how many bytes were left out. */
    | { type: "log"; id: string; stream: "stdout" | "stderr"; text: string; truncated?: number }
    /** progress of a pull or a copy */
    | { type: "status"; id: string; item: string; status: string; current?: number; total?: number }
    | {
        type: "vertex-completed";
        id: string;
        cached: boolean;
        reason: CacheReason;
        durationMs: number;
        /** of the layer it made, bytes; undefined without a layer */
        layerBytes?: number;
        error?: string;
      }
    | ({ type: "warning" } & BuildWarning)
    | { type: "completed"; imageId: string; tags: string[]; durationMs: number }
    | { type: "failed"; error: BuildFailure; durationMs: number }
    | { type: "cancelled"; durationMs: number }
  );

/** The distributive Omit that `BuildEvent`'s union needs. */
export type NewBuildEvent = BuildEvent extends infer Event
  ? Event extends BuildEvent
    ? Omit<Event, "seq" | "time">
    : never
  : never;

/** What a build check has found. */
export interface BuildWarning {
  rule: string;
  message: string;
  range: SourceRange | undefined;
  /** the rule in one line */
  title?: string;
  /** path of the rule's page in this API (`CheckPage`) */
  url?: string;
  /** not one of Docker's rules but one for learners: told when the build is over */
  teaching?: true;
  /** text edits that keep the image as it is or make it what was plainly meant; ranges as of this build's Dockerfile */
  fix?: { title: string; edits: { range: SourceRange; text: string }[] };
  /** what this build has measured of the steps in question; `durationMs` is absent if they came from the cache */
  evidence?: { bytes?: number; durationMs?: number };
}

/** What is known of why a RUN ended as it did; limits are of the tenant: all its containers and builds together. */
export type RunTrouble =
  /** bytes */
  | { kind: "memory"; limit?: number }
  | { kind: "processes"; limit: number }
  | { kind: "disk" }
  /** platforms, `linux/arm64` */
  | { kind: "otherMachine"; image: string; machine: string }
  /** `host`: ADDRESS:PORT of a private network that was not reached; `policy`: whose rule shuts it */
  | { kind: "privateHost"; host: string; policy: string }
  /** a path that VOLUME named, and that the step missed */
  | { kind: "volume"; volume: string }
  | { kind: "format" | "notExecutable" | "notFound" | "killed" };

export interface BuildFailure {
  message: string;
  range: SourceRange | undefined;
  /** the lines around it, as written */
  excerpt: string;
  hint?: string;
  /** of a failing RUN */
  exitCode?: number;
  /** of a failing RUN: the hint without its last output, for where that is shown anyway */
  advice?: string;
  /** of a failing RUN: what the advice is about, for who says it in other words; recordings of before have none */
  trouble?: RunTrouble;
}
