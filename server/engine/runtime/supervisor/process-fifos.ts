import { closeSync, constants, fchownSync, openSync } from "node:fs";

export interface Owner {
  uid: number;
  gid: number;
}

/**
 * The ends of FIFOs that a process gets as its input and output. Blocking ones, as programs expect; opened behind a
 * guard, so that opening does not wait for anybody.
 */
export class ProcessFifos {
  readonly input: number | undefined;
  readonly output: number | undefined;
  readonly error: number | undefined;

  /** @param owner may open them anew, as /dev/stdout */
  constructor(paths: { stdin: string; stdout: string; stderr: string }, owner: Owner) {
    [this.input, this.output, this.error] = allOrNone([
      () => openEnd(paths.stdin, constants.O_RDONLY, owner),
      () => openEnd(paths.stdout, constants.O_WRONLY, owner),
      () => openEnd(paths.stderr, constants.O_WRONLY, owner),
    ]);
  }

  /** Their other ends: what was written and not read stays in a FIFO for as long as an end of it is open. */
  static keep(paths: { stdout: string; stderr: string }): number[] {
    const named = [paths.stdout, paths.stderr].filter((path) => path !== "");
    return allOrNone(named.map((path) => () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)));
  }

  close(): void {
    for (const fd of [this.input, this.output, this.error]) if (fd !== undefined) closeSync(fd);
  }
}

/** The writing end of a process's input: while it is held the process sees no end of it, whoever else comes and goes. Needs a reader. */
export function holdInput(path: string): number | undefined {
  return path === "" ? undefined : openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
}

/** What was opened before one that cannot be is closed again. */
function allOrNone<Fd extends number | undefined>(opens: readonly (() => Fd)[]): Fd[] {
  const opened: Fd[] = [];
  try {
    for (const open of opens) opened.push(open());
    return opened;
  } catch (error) {
    for (const fd of opened) if (fd !== undefined) closeSync(fd);
    throw error;
  }
}

function openEnd(path: string, direction: number, owner: Owner): number | undefined {
  if (path === "") return undefined;
  const guard = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  try {
    fchownSync(guard, owner.uid, owner.gid);
    return openSync(path, direction);
  } finally {
    closeSync(guard);
  }
}
