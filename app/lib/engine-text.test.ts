/** What the engine says of Dockerfiles and builds, in the page's language. */
import assert from "node:assert/strict";
import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { explainMiss } from "#engine/builder/cache/explain.ts";
import type { StepRecord } from "#engine/builder/cache/step-records.ts";
import { engineTextBy } from "./engine-text.ts";
import { engine } from "../messages/de/engine.ts";
import { germanSentences } from "../messages/de/sentences/index.ts";
import { server } from "../messages/de/server.ts";

const inGerman = engineTextBy(germanSentences);

/** Of mistakes in the engine itself, which no learner sees. */
const neverSaid = / needs? a file system$| can only be (?:put on|copied into) a file system$/;
/** Of which a part is put in that changes the sentence: the golden files have these as they are said. */
const composed = new Set([
  'x failed: "x" x: a link cannot lead out of it, copy the file itself into it',
  "x: x",
  "x xx",
  "x it cannot be pulled: x",
  "source can't be a x for COPY",
  "invalid x: x: x",
  "base name (x) should not be blankx",
  "failed to parse stage name x: x",
  "repository x x",
  "x requires x argument",
  "runc run failed: x",
]);

/** Every mistake, hint, finding and fix of the parser's and the checks' golden files. */
function goldenTexts(): string[] {
  const root = join(import.meta.dirname, "../../test/golden/dockerfile");
  const texts = readdirSync(root).flatMap((name): (string | undefined)[] => {
    const expected = JSON.parse(readFileSync(join(root, name, "expected.json"), "utf8")) as {
      error?: string;
      hint?: string;
      warnings?: { message: string; fix?: { title: string } }[];
    };
    const warnings = (expected.warnings ?? []).flatMap(({ message, fix }) => [message, fix?.title]);
    return [expected.error, expected.hint, ...warnings];
  });
  return [...new Set(texts.filter((text) => text !== undefined))];
}

describe("what the engine says, in German", () => {
  it("is there for all that the parser and the checks say", () => {
    const texts = goldenTexts();
    assert.ok(texts.length > 300, `${texts.length} texts`);
    assert.deepEqual(
      texts.filter((text) => inGerman(text) === text),
      [],
    );
    // Nor is there a part of one for which another one was taken.
    assert.deepEqual(
      texts.map(inGerman).filter((text) => /\b(?:the|this|should|requires|must|and|or)\b/.test(text)),
      [],
    );
  });

  it("is there for what a build's steps say", () => {
    const root = join(import.meta.dirname, "../../server/engine/builder");
    // An error's message or a hint that is written as it is said; what stands in `${}` may be anything.
    const sentence = /(?:new [A-Z]\w+\(|[.(]fail\(|hint: )\s*(?:"((?:[^"\\\n]|\\.)+)"|'([^'\n]+)'|`([^`]+)`)/g;
    const found = globSync("{dockerfile,git,lower,ops}/**/*.ts", { cwd: root });
    const files = [...found, "../builds/step-shells.ts", "../../language/rename.ts"];
    const texts = files.flatMap((file) =>
      [...readFileSync(join(root, file), "utf8").matchAll(sentence)].map(([, double, single, template]) =>
        (double ?? single ?? template ?? "").replaceAll(/\$\{[^}]*\}+/g, "x").replaceAll(/\\(.)/g, "$1"),
      ),
    );
    assert.ok(texts.length > 150, `${texts.length} texts`);
    assert.deepEqual(
      texts.filter((text) => / /.test(text) && inGerman(text) === text && !neverSaid.test(text) && !composed.has(text)),
      [],
    );
  });

  it("is there for what a policy refuses, and what to do instead", () => {
    const file = join(import.meta.dirname, "../../server/engine/tenants/policy-check.ts");
    const source = readFileSync(file, "utf8").replaceAll(/\$\{[^}]*\}/g, "x");
    const written = /why: ["`]([^"`]+)["`],\s*instead: ["`]([^"`]+)["`],/g;
    const refusals = [...source.matchAll(written)].map(([, why = "", instead = ""]) => `${why} ${instead}`);
    const seen = [...source.matchAll(/"(\w+Mode)",\s*"([^"]+)",\s*"([^"]+)"/g)].map(
      ([, , what = "", instead = ""]) => `without a namespace of its own the container would see ${what}. ${instead}`,
    );
    assert.ok(refusals.length > 12 && seen.length === 6, `${refusals.length} and ${seen.length} refusals`);
    for (const reason of [...refusals, ...seen]) {
      const said = inGerman(`--x is not allowed here (rule "y" of the public policy): ${reason}`);
      assert.match(said, /^--x ist hier nicht erlaubt \(Regel "y" der Richtlinie public\): /);
      assert.doesNotMatch(said, /\b(?:the|your|use|leave|can|would)\b/i, reason);
    }
  });

  it("is there for why a step ran", () => {
    const record = (facts: Record<string, string>, files?: Record<string, string>): StepRecord => ({
      stage: "main",
      index: 0,
      facts: { instruction: "RUN make", ...facts },
      inputs: files === undefined ? [] : [{ id: "a", content: JSON.stringify(files), files }],
    });
    const before = record({ base: "1", env: '["A=1"]' }, { a: "1", b: "1" });
    const reasons = [
      explainMiss(before, undefined),
      explainMiss(before, before),
      explainMiss(record({ base: "2" }), before),
      explainMiss(record({ base: "1", env: '["A=2","B=1"]' }), before),
      explainMiss(record({ base: "1", env: '["A=1"]', user: "1" }), before),
      explainMiss(record({ base: "1", env: '["A=1"]' }, { a: "2", c: "1" }), before),
      explainMiss(record({ base: "1", env: '["A=1"]' }, { c: "1", d: "1", e: "1" }), before),
    ].map(({ detail }) => detail);
    assert.deepEqual(
      reasons.filter((text) => inGerman(text) === text),
      [],
    );
    assert.equal(
      inGerman("Since the last build: a changed, c was added, b was removed."),
      "Seit dem letzten Build: a geändert, c hinzugekommen, b entfernt.",
    );
  });

  it("keeps the learner's own words, and sentences within sentences", () => {
    assert.equal(
      inGerman("dockerfile parse error on line 3: unknown flag: --chwon (did you mean chown?)"),
      "Fehler im Dockerfile, Zeile 3: --chwon gibt es hier nicht (ist chown gemeint?)",
    );
    assert.equal(
      inGerman("Stage name 'Build' should be lowercase"),
      "Der Name der Stufe 'Build' sollte klein geschrieben sein",
    );
    const hint = "There is no local stand-in for x: there are a, b.\nUse y.";
    assert.equal(inGerman(hint), "Für x gibt es hier keinen Ersatz: there are a, b.\nNimm y.");
    assert.equal(inGerman("no sentence of ours"), "no sentence of ours");
    assert.equal(engineTextBy({})("Write x"), "Write x");
    const sized = engineTextBy({ "at most {0} of {1}": "höchstens {0} von {1}" }, "de");
    assert.equal(sized("at most 1.5 GiB of v1.5"), "höchstens 1,5 GiB von v1.5");
    assert.equal(sized("I had 1.5 GiB"), "I had 1.5 GiB");
    const long = `unknown flag: --${"x".repeat(5000)}`;
    assert.equal(inGerman(long), long);
  });

  it("has of `web` what that says, word for word", () => {
    const root = join(import.meta.dirname, "../../server");
    const source = ["playground", "web.ts"]
      .flatMap((name) =>
        name.endsWith(".ts")
          ? [name]
          : readdirSync(join(root, name), { recursive: true, encoding: "utf8" }).map((file) => join(name, file)),
      )
      .filter((file) => file.endsWith(".ts"))
      .map((file) => readFileSync(join(root, file), "utf8"))
      .join("\n")
      .replaceAll(/\$\{[^}]*\}/g, "{}");
    const stale = Object.keys(server).filter((english) => !source.includes(english.replaceAll(/\{\d\*?\}/g, "{}")));
    assert.deepEqual(stale, []);
  });

  it("uses each placeholder of the English, as often as that has it", () => {
    const names = (text: string): string[] => (text.match(/\{\d\*?\}/g) ?? []).toSorted();
    for (const [english, german] of Object.entries({ ...engine, ...server })) {
      const missing = names(german).filter((name) => !names(english).includes(name));
      assert.deepEqual(missing, [], english);
    }
  });
});
