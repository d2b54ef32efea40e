/** What goes on in a workspace while `web` is killed, and what must hold of each of these afterwards. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { SharedText } from "../../../app/components/editor/shared-text.ts";
import { TextDocument } from "../../../app/components/editor/text-document.ts";
import type { BuildEvent } from "../../../server/contract/build-events.ts";
import type { BuildSummary, FileEntry, TerminalSummary } from "../../../server/contract/extension-api.ts";
import type { Snippet, WorkspaceView } from "../../../server/contract/playground-api.ts";
import { tar } from "../faults/tar.ts";
import { type Activity, type Learner, until } from "./learner.ts";

type Random = (below: number) => number;

/** Somebody types into the Dockerfile, whether there is a connection or not. */
export class Typing implements Activity {
  readonly #learner: Learner;
  readonly #random: Random;
  readonly #document = new TextDocument("Dockerfile");
  readonly #shared: SharedText;
  #typed = "";
  #lines = 0;

  private constructor(learner: Learner, random: Random) {
    this.#learner = learner;
    this.#random = random;
    const { connection } = learner;
    const events = { gone: assert.fail, moved: assert.fail, restore: assert.fail, refused: assert.fail };
    this.#shared = new SharedText(this.#document, { connection, mayEdit: true, before: undefined }, events);
  }

  static async open(learner: Learner, random: Random): Promise<Typing> {
    const typing = new Typing(learner, random);
    await until(
      () => "the Dockerfile does not open",
      () => typing.#document.state.value.content === "text",
    );
    typing.#typed = typing.#document.text;
    return typing;
  }

  async step(): Promise<void> {
    const line = `# ${++this.#lines}\n`;
    this.#typed += line;
    this.#shared.edit((text) => text.insert(text.length, line));
    await sleep(5 + this.#random(100));
  }

  async check(): Promise<void> {
    const { state } = this.#document;
    await until(
      () => `the document is not saved: ${JSON.stringify(state.value)}`,
      () => state.value.save === "saved" || state.value.trouble !== undefined,
    );
    assert.equal(state.value.trouble, undefined);
    assert.equal(this.#document.text, this.#typed, "the page has every key");
    assert.equal((await this.#learner.status("GET", "file?path=Dockerfile")).text, this.#typed, "so has the file");
  }

  stop(): void {
    this.#shared.stop();
  }
}

/** Files are written, renamed, deleted and unpacked, each of them as a whole. */
export class Files implements Activity {
  readonly #learner: Learner;
  readonly #random: Random;
  /** path → content */
  #now = new Map<string, string>();
  /** if what is under way is done */
  #next = new Map<string, string>();
  #count = 0;

  constructor(learner: Learner, random: Random) {
    this.#learner = learner;
    this.#random = random;
  }

  async step(): Promise<void> {
    const paths = [...this.#now.keys()];
    const path = paths[this.#random(paths.length)];
    this.#next = new Map(this.#now);
    const count = ++this.#count;
    const kind = path === undefined ? 0 : this.#random(4);
    if (kind === 0 || path === undefined) await this.#write(`kept/f${this.#random(6)}`, `${count} `);
    else if (kind === 1) await this.#rename(path, `kept/r${count}`);
    else if (kind === 2) await this.#remove(path);
    else await this.#unpack(`kept/t${count}`);
    this.#now = this.#next;
  }

  async #write(path: string, word: string): Promise<void> {
    const content = word.repeat(1 + this.#random(100_000));
    this.#next.set(path, content);
    await this.#learner.ask("PUT", `file?path=${path}`, content);
  }

  async #rename(from: string, to: string): Promise<void> {
    this.#next.set(to, this.#next.get(from) ?? "");
    this.#next.delete(from);
    await this.#learner.ask("POST", "rename", { from, to });
  }

  async #remove(path: string): Promise<void> {
    this.#next.delete(path);
    await this.#learner.ask("DELETE", `file?path=${path}`);
  }

  async #unpack(directory: string): Promise<void> {
    const entries = Array.from({ length: 10 }, (_, index) => ({
      name: `${directory}/${index}`,
      content: `${directory} ${index} `.repeat(1 + this.#random(2000)),
    }));
    for (const { name, content } of entries) this.#next.set(name, content);
    const { status, text } = await this.#learner.status("POST", "tar", tar(entries));
    if (status >= 400) throw new Error(text);
  }

  async check(): Promise<void> {
    const [before, after] = [this.#now, this.#next].map(sorted);
    // What the engine was asked for before the kill it may still be doing.
    await until(
      () => "files are neither as before nor as after",
      async () => [before, after].includes(sorted(await this.#read())),
    );
    this.#now = this.#next = await this.#read();
  }

  async #read(): Promise<Map<string, string>> {
    const listed = await this.#learner.ask<FileEntry[]>("GET", "files");
    const found = new Map<string, string>();
    for (const { path, kind } of listed) {
      if (kind !== "file" || !path.startsWith("kept/")) continue;
      const { status, text } = await this.#learner.status("GET", `file?path=${path}`);
      if (status === 200) found.set(path, text);
    }
    return found;
  }
}

function sorted(files: ReadonlyMap<string, string>): string {
  return JSON.stringify([...files].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const counting = (word: string, count: number): string =>
  `i=0; while [ $i -lt ${count} ]; do i=$((i+1)); echo ${word}-$i-; sleep 0.01; done`;
const counted = (text: string, word: string): number[] =>
  [...text.matchAll(new RegExp(`${word}-(\\d+)-`, "g"))].map(([, number]) => Number(number));

/** One build after the other, each of which is followed to its end. */
export class Builds implements Activity {
  readonly #learner: Learner;
  readonly #followed: Promise<void>[] = [];

  constructor(learner: Learner) {
    this.#learner = learner;
  }

  async prepare(): Promise<void> {
    await this.#learner.ask("PUT", "file?path=app/Dockerfile", `FROM busybox\nRUN ${counting("line", 40)}\n`);
  }

  async step(): Promise<void> {
    const build = { contextPath: "app", tags: ["app"], noCache: true };
    const { id } = await this.#learner.ask<BuildSummary>("POST", "builds", build);
    const followed = this.#follow(id);
    this.#followed.push(followed);
    await followed;
  }

  async #follow(id: string): Promise<void> {
    const events: BuildEvent[] = (await this.#learner.whole({ kind: "build", build: id, position: 0 })).flat();
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, index) => index),
      "each event once, in order",
    );
    const output = events.map((event) => (event.type === "log" ? event.text : "")).join("");
    assert.deepEqual(counted(output, "line"), numbers(40));
    assert.equal(events.at(-1)?.type, "completed");
  }

  async check(): Promise<void> {
    await Promise.all(this.#followed);
    let all: BuildSummary[] = [];
    this.#learner.socket.follow({ kind: "builds", position: 0 }, (builds) => (all = builds));
    // The one that nobody was told of, too, runs to its end.
    await until(
      () => `builds: ${JSON.stringify(all)}`,
      () => all.length > 0 && all.every(({ status }) => status === "completed"),
    );
  }
}

/** A terminal prints, and others come and go. */
export class Terminals implements Activity {
  readonly #learner: Learner;
  readonly #container: string;
  readonly #known = new Map<string, boolean | undefined>();
  #shown = "";
  #printing = "";
  #round = 0;

  constructor(learner: Learner, container: string) {
    this.#learner = learner;
    this.#container = container;
  }

  async prepare(): Promise<void> {
    this.#printing = await this.#open();
    this.#learner.socket.follow({ kind: "terminal", terminal: this.#printing, position: 0 }, (bytes) => {
      this.#shown += Buffer.from(bytes).toString();
    });
  }

  /** Begins to print; resolves when that is seen. */
  async print(): Promise<void> {
    const word = `tick${++this.#round}`;
    await until(
      () => "the page does not connect again",
      () => this.#learner.socket.socket.connected,
    );
    this.#learner.socket.input(this.#printing, `${counting(word, 150)}; echo ${word}-over\n`);
    await until(
      () => `nothing is printed: ${this.#shown}`,
      () => counted(this.#shown, word).length > 0,
    );
  }

  async step(): Promise<void> {
    const id = await this.#open();
    this.#known.set(id, undefined);
    await this.#learner.ask("DELETE", `terminals/${id}`);
    this.#known.set(id, false);
  }

  async check(): Promise<void> {
    const word = `tick${this.#round}`;
    await until(
      () => `it does not end: ${this.#shown.slice(-500)}`,
      () => this.#shown.split(`${word}-over`).length > 2,
    );
    assert.deepEqual(counted(this.#shown, word), numbers(150), "each line once, in order");
    const listed = new Set((await this.#learner.ask<TerminalSummary[]>("GET", "terminals")).map(({ id }) => id));
    for (const [id, isThere] of this.#known) if (isThere !== undefined) assert.equal(listed.has(id), isThere, id);
    for (const id of listed) if (id !== this.#printing) await this.#learner.ask("DELETE", `terminals/${id}`);
    this.#known.clear();
    this.#known.set(this.#printing, true);
  }

  async #open(): Promise<string> {
    const start = { container: this.#container, columns: 80, rows: 24 };
    const { id } = await this.#learner.ask<TerminalSummary>("POST", "terminals", start);
    this.#known.set(id, true);
    return id;
  }
}

/** Containers are run and removed. */
export class Containers implements Activity {
  readonly #learner: Learner;
  /** `undefined`: nobody knows */
  readonly #known = new Map<string, boolean | undefined>();
  #count = 0;

  constructor(learner: Learner) {
    this.#learner = learner;
  }

  async step(): Promise<void> {
    // No id begins like that.
    const name = `run${++this.#count}`;
    this.#known.set(name, undefined);
    await this.#learner.ask("POST", "containers", { image: "busybox", name, cmd: ["sleep", "1000"] });
    this.#known.set(name, true);
    await sleep(20);
    this.#known.set(name, undefined);
    await this.#learner.ask("DELETE", `containers/${name}`);
    this.#known.set(name, false);
  }

  async check(): Promise<void> {
    for (const [name, isThere] of this.#known) {
      const { status, text } = await this.#learner.status("GET", `containers/${name}/inspect`);
      assert.ok(status === 200 || status === 404, text);
      if (isThere !== undefined) assert.equal(status, isThere ? 200 : 404, `${name}: ${text}`);
      if (isThere === true) assert.equal((JSON.parse(text) as { State: { Status: string } }).State.Status, "running");
      if (status === 200) await this.#learner.ask("DELETE", `containers/${name}`);
    }
    this.#known.clear();
  }
}

/** Snippets are shared and taken back. */
export class Snippets implements Activity {
  readonly #learner: Learner;
  readonly #known = new Map<string, boolean | undefined>();
  /** as each was first seen: it stays as it is */
  readonly #seen = new Map<string, string>();

  constructor(learner: Learner) {
    this.#learner = learner;
  }

  async step(): Promise<void> {
    const kept = await this.#share();
    const id = await this.#share();
    this.#known.set(id, undefined);
    await this.#learner.ask("DELETE", `snippets/${id}`);
    this.#known.set(id, false);
    assert.equal(this.#known.get(kept), true);
  }

  async #share(): Promise<string> {
    const { id } = await this.#learner.ask<{ id: string }>("POST", "snippets", { title: "now" });
    this.#known.set(id, true);
    return id;
  }

  async check(): Promise<void> {
    for (const [id, isThere] of this.#known) {
      const { status, text } = await this.#learner.status("GET", `/api/snippets/${id}`);
      assert.ok(status === 200 || status === 410, `${id}: ${status} ${text}`);
      if (isThere !== undefined) assert.equal(status, isThere ? 200 : 410, id);
      if (status !== 200) continue;
      assert.equal(text, this.#seen.get(id) ?? text, `${id} has changed`);
      this.#seen.set(id, text);
      const paths = (JSON.parse(text) as Snippet).files.map(({ path }) => path);
      for (const path of ["Dockerfile", "README.md", "index.html"])
        assert.ok(paths.includes(path), `${id}: ${paths.join(" ")}`);
    }
  }
}

/** Workspaces are made, named and deleted. */
export class Workspaces implements Activity {
  readonly #learner: Learner;
  readonly #tenants: () => Promise<string[]>;
  readonly #known = new Map<string, boolean | undefined>();
  readonly #names = new Map<string, string[]>();

  /** @param tenants that the engine has */
  constructor(learner: Learner, tenants: () => Promise<string[]>) {
    this.#learner = learner;
    this.#tenants = tenants;
  }

  async step(): Promise<void> {
    const { id, name } = await this.#learner.ask<WorkspaceView>("POST", "/api/workspaces/open", { fresh: true });
    this.#known.set(id, true);
    this.#names.set(id, [name, "Renamed"]);
    await this.#files(id);
    await this.#learner.ask("POST", `/api/w/${id}/name`, { name: "Renamed" });
    this.#names.set(id, ["Renamed"]);
    this.#known.set(id, undefined);
    await this.#learner.ask("DELETE", `/api/w/${id}`);
    this.#known.set(id, false);
  }

  async check(): Promise<void> {
    const { id: main } = this.#learner.visitor;
    const { all } = await this.#learner.ask<WorkspaceView>("POST", "/api/workspaces/open", { id: main });
    for (const [id, isThere] of this.#known) {
      const found = all.find((each) => each.id === id);
      if (isThere !== undefined) assert.equal(found !== undefined, isThere, id);
      if (found !== undefined) assert.ok(this.#names.get(id)?.includes(found.name), `${id} is called ${found.name}`);
    }
    // One that was made without an answer, too.
    for (const { id } of all) {
      if (id === main) continue;
      assert.deepEqual(await this.#files(id), ["Dockerfile", "README.md", "index.html"]);
      await this.#learner.ask("DELETE", `/api/w/${id}`);
    }
    let left: string[] = [];
    await until(
      () => `tenants of no workspace: ${left.join(" ")}`,
      async () => (left = (await this.#tenants()).filter((id) => id !== main && id !== "operator")).length === 0,
    );
    this.#known.clear();
  }

  async #files(id: string): Promise<string[]> {
    return (await this.#learner.ask<FileEntry[]>("GET", `/api/w/${id}/files`)).map(({ path }) => path).toSorted();
  }
}
