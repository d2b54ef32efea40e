import { Socket } from "node:net";
import { ReadStream } from "node:tty";
import { parentPort } from "node:worker_threads";
import { favourThisThread } from "../../concurrency/priority.ts";
import { setWindowSize } from "./kernel.ts";

/*
 * The thread in which terminals' bytes are carried, for all containers: what is typed and what answers it does not wait
 * while the supervisor starts a program, which takes as long as the processors are busy.
 */

/** To the thread. */
export type ConsoleOrder =
  | {
      /** Carry bytes between a terminal's master end and FIFOs. The descriptors are the thread's then. */
      kind: "carry";
      id: number;
      master: number;
      /** a FIFO's reading end, undefined for none */
      input: number | undefined;
      /** a FIFO's writing end; closed when the terminal's last user has gone */
      output: number;
    }
  | { kind: "resize"; id: number; columns: number; rows: number };

/** master ends of terminals that are open, by id */
const open = new Map<number, number>();
const report = (error: unknown): void => void process.stderr.write(`supervisor: terminals: ${String(error)}\n`);

function carry({ id, master, input, output }: Extract<ConsoleOrder, { kind: "carry" }>): void {
  open.set(id, master);
  const screen = new ReadStream(master);
  const out = new Socket({ fd: output, readable: false, writable: true });
  const keys = input === undefined ? undefined : new Socket({ fd: input, readable: true, writable: false });
  const end = (): void => {
    open.delete(id);
    keys?.destroy();
    // What was written before goes out first.
    out.write("", () => out.destroy());
    screen.destroy();
  };
  // EIO tells that nobody has the other end open any more.
  screen.on("error", end).on("end", end);
  out.on("error", end);
  screen.pipe(out, { end: false });
  // A terminal's stream goes both ways, whatever its name says.
  keys?.on("error", () => undefined).pipe(screen, { end: false });
}

function resize({ id, columns, rows }: Extract<ConsoleOrder, { kind: "resize" }>): void {
  const master = open.get(id);
  if (master !== undefined) setWindowSize(master, columns, rows);
}

// All terminals depend on it.
process.on("uncaughtException", report);
favourThisThread();
parentPort?.on("message", (order: ConsoleOrder) => (order.kind === "carry" ? carry(order) : resize(order)));
