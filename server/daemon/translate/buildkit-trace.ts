import type { BuildVertex, NewBuildEvent } from "../../contract/build-events.ts";
import { encode, type PartialMessage, type Schema } from "../../engine/runtime/link/protobuf.ts";
import { timestamp, timestampOf } from "../../engine/runtime/link/timestamp.ts";
import { withTag } from "./classic-build.ts";

/* Progress of a build as BuildKit's (moby/buildkit, api/services/control/control.proto, StatusResponse). */

const vertexSchema = {
  digest: [1, "string"],
  name: [3, "string"],
  cached: [4, "bool"],
  started: [5, timestamp],
  completed: [6, timestamp],
  error: [7, "string"],
} satisfies Schema;
const statusSchema = {
  id: [1, "string"],
  vertex: [2, "string"],
  name: [3, "string"],
  current: [4, "int64"],
  total: [5, "int64"],
  timestamp: [6, timestamp],
} satisfies Schema;
const logSchema = {
  vertex: [1, "string"],
  timestamp: [2, timestamp],
  stream: [3, "int64"],
  text: [4, "bytes"],
} satisfies Schema;
/** The message that a line's `aux` holds in base64. */
export const statusResponse = {
  vertexes: [1, [vertexSchema]],
  statuses: [2, [statusSchema]],
  logs: [3, [logSchema]],
} satisfies Schema;

type Progress = PartialMessage<typeof statusResponse>;
type Line = { id: string; aux: string | { ID: string } } | { stream: string };

/** Build events in the lines of dockerd's BuildKit: `{"id":"moby.buildkit.trace","aux":"…"}`, at last the image's id. */
export class BuildkitTrace {
  readonly #tags: readonly string[];
  readonly #now: () => number;
  readonly #vertices = new Map<string, BuildVertex>();
  readonly #started = new Map<string, number>();

  /** @param now ms since 1970 */
  constructor(tags: readonly string[], now: () => number = Date.now) {
    this.#tags = tags;
    this.#now = now;
  }

  lines(event: NewBuildEvent): Line[] {
    if (event.type === "vertex") this.#vertices.set(event.vertex.id, event.vertex);
    if (event.type === "vertex-started") this.#started.set(event.id, this.#now());
    if (event.type === "completed") {
      return [
        { id: "moby.image.id", aux: { ID: event.imageId } },
        ...this.#tags.map((tag) => ({ stream: `Successfully tagged ${withTag(tag)}\n` })),
      ];
    }
    const progress = this.#progress(event);
    if (progress === undefined) return [];
    return [{ id: "moby.buildkit.trace", aux: encode(statusResponse, progress).toString("base64") }];
  }

  #progress(event: NewBuildEvent): Progress | undefined {
    const time = timestampOf(this.#now());
    switch (event.type) {
      case "vertex":
        return { vertexes: [this.#vertex(event.vertex.id)] };
      case "vertex-started":
        return { vertexes: [this.#vertex(event.id)] };
      case "vertex-completed": {
        const { id, cached, error } = event;
        const ended = { cached, completed: time, ...(error === undefined ? {} : { error }) };
        return { vertexes: [{ started: time, ...this.#vertex(id), ...ended }] };
      }
      case "log":
        return {
          logs: [{ vertex: event.id, timestamp: time, stream: streams[event.stream], text: Buffer.from(event.text) }],
        };
      case "status": {
        const { id: vertex, item, status, current = 0, total = 0 } = event;
        return { statuses: [{ id: `${status} ${item}`, vertex, name: item, current, total, timestamp: time }] };
      }
      default:
        return undefined;
    }
  }

  #vertex(id: string): PartialMessage<typeof vertexSchema> {
    const started = this.#started.get(id);
    const name = this.#vertices.get(id)?.name ?? "";
    return { digest: id, name, ...(started === undefined ? {} : { started: timestampOf(started) }) };
  }
}

const streams = { stdout: 1, stderr: 2 } as const;
