/**
 * Who is in a workspace now, and which of them has the keyboard of each terminal: events on the page's socket. `web` says who
 * somebody is (role, colour, member); the page says only how its learner wants to be called and where it is.
 */
import { z } from "zod";
import { documentPathSchema } from "./document-events.ts";
import { personNameSchema } from "./together.ts";
import type { Role } from "./together.ts";

/** Colours that people have: one each, as long as there are enough. */
export const personColours = 8;

/** A Yjs relative position in a document, encoded. */
const textPosition = z.instanceof(Uint8Array).refine((bytes) => bytes.length <= 256);

/** The parts of a workspace's page. */
export const workspacePanes = ["files", "editor", "build", "containers", "terminal"] as const;
export type WorkspacePane = (typeof workspacePanes)[number];

const terminal = z.string().regex(/^[a-f0-9]{1,64}$/);
const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/);
/** One of the page's own names: what it does not know it leaves alone. */
const word = z.string().regex(/^[a-z-]{1,24}$/);

/** `layer` absent: all of its layers */
const imageSide = z.object({ image: id, layer: z.number().int().min(0).max(1000).exactOptional() });

/** More at once are not told. */
export const mostRemoving = 50;
export const mostOpen = 64;
/** Nor is a file of an image with a longer path. */
export const longestFilePath = 512;
const filePath = z.string().max(longestFilePath);

export const placeSchema = z.object({
  /** where the keys go, or what is shown where there is room for one only */
  pane: z.enum(workspacePanes).exactOptional(),
  /** the one in front */
  terminal: terminal.exactOptional(),
  /** the page that this one goes along with: where that is, it is too; the rest is from before */
  follows: z.string().max(64).exactOptional(),
  /** the file in the editor */
  path: documentPathSchema.exactOptional(),
  /** the selection in it: where it began, and where the cursor is */
  anchor: textPosition.exactOptional(),
  head: textPosition.exactOptional(),
  /** the first line in sight in the editor */
  top: textPosition.exactOptional(),
  /**
   * the build that is shown, in which view; the step that was opened or closed last; what was chosen to look into, absent
   * where it is the page's own choice: the image with its one layer or all, and both sides of a comparison
   */
  build: z
    .object({
      id,
      view: word,
      step: z.object({ id, open: z.boolean() }).exactOptional(),
      looked: imageSide.exactOptional(),
      compared: z.object({ before: imageSide.exactOptional(), after: imageSide.exactOptional() }).exactOptional(),
    })
    .exactOptional(),
  /** what is shown of the files of the image that is looked into: which of them, open directories, the one drawn, a file */
  browsing: z
    .object({
      ...imageSide.shape,
      changesOnly: z.boolean(),
      search: filePath,
      open: z.array(filePath).max(mostOpen),
      directory: filePath,
      file: z.object({ path: filePath, deleted: z.boolean() }).exactOptional(),
    })
    .exactOptional(),
  /** what the pane of containers shows: the chosen one, which side of it */
  running: z.object({ view: word, tab: word, container: id.exactOptional() }).exactOptional(),
  /** containers that are to be removed on this page in a moment, or are being */
  removing: z.array(id).max(mostRemoving).exactOptional(),
  /** what was scrolled last, and how far: 0 is its beginning, 1 its end */
  scrolled: z.object({ what: word, part: z.number().min(0).max(1) }).exactOptional(),
});
export type Place = z.infer<typeof placeSchema>;

export const moveSchema = z.object({ place: placeSchema });
export const callMeSchema = z.object({ name: personNameSchema });

export const askTerminalSchema = z.object({ terminal });
export const giveTerminalSchema = z.object({
  terminal,
  /** a member's id; null: nobody, who asked is told no */
  to: z.string().max(64).nullable(),
});

/** One page that is open; somebody with two has two of the same member. */
export interface Person {
  id: string;
  member: string;
  /** empty: not told */
  name: string;
  role: Role;
  /** 0 to `personColours` - 1; pages of one member have the same */
  colour: number;
  place: Place;
}

/** A terminal whose keyboard somebody has. */
export interface TerminalWriter {
  terminal: string;
  /** a member's id */
  writer: string;
  /** members who ask for it */
  asking: string[];
  /** of the writer's pane: the others draw it in this size */
  columns?: number;
  rows?: number;
}

/** What one page is told of the others. */
export interface RoomView {
  /** the page's own id among the people */
  you: string;
  people: Person[];
  writers: TerminalWriter[];
}

/** Lists that changed by another page's doing: to be asked for anew. */
export type ChangedList = "terminals";
