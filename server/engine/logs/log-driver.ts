export interface LogRecord {
  stream: "stdout" | "stderr";
  /** ns since the epoch */
  timeNano: bigint;
  /** one line with its newline, or a piece of one longer than 16 KiB */
  line: Buffer;
}

/** One record with its place in the container's whole output. */
export interface OffsetRecord extends LogRecord {
  /** byte position of the record in all that was ever logged: grows, survives rotation and restarts */
  offset: number;
}

export interface ReadOptions {
  /** last n records; undefined is all */
  tail?: number;
  /** from the first record at or after this one; not together with `tail` */
  fromOffset?: number;
  sinceNano?: bigint;
  untilNano?: bigint;
  /** go on with what is written until the log is closed */
  follow: boolean;
  signal: AbortSignal;
}

/**
 * One container's log. `open` before the first `write` of a run, `close` after the last: followers end then.
 * Reading works at any time.
 */
export interface ContainerLog {
  open(): Promise<void>;
  /** Appends; resolves when the operating system has it. @throws ResourceExhausted (disk full) */
  write(records: readonly LogRecord[]): Promise<void>;
  close(): Promise<void>;
  /** Offset that the next record will have. */
  end(): Promise<number>;
  read(options: ReadOptions): AsyncIterable<OffsetRecord>;
  /** Deletes its files. */
  remove(): Promise<void>;
}
