import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Solver } from "../../../../server/engine/builder/solver/solver.ts";
import type { Vertex } from "../../../../server/engine/builder/solver/types.ts";
import { digestOf } from "../../../../server/engine/oci/digest.ts";
import { CountingOp, MemoryCache, Recorder, vertex } from "./graph.ts";

/** Numbers below 2^32 that are the same in every run (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** One vertex of a random graph: vertices come after their inputs. */
interface Plan {
  name: string;
  inputs: number[];
  cacheable: boolean;
  /** only the first letter of the first input counts, as a COPY reads only a part of a stage */
  selects: boolean;
}

const letters = "abcdef";

function randomPlan(random: (below: number) => number): Plan[] {
  return Array.from({ length: 3 + random(12) }, (_, index) => ({
    name: `${letters[random(letters.length)]}${random(4)}`,
    inputs: Array.from({ length: Math.min(index, random(3)) }, () => random(index)),
    cacheable: random(8) > 0,
    selects: random(3) === 0,
  }));
}

/** What an operation makes: the part of its input that it reads, and its own name. */
function resultOf(plan: Plan, inputs: readonly string[]): string {
  const [first = "", ...rest] = inputs;
  return `${plan.name}(${[plan.selects ? first.slice(0, 1) : first, ...rest].join(",")})`;
}

/** The naive solver: each vertex is run, its inputs first. */
function naive(plans: readonly Plan[]): { results: string[]; runs: number } {
  const results: string[] = [];
  let runs = 0;
  const run = (index: number): string => {
    const plan = plans[index];
    assert.ok(plan !== undefined);
    runs++;
    return resultOf(plan, plan.inputs.map(run));
  };
  for (const index of plans.keys()) {
    results.push(run(index));
  }
  return { results, runs };
}

function build(plans: readonly Plan[]): { vertices: Vertex<string>[]; ops: CountingOp[] } {
  const vertices: Vertex<string>[] = [];
  const ops = plans.map((plan) => {
    const op = new CountingOp(`${plan.name}${plan.selects ? "?" : ""}${plan.cacheable ? "" : "!"}`);
    op.cacheable = plan.cacheable;
    op.body = async (inputs) => resultOf(plan, inputs);
    if (plan.selects && plan.inputs.length > 0) {
      op.selectors = [async (input) => ({ digest: digestOf(input.slice(0, 1)) })];
    }
    const inputs = plan.inputs.flatMap((input) => vertices[input] ?? []);
    vertices.push(vertex(op, inputs));
    return op;
  });
  return { vertices, ops };
}

const execsOf = (ops: readonly CountingOp[]): number => ops.reduce((sum, { execs }) => sum + execs, 0);

/** Solves one, solves it again, and solves it changed. */
async function checkGraph(seed: number): Promise<void> {
  const random = numbers(seed);
  const plans = randomPlan(random);
  const cache = new MemoryCache();
  const solve = async (graph: readonly Plan[]) => {
    const { vertices, ops } = build(graph);
    const solver = new Solver(cache, 3);
    const options = { signal: new AbortController().signal, observer: new Recorder() };
    const solved = await solver.solve(vertices, options);
    const expected = naive(graph);
    assert.deepEqual(
      solved.map(({ result }) => result),
      expected.results,
      `graph ${seed}`,
    );
    assert.ok(execsOf(ops) <= new Set(vertices.map(({ digest }) => digest)).size, `graph ${seed}: each vertex once`);
    assert.ok(execsOf(ops) <= expected.runs, `graph ${seed}`);
    return ops;
  };
  await solve(plans);
  // again: only what is never cached, and what is made from it, runs
  const again = await solve(plans);
  const tainted = taintedBy(plans);
  for (const [index, op] of again.entries()) {
    assert.ok(op.execs === 0 || tainted.has(index), `graph ${seed}: ${plans[index]?.name ?? ""} ran again`);
  }
  // one operation changed: still what the naive solver says, whatever the cache has from before
  const changed = plans.map((plan, index) => (index === random(plans.length) ? { ...plan, name: "z9" } : plan));
  await solve(changed);
}

describe("random graphs", () => {
  it("give the naive solver's results, with fewer runs", async () => {
    for (let seed = 1; seed <= 200; seed++) {
      await checkGraph(seed);
    }
  });

  it("gives results for vertices as they are, and caches nothing of theirs for others", async () => {
    for (let seed = 1; seed <= 50; seed++) {
      const plans = randomPlan(numbers(seed)).map((plan) => ({ ...plan, cacheable: true, selects: false }));
      const cache = new MemoryCache();
      const { vertices } = build(plans);
      const taken = vertices[0];
      assert.ok(taken !== undefined);
      const options = { signal: new AbortController().signal, observer: new Recorder() };
      await new Solver(cache, 3).solve(vertices, { ...options, given: new Map([[taken.digest, "by hand"]]) });
      const plain = await new Solver(cache, 3).solve(build(plans).vertices, options);
      assert.deepEqual(
        plain.map(({ result }) => result),
        naive(plans).results,
      );
    }
  });
});

/** Vertices that are not cacheable, and those made from one without reading only a part of it. */
function taintedBy(plans: readonly Plan[]): Set<number> {
  const tainted = new Set<number>();
  for (const [index, { cacheable, inputs, selects }] of plans.entries()) {
    const through = inputs.filter((input, at) => tainted.has(input) && !(selects && at === 0));
    if (!cacheable || through.length > 0) {
      tainted.add(index);
    }
  }
  return tainted;
}
