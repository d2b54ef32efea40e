import type { monaco } from "./monaco-setup.ts";

/**
 * Calls `update` once the model's text has changed, and Monaco has told everybody of it: who changes decorations while it
 * does is told of the same change again, without end. Returns its undoing.
 */
export function afterTyping(model: monaco.editor.ITextModel, update: () => void): () => void {
  let isDue = false;
  let isOver = false;
  const listener = model.onDidChangeContent(() => {
    if (isDue) return;
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      if (!isOver) update();
    });
  });
  return () => {
    isOver = true;
    listener.dispose();
  };
}
