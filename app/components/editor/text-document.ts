import type { CheckFindings } from "#contract/extension-api.ts";
import { Store } from "../../lib/store.ts";
import type { SharedText } from "./shared-text.ts";

/** Both sides' text, as it is now. */
export interface Conflict {
  mine: string;
  theirs: string;
}

export interface DocumentState {
  /** `missing`: what it is edited with could not be loaded */
  content: "loading" | "text" | "binary" | "large" | "missing";
  save: "saved" | "unsaved" | "saving" | "failed";
  /** what happened to the file elsewhere while there were unsaved changes: deleted, or changed too */
  trouble: "gone" | Conflict | undefined;
  /** counts the documents that the server had under this path: the editor takes each over */
  revision: number;
}

/** One open file. Its text is `shared`, which is loaded with the editor. */
export class TextDocument {
  readonly path: string;
  readonly state = new Store<DocumentState>({ content: "loading", save: "saved", trouble: undefined, revision: 0 });
  /** what the engine says of a Dockerfile's text; undefined: not checked, or no Dockerfile */
  readonly findings = new Store<CheckFindings | undefined>(undefined);
  shared: SharedText | undefined;
  /** of the file, when it was last looked at whether it can be edited */
  version: string | undefined;
  text = "";

  constructor(path: string) {
    this.path = path;
  }

  change(change: Partial<DocumentState>): void {
    this.state.update((state) => ({ ...state, ...change }));
  }

  /** There is a document, or another one than before. */
  loaded(text: string): void {
    this.text = text;
    this.change({ content: "text", trouble: undefined, revision: this.state.value.revision + 1 });
  }
}
