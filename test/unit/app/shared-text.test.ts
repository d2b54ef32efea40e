import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { describe, it } from "node:test";
import * as Y from "yjs";
import { SharedText } from "../../../app/components/editor/shared-text.ts";
import { TextDocument } from "../../../app/components/editor/text-document.ts";
import type { Connection } from "../../../app/lib/connection.ts";
import { Store } from "../../../app/lib/store.ts";
import { documentText } from "../../../server/contract/document-events.ts";

/** A server that has whatever document it is given next. */
class FakeServer {
  readonly state = new Store({ connected: true, engineUp: true });
  #doc = new Y.Doc();
  #epoch = 0;

  constructor(text: string) {
    this.replace(text);
  }

  /** Another document under the same name, without the history of the one before. */
  replace(text: string): void {
    this.#doc = new Y.Doc();
    this.#doc.getText(documentText).insert(0, text);
    this.#epoch++;
  }

  connect(connected: boolean): void {
    this.state.set({ connected, engineUp: true });
  }

  get asConnection(): Connection {
    const openDocument = () =>
      Promise.resolve({
        epoch: String(this.#epoch),
        update: Y.encodeStateAsUpdate(this.#doc),
        vector: Y.encodeStateVector(this.#doc),
        saved: true,
      });
    const nothing = (): (() => void) => () => undefined;
    return { state: this.state, on: nothing, send: nothing, openDocument } as unknown as Connection;
  }
}

describe("a text that was changed on both sides while there was no connection", () => {
  const open = async (): Promise<{ server: FakeServer; document: TextDocument; shared: SharedText }> => {
    const server = new FakeServer("FROM busybox\n");
    const document = new TextDocument("Dockerfile");
    const events = { gone: () => {}, moved: () => {}, restore: () => Promise.resolve(), refused: () => {} };
    const shared = new SharedText(document, server.asConnection, true, events);
    document.shared = shared;
    await turn();
    assert.equal(document.text, "FROM busybox\n");
    server.connect(false);
    shared.edit((text) => text.insert(text.length, "# mine\n"));
    server.replace("FROM debian\n");
    server.connect(true);
    await turn();
    return { server, document, shared };
  };
  const mine = "FROM busybox\n# mine\n";

  it("is shown with both sides, as they are now", async () => {
    const { document, shared } = await open();
    assert.deepEqual(document.state.value.trouble, { mine, theirs: "FROM debian\n" });
    shared.edit((text) => text.insert(text.length, "# more\n"));
    assert.deepEqual(document.state.value.trouble, { mine: `${mine}# more\n`, theirs: "FROM debian\n" });
    shared.stop();
  });

  for (const [choice, text] of [
    ["keepMine", mine],
    ["takeTheirs", "FROM debian\n"],
  ] as const) {
    it(`is what was chosen: ${choice}`, async () => {
      const { document, shared } = await open();
      shared[choice]();
      await turn();
      assert.equal(document.state.value.trouble, undefined);
      assert.equal(shared.text.toString(), text);
      shared.stop();
    });
  }
});
