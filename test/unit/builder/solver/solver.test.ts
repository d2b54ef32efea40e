import assert from "node:assert/strict";
import { test } from "node:test";
import { Solver } from "../../../../server/engine/builder/solver/solver.ts";
import type { Vertex } from "../../../../server/engine/builder/solver/types.ts";
import { Cancelled } from "../../../../server/engine/errdefs/errors.ts";
import { digestOf } from "../../../../server/engine/oci/digest.ts";
import { CountingOp, gate, MemoryCache, Recorder, vertex } from "./graph.ts";

function setUp(parallelism = 8) {
  const cache = new MemoryCache();
  const solver = new Solver<string>(cache, parallelism);
  const solve = (targets: Vertex<string>[], observer = new Recorder(), signal = new AbortController().signal) =>
    solver.solve(targets, { observer, signal });
  return { cache, solve };
}

test("a shared input of a diamond runs once, and a second solve runs nothing", async () => {
  const { solve } = setUp();
  const [base, left, right, top] = ["base", "left", "right", "top"].map((name) => new CountingOp(name));
  assert.ok(base && left && right && top);
  const graph = (): Vertex<string> => {
    const bottom = vertex(base);
    return vertex(top, [vertex(left, [bottom]), vertex(right, [bottom])]);
  };
  const [first] = await solve([graph()]);
  assert.equal(first?.result, "top(left(base()),right(base()))");
  assert.deepEqual([base.execs, left.execs, right.execs, top.execs], [1, 1, 1, 1]);
  assert.equal(base.cacheMaps, 1);
  const [second] = await solve([graph()]);
  assert.equal(second?.cached, true);
  assert.deepEqual([base.execs, left.execs, right.execs, top.execs], [1, 1, 1, 1]);
});

test("what the target does not need is not looked at", async () => {
  const { solve } = setUp();
  const unused = new CountingOp("unused");
  vertex(unused);
  await solve([vertex(new CountingOp("wanted"))]);
  assert.equal(unused.cacheMaps, 0);
});

test("a step whose parent ran again runs again, one whose selected content is the same does not", async () => {
  const { solve } = setUp();
  const source = new CountingOp("source");
  source.cacheable = false;
  let content = "one";
  source.body = async () => content;
  const copy = new CountingOp("copy");
  copy.selectors = [async (input) => ({ digest: digestOf(input.slice(0, 3)) })];
  const after = new CountingOp("after");
  const graph = (): Vertex<string> => vertex(after, [vertex(copy, [vertex(source)])]);
  await solve([graph()]);
  content = "one with more that is not selected";
  const recorder = new Recorder();
  await solve([graph()], recorder);
  assert.deepEqual(recorder.log, ["ran source", "cached copy", "cached after"]);
  content = "two";
  await solve([graph()]);
  assert.deepEqual([source.execs, copy.execs, after.execs], [3, 2, 2]);
});

test("a content hit is found by definition the next time, without reading the content", async () => {
  const { solve } = setUp();
  const stage = new CountingOp("stage");
  const copy = new CountingOp("copy");
  let selected = 0;
  copy.selectors = [
    async () => {
      selected++;
      return { digest: digestOf("the same") };
    },
  ];
  await solve([vertex(copy, [vertex(stage)])]);
  // the stage runs again, and its content is what it was
  await solve([vertex(copy, [vertex(stage, [], true)])]);
  assert.deepEqual([stage.execs, copy.execs, selected], [2, 1, 2]);
  await solve([vertex(copy, [vertex(stage)])]);
  assert.deepEqual([stage.execs, copy.execs, selected], [2, 1, 2]);
});

test("ignoreCache runs again, and later builds find the newer result", async () => {
  const { solve } = setUp();
  const base = new CountingOp("base");
  const top = new CountingOp("top");
  await solve([vertex(top, [vertex(base)])]);
  await solve([vertex(top, [vertex(base, [], true)], true)]);
  assert.deepEqual([base.execs, top.execs], [2, 2]);
  await solve([vertex(top, [vertex(base)])]);
  assert.deepEqual([base.execs, top.execs], [2, 2]);
});

test("two concurrent builds do a step once, and both get its output", async () => {
  const { solve } = setUp();
  const { opened, open } = gate();
  const slow = new CountingOp("slow");
  const started = gate();
  slow.body = async (_inputs, context) => {
    await context.output("stdout", Buffer.from("early"));
    started.open();
    await opened;
    return "done";
  };
  const [one, two] = [new Recorder(), new Recorder()];
  const first = solve([vertex(slow)], one);
  await started.opened;
  const second = solve([vertex(slow)], two);
  await new Promise(setImmediate);
  open();
  await Promise.all([first, second]);
  assert.equal(slow.execs, 1);
  assert.deepEqual(one.log, ["stdout: early", "ran slow"]);
  assert.deepEqual(two.log, ["stdout: early", "cached slow"]);
});

test("a shared step goes on when the build that began it is cancelled", async () => {
  const { solve } = setUp();
  const { opened, open } = gate();
  const started = gate();
  const slow = new CountingOp("slow");
  let aborted = false;
  slow.body = async (_inputs, { signal }) => {
    signal.addEventListener("abort", () => (aborted = true));
    started.open();
    await opened;
    return "done";
  };
  const controller = new AbortController();
  const first = solve([vertex(slow)], new Recorder(), controller.signal);
  await started.opened;
  const second = solve([vertex(slow)]);
  await new Promise(setImmediate);
  controller.abort();
  await assert.rejects(first, Cancelled);
  assert.equal(aborted, false);
  open();
  const [result] = await second;
  assert.equal(result?.result, "done");
  assert.equal(slow.execs, 1);
});

test("cancelling the only build aborts the step and waits for its end", async () => {
  const { solve, cache } = setUp();
  const started = gate();
  const slow = new CountingOp("slow");
  let cleanedUp = false;
  slow.body = async (_inputs, { signal }) => {
    started.open();
    await new Promise((resolve) => {
      signal.addEventListener("abort", resolve);
    });
    await new Promise(setImmediate);
    cleanedUp = true;
    throw new Error("killed");
  };
  const controller = new AbortController();
  const build = solve([vertex(slow)], new Recorder(), controller.signal);
  await started.opened;
  controller.abort();
  await assert.rejects(build, Cancelled);
  assert.equal(cleanedUp, true);
  assert.equal(cache.records.size, 0);
});

test("the first failure cancels the others and is what the build fails with", async () => {
  const { solve } = setUp();
  const bad = new CountingOp("bad");
  const started = gate();
  bad.body = async () => {
    await started.opened;
    throw new Error("it broke");
  };
  const other = new CountingOp("other");
  let aborted = false;
  other.body = async (_inputs, { signal }) => {
    started.open();
    await new Promise((resolve) => {
      signal.addEventListener("abort", resolve);
    });
    aborted = true;
    throw new Error("aborted");
  };
  const top = new CountingOp("top");
  await assert.rejects(solve([vertex(top, [vertex(bad), vertex(other)])]), /it broke/);
  assert.equal(aborted, true);
  assert.equal(top.execs, 0);
});

test("no more than `parallelism` operations run at a time", async () => {
  const { solve } = setUp(2);
  let running = 0;
  let most = 0;
  const leaves = ["a", "b", "c", "d", "e"].map((name) => {
    const op = new CountingOp(name);
    op.body = async () => {
      running++;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running--;
      return name;
    };
    return vertex(op);
  });
  const [result] = await solve([vertex(new CountingOp("top"), leaves)]);
  assert.equal(result?.result, "top(a,b,c,d,e)");
  assert.equal(most, 2);
});

test("a source is never kept, and what was made on it is found all the same", async () => {
  const { solve, cache } = setUp();
  const source = new CountingOp("source");
  source.source = true;
  const top = new CountingOp("top");
  await solve([vertex(top, [vertex(source)])]);
  await solve([vertex(top, [vertex(source)])]);
  assert.deepEqual([source.execs, top.execs, cache.records.size], [2, 1, 1]);
});
