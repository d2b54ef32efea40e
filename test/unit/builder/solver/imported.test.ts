import assert from "node:assert/strict";
import { test } from "node:test";
import { type KeyPart, keyOf } from "../../../../server/engine/builder/solver/keys.ts";
import { Solver } from "../../../../server/engine/builder/solver/solver.ts";
import type { ImportedRecord, ImportedResults, Vertex } from "../../../../server/engine/builder/solver/types.ts";
import { type Digest, digestOf } from "../../../../server/engine/oci/digest.ts";
import { CountingOp, MemoryCache, Recorder, vertex } from "./graph.ts";

/** Results made elsewhere, by operation and inputs. */
class Elsewhere implements ImportedResults<string> {
  readonly #records = new Map<Digest, ImportedRecord<string>>();
  brought: string[] = [];

  /** @param result undefined: it did not come along; null: it cannot be had */
  add(op: string, inputs: readonly KeyPart[], result: string | undefined | null): KeyPart {
    const id = `imported ${op}`;
    const bring = async () => {
      this.brought.push(op);
      return result ?? undefined;
    };
    this.#records.set(keyOf(digestOf(op), inputs), {
      id,
      createdAt: 1,
      ...(result === undefined ? {} : { bring }),
    });
    return { id };
  }

  find(key: Digest): ImportedRecord<string> | undefined {
    return this.#records.get(key);
  }
}

function setUp() {
  const cache = new MemoryCache();
  const solver = new Solver<string>(cache, 8);
  const recorder = new Recorder();
  const { signal } = new AbortController();
  const solve = async (targets: Vertex<string>[], imported?: Elsewhere) => {
    recorder.log.length = 0;
    return solver.solve(targets, { observer: recorder, signal, imported });
  };
  return { cache, solve, log: recorder.log };
}

const ops = (...names: string[]): CountingOp[] => names.map((name) => new CountingOp(name));
const base = { id: digestOf("base") };

function chain(...all: CountingOp[]): Vertex<string>[] {
  const [first, ...more] = all;
  assert.ok(first);
  first.source = true;
  const vertices = [vertex(first)];
  more.forEach((op) => vertices.push(vertex(op, vertices.slice(-1))));
  return vertices;
}

test("an imported result is taken without its inputs, also where theirs did not come along", async () => {
  const { solve, log, cache } = setUp();
  const elsewhere = new Elsewhere();
  elsewhere.add("last", [elsewhere.add("middle", [base], undefined)], "theirs");
  const all = ops("base", "middle", "last");
  const [made] = await solve(chain(...all).slice(-1), elsewhere);
  assert.equal(made?.result, "theirs");
  assert.deepEqual(log, ["cached last"]);
  assert.deepEqual([all.map(({ execs }) => execs), elsewhere.brought], [[0, 0, 0], ["last"]]);
  assert.equal(cache.records.size, 0, "nothing imported goes into the cache");
});

test("what was made on an imported result is found by those who import the same, and by no others", async () => {
  const { solve, log } = setUp();
  const elsewhere = new Elsewhere();
  elsewhere.add("middle", [base], "theirs");
  const target = () => chain(...ops("base", "middle", "last")).slice(-1);
  assert.equal((await solve(target(), elsewhere))[0]?.result, "last(theirs)");
  assert.deepEqual(log, ["cached middle", "ran last"]);
  await solve(target(), elsewhere);
  assert.deepEqual(log, ["cached last"]);
  assert.equal((await solve(target()))[0]?.result, "last(middle(base()))");
  assert.deepEqual(log, ["cached base", "ran middle", "ran last"]);
});

test("results of two histories are never mixed", async () => {
  const { solve } = setUp();
  const elsewhere = new Elsewhere();
  elsewhere.add("last", [elsewhere.add("middle", [base], "their middle")], "their last");
  await solve(chain(...ops("base", "middle")));
  const results = await solve(chain(...ops("base", "middle", "last")), elsewhere);
  assert.deepEqual(
    results.slice(1).map(({ result }) => result),
    ["their middle", "their last"],
  );
});

test("one's own results come first where they are complete", async () => {
  const { solve } = setUp();
  const elsewhere = new Elsewhere();
  elsewhere.add("last", [elsewhere.add("middle", [base], "their middle")], "their last");
  await solve(chain(...ops("base", "middle", "last")));
  const results = await solve(chain(...ops("base", "middle", "last")), elsewhere);
  assert.deepEqual(
    results.slice(1).map(({ result }) => result),
    ["middle(base())", "last(middle(base()))"],
  );
  assert.deepEqual(elsewhere.brought, []);
});

test("stages that share all of what is beneath them are looked at once", async () => {
  const { solve } = setUp();
  const elsewhere = new Elsewhere();
  const source = new CountingOp("base");
  source.source = true;
  let top = vertex(source);
  let part: KeyPart = base;
  for (let stage = 0; stage < 40; stage++) {
    part = elsewhere.add(`stage${stage}`, [part, part], `their ${stage}`);
    top = vertex(new CountingOp(`stage${stage}`), [top, top]);
  }
  assert.equal((await solve([top], elsewhere))[0]?.result, "their 39");
  assert.deepEqual(elsewhere.brought, ["stage39"]);
});

test("what cannot be had is made", async () => {
  const { solve, log } = setUp();
  const elsewhere = new Elsewhere();
  elsewhere.add("last", [elsewhere.add("middle", [base], "theirs")], null);
  const [made] = await solve(chain(...ops("base", "middle", "last")).slice(-1), elsewhere);
  assert.equal(made?.result, "last(theirs)");
  assert.deepEqual(log, ["cached middle", "ran last"]);
});

test("content that was read finds an imported result, and what is wrong with it is told of its own step", async () => {
  const { solve, log } = setUp();
  const elsewhere = new Elsewhere();
  elsewhere.add("copy", [{ content: digestOf("files") }], "theirs");
  const files = new CountingOp("files");
  files.cacheable = false;
  files.body = async () => "files";
  const copy = new CountingOp("copy");
  copy.selectors = [async (input) => ({ digest: digestOf(input) })];
  assert.equal((await solve([vertex(copy, [vertex(files)])], elsewhere))[0]?.result, "theirs");
  assert.deepEqual(log, ["ran files", "cached copy"]);
  copy.selectors = [
    async () => {
      throw new Error("no such file");
    },
  ];
  await assert.rejects(solve([vertex(copy, [vertex(files)])], elsewhere), /no such file/);
  assert.deepEqual(log, ["ran files", "failed no such file"]);
});
