import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { LanguageClient } from "./language-client.ts";

/** A worker as the browser makes it: of a script that comes, or does not. */
class FakeWorker extends EventTarget {
  static readonly made: FakeWorker[] = [];
  readonly asked: { id?: number; method?: string }[] = [];

  constructor() {
    super();
    FakeWorker.made.push(this);
  }

  postMessage(message: { id?: number; method?: string }): void {
    this.asked.push(message);
  }

  answer(given: { result?: unknown; error?: string }): void {
    this.dispatchEvent(new MessageEvent("message", { data: { id: this.asked.at(-1)?.id, ...given } }));
  }

  /** Whether that is told in the console. */
  fail(): boolean {
    return this.dispatchEvent(new Event("error", { cancelable: true }));
  }
}

beforeEach(() => {
  FakeWorker.made.length = 0;
  Object.assign(globalThis, { Worker: FakeWorker });
});

const at = { line: 1, column: 1 };

test("a worker that does not come answers nothing, says nothing, and is started anew", async () => {
  const client = new LanguageClient();
  const asked = client.ask("stage", "FROM busybox", at);
  assert.equal(FakeWorker.made[0]?.fail(), false);
  assert.equal(await asked, undefined);
  const again = client.ask("format", "from busybox");
  assert.equal(FakeWorker.made.length, 2);
  FakeWorker.made[1]?.answer({ result: [] });
  assert.deepEqual(await again, []);
});

test("it is started before the first question, and once", async () => {
  const client = new LanguageClient();
  client.start();
  client.start();
  const asked = client.ask("rename", "FROM busybox AS one", at, "-");
  assert.equal(FakeWorker.made.length, 1);
  FakeWorker.made[0]?.answer({ error: "no name of a stage" });
  await assert.rejects(asked, /no name of a stage/);
});
