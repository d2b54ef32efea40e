import type { Writable } from "node:stream";
import { Conflict } from "../errdefs/errors.ts";

/** Writes to a process and waits until it has taken it. @throws Conflict when it takes no more */
export function writeAll(stdin: Writable | undefined, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    if (stdin === undefined || stdin.destroyed || stdin.writableEnded) {
      reject(new Conflict("the process takes no more input"));
      return;
    }
    stdin.write(chunk, (error) => {
      if (error) {
        reject(new Conflict("the process takes no more input", { cause: error }));
      } else {
        resolve();
      }
    });
  });
}
