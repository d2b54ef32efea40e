import assert from "node:assert/strict";
import { test } from "node:test";
import { expand, ExpansionError } from "../../../server/engine/builder/dockerfile/expand.ts";

const variables = new Map([
  ["v", "value"],
  ["empty", ""],
  ["path", "/usr/local/bin/tool.tar.gz"],
  ["two", "one two"],
  ["PATH", "/bin"],
]);

const cases: [string, string][] = [
  ["$v", "value"],
  ["${v}", "value"],
  ["a$v-b", "avalue-b"],
  ["$vx", ""],
  ["${v}x", "valuex"],
  [String.raw`\$v`, "$v"],
  ["'$v'", "$v"],
  ['"$v"', "value"],
  [String.raw`"\$v \"q\" \n"`, String.raw`$v "q" \n`],
  ["${unset:-word}", "word"],
  ["${empty:-word}", "word"],
  ["${empty-word}", ""],
  ["${unset-word}", "word"],
  ["${v:-word}", "value"],
  ["${v:+word}", "word"],
  ["${empty:+word}", ""],
  ["${empty+word}", "word"],
  ["${unset+word}", ""],
  ["${unset:-${v}}", "value"],
  ["${unset:-'}'}", "}"],
  ["${v:?message}", "value"],
  ["${path#*/}", "usr/local/bin/tool.tar.gz"],
  ["${path##*/}", "tool.tar.gz"],
  ["${path%.*}", "/usr/local/bin/tool.tar"],
  ["${path%%.*}", "/usr/local/bin/tool"],
  ["${path%/*}", "/usr/local/bin"],
  ["${v#x}", "value"],
  ["${v/a/A}", "vAlue"],
  ["${path//\\//_}", "_usr_local_bin_tool.tar.gz"],
  ["${v//?/x}", "xxxxx"],
  ["${v/al*/x}", "vx"],
  ["$PATH:/x", "/bin:/x"],
  ["a$", "a$"],
  ["$ a", "$ a"],
  ["$1", ""],
];

for (const [text, expected] of cases) {
  test(`expands ${text}`, () => {
    assert.equal(expand(text, variables).text, expected);
  });
}

test("words are split outside quotes only", () => {
  assert.deepEqual(expand(`$two "$two" '' x`, variables).words, ["one", "two", "one two", "x"]);
  assert.deepEqual(expand("$unset", variables).words, []);
});

test("names without a value are told", () => {
  assert.deepEqual(expand("$a ${b} ${c:-x} $v", variables).unset, ["a", "b", "c"]);
});

test("the escape character can be a backtick", () => {
  assert.equal(expand("`$v c:\\x", variables, "`").text, "$v c:\\x");
});

const bad: [string, RegExp][] = [
  ["${", /missing '}'/],
  ["${}", /bad substitution/],
  ["${v", /missing '}'/],
  ["${v:x}", /unsupported modifier/],
  ["${v!}", /unsupported modifier/],
  ["${unset?}", /unset: is not allowed to be unset/],
  ["${unset:?say why}", /unset: say why/],
  ["${empty:?}", /empty: is not allowed to be empty/],
  ["'x", /single-quote/],
  ['"x', /double-quote/],
  ["${v:-x", /missing '}'/],
];

for (const [text, message] of bad) {
  test(`refuses ${text}`, () => {
    assert.throws(
      () => expand(text, variables),
      (error) => error instanceof ExpansionError && message.test(error.message),
    );
  });
}

test("a hostile pattern ends in time", () => {
  const long = new Map([["x", "a".repeat(2000)]]);
  const pattern = `${"a*".repeat(30)}b`;
  assert.equal(expand(`\${x##${pattern}}`, long).text.length, 2000);
  assert.equal(expand(`\${x%${pattern}}`, long).text.length, 2000);
  assert.throws(() => expand(`\${x/${pattern}/}`, long), ExpansionError);
});
