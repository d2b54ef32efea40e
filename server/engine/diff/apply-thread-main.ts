import { createReadStream } from "node:fs";
import { parentPort } from "node:worker_threads";
import { isEngineError, messageOf } from "../errdefs/errors.ts";
import { applyLayer } from "./apply-layer.ts";
import type { ApplyAnswer, ApplyOrder } from "./apply-thread.ts";

/** ms between two messages of how far it is */
const progressInterval = 50;
/** Fewer and larger pieces than a stream's own: each passes through several hands. */
const pieceSize = 1 << 20;

const aborts = new Map<number, AbortController>();

function answer(message: ApplyAnswer): void {
  parentPort?.postMessage(message, []);
}

async function apply(order: Extract<ApplyOrder, { kind: "apply" }>): Promise<void> {
  const { id, tree, file, options } = order;
  const abort = new AbortController();
  aborts.set(id, abort);
  let next = 0;
  const onProgress = (bytes: number) => {
    const now = performance.now();
    if (now < next) return;
    next = now + progressInterval;
    answer({ id, kind: "progress", bytes });
  };
  try {
    const source = createReadStream(file, { highWaterMark: pieceSize });
    const applied = await applyLayer(tree, source, { ...options, signal: abort.signal, onProgress });
    answer({ id, kind: "done", applied });
  } catch (error) {
    answer({ id, kind: "failed", code: isEngineError(error) ? error.code : undefined, message: messageOf(error) });
  } finally {
    aborts.delete(id);
  }
}

parentPort?.on("message", (order: ApplyOrder) => {
  if (order.kind === "apply") void apply(order);
  else aborts.get(order.id)?.abort(new Error(order.reason));
});
