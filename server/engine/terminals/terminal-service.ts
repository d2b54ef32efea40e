export interface NewTerminal {
  container: string;
  /** default: the container's bash, else its sh */
  cmd?: string[];
  env?: string[];
  user?: string;
  workingDir?: string;
  columns: number;
  rows: number;
}

/** A shell in a container that lives on without anybody looking at it. */
export interface Terminal {
  id: string;
  /** container id */
  container: string;
  cmd: string[];
  running: boolean;
  exitCode: number | undefined;
  /** bytes written so far: the offset of the next byte */
  offset: number;
  /** ms since the epoch */
  createdAt: number;
}

/**
 * Long-lived terminals of one tenant: execs with a pseudo-terminal whose last 1 MiB of output is kept on disk under
 * absolute offsets, so that a page can leave and come back. They survive a restart of `drydockd` and go with their container.
 */
export interface TerminalService {
  /** @throws NotFound (container), Conflict (not running), InvalidArgument (no shell, size), ResourceExhausted (too many) */
  start(terminal: NewTerminal): Promise<Terminal>;
  /** @throws NotFound `No such terminal: x` */
  get(id: string): Terminal;
  /** Oldest first; ended ones stay until `end`, or until their container is removed. */
  list(): Terminal[];
  /**
   * Output from `offset` on, then live; ends with the process or the signal. The `offset` in the answer is that of the
   * first byte: later than asked if older output is gone. A reader slower than the ring skips what it missed.
   */
  output(
    id: string,
    options: { offset: number; signal: AbortSignal },
  ): Promise<{ offset: number; bytes: AsyncIterable<Buffer> }>;
  /** @throws NotFound, Conflict (ended) */
  input(id: string, bytes: Uint8Array): Promise<void>;
  /** Shows every running one a line from the engine itself. */
  tell(text: string): void;
  /** No effect on an ended one. @throws InvalidArgument */
  resize(id: string, columns: number, rows: number): Promise<void>;
  /** Resolves when its process has ended. @throws NotFound */
  ended(id: string): Promise<void>;
  /** Ends its process (SIGHUP, then SIGKILL) and forgets it. */
  end(id: string): Promise<void>;
}
