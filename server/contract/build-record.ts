import type { CacheReason, SourceRange } from "./build-events.ts";
import type { TerminalSummary } from "./extension-api.ts";
import type { FileCounts } from "./image-files.ts";

/**
 * What became of a build, step by step: kept for as long as its image is here, and the last 50 in any case.
 *
 * | route | body → answer |
 * |---|---|
 * | GET    /drydock/v1/builds/{id}/record                | → BuildRecord, of any build, the CLI's too; of one that runs so far |
 * | GET    /drydock/v1/build-records                     | → BuildRecordSummary[], newest first |
 * | GET    /drydock/v1/build-records/image?name=         | → BuildRecord of the last build that made the image |
 * | POST   /drydock/v1/builds/{id}/steps/{step}/shell    | StepShellStart → StepShell (201) |
 * | GET    /drydock/v1/builds/{id}/steps/{step}/changed-file?path= | → ChangedFile: one of the step's evidence |
 * | POST   /drydock/v1/builds/{id}/steps/{step}/resume   | {container} → BuildSummary (202) of a new build |
 */
export interface BuildRecord extends BuildRecordSummary {
  steps: StepRecord[];
}

export interface BuildRecordSummary {
  id: string;
  /** undefined: it failed, or was cancelled */
  imageId?: string;
  tags: string[];
  /** ms since the epoch */
  startedAt: number;
  /** undefined: it still runs */
  finishedAt?: number;
}

export interface StepRecord {
  /** as in the build's events */
  id: string;
  stage: string;
  /** within its stage, from 0 */
  index: number;
  instruction: string;
  range?: SourceRange;
  /** `not-reached`: of a build that runs, not yet */
  outcome: "running" | "ran" | "cached" | "failed" | "cancelled" | "configuration" | "not-reached";
  reason?: CacheReason;
  /** what the reason is made of, compared with the last build of the same name */
  evidence?: StepEvidence;
  timing?: StepTiming;
  /** bytes of files */
  bytesRead?: number;
  bytesWritten?: number;
  /** of a RUN that ran */
  resources?: StepResources;
  /** as of its layer (`ImageLayers`); undefined for no layer, or when the layer is gone */
  files?: FileCounts;
  error?: string;
  /** states that can be opened as a shell now */
  shells: ("before" | "after")[];
}

/** Both sides of a file that made a step run again; one that is in no layer any more is missing. */
export interface ChangedFile {
  before?: ChangedContent;
  after?: ChangedContent;
}

export interface ChangedContent {
  /** bytes */
  size: number;
  /** missing when it is not UTF-8, or larger than `changedTextBytes` */
  text?: string;
}

export const changedTextBytes = 256 * 1024;

/** What a step's processes took together. */
export interface StepResources {
  /** ms, of all processors */
  cpu: number;
  /** bytes: the most at a time, its files in the kernel's cache included */
  memory: number;
  /** bytes from and to disks */
  read: number;
  written: number;
}

/** ms */
export interface StepTiming {
  /** for a place among the steps that run at the same time */
  waiting: number;
  running: number;
  /** freezing what it wrote as a layer */
  committing: number;
  /** from its inputs to its result, looking into the cache included */
  total: number;
}

export interface StepEvidence {
  /** paths in the context or the stage that COPY takes from; at most 1,000 */
  files?: { path: string; before?: string; after?: string }[];
  variables?: { name: string; before?: string; after?: string }[];
  base?: { before: string; after: string };
  /** ids of the steps before it that ran again */
  parents?: string[];
  instruction?: { before: string; after: string };
}

export interface StepShellStart {
  /** the file system as it was before the step ran, or after it (default); after a failed one: as that left it */
  at?: "before" | "after";
  /** default: bash, else sh */
  cmd?: string[];
  /** in a terminal that is kept and can be left and come back to; without it the shell is the container's own process */
  terminal?: { columns: number; rows: number };
}

/** The label of the containers that hold such shells: no learner has started them. */
export const stepLabel = "drydock.step";

export interface StepShell {
  /** running; it is removed when its shell ends */
  container: string;
  at: "before" | "after";
  /** the terminal that was asked for */
  terminal?: TerminalSummary;
}
