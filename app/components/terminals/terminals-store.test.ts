import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { TerminalsStore } from "./terminals-store.ts";
import { grace } from "../ui/put-off.ts";

type Parts = ConstructorParameters<typeof TerminalsStore>[0];

/** The browser's. */
class FakeStorage {
  readonly #kept = new Map<string, string>();

  getItem(key: string): string | null {
    return this.#kept.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.#kept.set(key, value);
  }

  removeItem(key: string): void {
    this.#kept.delete(key);
  }
}

beforeEach(() => {
  Object.defineProperty(globalThis, "localStorage", { value: new FakeStorage(), configurable: true });
});

/** A workspace in whose workstation one terminal is open already. */
async function fixture() {
  const known = [{ id: "own", container: "workstation", running: true, offset: 0, createdAt: 0 }];
  const typed: string[] = [];
  const ended: string[] = [];
  const undo = new Map<number, () => void>();
  let others = "";
  let opened = 0;
  let prompt = (id: string): void => shown?.saw(id, 2);
  let shown: TerminalsStore | undefined;
  const api = {
    base: "/api/w/one",
    terminals: () => Promise.resolve(known),
    endTerminal: (id: string) => {
      ended.push(id);
      known.splice(
        known.findIndex((each) => each.id === id),
        1,
      );
      return Promise.resolve();
    },
    openTerminal: (container: string) => {
      const terminal = { id: `t${++opened}`, container, running: true, offset: 0, createdAt: opened };
      known.push(terminal);
      // Its shell's prompt.
      setImmediate(() => prompt(terminal.id));
      return Promise.resolve(terminal);
    },
  };
  const parts = {
    api,
    connection: { type: (id: string, text: string) => typed.push(`${id}: ${text}`) },
    together: { hasKeyboard: (id: string) => id !== others },
    notices: {
      show: (_kind: string, text: string, action?: { act: () => void }) => {
        assert.match(text, /^Terminal .* is closed\.$/);
        if (action !== undefined) undo.set(undo.size + 1, action.act);
        return undo.size;
      },
      dismiss: () => undefined,
    },
  } as unknown as Parts;
  const load = async (): Promise<TerminalsStore> => {
    const loaded = new TerminalsStore(parts);
    shown = loaded;
    await loaded.start();
    return loaded;
  };
  const terminals = await load();
  const tabs = (of = terminals): string[] =>
    of.tabs.value.map(({ id, use }) => (use === undefined ? id : `${id} ${use}`));
  return {
    terminals,
    load,
    typed,
    tabs,
    ended,
    undo,
    taken: (id: string) => (others = id),
    slow: (then: (id: string) => void) => (prompt = then),
  };
}

test("nothing is typed into a shell before its prompt is there, where it would stand twice", async () => {
  const { terminals, typed, slow } = await fixture();
  const { promise, resolve } = Promise.withResolvers<string>();
  slow(resolve);
  const asked = terminals.type("docker compose", "up");
  const id = await promise;
  assert.deepEqual(typed, []);
  terminals.saw(id, 2);
  await asked;
  assert.deepEqual(typed, ["t1: up"]);
});

test("what the page types goes into one terminal for each use, which is called so; never into the learner's own", async () => {
  const { terminals, typed, tabs } = await fixture();
  await terminals.type("docker compose", "up");
  terminals.show("own");
  await terminals.type("docker compose", "down");
  await terminals.refresh();
  assert.deepEqual(typed, ["t1: up", "t1: down"]);
  assert.deepEqual(tabs(), ["own", "t1 docker compose"]);
  assert.equal(terminals.active.value, "t1");
  await terminals.type("git clone", "clone");
  assert.deepEqual(tabs(), ["own", "t1 docker compose", "t2 git clone"]);
});

test("what is asked for is to be seen; what a reload finds is not asked for", async () => {
  const { terminals, load } = await fixture();
  assert.equal(terminals.asked.value, 0);
  await terminals.open();
  await terminals.type("docker compose", "up");
  await terminals.type("docker compose", "down");
  assert.equal(terminals.asked.value, 3);
  assert.equal((await load()).asked.value, 0);
});

test("where somebody else has that one's keyboard another is opened", async () => {
  const { terminals, typed, tabs, taken } = await fixture();
  await terminals.type("docker compose", "up");
  taken("t1");
  await terminals.type("docker compose", "down");
  await terminals.type("docker compose", "ps");
  assert.deepEqual(typed, ["t1: up", "t2: down", "t2: ps"]);
  assert.deepEqual(tabs(), ["own", "t1 docker compose", "t2 docker compose"]);
});

test("a reload finds it again; nothing is left of it when it is closed", async () => {
  const { terminals, load, typed, tabs } = await fixture();
  await terminals.type("docker compose", "up");
  const reloaded = await load();
  assert.deepEqual(tabs(reloaded), ["own", "t1 docker compose"]);
  await reloaded.type("docker compose", "down");
  assert.deepEqual(typed, ["t1: up", "t1: down"]);
  reloaded.close("t1", "docker compose");
  assert.equal(localStorage.getItem("drydock.terminals./api/w/one"), null);
});

test("a closed one is out of sight at once and ends a little later, or is back where it was", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const { terminals, tabs, ended, undo } = await fixture();
    await terminals.type("docker compose", "up");
    await terminals.split();
    terminals.close("t1", "docker compose");
    await terminals.refresh();
    assert.deepEqual([tabs(), terminals.splits.value], [["own", "t2"], []]);
    mock.timers.tick(grace - 1);
    undo.get(1)?.();
    assert.deepEqual([tabs(), terminals.active.value], [["own", "t1 docker compose", "t2"], "t1"]);
    assert.deepEqual(terminals.splits.value, [["t1", "t2"]]);
    mock.timers.tick(grace);
    assert.deepEqual(ended, []);
    terminals.close("t2", "workstation");
    mock.timers.tick(grace);
    assert.deepEqual(ended, ["t2"]);
    undo.get(2)?.();
    assert.deepEqual(tabs(), ["own", "t1 docker compose"], "too late");
  } finally {
    mock.timers.reset();
  }
});

test("it is ended at once where what it holds may be needed", async () => {
  const { terminals, tabs, ended } = await fixture();
  terminals.close("own", "workstation");
  await terminals.open();
  assert.deepEqual([ended, tabs()], [["own"], ["t1"]]);
  terminals.close("t1", "workstation");
  await terminals.settle();
  assert.deepEqual(ended, ["own", "t1"]);
});
