/**
 * Drydock in a page of yours: `import { embed } from "https://PLAYGROUND/embed-api.js"`.
 *
 * The playground's operator names the sites that may show its snippets (DRYDOCK_EMBED_SITES). A snippet is a recording
 * until its reader presses Run in the frame: nothing starts, and no command that changes anything is done, before that.
 */

export interface EmbedOptions {
  /** the end of the snippet's link: `/s/AbCdEfGhIjKlMn` */
  snippet: string;
  /** as the reader's system, if undefined */
  theme?: "light" | "dark";
  /** files, build and output, if undefined; the terminal is there when the snippet is live */
  panes?: readonly EmbedPane[];
  /** px; it follows the content, if undefined */
  height?: number;
}

export type EmbedPane = "files" | "build" | "output" | "terminal";

/** What the frame tells the page around it. `snippet` says which, where a page has several. */
export type EmbedMessage =
  /** it is shown */
  | { drydock: "ready"; snippet: string; title: string }
  /** its content is so high: px. The frame's height follows unless you gave one */
  | { drydock: "height"; snippet: string; height: number }
  /** the reader has pressed Run */
  | { drydock: "run"; snippet: string }
  /** what it is: the recording; waiting for a free place, as the `position`th; or running for real */
  | { drydock: "state"; snippet: string; state: "recording" | "waiting" | "live"; position?: number }
  /** a build in the live frame, whenever its status changes */
  | { drydock: "build"; snippet: string; status: "running" | "completed" | "failed" | "cancelled" | "interrupted" }
  /** a container in the live frame, whenever its state changes */
  | { drydock: "container"; snippet: string; name: string; state: string; exitCode?: number }
  /** a command of yours was not done: it is not live, or has no such pane or file */
  | { drydock: "refused"; snippet: string; command: EmbedCommand["drydock"]; reason: string };

/** What the page around it may ask of the frame. */
export type EmbedCommand =
  | { drydock: "theme"; theme: "light" | "dark" }
  /** shows a file */
  | { drydock: "file"; path: string }
  /** live: puts a text in the place of a file's */
  | { drydock: "write"; path: string; text: string }
  /** live: builds */
  | { drydock: "build" }
  /** live, with a terminal: types it; "\n" is Enter */
  | { drydock: "type"; text: string };

export interface Embed {
  readonly frame: HTMLIFrameElement;
  /** Asks something of the frame; what comes before it is ready is kept until then. */
  send(command: EmbedCommand): void;
  /** Follows one kind of message; returns what ends that. */
  on<Kind extends EmbedMessage["drydock"]>(
    kind: Kind,
    listener: (message: Extract<EmbedMessage, { drydock: Kind }>) => void,
  ): () => void;
  /** Takes the frame out of the page. */
  remove(): void;
}

/** Puts a snippet into an element of yours, or in the place of a script. It is loaded when it comes into sight. */
export declare function embed(place: Element, options: EmbedOptions): Embed;
