/** How long who waits may be silent before its place in the queue goes to the next, ms. */
export const waitingPatience = 15_000;
/** How long a place is kept while nobody is seen in it, ms. */
export const holdingPatience = 300_000;

export interface PlacesOptions {
  /** workspaces that may be live at the same time; 0: as many as come */
  most: number;
  /** told of each that has lost its place to another, because nobody was seen in it */
  onLost: (id: string) => void;
}

/**
 * Places for live workspaces on a machine that has room for so many: who comes when all are taken waits in a queue.
 * `now` is ms since the epoch.
 */
export interface Places {
  /** Asks for a place, which whoever has one keeps. Undefined: it has one; else its place in the queue, from 1. */
  ask(id: string, now?: number): Promise<number | undefined>;
  /** Somebody is in it. */
  seen(id: string, now?: number): Promise<void>;
  /** It needs no place any more. */
  leave(id: string): Promise<void>;
}
