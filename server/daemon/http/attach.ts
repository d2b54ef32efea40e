import type { AttachedStreams } from "../../engine/containers/container-service.ts";
import { isEngineError } from "../../engine/errdefs/errors.ts";
import type { DetachKeys } from "./detach-keys.ts";
import { frame } from "./frames.ts";
import type { RawStream } from "./reply.ts";

export interface BridgeOptions {
  stdout: boolean;
  stderr: boolean;
  /** with 8-byte headers; never for terminals */
  multiplexed: boolean;
  detachKeys: DetachKeys;
  /** Ends the engine's side when the client detaches or is gone. */
  stop: AbortController;
  /** The client has typed its detach keys. */
  onDetach: () => void;
}

/** Joins a client's connection with a process's streams until the process's output ends or the client leaves. */
export async function bridge(client: RawStream, process: AttachedStreams, options: BridgeOptions): Promise<void> {
  const feeding = feed(client, process, options);
  try {
    for await (const { stream, chunk } of process.output) {
      if (options[stream]) {
        await client.write(options.multiplexed ? frame(stream, chunk) : chunk);
      }
    }
  } catch (error) {
    if (!options.stop.signal.aborted && !isEngineError(error, "cancelled")) {
      throw error;
    }
  } finally {
    options.stop.abort(new Error("the attached client has left"));
  }
  // The input may stay open for as long as the client likes; only its errors matter, and those it has caught.
  void feeding;
}

async function feed(client: RawStream, process: AttachedStreams, options: BridgeOptions): Promise<void> {
  const { stdin, tty } = process;
  try {
    for await (const chunk of client.input) {
      const { pass, detached } = tty ? options.detachKeys.feed(chunk) : { pass: chunk, detached: false };
      if (pass.length > 0) {
        await stdin?.write(pass);
      }
      if (detached) {
        options.onDetach();
        options.stop.abort(new Error("the client has detached"));
        return;
      }
    }
    if (options.stop.signal.aborted) {
      return;
    }
    // As dockerd: the end of a terminal's input means that its client has left (the CLI handles its detach keys itself
    // and just closes the connection), and the program keeps its terminal.
    if (!tty) {
      stdin?.end();
    } else if (stdin !== undefined) {
      options.stop.abort(new Error("the client has left"));
    }
  } catch {
    // The process has closed its stdin or has exited: what is still typed has nobody to read it.
  }
}
