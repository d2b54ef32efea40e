import type { Readable } from "node:stream";
import type { BuildEvent } from "../../contract/build-events.ts";
import type { BuildStart, BuildSummary } from "../../contract/extension-api.ts";
import type { BuildRequest } from "../builder/builder.ts";
import type { Digest } from "../oci/digest.ts";
import type { ArchiveType } from "./build-outputs.ts";
import type { Credentials } from "./build-request.ts";

export type { BuildStart, BuildSummary } from "../../contract/extension-api.ts";

/**
 * Builds of one tenant's workspace that are remembered: they go on when whoever started them leaves, and their events
 * can be read from any point, also after the end and after a restart of `drydockd` (then as `interrupted`).
 */
export interface BuildService {
  /**
   * @param credentials of registries, for this build alone
   * @throws InvalidArgument (paths, tags, platform), NotFound (context), ResourceExhausted (too many at once)
   */
  start(build: BuildStart, credentials?: Credentials): BuildSummary;
  /**
   * Does a build whose context a client has sent, and which it waits for: on record as those of the workspace, which can be
   * followed and cancelled by others meanwhile.
   * @throws what `Builder.build` does; Cancelled, also by `cancel`
   */
  record(request: Omit<BuildRequest, "id">): Promise<{ imageId: Digest }>;
  /** Newest first. */
  list(): BuildSummary[];
  /** `list()` now, and again whenever a build has begun or ended. Ends with the signal. */
  watch(signal: AbortSignal): AsyncIterable<BuildSummary[]>;
  /** @throws NotFound `No such build: x` */
  get(id: string): BuildSummary;
  /** From the event with this number on, live; ends with the build or the signal. @throws NotFound */
  events(id: string, options: { from: number; signal: AbortSignal }): AsyncIterable<BuildEvent>;
  /**
   * What a build made, as an archive; the caller destroys the stream.
   * @throws NotFound (also: the image was removed), FailedPrecondition (it has made nothing)
   */
  output(id: string, options: { type: ArchiveType; signal: AbortSignal }): Promise<Readable>;
  /** No effect on an ended one. Resolves when it has ended. @throws NotFound */
  cancel(id: string): Promise<void>;
}

/** How many builds of one tenant run at once, whoever asks for them. */
export interface BuildSlots {
  /** @returns what to call when the build is over. @throws ResourceExhausted */
  enter(): () => void;
}
