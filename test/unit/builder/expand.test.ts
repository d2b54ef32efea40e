import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { expand, ExpansionError } from "../../../server/engine/builder/dockerfile/expand.ts";
import { randomWord, type Random, randomOf } from "./random-words.ts";

/** `unset` is left out when nothing is. */
interface Case {
  word: string;
  text?: string;
  words?: string[];
  unset?: string[];
  error?: string;
}

interface Table {
  variables: Record<string, string>;
  groups: { group: string; escape?: string; quotesAreText?: boolean; cases: Case[] }[];
}

const table = JSON.parse(
  readFileSync(path.join(import.meta.dirname, "../../golden/expansion/cases.json"), "utf8"),
) as Table;
const variables = new Map(Object.entries(table.variables));

describe("expansion of words", () => {
  for (const { group, cases, escape = "\\", quotesAreText = false } of table.groups) {
    it(`${group} (${cases.length})`, () => {
      for (const expected of cases) {
        const actual: Case = { word: expected.word };
        try {
          const { text, words, unset } = expand(expected.word, variables, { escape, quotesAreText });
          Object.assign(actual, expected.words === undefined ? { text } : { words });
          if (
            expected.unset !== undefined ||
            (unset.length > 0 && !["words", "document", "backtick"].includes(group))
          ) {
            actual.unset = unset;
          }
        } catch (error) {
          assert.ok(error instanceof ExpansionError, `${expected.word}: ${String(error)}`);
          actual.error = error.message;
        }
        assert.deepEqual(actual, expected);
      }
    });
  }

  it("random words come out as a model of what they are made from says", () => {
    for (let seed = 1; seed <= 3000; seed++) {
      const random: Random = randomOf(seed);
      const { written, value } = randomWord(random, variables, 3);
      assert.equal(expand(written, variables).text, value, `seed ${seed}: ${written}`);
    }
  });

  it("random text is expanded or refused, never anything else", () => {
    const alphabet = [
      "$",
      "{",
      "}",
      "'",
      '"',
      "\\",
      "/",
      "#",
      "%",
      ":",
      "-",
      "+",
      "?",
      "*",
      "<",
      " ",
      "a",
      "town",
      "🙂",
    ];
    for (let seed = 1; seed <= 5000; seed++) {
      const random = randomOf(seed);
      const text = Array.from({ length: random(12) }, () => alphabet[random(alphabet.length)]).join("");
      try {
        const { words } = expand(text, variables);
        assert.ok(!words.includes(""), `seed ${seed}: an empty word of ${text}`);
      } catch (error) {
        assert.ok(error instanceof ExpansionError, `seed ${seed}: ${text}: ${String(error)}`);
      }
    }
  });

  it("a word without special characters is itself", () => {
    for (let seed = 1; seed <= 500; seed++) {
      const random = randomOf(seed);
      const text = Array.from({ length: random(20) }, () => "aZ09_-./:=,@äß世🙂"[random(17)]).join("");
      assert.equal(expand(text, variables).text, text);
    }
  });

  it("a hostile pattern ends in time", () => {
    const long = new Map([["x", "a".repeat(2000)]]);
    const pattern = `${"a*".repeat(30)}b`;
    assert.equal(expand(`\${x##${pattern}}`, long).text.length, 2000);
    assert.equal(expand(`\${x%${pattern}}`, long).text.length, 2000);
    assert.throws(() => expand(`\${x/${pattern}/}`, long), ExpansionError);
    assert.throws(() => expand("${a:-".repeat(5000), long), ExpansionError);
  });
});

it("a variable that holds another many times over ends in an error, not in all the memory", () => {
  let value = "ten bytes.";
  assert.throws(
    () => {
      for (let doubled = 0; doubled < 40; doubled++) value = expand("$x$x", { get: () => value }).text;
    },
    { message: /with the value of x this would be longer than 131072 characters/ },
  );
  const long = { get: (name: string) => (name === "a" ? "x".repeat(1_000) : "y".repeat(10_000)) };
  assert.throws(() => expand("${a//x/$b}", long), { message: /longer than 131072 characters/ });
});
