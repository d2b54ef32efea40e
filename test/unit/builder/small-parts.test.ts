import assert from "node:assert/strict";
import { test } from "node:test";
import { counterpart, explainMiss } from "../../../server/engine/builder/cache/explain.ts";
import { evidenceOf } from "../../../server/engine/builder/records/evidence.ts";
import type { StepRecord } from "../../../server/engine/builder/cache/step-records.ts";
import { formatDuration, parseDuration } from "../../../server/engine/builder/dockerfile/duration.ts";
import { closest } from "../../../server/contract/suggest.ts";
import { quoted, quotedRune } from "../../../server/engine/builder/lower/quoted.ts";
import { parseSignal } from "../../../server/engine/builder/lower/signal.ts";
import { isPublicAddress } from "../../../server/engine/network/public-address.ts";
import { parseModeChange } from "../../../server/engine/builder/ops/file-mode.ts";
import { OutputTail } from "../../../server/engine/builder/ops/run-failed.ts";

test("durations are Go's", () => {
  assert.equal(parseDuration("1h30m"), 5400e9);
  assert.equal(parseDuration("1.5s"), 1.5e9);
  assert.equal(parseDuration("500ms"), 5e8);
  assert.equal(parseDuration("0"), 0);
  assert.equal(parseDuration("-1m.5s"), -60.5e9);
  assert.deepEqual(parseDuration("5"), { wrong: 'time: missing unit in duration "5"' });
  assert.deepEqual(parseDuration("5x"), { wrong: 'time: unknown unit "x" in duration "5x"' });
  for (const text of ["", "-", "s", ".s", "1m.", "300000000h"]) {
    assert.deepEqual(parseDuration(text), { wrong: `time: invalid duration ${JSON.stringify(text)}` });
  }
  assert.equal(formatDuration(90e9), "1m30s");
  assert.equal(formatDuration(5400e9), "1h30m0s");
  assert.equal(formatDuration(5e8), "500ms");
  assert.equal(formatDuration(0), "0s");
});

test("histories quote as Go does", () => {
  assert.equal(quoted(`it's "a\\b" é 🙂`), String.raw`"it's \"a\\b\" é 🙂"`);
  assert.equal(
    quoted("\0\u0007\b\t\v\u007F\u00A0\u2028\uFEFF\u{E0001}"),
    String.raw`"\x00\a\b\t\v\x7f\u00a0\u2028\ufeff\U000e0001"`,
  );
  const runes = [0, 3, 9, 39, 65, 0x11_00_00].map(quotedRune);
  assert.deepEqual(runes, [
    String.raw`'\x00'`,
    String.raw`'\x03'`,
    String.raw`'\t'`,
    String.raw`'\''`,
    "'A'",
    "'\uFFFD'",
  ]);
});

test("did you mean finds what is close, and nothing else", () => {
  assert.equal(closest("FORM", ["FROM", "RUN"]), "FROM");
  assert.equal(closest("biuld", ["build", "test"]), "build");
  assert.equal(closest("xyz", ["build", "test"]), undefined);
});

test("signals have names and numbers", () => {
  assert.equal(parseSignal("SIGTERM"), 15);
  assert.equal(parseSignal("quit"), 3);
  assert.equal(parseSignal("9"), 9);
  assert.equal(parseSignal("SIGRTMIN+3"), 37);
  assert.equal(parseSignal("SIGNONE"), undefined);
  assert.equal(parseSignal("65"), 65, "whether the kernel has it shows when it is sent");
  assert.equal(parseSignal("0"), undefined);
});

test("--chmod takes octal and symbolic modes", () => {
  const change = (text: string, mode: number, directory = false): number | undefined =>
    parseModeChange(text)?.(mode, directory);
  assert.equal(change("755", 0o600), 0o755);
  assert.equal(change("4755", 0o600), 0o4755);
  assert.equal(change("u=rwX,go=rX", 0o600), 0o644);
  assert.equal(change("u=rwX,go=rX", 0o700), 0o755);
  assert.equal(change("u=rwX,go=rX", 0o600, true), 0o755);
  assert.equal(change("+x", 0o644), 0o755);
  assert.equal(change("g-w,o=", 0o777), 0o750);
  assert.equal(change("go=u-w", 0o640), 0o644);
  assert.equal(change("g+u,o=g", 0o4750), 0o4777);
  assert.equal(change("a=rX", 0o4755), 0o555, "= takes set-id bits away, too");
  assert.equal(change("g=rx", 0o6755), 0o4755);
  assert.equal(change("u+s,o+s,a+t", 0o755), 0o5755);
  assert.equal(change("-X", 0o755), 0o644);
  assert.equal(change("=t", 0o755), 0o1755, "as with BuildKit: nothing else where nobody is named");
  assert.equal(change("+rt", 0o600), 0o1600);
  for (const wrong of ["nonsense", "u", "u=,", "=z"]) assert.equal(change(wrong, 0o644), undefined, wrong);
});

test("addresses inside are told from those outside", () => {
  for (const inside of [
    "127.0.0.1",
    "10.1.2.3",
    "192.168.0.1",
    "169.254.169.254",
    "::1",
    "fd00::1",
    "::ffff:10.0.0.1",
    "0.0.0.0",
  ]) {
    assert.equal(isPublicAddress(inside), false, inside);
  }
  for (const outside of ["1.1.1.1", "93.184.216.34", "2606:4700::1111"]) {
    assert.equal(isPublicAddress(outside), true, outside);
  }
});

test("the end of an output is kept, by lines and bytes", () => {
  const tail = new OutputTail(2, 100);
  tail.add(Buffer.from("one\ntwo\n"));
  tail.add(Buffer.from("three\n"));
  assert.equal(tail.toString(), "two\nthree");
  tail.add(Buffer.from("x".repeat(1000)));
  assert.equal(tail.toString().length, 100);
});

function record(more: Partial<StepRecord> & { facts: Record<string, string> }): StepRecord {
  return { stage: "s", index: 1, inputs: [], ...more };
}

test("a miss is explained by what differs from the last build", () => {
  const before = record({ facts: { instruction: "RUN /bin/sh -c a", env: '["A=1"]' }, inputs: [{ id: "p" }] });
  assert.equal(explainMiss(before, undefined).kind, "first-build");
  // Both as they were written, without the shell that Docker adds.
  const other = record({ facts: { instruction: "RUN /bin/sh -c b" } });
  assert.deepEqual(explainMiss(other, before), {
    kind: "instruction-changed",
    detail: "The instruction was changed. In the last build it was: RUN a",
  });
  assert.deepEqual(evidenceOf(other, before, [])?.instruction, { before: "RUN a", after: "RUN b" });
  const variable = explainMiss(record({ facts: { instruction: "RUN /bin/sh -c a", env: '["A=2"]' } }), before);
  assert.deepEqual(variable, {
    kind: "arg-changed",
    detail: "The value of the variable A changed since the last build.",
  });
  const parent = explainMiss(record({ facts: before.facts, inputs: [{ id: "q" }] }), before);
  assert.equal(parent.kind, "parent-changed");
  const gone = explainMiss(before, before);
  assert.match(gone.detail, /no longer in the cache/);
});

test("changed files are named", () => {
  const facts = { instruction: "COPY . ." };
  const before = record({ facts, inputs: [{ id: "p" }, { id: "c", content: "1", files: { a: "1", b: "1", c: "1" } }] });
  const now = record({ facts, inputs: [{ id: "p" }, { id: "d", content: "2", files: { a: "1", b: "2", d: "1" } }] });
  assert.deepEqual(explainMiss(now, before), {
    kind: "files-changed",
    detail: "Since the last build: b changed, d was added, c was removed.",
  });
});

test("a step is compared with the same instruction, wherever it went, else with what was in its place", () => {
  const previous = [
    record({ index: 1, facts: { instruction: "RUN a" } }),
    record({ index: 2, facts: { instruction: "RUN b" } }),
  ];
  assert.equal(counterpart(record({ index: 3, facts: { instruction: "RUN b" } }), previous)?.index, 2);
  assert.equal(counterpart(record({ index: 2, facts: { instruction: "RUN c" } }), previous)?.index, 2);
  assert.equal(counterpart(record({ stage: "t", facts: { instruction: "RUN b" } }), previous), undefined);
});
