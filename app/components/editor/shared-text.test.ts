import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { describe, it, mock } from "node:test";
import * as Y from "yjs";
import { SharedText } from "./shared-text.ts";
import { TextDocument } from "./text-document.ts";
import type { Connection } from "../../lib/connection.ts";
import { Store } from "../../lib/store.ts";
import { documentText } from "../../../server/contract/document-events.ts";

/** A server that has whatever document it is given next. */
class FakeServer {
  readonly state = new Store({ connected: true, engineUp: true });
  /** what the page has sent: nothing comes of it by itself */
  readonly sent: string[] = [];
  readonly #updates: Uint8Array[] = [];
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

  /** What the updates make of the document. */
  taken(): string {
    for (const update of this.#updates) Y.applyUpdate(this.#doc, update);
    return this.#doc.getText(documentText).toString();
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
    const send = (name: string, { update }: { update?: Uint8Array }): void => {
      this.sent.push(name);
      if (update !== undefined) this.#updates.push(update);
    };
    return { state: this.state, on: nothing, send, openDocument } as unknown as Connection;
  }
}

/** The document as a page has it that is connected with the server. */
function share(document: TextDocument, server: FakeServer): SharedText {
  const events = { gone: () => {}, moved: () => {}, restore: () => Promise.resolve(), refused: () => {} };
  return new SharedText(document, { connection: server.asConnection, mayEdit: true, before: undefined }, events);
}

describe("a text that was changed on both sides while there was no connection", () => {
  const open = async (): Promise<{ server: FakeServer; document: TextDocument; shared: SharedText }> => {
    const server = new FakeServer("FROM busybox\n");
    const document = new TextDocument("Dockerfile");
    const shared = share(document, server);
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

describe("a text of whose saving nothing is heard", () => {
  it("is opened again, and what the server lacks is sent again", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const server = new FakeServer("FROM busybox\n");
      const document = new TextDocument("Dockerfile");
      const shared = share(document, server);
      await turn();
      shared.edit((text) => text.insert(0, "# mine\n"));
      assert.equal(document.state.value.save, "saving");
      await turn();
      assert.deepEqual(server.sent, ["document-update"]);
      mock.timers.tick(60_000);
      await turn();
      assert.deepEqual(server.sent, ["document-update", "document-update"]);
      assert.equal(document.text, "# mine\nFROM busybox\n");
      shared.stop();
    } finally {
      mock.timers.reset();
    }
  });
});

describe("a text that comes letter by letter at once, as from an input method", () => {
  const letters = "# many letters, of which each is a change\n";
  const type = async (): Promise<{ server: FakeServer; document: TextDocument; shared: SharedText }> => {
    const server = new FakeServer("");
    const document = new TextDocument("Dockerfile");
    const shared = share(document, server);
    await turn();
    for (const [place, letter] of letters.split("").entries()) shared.edit((text) => text.insert(place, letter));
    return { server, document, shared };
  };

  it("is sent as one update", async () => {
    const { server, document, shared } = await type();
    assert.equal(document.state.value.save, "saving");
    await turn();
    assert.deepEqual(server.sent, ["document-update"]);
    assert.equal(server.taken(), letters);
    shared.stop();
  });

  it("is sent before the document is closed", async () => {
    const { server, shared } = await type();
    shared.stop();
    await turn();
    assert.deepEqual(server.sent, ["document-update", "document-close"]);
    assert.equal(server.taken(), letters);
  });
});
