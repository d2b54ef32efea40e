import type { CheckFindings } from "#contract/extension-api.ts";
import { Store } from "../../lib/store.ts";

export interface DocumentState {
  content: "loading" | "text" | "binary" | "large";
  save: "saved" | "unsaved" | "saving" | "failed";
  /** what happened to the file elsewhere while there were unsaved changes */
  trouble: "changed" | "gone" | undefined;
  /** counts the texts that came from the server: the editor takes each over */
  revision: number;
}

/** One open file: its text in the editor, and the version of it that the engine has. */
export class TextDocument {
  readonly path: string;
  readonly state = new Store<DocumentState>({ content: "loading", save: "saved", trouble: undefined, revision: 0 });
  /** what the engine says of a Dockerfile's text; undefined: not checked, or no Dockerfile */
  readonly findings = new Store<CheckFindings | undefined>(undefined);
  text = "";
  /** undefined: save without asking what is there */
  version: string | undefined;
  /** what was sent and never answered: it may have arrived */
  readonly unanswered = new Set<string>();

  constructor(path: string) {
    this.path = path;
  }

  change(change: Partial<DocumentState>): void {
    this.state.update((state) => ({ ...state, ...change }));
  }

  /** The text from the server. */
  replace(text: string): void {
    this.text = text;
    this.unanswered.clear();
    const revision = this.state.value.revision + 1;
    this.change({ content: "text", save: "saved", trouble: undefined, revision });
  }
}

const largest = 1024 * 1024;

/** The bytes as text, or why they are none that can be edited without loss. */
export function decodeText(bytes: Uint8Array): string | { problem: "binary" | "large" } {
  if (bytes.length > largest) return { problem: "large" };
  if (bytes.includes(0)) return { problem: "binary" };
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { problem: "binary" };
  }
}
