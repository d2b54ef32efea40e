/** Files a build may COPY: a directory on disk. Later kinds (a session with a client) give the same interface. */
export interface ContextSource {
  /** absolute; links in it never lead out of it for the builder */
  root: string;
  /** ids on disk are shifted by this (a tenant's workspace), 0 for an unpacked tar */
  hostBase: number;
  /** when its files are from, seconds since 1970: of a commit, or what a web server says; not of directories */
  time?: number;
  /** Called by whoever made it, when the build has ended. Idempotent. It goes once nobody holds it. */
  dispose(): Promise<void>;
  /** A step that two builds wait for may outlast the one that began it. @returns what lets go of it */
  hold?(): () => void;
}

/** A context beside the build's own: a directory, or an image by its name. */
export type NamedContext = { source: ContextSource } | { image: string };
