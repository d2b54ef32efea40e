/**
 * The events between the page and `web` on socket.io, typed both ways. The handshake carries `{workspace}` and the
 * session's cookie, or a frame's token; everything on the socket is about that one workspace.
 *
 * Streams. The page opens a stream with the position to start from and an id of its choice; `web` sends `stream-data`
 * with the position after it, and never has more than `streamWindow` bytes on the way that `stream-ack` has not
 * confirmed: a slow browser slows the process that writes. `stream-end` closes it; with `again` the page should open
 * it once more from its last position (the engine went away for a moment). Nothing is kept in `web`: after a dropped
 * connection the page opens its streams again from where they were.
 *
 * Text files that are open in the editor are documents: document-events.ts. Who else is here: together-events.ts.
 */
import { z } from "zod";
import type { BuildEvent } from "./build-events.ts";
import type {
  DocumentEnded,
  DocumentSaved,
  DocumentsFlushed,
  DocumentTrouble,
  DocumentUpdate,
  namedDocumentSchema,
  openDocumentSchema,
  OpenedDocument,
  saveDocumentsSchema,
  updateDocumentSchema,
} from "./document-events.ts";
import type { ContainerStats } from "./container-views.ts";
import type { BuildSummary, ContainerOutput, FileChange } from "./extension-api.ts";
import type {
  askTerminalSchema,
  callMeSchema,
  ChangedList,
  giveTerminalSchema,
  moveSchema,
  Place,
  RoomView,
} from "./together-events.ts";
import { personNameSchema } from "./together.ts";
import type { LoggedRequest } from "./request-log.ts";
import type { ContainerView } from "./playground-api.ts";

export const socketVersion = 1;
/** Bytes that may be on the way to the browser, unconfirmed, per stream. */
export const streamWindow = 256 * 1024;
/** Streams that one socket may have open. */
export const streamsPerSocket = 64;

const id = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/);
const position = z.number().int().nonnegative();

export const streamSourceSchema = z.discriminatedUnion("kind", [
  /** position: the next event's seq */
  z.object({ kind: z.literal("build"), build: id, position }),
  /** position: byte offset */
  z.object({ kind: z.literal("terminal"), terminal: id, position }),
  /** position: the next record's offset */
  z.object({ kind: z.literal("output"), container: id, position }),
  /** changes of the workspace's files from now on; position is 0 */
  z.object({ kind: z.literal("files"), position }),
  /** the list of builds, now and whenever one has begun or ended; position is 0 */
  z.object({ kind: z.literal("builds"), position }),
  /** the list of containers, now and whenever it changes; position is 0 */
  z.object({ kind: z.literal("containers"), position }),
  /** how busy a container is, about once a second until it ends; position is 0 */
  z.object({ kind: z.literal("stats"), container: id, position }),
  /** what is asked of the workspace's Docker API; position: the next request's seq */
  z.object({ kind: z.literal("requests"), position }),
]);
export type StreamSource = z.infer<typeof streamSourceSchema>;
export type StreamKind = StreamSource["kind"];

export interface StreamPayloads {
  build: BuildEvent[];
  terminal: Uint8Array;
  output: ContainerOutput[];
  files: FileChange[];
  builds: BuildSummary[];
  containers: ContainerView[];
  stats: ContainerStats[];
  requests: LoggedRequest[];
}

export type StreamData = {
  [Kind in StreamKind]: {
    stream: string;
    kind: Kind;
    /** where to go on after this */
    position: number;
    /** what to confirm with `stream-ack` */
    bytes: number;
    payload: StreamPayloads[Kind];
  };
}[StreamKind];

export interface StreamEnd {
  stream: string;
  /** true: not its natural end, open it again */
  again: boolean;
  message?: string;
}

export const openStreamSchema = z.object({ stream: id, source: streamSourceSchema });
export const acknowledgeSchema = z.object({ stream: id, bytes: z.number().int().nonnegative() });
export const closeStreamSchema = z.object({ stream: id });
export const terminalInputSchema = z.object({
  terminal: id,
  data: z.union([z.string().max(65_536), z.instanceof(Uint8Array).refine((bytes) => bytes.length <= 65_536)]),
});
export const terminalResizeSchema = z.object({
  terminal: id,
  columns: z.number().int().min(2).max(1000),
  rows: z.number().int().min(1).max(500),
});
export const handshakeSchema = z.object({
  workspace: z.string().max(64),
  version: z.literal(socketVersion),
  /** of a frame's session (sharing.ts), in the place of the cookie */
  token: z.string().max(200).exactOptional(),
  /** how the learner wants to be called */
  name: personNameSchema.exactOptional(),
});

export interface ClientToServer {
  "document-open": (message: z.infer<typeof openDocumentSchema>, answer: (opened: OpenedDocument) => void) => void;
  "document-update": (message: z.infer<typeof updateDocumentSchema>) => void;
  /** a deleted file is written again */
  "document-restore": (message: z.infer<typeof namedDocumentSchema>) => void;
  /** answered when everything sent before is in the files, whoever wrote it */
  "document-save": (message: z.infer<typeof saveDocumentsSchema>, answer: (flushed: DocumentsFlushed) => void) => void;
  "person-move": (message: z.infer<typeof moveSchema>) => void;
  "person-name": (message: z.infer<typeof callMeSchema>) => void;
  "terminal-ask": (message: z.infer<typeof askTerminalSchema>) => void;
  "terminal-give": (message: z.infer<typeof giveTerminalSchema>) => void;
  "document-close": (message: z.infer<typeof namedDocumentSchema>) => void;
  "stream-open": (message: z.infer<typeof openStreamSchema>) => void;
  "stream-ack": (message: z.infer<typeof acknowledgeSchema>) => void;
  "stream-close": (message: z.infer<typeof closeStreamSchema>) => void;
  "terminal-input": (message: z.infer<typeof terminalInputSchema>) => void;
  "terminal-resize": (message: z.infer<typeof terminalResizeSchema>) => void;
}

export interface ServerToClient {
  "document-update": (message: DocumentUpdate) => void;
  "document-saved": (message: DocumentSaved) => void;
  "document-trouble": (message: DocumentTrouble) => void;
  "document-ended": (message: DocumentEnded) => void;
  /** on connection, and whenever somebody comes, goes or has another name, or a keyboard is handed over */
  room: (message: RoomView) => void;
  "person-moved": (message: { id: string; place: Place }) => void;
  "list-changed": (message: { list: ChangedList }) => void;
  "stream-data": (message: StreamData) => void;
  "stream-end": (message: StreamEnd) => void;
  /** whether the engine answers, and what its machine's clock says, ms since the epoch; sent on connection and on every change */
  engine: (message: { up: boolean; now: number }) => void;
  /** containers are stopped in so many ms for want of activity; null: not soon. Sent when that changes */
  idle: (message: { left: number | null }) => void;
  /** something the page asked for on the socket failed */
  trouble: (message: { message: string }) => void;
}
